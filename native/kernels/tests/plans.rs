//! Illegal plans are refused with a failure; no text makes the core panic.

mod common;

use common::{ADAM, Case, NAMES, case, plain};
use penchant_kernels::compile::{compile, compile_scores};
use penchant_kernels::evaluate::{Feeds, evaluate};
use penchant_kernels::isa::Isa;
use penchant_kernels::plan::{DType, Op, Plan};
use penchant_kernels::random::{below, hash, unit};
use penchant_kernels::scorer::{ScoreSpec, Scorer};
use penchant_kernels::trainer::{Range, TrainSpec, Trainer};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

struct Draws {
    seed: u32,
    count: u32,
}

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.count += 1;
        below(hash(self.seed, [self.count]), n as u32) as usize
    }

    /// Something that a plan may or may not hold at some place.
    fn value(&mut self) -> Value {
        match self.below(16) {
            0 => json!(null),
            1 => json!(true),
            2 => json!(-1),
            3 => json!(0),
            4 => json!(self.below(40)),
            5 => json!(1e300),
            6 => json!(0.5),
            7 => json!("batch"),
            8 => json!("relu"),
            9 => json!([]),
            10 => json!({}),
            11 => json!(u64::MAX),
            12 => json!(1_u64 << 33),
            13 => json!(["batch", self.below(9)]),
            14 => json!("matmul"),
            _ => json!(self.below(4)),
        }
    }
}

/// Paths to every value inside.
fn paths(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().enumerate().for_each(|(i, x)| {
            into.push(format!("{at}/{i}"));
            paths(x, &format!("{at}/{i}"), into);
        }),
        Value::Object(map) => map.iter().for_each(|(key, x)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            into.push(format!("{at}/{key}"));
            paths(x, &format!("{at}/{key}"), into);
        }),
        _ => {}
    }
}

/// Zeros for all parameters and inputs, where the sizes are moderate.
fn run(plan: &Plan) {
    let elements = |limit: usize| plan.instructions.iter().all(|x| x.shape.elements() <= limit);
    if !elements(1 << 12) {
        return;
    }
    let mut parameters = HashMap::new();
    let mut feeds = Feeds::default();
    for x in &plan.instructions {
        match &x.op {
            Op::Param { name, .. } => {
                parameters.insert(name.clone(), vec![0.25; x.shape.elements()]);
            }
            Op::Input { name } if x.dtype == DType::I32 => {
                feeds.ids.insert(name.clone(), vec![0; 70]);
            }
            Op::Input { name } => {
                feeds.floats.insert(name.clone(), vec![1.0; 70]);
            }
            _ => {}
        }
    }
    let _ = evaluate(plan, parameters, Default::default(), &feeds, 1, Isa::detect());
}

#[test]
fn the_plans_of_real_models_are_legal() {
    for name in NAMES {
        let case = case(name);
        let train = Plan::from_json(&case.train.to_string()).expect("a legal plan");
        let score = Plan::from_json(&case.score.to_string()).expect("a legal plan");
        assert!(compile(&train, 100).is_ok());
        assert!(compile_scores(&score).is_ok());
        run(&train);
    }
}

#[test]
fn batch_normalization_is_a_barrier_and_nothing_else_is() {
    for name in NAMES {
        let plan = Plan::from_json(&case(name).train.to_string()).expect("a legal plan");
        let phases = compile(&plan, 100).expect("a program").phases.len();
        assert_eq!(phases > 1, name == "normalized-tower", "{name}: {phases} phases");
    }
}

/// Scores where the sizes are moderate.
fn score(case: &Case, plan: &Plan) {
    if compile_scores(plan).is_err() || plan.instructions.iter().any(|x| x.shape.elements() > 1 << 12) {
        return;
    }
    let params = plan.instructions.iter().filter_map(|x| match &x.op {
        Op::Param { name, .. } => Some((name.clone(), vec![0.25; x.shape.elements()])),
        _ => None,
    });
    let (users, items, isa) = (case.users, case.items, Isa::detect());
    let spec = ScoreSpec {
        plan: plan.clone(),
        parameters: params.collect(),
        data: Default::default(),
        users,
        items,
        threads: 1,
        isa,
    };
    if let Ok(mut scorer) = Scorer::new(spec) {
        assert!(scorer.score(&[0, 1], &[1, 0]).is_ok());
        assert!(scorer.top_k(&[0, 1], 3, None, None).is_ok());
    }
}

/// Plans of real models, each changed so many times; what is refused is refused with a code. Returns how many were legal and
/// how many refused.
fn each_change(
    rounds: u32,
    first_seed: u32,
    change: impl Fn(&Value, &[String], &mut Draws) -> String,
    legal_plan: impl Fn(&Case, Plan),
) -> (usize, usize) {
    let (mut legal, mut refused) = (0, 0);
    for (n, name) in NAMES.into_iter().enumerate() {
        let case = case(name);
        for original in [&case.train, &case.score] {
            let mut places = Vec::new();
            paths(original, "", &mut places);
            for round in 0..rounds {
                let mut draws = Draws { seed: first_seed + 1000 * n as u32 + round, count: 0 };
                match Plan::from_json(&change(original, &places, &mut draws)) {
                    Ok(plan) => {
                        legal += 1;
                        legal_plan(&case, plan);
                    }
                    Err(failure) => {
                        refused += 1;
                        assert!(failure.code == "GRAPH_PLAN" || failure.code == "GRAPH_SHAPE", "{failure:?}");
                    }
                }
            }
        }
    }
    (legal, refused)
}

#[test]
fn changed_plans_are_refused_or_run() {
    let change = |original: &Value, places: &[String], draws: &mut Draws| {
        let mut changed = original.clone();
        for _ in 0..1 + draws.below(2) {
            let place = &places[draws.below(places.len())];
            let value = draws.value();
            if let Some(slot) = changed.pointer_mut(place) {
                *slot = value;
            }
        }
        changed.to_string()
    };
    let (legal, refused) = each_change(400, 0, change, |case, plan| {
        score(case, &plan);
        run(&plan);
    });
    assert!(legal > 100 && refused > 500, "{legal} legal, {refused} refused: the changes test both");
}

/// Changes the structure: an entry removed, doubled, or exchanged with another place.
fn disturb(document: &mut Value, places: &[String], draws: &mut Draws) {
    let (place, other) = (&places[draws.below(places.len())], &places[draws.below(places.len())]);
    let (parent, key) = place.rsplit_once('/').unwrap_or(("", place));
    match draws.below(4) {
        0 => {
            let moved = document.pointer(other).cloned().unwrap_or_default();
            if let Some(here) = document.pointer_mut(place) {
                *here = moved;
            }
        }
        kind => match document.pointer_mut(parent) {
            Some(Value::Array(list)) => {
                let at = key.parse::<usize>().unwrap_or(0).min(list.len().saturating_sub(1));
                if kind == 1 && at < list.len() {
                    list.remove(at);
                } else if let Some(x) = list.get(at).cloned() {
                    list.insert(at, x);
                }
            }
            Some(Value::Object(map)) => {
                map.remove(key);
            }
            _ => {}
        },
    }
}

/// Cut off, or with a byte in it that was another one.
fn damage(text: &str, draws: &mut Draws) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = draws.below(bytes.len());
    match draws.below(4) {
        0 => bytes.truncate(at),
        1 => bytes[at] = b"{}[]\",:-9eE"[draws.below(11)],
        2 => bytes[at] = b'0' + draws.below(10) as u8,
        _ => bytes.insert(at, b"0123456789-."[draws.below(12)]),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compiles, and trains where the sizes are moderate.
fn compile_and_train(case: &Case, plan: Plan) {
    for rows in [1, 100, usize::MAX >> 8] {
        let _ = compile(&plan, rows);
    }
    score(case, &plan);
    if plan.instructions.iter().all(|x| x.shape.elements() <= 1 << 12) {
        let parameters = case.parameters.clone();
        let (optimizer, isa) = (plain(ADAM), Isa::detect());
        let spec = TrainSpec {
            plan,
            parameters,
            data: Default::default(),
            feed: case.feed(),
            optimizer,
            batch: 96,
            seed: 3,
            threads: 1,
            isa,
        };
        if let Ok(mut trainer) = Trainer::new(spec) {
            let range = Range { epoch: 0, from: 0, to: 2, rates: vec![0.01] };
            let _ = trainer.run(&range, &AtomicBool::new(false));
        }
    }
}

#[test]
fn damaged_plans_are_refused_or_compile_and_train() {
    let change = |original: &Value, places: &[String], draws: &mut Draws| {
        let mut changed = original.clone();
        for _ in 0..draws.below(3) {
            disturb(&mut changed, places, draws);
        }
        let text = changed.to_string();
        if changed == *original { damage(&text, draws) } else { text }
    };
    let (legal, refused) = each_change(200, 50_000, change, compile_and_train);
    assert!(legal > 50 && refused > 500, "{legal} legal, {refused} refused: the changes test both");
}

#[test]
fn any_text_is_answered() {
    let samples =
        ["", "null", "[]", "{}", "{\"version\":1}", "{\"version\":2,\"instructions\":[],\"outputs\":{}}", "\u{0}"];
    for text in samples {
        assert!(Plan::from_json(text).is_err(), "{text:?}");
    }
    let alphabet: Vec<char> = "{}[]\",:0123456789-.eE \\ntrufalsbch".chars().collect();
    for seed in 0..2000 {
        let mut draws = Draws { seed, count: 0 };
        let text: String = (0..draws.below(80)).map(|_| alphabet[draws.below(alphabet.len())]).collect();
        assert!(Plan::from_json(&text).is_err(), "{text:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Plan::from_json(&deep).is_err());
}

#[test]
fn huge_sizes_are_refused() {
    let table = |rows: u64, width: u64| {
        json!({
            "version": 1,
            "instructions": [
                { "op": "input", "attrs": { "name": "user" }, "inputs": [], "dtype": "i32", "shape": ["batch"] },
                { "op": "param", "attrs": { "name": "t", "trainable": true }, "inputs": [], "dtype": "f32", "shape": [rows, width] },
                { "op": "gather", "attrs": {}, "inputs": [1, 0], "dtype": "f32", "shape": ["batch", width] },
            ],
            "outputs": { "x": 2 }
        })
    };
    for (rows, width) in [(u64::MAX, 1), (1 << 40, 1 << 40), (1 << 35, 1 << 35), (0, 3), (3, 0)] {
        let failure = Plan::from_json(&table(rows, width).to_string()).expect_err("a size beyond reason");
        assert_eq!(failure.code, "GRAPH_PLAN", "{rows} x {width}");
    }
    let wide = Plan::from_json(&table(2, 1 << 34).to_string()).expect("a legal plan");
    assert_eq!(compile(&wide, 256).expect_err("more memory than there is").code, "ENGINE_INPUT");
}

#[test]
fn more_steps_than_memory_holds_are_refused() {
    let plan = |lead: u64| {
        json!({
            "version": 1,
            "instructions": [
                { "op": "input", "attrs": { "name": "label" }, "inputs": [], "dtype": "f32", "shape": ["batch"] },
                { "op": "expandLast", "attrs": { "size": lead }, "inputs": [0], "dtype": "f32", "shape": ["batch", lead] },
                { "op": "expandLast", "attrs": { "size": 2 }, "inputs": [1], "dtype": "f32", "shape": ["batch", lead, 2] },
            ],
            "outputs": { "x": 2 }
        })
    };
    let compiled = |lead| compile(&Plan::from_json(&plan(lead).to_string()).expect("a legal plan"), 1);
    assert!(compiled(1000).is_ok());
    assert_eq!(compiled(1 << 30).expect_err("a thousand million steps").code, "ENGINE_INPUT");
}

#[test]
fn inputs_of_different_lengths_are_refused() {
    let case = case("neumf");
    let plan = Plan::from_json(&case.train.to_string()).expect("a legal plan");
    for (user, item, label) in [(2, 2, 1), (1, 2, 2), (2, 3, 2), (0, 2, 2)] {
        let feeds = Feeds {
            ids: [("user", vec![0; user]), ("item", vec![0; item])].map(|(name, ids)| (name.to_owned(), ids)).into(),
            floats: [("label".to_owned(), vec![1.0; label])].into(),
        };
        let failure = evaluate(&plan, case.parameters.clone(), HashMap::new(), &feeds, 0, Isa::detect())
            .expect_err("unequal inputs");
        assert_eq!((failure.code, &failure.what[..]), ("ENGINE_INPUT", "The inputs have different lengths"));
    }
}

#[test]
fn wrong_parameters_and_inputs_are_refused_by_name() {
    let case = case("neumf");
    let plan = Plan::from_json(&case.train.to_string()).expect("a legal plan");
    let feeds = |id: i32| Feeds {
        ids: [("user", vec![0, 1]), ("item", vec![2, id])].map(|(name, ids)| (name.to_owned(), ids)).into(),
        floats: [("label".to_owned(), vec![1.0, 0.0])].into(),
    };
    let isa = Isa::detect();
    assert!(evaluate(&plan, case.parameters.clone(), Default::default(), &feeds(3), 0, isa).is_ok());
    for id in [-1, 37, i32::MAX] {
        let failure = evaluate(&plan, case.parameters.clone(), Default::default(), &feeds(id), 0, isa)
            .expect_err("an id out of range");
        assert!(failure.what.contains(&format!("item {id}")), "{failure:?}");
    }
    for name in case.parameters.keys() {
        let mut missing = case.parameters.clone();
        missing.remove(name);
        let failure = evaluate(&plan, missing, Default::default(), &feeds(3), 0, isa).expect_err("a missing parameter");
        assert!(failure.what.contains(name.as_str()), "{failure:?}");
    }
    let values: Vec<f32> = (0..3).map(|i| unit(hash(1, [i]))).collect();
    let mut short = case.parameters.clone();
    short.insert("head/kernel".to_owned(), values);
    assert!(evaluate(&plan, short, Default::default(), &feeds(3), 0, isa).is_err());
}
