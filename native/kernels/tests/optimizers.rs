//! Every optimizer against its formulas in f64, on a model small enough to differentiate by hand.

mod common;

use common::{ADAM, EXACT_ADAM};
use penchant_kernels::feed::{Csr, Distribution, FeedSpec, Kind as Rows};
use penchant_kernels::isa::Isa;
use penchant_kernels::optimizer::{Kind, Optimizer};
use penchant_kernels::plan::Plan;
use penchant_kernels::trainer::{Range, TrainSpec, Trainer};
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;

const USERS: usize = 6;
const WIDTH: usize = 3;
const BATCH: usize = 4;

/// Loss = mean of label * (u . w), with a row u of a table per user and a shared vector w.
fn plan(table_l2: Option<f64>) -> Value {
    let row = json!(["batch"]);
    let mut table = json!({ "name": "table", "trainable": true });
    if let Some(l2) = table_l2 {
        table["l2"] = json!(l2);
    }
    json!({
        "version": 1,
        "instructions": [
            { "op": "input", "attrs": { "name": "user" }, "inputs": [], "dtype": "i32", "shape": row },
            { "op": "input", "attrs": { "name": "label" }, "inputs": [], "dtype": "f32", "shape": row },
            { "op": "param", "attrs": table, "inputs": [], "dtype": "f32", "shape": [USERS, WIDTH] },
            { "op": "param", "attrs": { "name": "w", "trainable": true }, "inputs": [], "dtype": "f32", "shape": [WIDTH] },
            { "op": "gather", "attrs": {}, "inputs": [2, 0], "dtype": "f32", "shape": ["batch", WIDTH] },
            { "op": "mul", "attrs": {}, "inputs": [4, 3], "dtype": "f32", "shape": ["batch", WIDTH] },
            { "op": "sumLast", "attrs": {}, "inputs": [5], "dtype": "f32", "shape": row },
            { "op": "mul", "attrs": {}, "inputs": [6, 1], "dtype": "f32", "shape": row },
            { "op": "reduceTo", "attrs": { "rank": 0, "mean": true }, "inputs": [7], "dtype": "f32", "shape": [] },
            { "op": "constant", "attrs": { "value": 1 }, "inputs": [], "dtype": "f32", "shape": [] },
            { "op": "broadcastTo", "attrs": { "shape": row, "mean": true }, "inputs": [9], "dtype": "f32", "shape": row },
            { "op": "mul", "attrs": {}, "inputs": [10, 1], "dtype": "f32", "shape": row },
            { "op": "expandLast", "attrs": { "size": WIDTH }, "inputs": [11], "dtype": "f32", "shape": ["batch", WIDTH] },
            { "op": "mul", "attrs": {}, "inputs": [12, 3], "dtype": "f32", "shape": ["batch", WIDTH] },
            { "op": "mul", "attrs": {}, "inputs": [12, 4], "dtype": "f32", "shape": ["batch", WIDTH] },
            { "op": "scatterAdd", "attrs": { "rows": USERS }, "inputs": [0, 13], "dtype": "f32", "shape": [USERS, WIDTH] },
            { "op": "reduceTo", "attrs": { "rank": 1, "mean": false }, "inputs": [14], "dtype": "f32", "shape": [WIDTH] },
        ],
        "outputs": { "loss": 8, "grad:table": 15, "grad:w": 16 }
    })
}

/// Ratings in order: user 5 never occurs, user 0 several times in one batch.
const PAIRS: [(usize, f32); 10] =
    [(0, 1.0), (0, -2.0), (0, 0.5), (1, 3.0), (2, 1.5), (2, -1.0), (3, 2.0), (3, 0.25), (4, -1.5), (4, 1.0)];

fn first_table() -> Vec<f32> {
    (0..USERS * WIDTH).map(|i| (i as f32 * 0.37).sin()).collect()
}

fn first_w() -> Vec<f32> {
    vec![0.4, -0.9, 0.3]
}

fn trainer(optimizer: Optimizer, plan: &Value) -> Trainer {
    let offsets = [0, 3, 4, 6, 8, 10, 10];
    let items = [0, 1, 2, 0, 0, 1, 0, 1, 0, 1];
    let interactions = Csr::new("interactions", &offsets, &items, USERS, 3).expect("sorted rows");
    let feed = FeedSpec {
        kind: Rows::Ratings,
        negatives: 1,
        distribution: Distribution::Uniform,
        shuffle: false,
        users: USERS,
        items: 3,
        values: Some(PAIRS.iter().map(|&(_, label)| label).collect()),
        known: interactions.clone(),
        interactions,
        dislikes: None,
    };
    let plan = Plan::from_json(&plan.to_string()).expect("a legal plan");
    let parameters = [("table".to_owned(), first_table()), ("w".to_owned(), first_w())].into();
    let isa = Isa::detect();
    Trainer::new(TrainSpec {
        plan,
        parameters,
        data: Default::default(),
        feed,
        optimizer,
        batch: BATCH,
        seed: 0,
        threads: 1,
        isa,
    })
    .expect("a trainer")
}

/// One weight with its slots.
#[derive(Clone, Copy)]
struct Weight {
    w: f64,
    m: f64,
    v: f64,
}

impl Weight {
    fn step(&mut self, o: &Optimizer, rate: f64, step: i32, g: f64, touched: bool) {
        if let Kind::Ftrl { beta, l1 } = o.kind {
            return self.solve(beta, rate * l1, rate * o.l2, rate * g, g);
        }
        let g = g + if touched { o.l2 * self.w } else { 0.0 };
        if touched {
            self.w -= rate * o.weight_decay * self.w;
        }
        match o.kind {
            Kind::Sgd => self.w -= rate * g,
            Kind::Momentum { momentum, nesterov } => {
                self.m = momentum * self.m + g;
                self.w -= rate * if nesterov { g + momentum * self.m } else { self.m };
            }
            Kind::Adagrad { epsilon, .. } => {
                self.v += g * g;
                self.w -= rate * g / (self.v.sqrt() + epsilon);
            }
            Kind::Adam { beta1, beta2, epsilon, .. } => {
                self.m = beta1 * self.m + (1.0 - beta1) * g;
                self.v = beta2 * self.v + (1.0 - beta2) * g * g;
                let (m, v) = (self.m / (1.0 - beta1.powi(step)), self.v / (1.0 - beta2.powi(step)));
                self.w -= rate * m / (v.sqrt() + epsilon);
            }
            Kind::Ftrl { .. } => unreachable!("solved for"),
        }
    }

    /// `g`: the gradient; `step`: that times the rate. The slots are the paper's z times the rate, and its n.
    fn solve(&mut self, beta: f64, shrink: f64, pull: f64, step: f64, g: f64) {
        if self.m == 0.0 && self.v == 0.0 {
            self.m = -(self.w * (beta + pull) + shrink * if self.w == 0.0 { 0.0 } else { self.w.signum() });
        }
        let n = self.v + g * g;
        self.m += step - (n.sqrt() - self.v.sqrt()) * self.w;
        self.v = n;
        let rest = (self.m.abs() - shrink).max(0.0);
        self.w = -self.m.signum() * rest / (beta + n.sqrt() + pull);
    }
}

/// Table and w after an epoch, in f64.
fn expected(of_table: &Optimizer, o: &Optimizer, rates: [f64; 2]) -> (Vec<f64>, Vec<f64>) {
    let weights = |values: Vec<f32>, o: &Optimizer| -> Vec<Weight> {
        let start = if let Kind::Adagrad { initial, .. } = o.kind { initial } else { 0.0 };
        values.into_iter().map(|w| Weight { w: w.into(), m: 0.0, v: start }).collect()
    };
    let (mut table, mut w) = (weights(first_table(), of_table), weights(first_w(), o));
    for (index, batch) in PAIRS.chunks(BATCH).enumerate() {
        let (mut table_gradient, mut w_gradient) = (vec![0.0; table.len()], vec![0.0; w.len()]);
        let mut touched = [false; USERS];
        for &(user, label) in batch {
            touched[user] = true;
            for c in 0..WIDTH {
                let slope = f64::from(label) / batch.len() as f64;
                table_gradient[user * WIDTH + c] += slope * w[c].w;
                w_gradient[c] += slope * table[user * WIDTH + c].w;
            }
        }
        let squares: f64 = table_gradient.iter().chain(&w_gradient).map(|g| g * g).sum();
        let scale = if o.clip_norm > 0.0 { (o.clip_norm / (squares.sqrt() + 1e-6)).min(1.0) } else { 1.0 };
        let everything = matches!(of_table.kind, Kind::Adam { lazy: false, .. });
        for (i, weight) in table.iter_mut().enumerate() {
            if touched[i / WIDTH] || everything {
                weight.step(of_table, rates[0], index as i32 + 1, scale * table_gradient[i], touched[i / WIDTH]);
            }
        }
        w.iter_mut().zip(&w_gradient).for_each(|(w, g)| w.step(o, rates[1], index as i32 + 1, scale * g, true));
    }
    let values = |weights: Vec<Weight>| weights.into_iter().map(|weight| weight.w).collect();
    (values(table), values(w))
}

#[test]
fn every_optimizer_follows_its_formulas() {
    let kinds = [
        Kind::Sgd,
        Kind::Momentum { momentum: 0.9, nesterov: false },
        Kind::Momentum { momentum: 0.9, nesterov: true },
        Kind::Adagrad { epsilon: 1e-6, initial: 0.1 },
        ADAM,
        EXACT_ADAM,
        Kind::Ftrl { beta: 0.5, l1: 0.02 },
    ];
    for kind in kinds {
        for (l2, table_l2, clip_norm, weight_decay) in [
            (0.0, None, 0.0, 0.0),
            (0.1, None, 0.0, 0.0),
            (0.1, Some(0.4), 0.0, 0.0),
            (0.1, Some(0.0), 0.0, 0.0),
            (0.0, None, 0.3, 0.0),
            (0.05, None, 0.2, 0.1),
        ] {
            let optimizer = Optimizer { kind, l2, clip_norm, weight_decay };
            let mut trainer = trainer(optimizer, &plan(table_l2));
            let range = Range { epoch: 0, from: 0, to: 3, rates: vec![0.05] };
            trainer.run(&range, &AtomicBool::new(false)).expect("an epoch");
            let of_table = Optimizer { l2: table_l2.unwrap_or(l2), ..optimizer };
            let (table, w) = expected(&of_table, &optimizer, [0.05, 0.05]);
            for (name, expected) in [("table", table), ("w", w)] {
                for (x, y) in trainer.parameter(name).expect("a parameter").iter().zip(&expected) {
                    assert!((f64::from(*x) - y).abs() < 2e-5, "{optimizer:?} {name}: {x} instead of {y}");
                }
            }
        }
    }
}

#[test]
fn a_parameter_may_bring_a_rule_of_its_own() {
    let ftrl = (Kind::Ftrl { beta: 1.0, l1: 0.1 }, json!({ "kind": "ftrl", "beta": 1, "l1": 0.1 }));
    let adagrad = Kind::Adagrad { epsilon: 1e-6, initial: 0.1 };
    let adagrad = (adagrad, json!({ "kind": "adagrad", "epsilon": 1e-6, "initialAccumulator": 0.1 }));
    for ((of_training, _), (own, said)) in [(&ftrl, &adagrad), (&adagrad, &ftrl), (&(EXACT_ADAM, json!(null)), &ftrl)] {
        let mut given = plan(None);
        let mut said = said.clone();
        (said["rate"], said["weightDecay"]) = (json!(3), json!(0.2));
        given["instructions"][2]["attrs"]["optimizer"] = said;
        let optimizer = Optimizer { kind: *of_training, l2: 0.01, clip_norm: 0.0, weight_decay: 0.1 };
        let mut trainer = trainer(optimizer, &given);
        let range = Range { epoch: 0, from: 0, to: 3, rates: vec![0.05] };
        trainer.run(&range, &AtomicBool::new(false)).expect("an epoch");
        let of_table = Optimizer { kind: *own, weight_decay: 0.2, ..optimizer };
        let (table, w) = expected(&of_table, &optimizer, [0.15, 0.05]);
        for (name, expected) in [("table", table), ("w", w)] {
            for (x, y) in trainer.parameter(name).expect("a parameter").iter().zip(&expected) {
                assert!((f64::from(*x) - y).abs() < 2e-5, "{own:?} {name}: {x} instead of {y}");
            }
        }
    }
}

#[test]
fn rules_of_parameters_out_of_range_are_refused() {
    for wrong in [
        json!(null),
        json!("ftrl"),
        json!({ "kind": "other", "rate": 1, "weightDecay": 0 }),
        json!({ "kind": "ftrl", "beta": 0, "l1": 0, "rate": 1, "weightDecay": 0 }),
        json!({ "kind": "ftrl", "beta": 1, "rate": 1, "weightDecay": 0 }),
        json!({ "kind": "sgd", "weightDecay": 0 }),
        json!({ "kind": "sgd", "rate": -1, "weightDecay": 0 }),
        json!({ "kind": "sgd", "rate": 1, "weightDecay": -1 }),
    ] {
        let mut plan = plan(None);
        plan["instructions"][2]["attrs"]["optimizer"] = wrong.clone();
        assert!(Plan::from_json(&plan.to_string()).is_err(), "{wrong}");
    }
}

#[test]
fn the_loss_is_the_mean_over_the_rows() {
    let mut trainer = trainer(Optimizer { kind: Kind::Sgd, l2: 0.0, clip_norm: 0.0, weight_decay: 0.0 }, &plan(None));
    let range = Range { epoch: 0, from: 0, to: 3, rates: vec![0.0] };
    let report = trainer.run(&range, &AtomicBool::new(false)).expect("an epoch");
    let (table, w) = (first_table(), first_w());
    let dot = |user: usize| (0..WIDTH).map(|c| f64::from(table[user * WIDTH + c] * w[c])).sum::<f64>();
    let sum: f64 = PAIRS.iter().map(|&(user, label)| f64::from(label) * dot(user)).sum();
    assert_eq!(report.rows, 10);
    assert!((report.loss - sum / 10.0).abs() < 1e-6, "{} instead of {}", report.loss, sum / 10.0);
}

#[test]
fn regularizations_out_of_range_are_refused() {
    for wrong in [json!(-0.1), json!(1e300), json!("much"), json!(null)] {
        let mut plan = plan(Some(0.1));
        plan["instructions"][2]["attrs"]["l2"] = wrong.clone();
        assert!(Plan::from_json(&plan.to_string()).is_err(), "{wrong}");
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let wrong = [
        Optimizer { kind: Kind::Sgd, l2: -1.0, clip_norm: 0.0, weight_decay: 0.0 },
        Optimizer { kind: Kind::Sgd, l2: f64::NAN, clip_norm: 0.0, weight_decay: 0.0 },
        Optimizer { kind: Kind::Sgd, l2: 0.0, clip_norm: f64::INFINITY, weight_decay: 0.0 },
        Optimizer {
            kind: Kind::Momentum { momentum: 1.5, nesterov: false },
            l2: 0.0,
            clip_norm: 0.0,
            weight_decay: 0.0,
        },
    ];
    for optimizer in wrong {
        assert!(optimizer.check().is_err(), "{optimizer:?}");
    }
}
