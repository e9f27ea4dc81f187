//! Matrix products of a shard: rows times a matrix, features times a matrix, sums of products over rows.

use super::{Frame, Packs};
use crate::elementwise as kernels;
use crate::matmul::{self, Epilogue, Gemm, Right};
use crate::program::{After, Logits, Matrix, RowProducts, View};
use crate::softmax;
use crate::view::{Block, Shape};

/// A product of the rows at hand with a matrix.
#[derive(Clone, Copy)]
pub(super) struct Product<'p> {
    /// Rows in each row, of `k` numbers.
    pub lead: usize,
    pub a: &'p View,
    pub k: usize,
    pub b: &'p Matrix,
    pub out: &'p View,
    pub after: &'p After,
}

/// Whether rows follow each other without gaps.
fn is_flat(view: &View) -> bool {
    view.column == 1 && view.row == view.width
}

/// `lead` rows for each one.
fn stacked(view: &View, lead: usize) -> View {
    if lead == 1 { *view } else { View { row: view.row / lead, width: view.width / lead, ..*view } }
}

impl<'a> Frame<'a> {
    /// `out = a b`, then what follows; `lead` rows in each row of the shard.
    pub(super) fn gemm(&self, rows: usize, given: &Product<'_>, transpose_a: bool) {
        let Product { lead, a, k, b, out, after } = *given;
        let (a, out) = (self.placed(a), self.placed(out));
        let after = match after {
            After::ReluMask(y) => After::ReluMask(self.placed(y)),
            other => *other,
        };
        let lies_flat = match after {
            After::Nothing => true,
            After::Bias(_) | After::BiasRelu(_) => false,
            After::ReluMask(y) => is_flat(&y),
        };
        if lead > 1 && lies_flat && is_flat(&a) && is_flat(&out) {
            let after = after.map(|y| stacked(&y, lead));
            return self.gemm_placed(rows * lead, &stacked(&a, lead), transpose_a, k, b, &stacked(&out, lead), &after);
        }
        let n = out.width / lead;
        for place in 0..lead {
            let part = |view: &View| view.narrow(place * view.width / lead, view.width / lead);
            let after = after.map(|view| view.narrow(place * n, n));
            self.gemm_placed(rows, &part(&a), transpose_a, k, b, &part(&out), &after);
        }
    }

    /// Of views that are placed, and of biases.
    /// Packs a matrix `[k, n]` whose elements lie `row` and `column` apart.
    pub(super) fn pack(&mut self, into: usize, [k, n]: [usize; 2], source: &View, [row, column]: [usize; 2]) {
        let arena = self.arena(source.space);
        // SAFETY: see Frame: packed matrices are parameters, or statics of this thread.
        let data = unsafe { arena.source(source.offset, (k - 1) * row + (n - 1) * column + 1) };
        if let Packs::Own(packs) = &mut self.packs {
            packs[into].pack(self.isa, k, n, data, row, column);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn gemm_placed(&self, rows: usize, a: &View, transpose_a: bool, k: usize, b: &Matrix, out: &View, after: &After) {
        let (data, a_row_stride, a_col_stride) = if transpose_a {
            (self.placed_source(a, k), a.column, a.row)
        } else {
            (self.placed_source(a, rows), a.row, a.column)
        };
        let right = match b {
            Matrix::Rows(view) => Right::Rows { data: self.all(view, k), row_stride: view.row },
            Matrix::Packed(pack) => Right::Packed(match &self.packs {
                Packs::Own(packs) => &packs[*pack],
                Packs::Shared(packs) => &packs[*pack],
            }),
        };
        let epilogue = match after {
            After::Nothing => Epilogue::None,
            After::Bias(bias) => Epilogue::Bias(self.source(bias, 1)),
            After::BiasRelu(bias) => Epilogue::BiasRelu(self.source(bias, 1)),
            After::ReluMask(y) => Epilogue::ReluMask { y: self.placed_source(y, rows), row_stride: y.row },
        };
        let product = Gemm {
            m: rows,
            n: out.width,
            k,
            a: data,
            a_row_stride,
            a_col_stride,
            b: right,
            c: self.placed_target(out, rows),
            c_row_stride: out.row,
            accumulate: false,
        };
        matmul::gemm(self.isa, product, epilogue);
    }

    /// `out^T = b^T a^T`, for each of the `lead` rows in a row.
    pub(super) fn gemm_by_feature(&self, rows: usize, given: &Product<'_>, b: &View) {
        let Product { lead, a, k, out, after, .. } = *given;
        let n = out.width / lead;
        for place in 0..lead {
            let after = after.map(|view| view.narrow(place * n, n));
            self.one_by_feature(rows, &a.narrow(place * k, k), k, b, &out.narrow(place * n, n), &after);
        }
    }

    fn one_by_feature(&self, rows: usize, a: &View, k: usize, b: &View, out: &View, after: &After) {
        let values = self.block(a, rows);
        if values.column_stride == 0 && rows > 1 {
            // all rows are one: its product, in the place of each
            self.one_by_feature(1, a, k, b, out, after);
            let area = self.area(out, rows);
            for r in 0..out.width {
                let row = area.data.from_offset(r * area.row_stride);
                (1..rows).for_each(|c| row.set(c, row.get(0)));
            }
            return;
        }
        if let (1, After::Nothing) = (out.width, after) {
            let weights = Block::column(self.source(b, k), b.row);
            return kernels::dot_rows(self.isa, Shape::new(k, rows), self.area(out, rows), values, weights);
        }
        let epilogue = match after {
            After::Nothing => Epilogue::None,
            After::Bias(bias) => Epilogue::RowBias(self.source(bias, 1)),
            After::BiasRelu(bias) => Epilogue::RowBiasRelu(self.source(bias, 1)),
            After::ReluMask(_) => unreachable!("scores have no gradients"),
        };
        let product = Gemm {
            m: out.width,
            n: rows,
            k,
            a: self.source(b, k),
            a_row_stride: b.column,
            a_col_stride: b.row,
            b: Right::Rows { data: values.data, row_stride: values.row_stride },
            c: self.target(out, rows),
            c_row_stride: out.column,
            accumulate: false,
        };
        matmul::gemm(self.isa, product, epilogue);
    }

    /// `sum += a^T b` over `lead` rows in each row of the shard.
    pub(super) fn add_product(&self, rows: usize, [a, b]: [&View; 2], lead: usize, into: usize, first: bool) {
        let (a, b) = (self.placed(a), self.placed(b));
        let begins = self.fresh && first;
        if lead == 1 || (is_flat(&a) && is_flat(&b)) {
            return self.add_placed(rows * lead, &stacked(&a, lead), &stacked(&b, lead), into, begins);
        }
        for place in 0..lead {
            let part = |view: &View| view.narrow(place * view.width / lead, view.width / lead);
            self.add_placed(rows, &part(&a), &part(&b), into, begins && place == 0);
        }
    }

    fn add_placed(&self, rows: usize, a: &View, b: &View, into: usize, begins: bool) {
        let product = Gemm {
            m: a.width,
            n: b.width,
            k: rows,
            a: self.placed_source(a, rows),
            a_row_stride: a.column,
            a_col_stride: a.row,
            b: Right::Rows { data: self.placed_source(b, rows), row_stride: b.row },
            c: self.sum(into),
            c_row_stride: b.width,
            accumulate: !begins,
        };
        matmul::gemm(self.isa, product, Epilogue::None);
    }

    pub(super) fn row_products(&self, rows: usize, sizes: &RowProducts, [a, b]: [&View; 2], out: &View) {
        let (a, b, out) = (self.block(a, rows), self.block(b, rows), self.area(out, rows));
        if self.by_feature {
            matmul::rows::by_feature(self.isa, rows, sizes, out, a, b);
        } else {
            matmul::rows::by_row(self.isa, rows, sizes, out, a, b);
        }
    }

    pub(super) fn logits(&self, rows: usize, logits: &Logits) -> (softmax::Logits<'a>, &'a mut [f32]) {
        let Logits { x, table, items, scratch } = logits;
        let given = softmax::Logits {
            rows,
            items: *items,
            width: x.width,
            x: self.source(x, rows),
            x_row_stride: x.row,
            table: self.source(table, *items),
        };
        // SAFETY: statics belong to this thread, and the scratch overlaps no other view of the step.
        (given, unsafe { self.statics.slice_mut(scratch.offset, scratch.width) })
    }
}
