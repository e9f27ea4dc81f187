//! What one step does, and with which views.

use super::{BatchPairs, Crossed, Entries, Ids, Look, Mean, Sparse, Table, View};
use crate::elementwise::{Binary, Unary};
use crate::plan::{Heads, Side};
use crate::window::{Pooled, Window};

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

impl After {
    /// The same with another view.
    pub fn map(self, f: impl FnOnce(View) -> View) -> Self {
        match self {
            Self::Nothing => self,
            Self::Bias(view) => Self::Bias(f(view)),
            Self::BiasRelu(view) => Self::BiasRelu(f(view)),
            Self::ReluMask(view) => Self::ReluMask(f(view)),
        }
    }
}

/// Rows that are multiplied with all rows of a table, a block at a time, and the room for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logits {
    pub x: View,
    pub table: View,
    pub items: usize,
    /// A thread's own.
    pub scratch: View,
}

/// `[m, k]` times `[k, n]`, of which either may be read transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowProducts {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub transpose_a: bool,
    pub transpose_b: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Gather {
        table: View,
        ids: Ids,
        out: View,
    },
    /// For each id the table's rows of the entries' columns, added up by the entries' weights.
    Bag {
        table: Table,
        entries: Entries,
        out: View,
    },
    /// Rows of a data matrix times a table.
    Spmm {
        matrix: usize,
        table: View,
        out: View,
    },
    /// Rows times a data matrix.
    Through {
        x: View,
        matrix: usize,
        out: View,
    },
    /// Gradients of samples added up in the rows of a table that they are of: the owners of rows do it.
    ScatterRows {
        sources: Vec<(Ids, Sparse)>,
        out: View,
    },
    /// `out = a b`, b `[k, n]`; a may be read transposed. Of rows that are `lead` rows each.
    Gemm {
        a: View,
        transpose_a: bool,
        lead: usize,
        k: usize,
        b: Matrix,
        out: View,
        after: After,
    },
    /// `sum[k, n] += a^T b` over the rows of the shard, `lead` in each. `first`: no other step of the phase adds to the sum before.
    AddProduct {
        a: View,
        b: View,
        lead: usize,
        into: usize,
        first: bool,
    },
    /// `sum[ids[r]] += x[r]` for the rows of the shard.
    AddAt {
        x: View,
        ids: Ids,
        into: usize,
        first: bool,
    },
    /// `sum[column] += weight x[r]` for the entries of each row of the shard.
    AddBag {
        x: View,
        entries: Entries,
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
    Normal {
        id: u32,
        out: View,
    },
    /// 1 with the probability x, else 0.
    Bernoulli {
        id: u32,
        x: View,
        out: View,
    },
    /// 1 at a place of each row drawn by the weights x, 0 at the others.
    Categorical {
        id: u32,
        x: View,
        out: View,
    },
    /// Numbers of rows, drawn by the weights that a matrix of the data adds up where there is one.
    Draw {
        rows: usize,
        id: u32,
        weights: Option<usize>,
        out: View,
    },
    /// `out[k] = table[numbers[k]]`
    Pick {
        table: View,
        numbers: View,
        out: View,
    },
    /// `out[numbers[k]] += x[k]` for the `count` numbers, from zeros.
    PutBack {
        numbers: View,
        count: usize,
        x: View,
        out: View,
    },
    /// `out = log(sum of e^logits)`
    LogSumExp {
        logits: Logits,
        out: View,
    },
    /// Its gradients: that of the rows to `out`, that of the table added to a sum.
    LogSumExpGradient {
        logits: Logits,
        value: View,
        dy: View,
        out: Option<View>,
        /// `first` as in [`Action::AddProduct`].
        into: Option<(usize, bool)>,
    },
    /// The values of the entries, or of those `ahead` of them.
    EntryValues {
        ahead: usize,
        out: View,
    },
    /// The last entry of each row.
    Last {
        x: View,
        out: View,
    },
    /// Each row at its last entry.
    AtLast {
        x: View,
        out: View,
    },
    /// `out[e] = x[e - by]` within each row.
    Shift {
        by: isize,
        x: View,
        out: View,
    },
    Gru {
        x: View,
        kernel: View,
        bias: View,
        scratch: View,
        out: View,
    },
    GruGradient {
        x: View,
        product: View,
        before: View,
        dy: View,
        kernel: View,
        scratch: View,
        out: View,
    },
    LayerNorm {
        epsilon: f32,
        x: View,
        out: View,
    },
    LayerNormGradient {
        epsilon: f32,
        x: View,
        dy: View,
        out: View,
    },
    Attention {
        heads: Heads,
        q: View,
        k: View,
        v: View,
        scratch: View,
        out: View,
    },
    /// `out`: gradients of q, k and v side by side.
    AttentionGradient {
        heads: Heads,
        q: View,
        k: View,
        v: View,
        dy: View,
        scratch: View,
        out: View,
    },
    /// `out = a b` for each row, out `[m, n]`.
    RowProducts {
        sizes: RowProducts,
        a: View,
        b: View,
        out: View,
    },
    Unfold {
        window: Window,
        x: View,
        out: View,
    },
    Fold {
        window: Window,
        x: View,
        out: View,
    },
    Pool {
        window: Window,
        pooled: Pooled,
        x: View,
        out: View,
    },
    PoolGradient {
        window: Window,
        pooled: Pooled,
        x: View,
        dy: View,
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
    /// The mean of the values of each row's entries, by how their keys meet its query.
    CrossAttention {
        look: Look,
        out: View,
    },
    /// Its gradients: that of the query to a view, those of the tables added to sums, `first` as in [`Action::AddProduct`].
    CrossAttentionGradient {
        look: Look,
        value: View,
        dy: View,
        query: Option<View>,
        keys: Option<(usize, bool)>,
        values: Option<(usize, bool)>,
    },
    /// The table's rows of the hashes of each row's crosses, added up by their weights.
    CrossBag {
        table: View,
        crossed: Crossed,
        out: View,
    },
    /// `sum[hash] += weight x[r]` for the crosses of each row of the shard.
    AddCrossBag {
        x: View,
        crossed: Crossed,
        into: usize,
        first: bool,
    },
    /// `out[r] = log(sum over others of exp(own[r] . other))`
    BatchLogSumExp {
        pairs: BatchPairs,
        out: View,
    },
    /// The gradient of that: own rows are those of `side`, and `lse` and `dy` belong to the queries.
    BatchLogSumExpGradient {
        side: Side,
        pairs: BatchPairs,
        lse: View,
        dy: View,
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
            Self::Bag { .. } => "bag",
            Self::Spmm { .. } => "sparse product",
            Self::Through { .. } => "sparse product of rows",
            Self::ScatterRows { .. } => "scatter rows",
            Self::Gemm { .. } => "product",
            Self::AddProduct { .. } => "add product",
            Self::AddAt { .. } => "add at rows",
            Self::AddBag { .. } => "bag gradient",
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
            Self::Normal { .. } => "normal",
            Self::Draw { .. } => "draw rows",
            Self::Pick { .. } => "pick rows",
            Self::PutBack { .. } => "put rows back",
            Self::LogSumExp { .. } => "log-sum-exp",
            Self::LogSumExpGradient { .. } => "log-sum-exp gradient",
            Self::EntryValues { .. } => "entry values",
            Self::Last { .. } => "last entry",
            Self::AtLast { .. } => "at last entry",
            Self::Shift { .. } => "shift",
            Self::Gru { .. } => "recurrence",
            Self::GruGradient { .. } => "recurrence gradient",
            Self::Bernoulli { .. } => "coins",
            Self::Categorical { .. } => "places drawn",
            Self::LayerNorm { .. } => "layer norm",
            Self::LayerNormGradient { .. } => "layer norm gradient",
            Self::Attention { .. } => "attention",
            Self::AttentionGradient { .. } => "attention gradient",
            Self::RowProducts { .. } => "products of rows",
            Self::Unfold { .. } => "unfold",
            Self::Fold { .. } => "fold",
            Self::Pool { .. } => "pool",
            Self::PoolGradient { .. } => "pool gradient",
            Self::Copy { .. } => "copy",
            Self::Fill { .. } => "fill",
            Self::SumRows { .. } => "sum rows",
            Self::CrossAttention { .. } => "cross-attention",
            Self::CrossAttentionGradient { .. } => "cross-attention gradient",
            Self::CrossBag { .. } => "crosses",
            Self::AddCrossBag { .. } => "crosses gradient",
            Self::BatchLogSumExp { .. } => "batch log-sum-exp",
            Self::BatchLogSumExpGradient { .. } => "batch log-sum-exp gradient",
            Self::Pack { .. } => "pack",
        }
    }

    /// Elements of a row that the action computes (or adds up).
    pub fn width(&self) -> usize {
        match self {
            Self::Gather { out, .. }
            | Self::Bag { out, .. }
            | Self::CrossBag { out, .. }
            | Self::Spmm { out, .. }
            | Self::Through { out, .. }
            | Self::ScatterRows { out, .. }
            | Self::Gemm { out, .. }
            | Self::Binary { out, .. }
            | Self::MultiplyAdd { out, .. }
            | Self::Affine { out, .. }
            | Self::Unary { out, .. }
            | Self::BiasUnary { out, .. }
            | Self::UnaryGradient { out, .. }
            | Self::Dropout { out, .. }
            | Self::Bernoulli { out, .. }
            | Self::Categorical { out, .. }
            | Self::EntryValues { out, .. }
            | Self::Last { out, .. }
            | Self::AtLast { out, .. }
            | Self::Shift { out, .. }
            | Self::Gru { out, .. }
            | Self::GruGradient { out, .. }
            | Self::LayerNorm { out, .. }
            | Self::LayerNormGradient { out, .. }
            | Self::Attention { out, .. }
            | Self::AttentionGradient { out, .. }
            | Self::RowProducts { out, .. }
            | Self::Unfold { out, .. }
            | Self::Fold { out, .. }
            | Self::Pool { out, .. }
            | Self::PoolGradient { out, .. }
            | Self::Copy { out, .. }
            | Self::Normal { out, .. }
            | Self::Draw { out, .. }
            | Self::Pick { out, .. }
            | Self::PutBack { out, .. }
            | Self::Fill { out, .. } => out.width,
            Self::AddProduct { a, b, lead, .. } => a.width * b.width / lead,
            Self::AddAt { x, .. }
            | Self::AddBag { x, .. }
            | Self::AddCrossBag { x, .. }
            | Self::AddRows { x, .. }
            | Self::AddTotal { x, .. }
            | Self::SumLast { x, .. }
            | Self::SumRows { x, .. } => x.width,
            Self::DotLast { a, .. } => a.width,
            Self::CrossAttention { look, .. } | Self::CrossAttentionGradient { look, .. } => look.query.width,
            Self::LogSumExp { logits, .. } | Self::LogSumExpGradient { logits, .. } => logits.items,
            Self::BatchLogSumExp { pairs, .. } | Self::BatchLogSumExpGradient { pairs, .. } => pairs.batch,
            Self::Pack { n, .. } => *n,
        }
    }

    /// Whether the step reads other rows of its operands than those that it computes.
    pub fn looks_around(&self) -> bool {
        matches!(
            self,
            Self::Spmm { .. }
                | Self::ScatterRows { .. }
                | Self::Gemm { .. }
                | Self::Pack { .. }
                | Self::Pick { .. }
                | Self::PutBack { .. }
                | Self::SumRows { .. }
                | Self::AddProduct { .. }
        )
    }

    /// Visits every view.
    pub fn views(&mut self, visit: &mut dyn FnMut(&mut View, Access)) {
        use Access::{Read, Write};
        match self {
            Self::Gather { table, out, .. } => {
                visit(table, Read);
                visit(out, Write);
            }
            Self::Bag { table, out, .. } => {
                if let Table::Rows(table) = table {
                    visit(table, Read);
                }
                visit(out, Write);
            }
            Self::Spmm { table, out, .. } | Self::CrossBag { table, out, .. } => {
                visit(table, Read);
                visit(out, Write);
            }
            Self::ScatterRows { sources, out } => {
                for (_, Sparse { rows, factor }) in sources {
                    visit(rows, Read);
                    factor.iter_mut().for_each(|factor| visit(factor, Read));
                }
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
            Self::AddAt { x, .. }
            | Self::AddBag { x, .. }
            | Self::AddCrossBag { x, .. }
            | Self::AddRows { x, .. }
            | Self::AddTotal { x, .. } => {
                visit(x, Read);
            }
            Self::Binary { a, b, out, .. } | Self::DotLast { a, b, out } | Self::RowProducts { a, b, out, .. } => {
                visit(a, Read);
                visit(b, Read);
                visit(out, Write);
            }
            Self::Affine { x, out, .. }
            | Self::Through { x, out, .. }
            | Self::Unary { x, out, .. }
            | Self::SumLast { x, out }
            | Self::Dropout { x, out, .. }
            | Self::Last { x, out }
            | Self::AtLast { x, out }
            | Self::Bernoulli { x, out, .. }
            | Self::Categorical { x, out, .. }
            | Self::Shift { x, out, .. }
            | Self::LayerNorm { x, out, .. }
            | Self::Unfold { x, out, .. }
            | Self::Fold { x, out, .. }
            | Self::Pool { x, out, .. }
            | Self::Copy { x, out }
            | Self::SumRows { x, out } => {
                visit(x, Read);
                visit(out, Write);
            }
            Self::LogSumExp { logits, out } => {
                visit(&mut logits.x, Read);
                visit(&mut logits.table, Read);
                visit(out, Write);
            }
            Self::LogSumExpGradient { logits, value, dy, out, .. } => {
                visit(&mut logits.x, Read);
                visit(&mut logits.table, Read);
                visit(value, Read);
                visit(dy, Read);
                if let Some(out) = out {
                    visit(out, Write);
                }
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
            Self::LayerNormGradient { x, dy, out, .. } | Self::PoolGradient { x, dy, out, .. } => {
                visit(x, Read);
                visit(dy, Read);
                visit(out, Write);
            }
            Self::Attention { q, k, v, scratch, out, .. } => {
                [q, k, v].into_iter().for_each(|x| visit(x, Read));
                visit(scratch, Write);
                visit(out, Write);
            }
            Self::AttentionGradient { q, k, v, dy, scratch, out, .. } => {
                [q, k, v, dy].into_iter().for_each(|x| visit(x, Read));
                visit(scratch, Write);
                visit(out, Write);
            }
            Self::Gru { x, kernel, bias, scratch, out } => {
                [x, kernel, bias].into_iter().for_each(|x| visit(x, Read));
                visit(scratch, Write);
                visit(out, Write);
            }
            Self::GruGradient { x, product, before, dy, kernel, scratch, out } => {
                [x, product, before, dy, kernel].into_iter().for_each(|x| visit(x, Read));
                visit(scratch, Write);
                visit(out, Write);
            }
            Self::Pick { table, numbers, out } => {
                visit(table, Read);
                visit(numbers, Read);
                visit(out, Write);
            }
            Self::PutBack { numbers, x, out, .. } => {
                visit(numbers, Read);
                visit(x, Read);
                visit(out, Write);
            }
            Self::Normal { out, .. }
            | Self::Fill { out, .. }
            | Self::Draw { out, .. }
            | Self::EntryValues { out, .. } => visit(out, Write),
            Self::CrossAttention { look, out } => {
                look.views(visit);
                visit(out, Write);
            }
            Self::CrossAttentionGradient { look, value, dy, query, .. } => {
                look.views(visit);
                visit(value, Read);
                visit(dy, Read);
                if let Some(query) = query {
                    visit(query, Write);
                }
            }
            Self::BatchLogSumExp { pairs, out } => {
                pairs.views(visit);
                visit(out, Write);
            }
            Self::BatchLogSumExpGradient { pairs, lse, dy, out, .. } => {
                pairs.views(visit);
                visit(lse, Read);
                visit(dy, Read);
                visit(out, Write);
            }
            Self::Pack { source, .. } => visit(source, Read),
        }
    }
}
