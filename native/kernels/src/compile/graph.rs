//! What the compiler knows about each value before it decides anything: identity, use, and on what it depends.

use crate::elementwise::Unary;
use crate::plan::{Dims, Instruction, Op, Plan, Side};
use crate::program::Mode;

/// On what a value depends, hence when it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Parameters alone: once a step.
    Static,
    /// One row per sample, in this phase.
    Row(usize),
    /// Known when all rows of this phase are: sums over the batch and what is made of them.
    Reduced(usize),
}

/// From this many elements on a value without a batch is a table even where all it is made of is small.
const LARGE: usize = 1 << 16;

/// Phases of scoring.
pub const ITEM: usize = 0;
pub const USER: usize = 1;
pub const PAIR: usize = 2;

pub struct Graph<'p> {
    pub mode: Mode,
    pub plan: &'p Plan,
    /// The value that this one is another name of.
    root: Vec<usize>,
    pub needed: Vec<bool>,
    pub class: Vec<Class>,
    /// Values without a batch that all threads compute together, each rows of its own, into memory that all see.
    pub is_table: Vec<bool>,
    /// Needed values (not mere names) that read a root.
    users: Vec<Vec<usize>>,
    /// Roots that are outputs of the plan.
    pub is_output: Vec<bool>,
}

impl<'p> Graph<'p> {
    pub fn new(plan: &'p Plan, mode: Mode) -> Self {
        let root = roots(plan);
        let count = plan.instructions.len();
        let mut graph = Self {
            mode,
            plan,
            root,
            needed: vec![false; count],
            class: vec![Class::Static; count],
            is_table: vec![false; count],
            users: vec![Vec::new(); count],
            is_output: vec![false; count],
        };
        graph.mark_needed();
        graph.find_tables();
        match mode {
            Mode::Batch => graph.classify(),
            Mode::Scores => graph.classify_by_ids(),
        }
        graph
    }

    pub fn at(&self, slot: usize) -> &'p Instruction {
        &self.plan.instructions[slot]
    }

    pub fn root(&self, slot: usize) -> usize {
        self.root[slot]
    }

    pub fn dims(&self, slot: usize) -> &'p Dims {
        &self.at(slot).shape
    }

    /// Floats per batch row, or elements of a static value.
    pub fn width(&self, slot: usize) -> usize {
        self.dims(slot).elements()
    }

    pub fn is_row(&self, slot: usize) -> bool {
        matches!(self.class[slot], Class::Row(_))
    }

    pub fn users(&self, slot: usize) -> &[usize] {
        &self.users[self.root[slot]]
    }

    /// The only reader of a value that is no output.
    pub fn only_user(&self, slot: usize) -> Option<usize> {
        match self.users(slot) {
            &[user] if !self.is_output[self.root[slot]] => Some(user),
            _ => None,
        }
    }

    fn mark_needed(&mut self) {
        let mut stack: Vec<usize> = Vec::new();
        for &(_, slot) in &self.plan.outputs {
            self.is_output[self.root[slot]] = true;
            stack.push(self.root[slot]);
        }
        while let Some(slot) = stack.pop() {
            if std::mem::replace(&mut self.needed[slot], true) {
                continue;
            }
            for input in operands(self.at(slot)) {
                let input = self.root[input];
                if self.users[input].last() != Some(&slot) {
                    self.users[input].push(slot);
                }
                stack.push(input);
            }
        }
    }

    fn find_tables(&mut self) {
        for slot in 0..self.is_table.len() {
            let x = self.at(slot);
            let reads_table = x.inputs.iter().any(|&input| self.is_table[input]);
            self.is_table[slot] = !x.shape.batch
                && match x.op {
                    Op::Spmm { .. } | Op::ToDense => true,
                    Op::Reshape { .. } | Op::StopGradient => reads_table,
                    _ => row_by_row(&x.op) && (reads_table || x.shape.elements() >= LARGE),
                };
        }
    }

    fn classify_by_ids(&mut self) {
        // Repeated static values are only views: any phase can read them.
        let mut free = vec![false; self.class.len()];
        for slot in 0..self.class.len() {
            let x = self.at(slot);
            if !x.shape.batch {
                continue;
            }
            free[slot] = match x.op {
                Op::BroadcastTo { .. } => !self.at(x.inputs[0]).shape.batch,
                Op::Reshape { .. } | Op::StopGradient => free[x.inputs[0]],
                _ => false,
            };
            let read = x.inputs.iter().filter(|&&input| self.at(input).shape.batch && !free[input]);
            let phases: Vec<Class> = read.map(|&input| self.class[input]).collect();
            let phase = match (&x.op, &phases[..]) {
                (Op::Input { name }, _) if name == "user" => USER,
                (Op::Input { .. }, _) => ITEM,
                (_, []) if free[slot] => ITEM,
                (_, [Class::Row(first), rest @ ..]) if rest.iter().all(|other| *other == Class::Row(*first)) => *first,
                _ => PAIR,
            };
            self.class[slot] = Class::Row(phase);
        }
    }

    fn classify(&mut self) {
        for slot in 0..self.class.len() {
            let x = self.at(slot);
            let mut row: Option<usize> = None;
            let mut reduced: Option<usize> = None;
            let whole = reads_whole_batch(&x.op);
            for (i, input) in operands(x).into_iter().enumerate() {
                match self.class[input] {
                    Class::Static => {}
                    // All of a phase's rows are there in the next one.
                    Class::Row(phase) => row = row.max(Some(phase + usize::from(whole.contains(&i)))),
                    Class::Reduced(phase) => reduced = reduced.max(Some(phase)),
                }
            }
            self.class[slot] = if x.shape.batch {
                Class::Row(row.unwrap_or(0).max(reduced.map_or(0, |phase| phase + 1)))
            } else {
                match row.max(reduced) {
                    Some(phase) => Class::Reduced(phase),
                    None => Class::Static,
                }
            };
        }
    }
}

/// Ops that compute a row of a value without a batch from that row of their operands (or from all of a small operand).
fn row_by_row(op: &Op) -> bool {
    match op {
        Op::Binary(_) | Op::Affine { .. } | Op::Unary(_) | Op::UnaryGrad(_) | Op::Dropout { .. } => true,
        Op::Concat | Op::Slice { .. } | Op::Pad { .. } | Op::SumLast | Op::ExpandLast { .. } => true,
        Op::BroadcastTo { .. } | Op::Pick | Op::PutBack { .. } => true,
        Op::Matmul { transpose_a, .. } => !transpose_a,
        _ => false,
    }
}

/// The operands of which an op reads the rows of the whole batch: what computes their rows comes in an earlier phase.
pub fn reads_whole_batch(op: &Op) -> &'static [usize] {
    match op {
        Op::BatchLogSumExp => &[1, 2, 3],
        Op::BatchLogSumExpGrad(Side::Queries) => &[1, 4, 5],
        Op::BatchLogSumExpGrad(Side::Keys) => &[1, 2, 3, 4, 5],
        _ => &[],
    }
}

/// Operands whose values matter.
pub fn operands(x: &Instruction) -> Vec<usize> {
    match x.op {
        Op::UnaryGrad(f) => {
            let reads = [f.needs_x(), f.needs_y(), true];
            x.inputs.iter().zip(reads).filter(|(_, reads)| *reads).map(|(&input, _)| input).collect()
        }
        _ => x.inputs.clone(),
    }
}

/// Nodes that only rename a value. All values of a batch are rows of `elements` floats, all static ones are contiguous,
/// so a reshape changes nothing.
fn roots(plan: &Plan) -> Vec<usize> {
    let mut root: Vec<usize> = Vec::with_capacity(plan.instructions.len());
    for (slot, x) in plan.instructions.iter().enumerate() {
        let same = |input: usize| plan.instructions[input].shape == x.shape;
        let renames = match &x.op {
            Op::StopGradient | Op::Reshape { .. } => true,
            Op::BroadcastTo { .. } => same(x.inputs[0]),
            Op::Affine { scale, offset } => *scale == 1.0 && *offset == 0.0,
            Op::Dropout { rate, .. } => *rate == 0.0,
            Op::Concat => x.inputs.len() == 1,
            Op::Slice { .. } | Op::Pad { .. } => same(x.inputs[0]),
            Op::SparseSum => x.inputs.len() == 1,
            Op::Rows { .. } => same(x.inputs[0]),
            _ => false,
        };
        root.push(if renames { root[x.inputs[0]] } else { slot });
    }
    root
}

/// Whether the gradient of f can be applied as a mask of the output.
pub fn is_relu(f: Unary) -> bool {
    f == Unary::Relu
}
