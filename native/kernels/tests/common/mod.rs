//! Plans of real models with small catalogs, drawn parameters and interactions.
#![allow(dead_code)]

use penchant_kernels::feed::{Csr, Distribution, FeedSpec, Kind};
use penchant_kernels::isa::Isa;
use penchant_kernels::optimizer::{self, Optimizer};
use penchant_kernels::plan::Plan;
use penchant_kernels::random::{hash, unit};
use penchant_kernels::trainer::{TrainSpec, Trainer};
use serde_json::Value;
use std::collections::HashMap;

pub const NAMES: [&str; 5] = ["neumf", "bpr-mf", "biased-mf", "normalized-tower", "weighted-hybrid"];

pub struct Case {
    pub name: &'static str,
    pub users: usize,
    pub items: usize,
    pub kind: Kind,
    pub train: Value,
    pub score: Value,
    pub parameters: HashMap<String, Vec<f32>>,
}

pub fn case(name: &'static str) -> Case {
    let path = format!("{}/tests/plans/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut document: Value = serde_json::from_str(&text).expect("a JSON document");
    let sizes = document["sizes"].as_object().expect("sizes").clone();
    let parameters = sizes.iter().enumerate().map(|(p, (name, size))| {
        let size = size.as_u64().expect("a size") as usize;
        let values = (0..size).map(|i| (unit(hash(7, [p as u32, i as u32])) - 0.5) * 0.6).collect();
        (name.clone(), values)
    });
    Case {
        name,
        users: document["users"].as_u64().expect("users") as usize,
        items: document["items"].as_u64().expect("items") as usize,
        kind: match document["feed"].as_str() {
            Some("triples") => Kind::Triples,
            Some("ratings") => Kind::Ratings,
            _ => Kind::Pairs,
        },
        parameters: parameters.collect(),
        train: document["train"].take(),
        score: document["score"].take(),
    }
}

impl Case {
    /// About a quarter of all pairs.
    pub fn interactions(&self) -> Csr {
        let mut offsets = vec![0];
        let mut items = Vec::new();
        for user in 0..self.users as u32 {
            items.extend((0..self.items as u32).filter(|&item| hash(5, [user, item]) % 4 == 0).map(|item| item as i32));
            offsets.push(items.len() as i32);
        }
        Csr::new("interactions", &offsets, &items, self.users, self.items).expect("sorted rows")
    }

    pub fn feed(&self) -> FeedSpec {
        let interactions = self.interactions();
        let values = (0..interactions.items.len() as u32).map(|i| 1.0 + (hash(6, [i]) % 9) as f32 / 2.0);
        FeedSpec {
            kind: self.kind,
            negatives: 3,
            distribution: Distribution::Uniform,
            shuffle: true,
            users: self.users,
            items: self.items,
            values: Some(values.collect()),
            known: interactions.clone(),
            interactions,
            dislikes: None,
        }
    }

    pub fn trainer(&self, optimizer: Optimizer, batch: usize, threads: usize, isa: Isa) -> Trainer {
        let plan = Plan::from_json(&self.train.to_string()).expect("a legal plan");
        let parameters = self.parameters.clone();
        let spec = TrainSpec {
            plan,
            parameters,
            data: Default::default(),
            feed: self.feed(),
            optimizer,
            batch,
            seed: 3,
            threads,
            isa,
        };
        Trainer::new(spec).unwrap_or_else(|failure| panic!("{}: {failure:?}", self.name))
    }
}

pub const ADAM: optimizer::Kind = optimizer::Kind::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: true };
pub const EXACT_ADAM: optimizer::Kind = optimizer::Kind::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: false };

pub fn plain(kind: optimizer::Kind) -> Optimizer {
    Optimizer { kind, l2: 0.0, clip_norm: 0.0, weight_decay: 0.0 }
}

/// Bits of a state, by name.
pub fn bits(state: &[(String, Vec<f32>)]) -> Vec<(&str, Vec<u32>)> {
    state.iter().map(|(name, values)| (name.as_str(), values.iter().map(|x| x.to_bits()).collect())).collect()
}
