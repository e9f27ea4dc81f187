//! Products with matrices, with what follows them in the same step.

use super::super::graph::{Class, PAIR};
use super::Emitter;
use crate::plan::Op;
use crate::program::{Action, After, Matrix, Mode, RowProducts, Rows, View};

impl Emitter<'_, '_> {
    /// Emits the product `slot` with its result, after the epilogue, at `target`.
    pub(super) fn product(&mut self, slot: usize, target: usize, after: impl FnOnce(&mut Self) -> After) {
        let x = self.graph.at(slot);
        let Op::Matmul { transpose_a, transpose_b } = x.op else { unreachable!("a product") };
        let (a_dims, k, n) = (self.graph.dims(x.inputs[0]), self.inner(slot), self.graph.dims(slot).last());
        let (rows, lead, a) = if self.graph.is_row(slot) {
            (self.rows_of(slot), a_dims.lead(), self.view(x.inputs[0]))
        } else {
            (Rows::Fixed(self.graph.dims(slot).lead()), 1, self.matrix_view(x.inputs[0], a_dims.last()))
        };
        let b = self.matrix(x.inputs[1], transpose_b, k, n, self.of_pairs(target));
        let after = after(self);
        let out = self.out(target);
        self.own(target, rows, Action::Gemm { a, transpose_a, lead, k, b, out, after });
    }

    /// A product for each row.
    pub(super) fn row_products(&mut self, slot: usize, transpose_a: bool, transpose_b: bool) {
        let inputs = &self.graph.at(slot).inputs;
        let (left, out) = (self.graph.dims(inputs[0]), self.graph.dims(slot));
        let k = left.fixed[usize::from(!transpose_a)];
        let sizes = RowProducts { m: out.fixed[0], k, n: out.fixed[1], transpose_a, transpose_b };
        let (rows, a, b) = (self.rows_of(slot), self.whole(inputs[0]), self.whole(inputs[1]));
        let out = self.row_out(slot);
        self.own(slot, rows, Action::RowProducts { sizes, a, b, out });
    }

    fn inner(&self, slot: usize) -> usize {
        let x = self.graph.at(slot);
        let Op::Matmul { transpose_b, .. } = x.op else { unreachable!("a product") };
        let b = self.graph.dims(x.inputs[1]);
        if transpose_b { b.fixed[1] } else { b.fixed[0] }
    }

    /// Whether a step's values lie feature by feature. Then the matrix is the left operand, which may have any strides.
    fn of_pairs(&self, slot: usize) -> bool {
        self.graph.mode == Mode::Scores && self.graph.class[slot] == Class::Row(PAIR)
    }

    fn matrix(&mut self, slot: usize, transpose: bool, k: usize, n: usize, is_left: bool) -> Matrix {
        let source = self.view(slot);
        if !transpose {
            return Matrix::Rows(View { row: n, column: 1, width: n, ..source });
        }
        if is_left {
            return Matrix::Rows(View { row: 1, column: k, width: n, ..source });
        }
        let key = (self.graph.root(slot), k, transpose);
        if let Some(&pack) = self.packs.get(&key) {
            return Matrix::Packed(pack);
        }
        let into = self.program.packs;
        self.program.packs += 1;
        self.packs.insert(key, into);
        let class = self.graph.class[slot];
        self.push(class, slot, Rows::Fixed(1), Action::Pack { into, k, n, source, row: 1, column: k });
        Matrix::Packed(into)
    }

    pub(super) fn bias(&mut self, slot: usize) -> View {
        View { row: 0, column: 1, width: self.graph.width(slot), ..self.view(slot) }
    }
}
