//! Long plans of every shape that the compiler walks along are compiled, in the stack that a thread has.

use penchant_kernels::compile::{compile, compile_scores};
use penchant_kernels::evaluate::{Feeds, evaluate};
use penchant_kernels::isa::Isa;
use penchant_kernels::plan::Plan;
use penchant_kernels::program::Program;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::thread;

/// Instructions behind one another, over a lookup `[batch, 2]`.
struct Chain {
    instructions: Vec<Value>,
}

const USER: usize = 0;
const ITEM: usize = 1;
const TABLE: usize = 2;
const ROW: usize = 3;
const MATRIX: usize = 4;

impl Chain {
    fn new() -> Self {
        let mut chain = Self { instructions: Vec::new() };
        for name in ["user", "item"] {
            let shape = json!(["batch"]);
            chain
                .add(json!({ "op": "input", "attrs": { "name": name }, "inputs": [], "dtype": "i32", "shape": shape }));
        }
        chain.param("table", json!([9, 2]));
        chain.push("gather", json!({}), &[TABLE, USER], json!(["batch", 2]));
        chain.param("matrix", json!([2, 2]));
        chain
    }

    fn add(&mut self, instruction: Value) -> usize {
        self.instructions.push(instruction);
        self.instructions.len() - 1
    }

    fn param(&mut self, name: &str, shape: Value) -> usize {
        let attrs = json!({ "name": name, "trainable": true });
        self.push("param", attrs, &[], shape)
    }

    fn push(&mut self, op: &str, attrs: Value, inputs: &[usize], shape: Value) -> usize {
        self.add(json!({ "op": op, "attrs": attrs, "inputs": inputs, "dtype": "f32", "shape": shape }))
    }

    fn row(&mut self, op: &str, attrs: Value, inputs: &[usize]) -> usize {
        self.push(op, attrs, inputs, json!(["batch", 2]))
    }

    /// A row unlike all others, and the sum of it over the batch.
    fn sum(&mut self, n: usize) -> usize {
        let row = self.row("affine", json!({ "scale": 2.0 + n as f64, "offset": 0.5 }), &[ROW]);
        self.push("reduceTo", json!({ "rank": 1, "mean": false }), &[row], json!([2]))
    }

    fn scatter(&mut self, n: usize) -> usize {
        let row = self.row("affine", json!({ "scale": 2.0 + n as f64, "offset": 0.5 }), &[ROW]);
        self.push("scatterAdd", json!({ "rows": 9 }), &[[USER, ITEM][n % 2], row], json!([9, 2]))
    }

    fn plan(&self, outputs: &Value) -> Plan {
        let document = json!({ "version": 1, "instructions": self.instructions, "outputs": outputs });
        Plan::from_json(&document.to_string()).expect("a legal plan")
    }
}

/// Repeats `link`, which takes what is there so far and its number, and gives the chain with its last slot.
fn chain(length: usize, first: usize, link: impl Fn(&mut Chain, usize, usize) -> usize) -> (Chain, usize) {
    let mut chain = Chain::new();
    let last = (0..length).fold(first, |last, n| link(&mut chain, last, n));
    (chain, last)
}

fn compiled(length: usize, first: usize, link: impl Fn(&mut Chain, usize, usize) -> usize) -> Program {
    let (chain, last) = chain(length, first, link);
    compile(&chain.plan(&json!({ "last": last })), 100).expect("a program")
}

/// A twentieth of what threads usually have, for plans that are a tenth of the longest.
fn in_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(100 << 10).spawn(work).expect("a thread");
    thread.join().expect("the work is done");
}

const LENGTH: usize = 6000;

#[test]
fn rows_behind_one_another() {
    in_a_small_stack(|| {
        let tanh = |chain: &mut Chain, last, _| chain.row("unary", json!({ "fn": "tanh" }), &[last]);
        let add = |chain: &mut Chain, last, _| chain.row("add", json!({}), &[last, ROW]);
        let twice = |chain: &mut Chain, last, _| chain.row("add", json!({}), &[last, last]);
        let name = |chain: &mut Chain, last, _| chain.row("stopGradient", json!({}), &[last]);
        let attrs = json!({ "transposeA": false, "transposeB": false });
        let product = move |chain: &mut Chain, last, _| chain.row("matmul", attrs.clone(), &[last, MATRIX]);
        compiled(LENGTH, ROW, tanh);
        compiled(LENGTH, ROW, add);
        compiled(LENGTH, ROW, twice);
        compiled(LENGTH, ROW, name);
        compiled(LENGTH, ROW, product);
    });
}

#[test]
fn scores_behind_one_another() {
    in_a_small_stack(|| {
        let tanh = |chain: &mut Chain, last, _| chain.row("unary", json!({ "fn": "tanh" }), &[last]);
        let add = |chain: &mut Chain, last, _| chain.row("add", json!({}), &[last, ROW]);
        let twice = |chain: &mut Chain, last, _| chain.row("add", json!({}), &[last, last]);
        let links: [fn(&mut Chain, usize, usize) -> usize; 3] = [tanh, add, twice];
        for link in links {
            let (mut chain, last) = chain(LENGTH, ROW, link);
            let score = chain.push("sumLast", json!({}), &[last], json!(["batch"]));
            compile_scores(&chain.plan(&json!({ "score": score }))).expect("a program");
        }
    });
}

#[test]
fn sums_of_static_values() {
    in_a_small_stack(|| {
        compiled(LENGTH, TABLE, |chain, last, _| chain.push("add", json!({}), &[last, TABLE], json!([9, 2])));
    });
}

#[test]
fn sums_of_sums_over_the_batch_are_added_up_in_one_place_however_many() {
    in_a_small_stack(|| {
        for count in [2, 3, 4, LENGTH / 3] {
            let mut chain = Chain::new();
            let mut last = chain.sum(0);
            for n in 1..count {
                let part = chain.sum(n);
                last = chain.push("add", json!({}), &[last, part], json!([2]));
            }
            let program = compile(&chain.plan(&json!({ "last": last })), 100).expect("a program");
            assert_eq!(program.reductions.len(), 1, "{count} sums");
            assert!(program.phases.iter().all(|phase| phase.after.is_empty()), "{count} sums");
        }
    });
}

#[test]
fn sums_that_something_else_reads_are_not_joined() {
    let mut chain = Chain::new();
    let (a, b, c) = (chain.sum(0), chain.sum(1), chain.sum(2));
    let inner = chain.push("add", json!({}), &[a, b], json!([2]));
    let outer = chain.push("add", json!({}), &[inner, c], json!([2]));
    let program = compile(&chain.plan(&json!({ "inner": inner, "outer": outer })), 100).expect("a program");
    // The inner sum in one place, the third by itself, and their addition.
    assert_eq!(program.reductions.len(), 2);
    assert_eq!(program.phases.iter().map(|phase| phase.after.len()).sum::<usize>(), 1);
}

#[test]
fn sums_beside_means_of_one_shape_are_not_joined() {
    // Users 1, 2 and 3 have the rows (1, 10), (2, 20) and (3, 30).
    let table: Vec<f32> = (0..9).flat_map(|row| [row as f32, 10.0 * row as f32]).collect();
    let parameters = HashMap::from([("table".to_owned(), table), ("matrix".to_owned(), vec![0.0; 4])]);
    let columns = [("user".to_owned(), vec![1, 2, 3]), ("item".to_owned(), vec![0; 3])];
    let feeds = Feeds { ids: columns.into(), ..Feeds::default() };
    let mut chain = Chain::new();
    // Each of its own values, so that nothing else reads it.
    let reduced = |chain: &mut Chain, scale: f64, mean: bool| {
        let row = chain.row("affine", json!({ "scale": scale, "offset": 0.5 }), &[ROW]);
        chain.push("reduceTo", json!({ "rank": 1, "mean": mean }), &[row], json!([2]))
    };
    let number = |chain: &mut Chain, scale: f64, mean: bool| {
        let row = chain.row("affine", json!({ "scale": scale, "offset": 0.5 }), &[ROW]);
        let each = chain.push("sumLast", json!({}), &[row], json!(["batch"]));
        chain.push("reduceTo", json!({ "rank": 0, "mean": mean }), &[each], json!([]))
    };
    let [sum, mean] = [(2.0, false), (3.0, true)].map(|(scale, mean)| reduced(&mut chain, scale, mean));
    let sum_first = chain.push("add", json!({}), &[sum, mean], json!([2]));
    let [mean, sum] = [(4.0, true), (5.0, false)].map(|(scale, mean)| reduced(&mut chain, scale, mean));
    let mean_first = chain.push("add", json!({}), &[mean, sum], json!([2]));
    let [sum, mean] = [(6.0, false), (7.0, true)].map(|(scale, mean)| number(&mut chain, scale, mean));
    let numbers = chain.push("add", json!({}), &[sum, mean], json!([]));
    let plan = chain.plan(&json!({ "sum first": sum_first, "mean first": mean_first, "numbers": numbers }));
    let found = evaluate(&plan, parameters, Default::default(), &feeds, 0, Isa::detect()).expect("values");
    let found: HashMap<String, Vec<f32>> = found.into_iter().collect();
    // Sums of 2 x + 1/2: 13.5 and 121.5; means of 3 x + 1/2: 6.5 and 60.5.
    assert_eq!(found["sum first"], [20.0, 182.0]);
    // Means of 4 x + 1/2: 8.5 and 80.5; sums of 5 x + 1/2: 31.5 and 301.5.
    assert_eq!(found["mean first"], [40.0, 382.0]);
    // The sum of 6 x + 1/2 over both columns, 396 + 3, and the mean over rows of 7 x + 1/2, (462 + 3) / 3.
    assert_eq!(found["numbers"], [554.0]);
}

#[test]
fn row_sparse_sums_of_sums() {
    in_a_small_stack(|| {
        let mut chain = Chain::new();
        let mut last = chain.scatter(0);
        for n in 1..LENGTH / 6 {
            let part = chain.scatter(n);
            last = chain.push("sparseSum", json!({}), &[last, part], json!([9, 2]));
        }
        for _ in 0..60 {
            // Read twice each time: what is below must not be walked along twice.
            last = chain.push("sparseSum", json!({}), &[last, last], json!([9, 2]));
        }
        compile(&chain.plan(&json!({ "last": last })), 100).expect("a program");
    });
}

#[test]
fn a_barrier_behind_every_row() {
    in_a_small_stack(|| {
        compiled(LENGTH / 6, ROW, |chain, last, _| {
            let mean = chain.push("reduceTo", json!({ "rank": 1, "mean": true }), &[last], json!([2]));
            chain.row("sub", json!({}), &[last, mean])
        });
    });
}
