//! Causal attention over the entries of one row, head by head: in blocks of queries, each against the keys up to its last one.
//!
//! A block's weights are all that is held: `BLOCK x entries` floats, twice that for the gradient, which computes them again.

mod weights;

use crate::elementwise::{self as kernels, Dropout};
use crate::isa::Isa;
use crate::matmul::{Epilogue, Gemm, Right, gemm, transpose};
use crate::view::{Area, Block, Shape, Source, Target};
use weights::{Weights, slopes, soften};

/// Queries whose weights are computed together.
const BLOCK: usize = 32;

/// Views of all entries of a shard.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    pub q: Block<'a>,
    pub k: Block<'a>,
    pub v: Block<'a>,
    pub scratch: Target<'a>,
    pub out: Area<'a>,
}

/// One head of one row.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// First entry, and how many.
    pub start: usize,
    pub count: usize,
    /// Columns of queries, keys and values; those of a head.
    pub width: usize,
    pub size: usize,
    pub head: usize,
    pub heads: usize,
    /// `first_row`: the number of the row's first entry.
    pub dropout: Dropout,
}

const fn padded(count: usize) -> usize {
    count.next_multiple_of(16)
}

/// Floats of scratch for rows of up to `longest` entries and heads of `size` columns.
pub const fn scratch(longest: usize, size: usize) -> usize {
    (size + BLOCK) * padded(longest)
}

pub const fn gradient_scratch(longest: usize, size: usize) -> usize {
    2 * scratch(longest, size)
}

/// What a pass over one head works with.
struct Pass<'a> {
    isa: Isa,
    head: Head,
    q: Block<'a>,
    k: Block<'a>,
    v: Block<'a>,
    /// Distance of rows in scratch.
    stride: usize,
}

/// The queries `[first, first + count)`, which look at `keys` keys.
#[derive(Clone, Copy)]
struct Queries {
    first: usize,
    count: usize,
    keys: usize,
}

impl<'a> Pass<'a> {
    fn new(isa: Isa, operands: &Operands<'a>, head: &Head) -> Self {
        let own = |x: Block<'a>| x.from_row(head.start).from_column(head.head * head.size);
        let Operands { q, k, v, .. } = *operands;
        Self { isa, head: *head, q: own(q), k: own(k), v: own(v), stride: padded(head.count) }
    }

    fn blocks(&self) -> impl Iterator<Item = Queries> + use<> {
        let all = self.head.count;
        (0..all).step_by(BLOCK).map(move |first| {
            let count = BLOCK.min(all - first);
            Queries { first, count, keys: first + count }
        })
    }

    /// `[size, count]`, so that products with it read along rows.
    fn transposed(&self, x: Block<'_>, out: Target<'_>) {
        let shape = Shape::new(self.head.count, self.head.size);
        transpose(self.isa, shape, x.data, x.row_stride, out, self.stride);
    }

    /// `out = x y` for the queries' rows of x; y `[size, keys]`.
    fn against(&self, x: Block<'_>, y: Target<'_>, queries: Queries, out: Target<'_>) {
        let rows = x.from_row(queries.first);
        let product = Gemm {
            m: queries.count,
            n: queries.keys,
            k: self.head.size,
            a: rows.data,
            a_row_stride: rows.row_stride,
            a_col_stride: 1,
            b: Right::Rows { data: y.into(), row_stride: self.stride },
            c: out,
            c_row_stride: self.stride,
            accumulate: false,
        };
        gemm(self.isa, product, Epilogue::None);
    }

    /// `out = weights x` for the queries; x has a row per key.
    fn weighted(&self, weights: Target<'_>, x: Block<'_>, queries: Queries, out: Area<'_>) {
        let product = Gemm {
            m: queries.count,
            n: self.head.size,
            k: queries.keys,
            a: weights.into(),
            a_row_stride: self.stride,
            a_col_stride: 1,
            b: Right::Rows { data: x.data, row_stride: x.row_stride },
            c: out.data,
            c_row_stride: out.row_stride,
            accumulate: false,
        };
        gemm(self.isa, product, Epilogue::None);
    }

    /// `out += weights^T x` for the keys; x has a row per query.
    fn add_back(&self, weights: Target<'_>, x: Block<'_>, queries: Queries, out: Area<'_>) {
        let rows = x.from_row(queries.first);
        let product = Gemm {
            m: queries.keys,
            n: self.head.size,
            k: queries.count,
            a: Source::from(weights),
            a_row_stride: 1,
            a_col_stride: self.stride,
            b: Right::Rows { data: rows.data, row_stride: rows.row_stride },
            c: out.data,
            c_row_stride: out.row_stride,
            accumulate: true,
        };
        gemm(self.isa, product, Epilogue::None);
    }

    fn weights<'w>(&self, queries: Queries, values: Target<'w>) -> Weights<'w> {
        let Head { size, head, heads, dropout, .. } = self.head;
        Weights { values, stride: self.stride, queries, scale: 1.0 / (size as f32).sqrt(), head, heads, dropout }
    }
}

/// `out = softmax(q k^T / sqrt(size)) v`, where an entry sees itself and what came before.
pub fn forward(isa: Isa, operands: &Operands<'_>, head: &Head) {
    let pass = Pass::new(isa, operands, head);
    let (keys, values) = (operands.scratch, operands.scratch.from_offset(head.size * pass.stride));
    let out = operands.out.from_row(head.start).from_column(head.head * head.size);
    pass.transposed(pass.k, keys);
    for queries in pass.blocks() {
        pass.against(pass.q, keys, queries, values);
        soften(isa, &pass.weights(queries, values), true);
        pass.weighted(values, pass.v, queries, out.from_row(queries.first));
    }
}

/// The gradients of q, k and v side by side in `out`, from that of what `forward` gave.
pub fn backward(isa: Isa, operands: &Operands<'_>, dy: Block<'_>, head: &Head) {
    let pass = Pass::new(isa, operands, head);
    let Head { start, count, size, width, .. } = *head;
    let dy = dy.from_row(start).from_column(head.head * size);
    let part = |i: usize| operands.out.from_row(start).from_column(i * width + head.head * size);
    let (dq, dk, dv) = (part(0), part(1), part(2));
    let scratch = |rows: usize| operands.scratch.from_offset(rows * pass.stride);
    let (keys, columns) = (scratch(0), scratch(size));
    let (weights, flows) = (scratch(2 * size), scratch(2 * size + BLOCK));
    pass.transposed(pass.k, keys);
    pass.transposed(pass.v, columns);
    for x in [dk, dv] {
        kernels::fill(isa, Shape::new(count, size), x, 0.0);
    }
    for queries in pass.blocks() {
        pass.against(pass.q, keys, queries, weights);
        soften(isa, &pass.weights(queries, weights), false);
        pass.against(dy, columns, queries, flows);
        slopes(isa, &pass.weights(queries, weights), flows);
        pass.add_back(weights, dy, queries, dv);
        pass.weighted(flows, pass.k, queries, dq.from_row(queries.first));
        pass.add_back(flows, pass.q, queries, dk);
    }
}
