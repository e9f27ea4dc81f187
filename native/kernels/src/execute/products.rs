//! Matrix products of a shard: rows times a matrix, features times a matrix, sums of products over rows.

use super::{Frame, Packs};
use crate::elementwise as kernels;
use crate::matmul::{self, Epilogue, Gemm, Right};
use crate::program::{After, Logits, Matrix, View};
use crate::softmax;
use crate::view::{Block, Shape};

impl<'a> Frame<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn gemm(
        &self,
        rows: usize,
        a: &View,
        transpose_a: bool,
        k: usize,
        b: &Matrix,
        out: &View,
        after: &After,
    ) {
        let (data, a_row_stride, a_col_stride) =
            if transpose_a { (self.source(a, k), a.column, a.row) } else { (self.source(a, rows), a.row, a.column) };
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
            After::ReluMask(y) => Epilogue::ReluMask { y: self.source(y, rows), row_stride: y.row },
        };
        let product = Gemm {
            m: rows,
            n: out.width,
            k,
            a: data,
            a_row_stride,
            a_col_stride,
            b: right,
            c: self.target(out, rows),
            c_row_stride: out.row,
            accumulate: false,
        };
        matmul::gemm(self.isa, product, epilogue);
    }

    /// `out^T = b^T a^T`
    pub(super) fn gemm_by_feature(&self, rows: usize, a: &View, k: usize, b: &View, out: &View, after: &After) {
        let values = self.block(a, rows);
        assert!(values.column_stride == 1, "a product of equal rows");
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

    pub(super) fn add_product(&self, rows: usize, a: &View, b: &View, into: usize, first: bool) {
        let product = Gemm {
            m: a.width,
            n: b.width,
            k: rows,
            a: self.source(a, rows),
            a_row_stride: a.column,
            a_col_stride: a.row,
            b: Right::Rows { data: self.source(b, rows), row_stride: b.row },
            c: self.sum(into),
            c_row_stride: b.width,
            accumulate: !(self.fresh && first),
        };
        matmul::gemm(self.isa, product, Epilogue::None);
    }
}
