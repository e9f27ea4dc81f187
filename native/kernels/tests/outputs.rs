//! What a training plan may give: a loss, gradients, new values.

mod common;

use common::plain;
use penchant_kernels::failure::Failure;
use penchant_kernels::feed::{Csr, Distribution, FeedSpec, Kind};
use penchant_kernels::isa::Isa;
use penchant_kernels::optimizer;
use penchant_kernels::plan::Plan;
use penchant_kernels::trainer::{Range, TrainSpec, Trainer};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

fn training_plan(outputs: &Value) -> Value {
    json!({
        "version": 1,
        "instructions": [
            { "op": "input", "attrs": { "name": "label" }, "inputs": [], "dtype": "f32", "shape": ["batch"] },
            { "op": "param", "attrs": { "name": "a", "trainable": true }, "inputs": [], "dtype": "f32", "shape": [2] },
            { "op": "param", "attrs": { "name": "b", "trainable": true }, "inputs": [], "dtype": "f32", "shape": [2] },
            { "op": "reduceTo", "attrs": { "rank": 0, "mean": true }, "inputs": [0], "dtype": "f32", "shape": [] },
            { "op": "affine", "attrs": { "scale": 2, "offset": 1 }, "inputs": [1], "dtype": "f32", "shape": [2] },
            { "op": "stopGradient", "attrs": {}, "inputs": [1], "dtype": "f32", "shape": [2] },
            { "op": "param", "attrs": { "name": "c", "trainable": true }, "inputs": [], "dtype": "f32", "shape": [] },
        ],
        "outputs": outputs
    })
}

fn trainer_of(outputs: &Value, threads: usize) -> Result<Trainer, Failure> {
    let plan = Plan::from_json(&training_plan(outputs).to_string())?;
    let parameters = [("a", vec![1.0, 2.0]), ("b", vec![10.0, 20.0]), ("c", vec![5.0])];
    let parameters = parameters.map(|(name, values)| (name.to_owned(), values)).into();
    let interactions = Csr::new("interactions", &[0, 3], &[0, 1, 2], 1, 3)?;
    let feed = FeedSpec {
        kind: Kind::Ratings,
        negatives: 1,
        distribution: Distribution::Uniform,
        shuffle: false,
        users: 1,
        items: 3,
        values: None,
        known: interactions.clone(),
        interactions,
        dislikes: None,
    };
    let (optimizer, isa) = (plain(optimizer::Kind::Sgd), Isa::detect());
    Trainer::new(TrainSpec { plan, parameters, data: HashMap::new(), feed, optimizer, batch: 2, seed: 0, threads, isa })
}

#[test]
fn a_parameter_is_learned_or_assigned_but_not_both() {
    let both = json!({ "loss": 3, "grad:a": 4, "assign:a": 4 });
    let failure = trainer_of(&both, 1).err().expect("two writers of one parameter");
    assert_eq!(failure.code, "ENGINE_INPUT");
    assert!(failure.what.contains("both learns and assigns \"a\""), "{failure:?}");
}

#[test]
fn outputs_that_are_parameters_have_the_values_of_before_the_step() {
    // a learns from itself, b follows it, and the loss is a parameter that learns.
    let outputs = json!({ "loss": 6, "grad:a": 5, "grad:c": 6, "assign:b": 1 });
    for threads in [1, 3] {
        let mut trainer = trainer_of(&outputs, threads).expect("a legal plan");
        let range = Range { epoch: 0, from: 0, to: 2, rates: vec![0.5] };
        let report = trainer.run(&range, &AtomicBool::new(false)).expect("two steps");
        assert_eq!(trainer.parameter("a"), Ok(&[0.25, 0.5][..]));
        assert_eq!(trainer.parameter("b"), Ok(&[0.5, 1.0][..]));
        // 5 over two rows, then 2.5 over one.
        assert!((report.loss - 12.5 / 3.0).abs() < 1e-6, "{}", report.loss);
    }
}

#[test]
fn outputs_of_a_wrong_shape_are_refused() {
    for outputs in [
        json!({ "grad:a": 4 }),
        json!({ "loss": 0 }),
        json!({ "loss": 4 }),
        json!({ "loss": 3, "grad:a": 3 }),
        json!({ "loss": 3, "grad:a": 0 }),
        json!({ "loss": 3, "assign:a": 3 }),
        json!({ "loss": 3, "assign:a": 0 }),
        json!({ "loss": 3, "grad:d": 4 }),
        json!({ "loss": 3, "assign:d": 4 }),
    ] {
        let failure = trainer_of(&outputs, 1).err().unwrap_or_else(|| panic!("{outputs}"));
        assert_eq!(failure.code, "ENGINE_INPUT", "{outputs}");
    }
    let mut lying = training_plan(&json!({ "loss": 3 }));
    lying["instructions"][4]["shape"] = json!([3]);
    assert_eq!(Plan::from_json(&lying.to_string()).expect_err("not its shape").code, "GRAPH_PLAN");
    assert_eq!(
        Plan::from_json(&training_plan(&json!({ "loss": 7 })).to_string()).expect_err("no slot").code,
        "GRAPH_PLAN"
    );
}
