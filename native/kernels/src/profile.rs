//! Where the time of training steps goes: each thread's clock laps after every piece of work.
//!
//! There is no clock in this crate: the caller lends a function that tells nanoseconds.

use crate::optimizer::Kind;
use crate::program::{Action, Matrix, Param, Program, RowProducts, Rows, Step};
use crate::trainer::{Gradient, Learned};

/// Pieces of a training step that are no step of the program; they are numbered behind those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Drawing the rows of the batch.
    Sample,
    /// Finding the distinct rows that the batch touches.
    Touch,
    /// Adding up the parts of sums that other steps read.
    Reduce,
    /// Waiting for other threads.
    Wait,
    /// The rest: loss, bookkeeping.
    Other,
}

const PIECES: [&str; 5] = ["sample", "touch", "reduce", "wait", "other"];

/// One line of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The action or the piece.
    pub what: &'static str,
    /// Slot of the plan that is computed; none for pieces.
    pub slot: Option<usize>,
    /// The parameter that is updated.
    pub parameter: Option<String>,
    /// Of all threads together.
    pub seconds: f64,
    pub calls: u64,
    pub flops: f64,
    /// Read and written, each operand once a call, wherever it lies.
    pub bytes: f64,
}

/// Laps of one thread.
#[derive(Clone, Debug)]
pub struct Laps {
    now: fn() -> u64,
    last: u64,
    steps: usize,
    updates: usize,
    nanoseconds: Vec<u64>,
    calls: Vec<u64>,
    rows: Vec<u64>,
}

impl Laps {
    pub fn new(program: &Program, updates: usize, now: fn() -> u64) -> Self {
        let steps = steps_of(program).count();
        let count = steps + PIECES.len() + updates;
        let (nanoseconds, calls, rows) = (vec![0; count], vec![0; count], vec![0; count]);
        Self { now, last: now(), steps, updates, nanoseconds, calls, rows }
    }

    /// What happened since the last lap was the step of this number, on so many rows. Pieces and updates are numbered behind
    /// the steps.
    pub fn lap(&mut self, number: usize, rows: usize) {
        let now = (self.now)();
        self.nanoseconds[number] += now.saturating_sub(self.last);
        self.calls[number] += 1;
        self.rows[number] += rows as u64;
        self.last = now;
    }

    pub fn piece(&mut self, piece: Piece) {
        self.lap(self.steps + piece as usize, 0);
    }

    /// The update of a learned parameter, of so many samples' gradients (row by row) or elements (dense).
    pub fn update(&mut self, learned: usize, rows: usize) {
        debug_assert!(learned < self.updates);
        self.lap(self.steps + PIECES.len() + learned, rows);
    }
}

/// All steps of a training program, in the order of their numbers: prologue, then each phase's rows and what follows it.
pub fn steps_of(program: &Program) -> impl Iterator<Item = &Step> {
    program.prologue.iter().chain(program.phases.iter().flat_map(|phase| phase.rows.iter().chain(&phase.after)))
}

/// Numbers of the first step of each phase: of its rows, and of what follows them.
pub fn first_steps(program: &Program) -> Vec<(usize, usize)> {
    let mut next = program.prologue.len();
    let numbers = program.phases.iter().map(|phase| {
        let (rows, after) = (next, next + phase.rows.len());
        next = after + phase.after.len();
        (rows, after)
    });
    numbers.collect()
}

/// The laps of all threads as one list.
pub fn entries(program: &Program, learned: &[Learned], threads: &[Laps], kind: impl Fn(&Param) -> Kind) -> Vec<Entry> {
    let seconds = |number: usize| threads.iter().map(|laps| laps.nanoseconds[number]).sum::<u64>() as f64 * 1e-9;
    let calls = |number: usize| threads.iter().map(|laps| laps.calls[number]).sum::<u64>();
    let rows = |number: usize| threads.iter().map(|laps| laps.rows[number]).sum::<u64>() as f64;
    let mut list: Vec<Entry> = Vec::new();
    for step in steps_of(program) {
        let number = list.len();
        let work = work_of(step);
        list.push(Entry {
            what: step.action.name(),
            slot: Some(step.slot),
            parameter: None,
            seconds: seconds(number),
            calls: calls(number),
            flops: work.flops * rows(number) + work.flops_once * calls(number) as f64,
            bytes: 4.0 * (work.floats * rows(number) + work.floats_once * calls(number) as f64),
        });
    }
    for what in PIECES {
        let number = list.len();
        let (slot, parameter, flops, bytes) = (None, None, 0.0, 0.0);
        list.push(Entry { what, slot, parameter, seconds: seconds(number), calls: calls(number), flops, bytes });
    }
    for learned in learned {
        let number = list.len();
        let param = &program.params[learned.param];
        let slots = usize::from(kind(param).has_m()) + usize::from(kind(param).has_v());
        // A row's parameter and slots are read and written, a sample's gradient is read.
        let (what, width) = match learned.gradient {
            Gradient::Rows { .. } => ("update rows", param.width),
            _ => ("update dense", 1),
        };
        list.push(Entry {
            what,
            slot: None,
            parameter: Some(param.name.clone()),
            seconds: seconds(number),
            calls: calls(number),
            flops: 0.0,
            bytes: 4.0 * rows(number) * (width * (1 + 2 * (1 + slots))) as f64,
        });
    }
    list
}

/// What a step costs for each of its rows, and once a call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Work {
    flops: f64,
    floats: f64,
    flops_once: f64,
    floats_once: f64,
}

fn work_of(step: &Step) -> Work {
    let mut action = step.action.clone();
    let mut floats = 0;
    // A column that repeats one value is read once.
    action.views(&mut |view, _| floats += if view.column == 0 { 1 } else { view.width });
    let width = action.width() as f64;
    let (mut flops, mut once) = (width, 0);
    match action {
        Action::Gemm { lead, k, b, out, .. } => {
            flops = 2.0 * (k * out.width) as f64;
            once = k * out.width / lead;
            if let Matrix::Rows(view) = b {
                floats -= view.width;
            }
        }
        Action::AddProduct { a, b, lead, .. } => {
            flops = 2.0 * (a.width * b.width / lead) as f64;
            once = 2 * a.width * b.width / (lead * lead);
        }
        Action::RowProducts { sizes: RowProducts { m, k, n, .. }, .. } => flops = 2.0 * (m * k * n) as f64,
        Action::BatchLogSumExp { pairs, .. } => flops = 2.0 * (pairs.batch * pairs.own.width) as f64,
        Action::BatchLogSumExpGradient { pairs, .. } => flops = 4.0 * (pairs.batch * pairs.own.width) as f64,
        Action::Bag { .. } | Action::AddBag { .. } | Action::CrossBag { .. } | Action::AddCrossBag { .. } => {
            flops = 2.0 * width
        }
        Action::LogSumExp { logits, .. } => {
            flops = 2.0 * (logits.items * logits.x.width) as f64;
            once = logits.items * logits.x.width;
            floats -= logits.table.width;
        }
        Action::LogSumExpGradient { logits, out, into, .. } => {
            let products = 1 + usize::from(out.is_some()) + usize::from(into.is_some());
            flops = 2.0 * (products * logits.items * logits.x.width) as f64;
            once = products * logits.items * logits.x.width;
            floats -= logits.table.width;
        }
        // Of a sparse product entries are counted: a row of the table is read for each, with its column and weight.
        Action::Spmm { ref table, .. } => {
            flops = 2.0 * width;
            floats = table.width + 2;
        }
        Action::DotLast { a, .. } | Action::MultiplyAdd { a, .. } => flops = 2.0 * a.width as f64,
        Action::Gather { .. }
        | Action::Copy { .. }
        | Action::Fill { .. }
        | Action::Pack { .. }
        | Action::Unfold { .. } => {
            flops = 0.0;
        }
        _ => {}
    }
    let floats = floats as f64;
    match step.rows {
        Rows::Shard | Rows::Entries | Rows::Table(_) => {
            Work { flops, floats, floats_once: once as f64, flops_once: 0.0 }
        }
        Rows::Fixed(rows) => {
            Work { flops_once: flops * rows as f64, floats_once: once as f64 + floats * rows as f64, ..Work::default() }
        }
    }
}
