//! Requests of the hosts: plain facts as JSON, and arrays of 32-bit words in a fixed order that each reader names. What
//! TypeScript sends is written in `src/engine/request.ts`.

use crate::evaluate::Feeds;
use crate::failure::{Failure, Result};
use crate::feed::{Csr, Distribution, FeedSpec, Kind};
use crate::isa::Isa;
use crate::ivf::{Centroids, IvfSpec};
use crate::matrix::{DataMatrices, SparseMatrix};
use crate::optimizer::{Kind as Rule, Optimizer};
use crate::plan::Plan;
use crate::scorer::ScoreSpec;
use crate::trainer::TrainSpec;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Any 4-byte elements, as their bits.
pub type Words = Vec<u32>;

pub fn floats(words: Words) -> Vec<f32> {
    words.into_iter().map(f32::from_bits).collect()
}

pub fn ints(words: Words) -> Vec<i32> {
    words.into_iter().map(u32::cast_signed).collect()
}

/// A request that is read from front to back; arrays that were read are gone.
pub struct Request {
    pub value: Value,
    arrays: std::vec::IntoIter<Words>,
}

impl Request {
    pub fn new(value: Value, arrays: Vec<Words>) -> Self {
        Self { value, arrays: arrays.into_iter() }
    }

    /// `{plan, parameters, data, feed, optimizer, batchSize, seed, threads}` and arrays: parameters, data, feed.
    pub fn train_spec(&mut self, isa: Isa) -> Result<TrainSpec> {
        Ok(TrainSpec {
            plan: self.plan()?,
            parameters: self.named_floats("parameters")?,
            data: self.data()?,
            feed: self.feed()?,
            optimizer: self.optimizer()?,
            batch: self.count("batchSize")?,
            seed: self.count("seed")? as u32,
            threads: self.count("threads")?,
            isa,
        })
    }

    /// `{plan, parameters, data, users, items, threads}` and arrays: parameters, data.
    pub fn score_spec(&mut self, isa: Isa) -> Result<ScoreSpec> {
        Ok(ScoreSpec {
            plan: self.plan()?,
            parameters: self.named_floats("parameters")?,
            data: self.data()?,
            users: self.count("users")?,
            items: self.count("items")?,
            threads: self.count("threads")?,
            isa,
        })
    }

    /// `{width, cells, seed, threads}` and the vectors; or `{width, given, threads}` and vectors, centroids, cells of items.
    pub fn ivf_spec(&mut self, isa: Isa) -> Result<IvfSpec> {
        let vectors = self.floats()?;
        let centroids = if self.flag("given") {
            Centroids::Given { values: self.floats()?, cell_of: self.ints()? }
        } else {
            Centroids::Found { cells: self.count("cells")?, seed: self.count("seed")? as u32 }
        };
        Ok(IvfSpec { vectors, width: self.count("width")?, centroids, threads: self.count("threads")?, isa })
    }

    /// `{ids, floats}` and their arrays.
    pub fn feeds(&mut self) -> Result<Feeds> {
        Ok(Feeds { ids: self.named_ints("ids")?, floats: self.named_floats("floats")? })
    }

    pub fn words(&mut self) -> Result<Words> {
        self.arrays.next().ok_or_else(|| Failure::input("A message has too few arrays"))
    }

    pub fn floats(&mut self) -> Result<Vec<f32>> {
        self.words().map(floats)
    }

    pub fn ints(&mut self) -> Result<Vec<i32>> {
        self.words().map(ints)
    }

    /// One array per name in the list `key`.
    fn names(&self, key: &str) -> Result<Vec<String>> {
        let names = self.value[key].as_array().into_iter().flatten();
        let names: Option<Vec<String>> = names.map(|name| name.as_str().map(str::to_owned)).collect();
        names.ok_or_else(|| Failure::input(format!("\"{key}\" is no list of names")))
    }

    pub fn named_floats(&mut self, key: &str) -> Result<HashMap<String, Vec<f32>>> {
        self.names(key)?.into_iter().map(|name| Ok((name, self.floats()?))).collect()
    }

    pub fn named_ints(&mut self, key: &str) -> Result<HashMap<String, Vec<i32>>> {
        self.names(key)?.into_iter().map(|name| Ok((name, self.ints()?))).collect()
    }

    /// Data matrices as `[{name, rows, columns, values}]`; arrays: offsets, items, then values where there are any.
    pub fn data(&mut self) -> Result<DataMatrices> {
        let list = self.value["data"].as_array().cloned().unwrap_or_default();
        let mut named = HashMap::new();
        for entry in &list {
            let name = entry["name"].as_str().ok_or_else(|| Failure::input("A data matrix has no name"))?;
            let (rows, columns) = (count(entry, "rows")?, count(entry, "columns")?);
            let (offsets, entries) = (self.ints()?, self.ints()?);
            let found = Csr::in_any_order("data", &offsets, &entries, rows, columns)?;
            named.insert(name.to_owned(), Arc::new(self.valued(&found, entry, columns)?));
        }
        Ok(named)
    }

    /// A matrix `{rows, columns, values}`.
    pub fn sparse(&mut self, entry: &Value) -> Result<SparseMatrix> {
        let (rows, columns) = (count(entry, "rows")?, count(entry, "columns")?);
        let found = self.rows("data", rows, columns)?;
        self.valued(&found, entry, columns)
    }

    fn valued(&mut self, rows: &Csr, entry: &Value, columns: usize) -> Result<SparseMatrix> {
        let values = if entry["values"] == true { Some(self.floats()?) } else { None };
        SparseMatrix::new(rows, values.as_deref(), columns)
    }

    pub fn real(&self, key: &str) -> Result<f32> {
        let value = self.value[key].as_f64();
        value.map(|x| x as f32).ok_or_else(|| Failure::input(format!("{key} is no number")).received(&self.value[key]))
    }

    /// The plan, which is JSON text inside the JSON.
    pub fn plan(&self) -> Result<Plan> {
        Plan::from_json(self.value["plan"].as_str().ok_or_else(|| Failure::input("There is no plan"))?)
    }

    /// Offsets, then items.
    pub fn rows(&mut self, what: &str, rows: usize, items: usize) -> Result<Csr> {
        let (offsets, entries) = (self.ints()?, self.ints()?);
        Csr::new(what, &offsets, &entries, rows, items)
    }

    /// As `rows`, where the request says that there are any.
    pub fn optional_rows(&mut self, what: &str, rows: usize, items: usize) -> Result<Option<Csr>> {
        if self.flag(what) { self.rows(what, rows, items).map(Some) } else { Ok(None) }
    }

    pub fn flag(&self, key: &str) -> bool {
        self.value[key] == true
    }

    pub fn count(&self, key: &str) -> Result<usize> {
        count(&self.value, key)
    }

    /// `interactions`, `known`, then `values`, `thresholds` and `aliases`, and the dislikes with their values, where the feed says that
    /// it has them.
    pub fn feed(&mut self) -> Result<FeedSpec> {
        let feed = self.value["feed"].clone();
        let kind = match feed["kind"].as_str() {
            Some("pairs") => Kind::Pairs,
            Some("triples") => Kind::Triples,
            Some("ratings") => Kind::Ratings,
            Some("rows") => Kind::Rows,
            _ => return Err(Failure::input("Unknown kind of feed").received(&feed["kind"])),
        };
        let (users, items) = (count(&feed, "users")?, count(&feed, "items")?);
        let interactions = self.rows("interactions", users, items)?;
        let known = self.rows("known", users, items)?;
        let values = if feed["values"] == true { Some(self.floats()?) } else { None };
        let distribution = if feed["alias"] == true {
            Distribution::Alias { thresholds: self.words()?, aliases: self.ints()? }
        } else {
            Distribution::Uniform
        };
        let (negatives, shuffle) = (count(&feed, "negatives")?, feed["shuffle"] == true);
        let dislikes =
            if feed["dislikes"] == true { Some((self.rows("dislikes", users, items)?, self.floats()?)) } else { None };
        Ok(FeedSpec { kind, negatives, distribution, shuffle, users, items, interactions, values, known, dislikes })
    }

    pub fn optimizer(&self) -> Result<Optimizer> {
        let options = &self.value["optimizer"];
        let real = |name: &str| {
            let value = options[name].as_f64();
            value.ok_or_else(|| Failure::input(format!("The optimizer {} needs {name}", options["kind"])))
        };
        let kind = Rule::from_json(options).map_err(Failure::input)?;
        Ok(Optimizer { kind, l2: real("l2")?, clip_norm: real("clipNorm")?, weight_decay: real("weightDecay")? })
    }
}

/// A count; JSON has no integers, and 3 and 3.0 are the same number.
fn count(value: &Value, key: &str) -> Result<usize> {
    let number = value[key].as_f64().filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x));
    let number = number.and_then(|x| usize::try_from(x as u64).ok());
    number.ok_or_else(|| {
        Failure::input(format!("{key} is no count, or a larger one than fits"))
            .expected(format!("0 to {}", usize::MAX))
            .received(&value[key])
    })
}
