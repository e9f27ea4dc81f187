//! The compiled form of a plan: flat lists of steps over views of a few arenas. Nothing here allocates or branches on names.

mod action;
mod batch;
mod entries;

use crate::optimizer::Own;
use crate::plan::Unrolled;

pub use action::{Access, Action, After, Logits, Matrix, RowProducts};
pub use batch::BatchPairs;
pub use entries::{Crossed, Entries, Look, Table};

/// What the phases of a program are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// Sweeps over the shards of a batch, separated by sums over all of it.
    #[default]
    Batch,
    /// Values of items, of users, and of pairs.
    Scores,
}

/// Which memory a view lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// While compiling only: a buffer whose place is not decided yet.
    Buffer(u32),
    /// Activations of one shard.
    Work,
    /// Values that outlive their shard: `[batch, width]`.
    Batch,
    /// The same of entries: room for as many as there may be, those of a shard together.
    Entries,
    /// Small values without a batch dimension; every thread computes its own copy.
    Static,
    /// Large values without a batch dimension, which all threads see and compute together, each rows of its own.
    Table,
    Param(u32),
    /// Scoring: what pairs need of each item. One row per item where it is computed; where pairs read it, blocks of items that
    /// lie feature by feature.
    Items,
    /// Scoring: what pairs need of each user, one row per user; where each pair has its own, as for items.
    Users,
    /// Scoring: inner products of a user with items.
    Dots,
}

/// Element (r, c) is `space[offset + r * row + c * column]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub space: Space,
    pub offset: usize,
    pub row: usize,
    /// 1, or 0 where every column holds the same value. What scoring computes of pairs lies feature by feature: there row
    /// is 1, and column the size of a block.
    pub column: usize,
    pub width: usize,
}

impl View {
    pub fn narrow(self, start: usize, width: usize) -> Self {
        debug_assert!(self.column == 0 || start + width <= self.width);
        Self { offset: self.offset + start * self.column, width, ..self }
    }
}

/// How many rows a step works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Those of the shard at hand.
    Shard,
    /// The entries of those.
    Entries,
    Fixed(usize),
    /// Those of a table: all threads share them out.
    Table(usize),
}

impl Rows {
    /// Whether they are not of the batch.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::Fixed(_) | Self::Table(_))
    }
}

/// Over what a mean is taken besides a fixed number of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Nothing,
    /// The rows of the batch.
    Batch,
    /// Their entries.
    Entries,
}

/// A factor `1 / (count * what it is over)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mean {
    pub count: usize,
    pub over: Over,
}

/// Rows of a batch, and all their entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub rows: usize,
    pub entries: usize,
}

impl Mean {
    pub const ONE: Self = Self { count: 1, over: Over::Nothing };

    pub fn divisor(self, batch: Extent) -> f64 {
        let over = match self.over {
            Over::Nothing => 1,
            Over::Batch => batch.rows,
            // The mean of no entries at all is 0.
            Over::Entries => batch.entries.max(1),
        };
        self.count as f64 * over as f64
    }

    pub fn factor(self, batch: Extent) -> f32 {
        (1.0 / self.divisor(batch)) as f32
    }
}

/// Which of the feed's id columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ids {
    User,
    Item,
    Negative,
    /// The number of the interaction, or of the dislike after those, that a row is about.
    Event,
    /// Of the entries of the rows: their columns, the columns that follow, their places.
    Entry,
    Next,
    Position,
}

impl Ids {
    /// Whether there is one for each entry of the rows.
    pub const fn are_of_entries(self) -> bool {
        matches!(self, Self::Entry | Self::Next | Self::Position)
    }
}

/// The entries of a program's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unroll {
    /// Number of the data matrix.
    pub matrix: usize,
    /// Its rows.
    pub ids: Ids,
    pub unrolled: Unrolled,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub action: Action,
    pub rows: Rows,
    /// Slot of the plan that this step computes, for profiles.
    pub slot: usize,
    /// Reads what other threads have written to tables before: all meet first.
    pub meet: bool,
}

impl Step {
    /// Rows of the table that it computes.
    pub fn table_rows(&self) -> Option<usize> {
        match (self.rows, &self.action) {
            // Each row by its owner.
            (_, Action::ScatterRows { .. }) => None,
            (Rows::Table(rows), _) => Some(rows),
            _ => None,
        }
    }

    fn goes_with(&self, next: &Self) -> bool {
        let scatters = |step: &Self| matches!(step.action, Action::ScatterRows { .. });
        !next.meet && self.table_rows() == next.table_rows() && !scatters(self) && !scatters(next)
    }
}

/// Runs of steps: of tables' rows, which threads share out, or of what each thread does for itself. Threads meet before one
/// whose first step says so.
pub fn runs(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(Step::goes_with)
}

/// Whether threads share out any of the steps, so that they meet when all are done.
pub fn shares(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step.rows, Rows::Table(_)))
}

/// Rows of a table that a thread computes at a time.
pub const TABLE_ROWS: usize = 64;

/// A sum over the rows of the batch, in parts: one per group of shards (or one f64 per shard for totals).
#[derive(Clone, Debug, PartialEq)]
pub struct Reduction {
    pub slot: usize,
    pub kind: ReductionKind,
    pub mean: Mean,
    /// Phase in which its parts are added.
    pub phase: usize,
    /// Where each thread puts the finished value after the phase, if anything but the optimizer wants it.
    pub value: Option<View>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReductionKind {
    /// `elements` floats at `offset` of each group's arena.
    Dense { offset: usize, elements: usize },
    /// f64 number `index` of each shard.
    Total { index: usize },
}

/// One sweep over the shards. What follows it waits for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phase {
    pub rows: Vec<Step>,
    /// Buffers of the batch that `rows` writes.
    pub claims: Vec<View>,
    /// On values without a batch, after the sweep; as `prologue`.
    pub after: Vec<Step>,
}

/// A matrix of the data that the plan reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub name: String,
    /// Its rows may be in any order.
    pub ordered: bool,
    /// As it is given.
    pub rows: usize,
    pub columns: usize,
    /// Read transposed.
    pub transpose: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: String,
    pub rows: usize,
    pub width: usize,
    /// Its own L2 regularization, in place of the optimizer's.
    pub l2: Option<f32>,
    /// Its own rule, in place of the training's.
    pub optimizer: Option<Own>,
}

impl Param {
    pub fn elements(&self) -> usize {
        self.rows * self.width
    }
}

/// Gradients of samples in the batch arena: row i, or row i times factor i.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparse {
    pub rows: View,
    pub factor: Option<View>,
}

/// Where a value of the plan can be read after the last phase.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `[batch, width]` in the batch arena; of entries in [`Space::Entries`].
    Rows(View),
    /// Contiguous elements of a thread's statics.
    Static {
        view: View,
        elements: usize,
    },
    /// Contiguous elements of the tables.
    Table {
        view: View,
        elements: usize,
    },
    /// The sum of its parts.
    Reduced {
        reduction: usize,
        elements: usize,
    },
    /// For each source the ids and the rows `[batch, width]` to add at them.
    Sparse {
        rows: usize,
        width: usize,
        sources: Vec<(Ids, Sparse)>,
    },
    Ids(Ids),
}

/// An inner product of something of the user with something of the item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub user: View,
    pub item: View,
}

/// A compiled plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub mode: Mode,
    pub params: Vec<Param>,
    pub data: Vec<Data>,
    /// Where rows have entries.
    pub unroll: Option<Unroll>,
    /// On values that depend on parameters alone, at the start of every step; small ones by every thread for itself, tables by
    /// all together.
    pub prologue: Vec<Step>,
    pub phases: Vec<Phase>,
    pub reductions: Vec<Reduction>,
    pub outputs: Vec<(String, Value)>,
    /// Statics that never change.
    pub constants: Vec<(usize, f32)>,
    /// f32 inputs by name, in the batch arena.
    pub inputs: Vec<(String, View)>,
    /// Id columns that are read, and the number of rows of the smallest table they index.
    pub ids: Vec<(Ids, usize)>,
    pub shard_rows: usize,
    pub batch_rows: usize,
    pub work_floats: usize,
    pub batch_floats: usize,
    pub static_floats: usize,
    pub table_floats: usize,
    pub group_floats: usize,
    pub totals: usize,
    pub packs: usize,
    /// Scoring only: products done for many users and items at once, the widths of a row of [`Space::Items`] and
    /// [`Space::Users`].
    pub dots: Vec<Dot>,
    /// Scoring only: the score of a user is a row with a number per item.
    pub scores_rows: bool,
    pub item_floats: usize,
    pub user_floats: usize,
}

impl Program {
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.outputs.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Most entries of a row.
    pub fn longest(&self) -> usize {
        self.unroll.map_or(0, |unroll| unroll.unrolled.newest)
    }

    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }
}
