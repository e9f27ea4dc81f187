//! The compiled form of a plan: flat lists of steps over views of a few arenas. Nothing here allocates or branches on names.

use crate::elementwise::{Binary, Unary};

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
    /// Small values without a batch dimension; every thread computes its own copy.
    Static,
    Param(u32),
    /// Scoring: what pairs need of each item, one row per item.
    Items,
    /// Scoring: what pairs need of each user, one row per user (or per pair).
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
    /// 1, or 0 where every column holds the same value.
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
    Fixed(usize),
}

/// A factor `1 / (count * batch rows)`, or without the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mean {
    pub count: usize,
    pub batch: bool,
}

impl Mean {
    pub const ONE: Self = Self { count: 1, batch: false };

    pub fn factor(self, batch_rows: usize) -> f32 {
        (1.0 / (self.count as f64 * if self.batch { batch_rows as f64 } else { 1.0 })) as f32
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    Rows(View),
    Packed(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Nothing,
    Bias(View),
    BiasRelu(View),
    ReluMask(View),
}

/// Which of the feed's id columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ids {
    User,
    Item,
    Negative,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Gather {
        table: View,
        ids: Ids,
        out: View,
    },
    /// `out = a b`, b `[k, n]`; a may be read transposed.
    Gemm {
        a: View,
        transpose_a: bool,
        k: usize,
        b: Matrix,
        out: View,
        after: After,
    },
    /// `sum[k, n] += a^T b` over the rows of the shard. `first`: no other step of the phase adds to the sum before.
    AddProduct {
        a: View,
        b: View,
        into: usize,
        first: bool,
    },
    /// `sum[width] += x` over the rows of the shard.
    AddRows {
        x: View,
        into: usize,
        first: bool,
    },
    /// The shard's part of the sum of all elements.
    AddTotal {
        x: View,
        into: usize,
    },
    Binary {
        op: Binary,
        a: View,
        b: View,
        out: View,
    },
    /// `out = a * b + c`
    MultiplyAdd {
        a: View,
        b: View,
        c: View,
        out: View,
    },
    Affine {
        x: View,
        scale: f32,
        offset: f32,
        mean: Mean,
        out: View,
    },
    Unary {
        f: Unary,
        x: View,
        out: View,
    },
    BiasUnary {
        f: Unary,
        x: View,
        bias: View,
        out: View,
    },
    UnaryGradient {
        f: Unary,
        x: View,
        y: View,
        dy: View,
        out: View,
    },
    SumLast {
        x: View,
        out: View,
    },
    DotLast {
        a: View,
        b: View,
        out: View,
    },
    Dropout {
        rate: f32,
        id: u32,
        x: View,
        out: View,
    },
    Copy {
        x: View,
        out: View,
    },
    Fill {
        value: f32,
        out: View,
    },
    /// `out[c] = sum over r of x[r, c]`, out one row.
    SumRows {
        x: View,
        out: View,
    },
    /// Packs `B[i, j] = source[offset + i * row + j * column]`.
    Pack {
        into: usize,
        k: usize,
        n: usize,
        source: View,
        row: usize,
        column: usize,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub action: Action,
    pub rows: Rows,
    /// Slot of the plan that this step computes, for profiles.
    pub slot: usize,
}

/// What a step does to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Action {
    /// For profiles.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gather { .. } => "gather",
            Self::Gemm { .. } => "product",
            Self::AddProduct { .. } => "add product",
            Self::AddRows { .. } => "add rows",
            Self::AddTotal { .. } => "add total",
            Self::Binary { .. } => "binary",
            Self::MultiplyAdd { .. } => "multiply-add",
            Self::Affine { .. } => "affine",
            Self::Unary { .. } => "unary",
            Self::BiasUnary { .. } => "bias, unary",
            Self::UnaryGradient { .. } => "unary gradient",
            Self::SumLast { .. } => "sum last",
            Self::DotLast { .. } => "dot last",
            Self::Dropout { .. } => "dropout",
            Self::Copy { .. } => "copy",
            Self::Fill { .. } => "fill",
            Self::SumRows { .. } => "sum rows",
            Self::Pack { .. } => "pack",
        }
    }

    /// Elements of a row that the action computes (or adds up).
    pub fn width(&self) -> usize {
        match self {
            Self::Gather { out, .. }
            | Self::Gemm { out, .. }
            | Self::Binary { out, .. }
            | Self::MultiplyAdd { out, .. }
            | Self::Affine { out, .. }
            | Self::Unary { out, .. }
            | Self::BiasUnary { out, .. }
            | Self::UnaryGradient { out, .. }
            | Self::Dropout { out, .. }
            | Self::Copy { out, .. }
            | Self::Fill { out, .. } => out.width,
            Self::AddProduct { a, b, .. } => a.width * b.width,
            Self::AddRows { x, .. } | Self::AddTotal { x, .. } | Self::SumLast { x, .. } | Self::SumRows { x, .. } => {
                x.width
            }
            Self::DotLast { a, .. } => a.width,
            Self::Pack { n, .. } => *n,
        }
    }

    /// Visits every view.
    pub fn views(&mut self, visit: &mut dyn FnMut(&mut View, Access)) {
        use Access::{Read, Write};
        match self {
            Self::Gather { table, out, .. } => {
                visit(table, Read);
                visit(out, Write);
            }
            Self::Gemm { a, b, out, after, .. } => {
                visit(a, Read);
                if let Matrix::Rows(b) = b {
                    visit(b, Read);
                }
                match after {
                    After::Bias(view) | After::BiasRelu(view) | After::ReluMask(view) => visit(view, Read),
                    After::Nothing => {}
                }
                visit(out, Write);
            }
            Self::AddProduct { a, b, .. } => {
                visit(a, Read);
                visit(b, Read);
            }
            Self::MultiplyAdd { a, b, c, out } => {
                visit(a, Read);
                visit(b, Read);
                visit(c, Read);
                visit(out, Write);
            }
            Self::AddRows { x, .. } | Self::AddTotal { x, .. } => visit(x, Read),
            Self::Binary { a, b, out, .. } | Self::DotLast { a, b, out } => {
                visit(a, Read);
                visit(b, Read);
                visit(out, Write);
            }
            Self::Affine { x, out, .. }
            | Self::Unary { x, out, .. }
            | Self::SumLast { x, out }
            | Self::Dropout { x, out, .. }
            | Self::Copy { x, out }
            | Self::SumRows { x, out } => {
                visit(x, Read);
                visit(out, Write);
            }
            Self::BiasUnary { x, bias, out, .. } => {
                visit(x, Read);
                visit(bias, Read);
                visit(out, Write);
            }
            Self::UnaryGradient { x, y, dy, out, .. } => {
                visit(x, Read);
                visit(y, Read);
                visit(dy, Read);
                visit(out, Write);
            }
            Self::Fill { out, .. } => visit(out, Write),
            Self::Pack { source, .. } => visit(source, Read),
        }
    }
}

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
    /// On values without a batch, after the sweep; done by every thread for itself.
    pub after: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: String,
    pub rows: usize,
    pub width: usize,
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
    /// `[batch, width]` in the batch arena.
    Rows(View),
    /// Contiguous elements of a thread's statics, or of a parameter.
    Static {
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
    /// On values that depend on parameters alone, at the start of every step; done by every thread for itself.
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
    pub group_floats: usize,
    pub totals: usize,
    pub packs: usize,
    /// Scoring only: products done for many users and items at once, the widths of a row of [`Space::Items`] and
    /// [`Space::Users`].
    pub dots: Vec<Dot>,
    pub item_floats: usize,
    pub user_floats: usize,
}

impl Program {
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.outputs.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }
}
