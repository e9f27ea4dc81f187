//! Products with matrices, with what follows them in the same step.

use super::super::graph::{Class, PAIR};
use super::Emitter;
use crate::plan::Op;
use crate::program::{Action, After, Matrix, Mode, Rows, View};

impl Emitter<'_, '_> {
    /// Emits the product `slot` with its result, after the epilogue, at `target`.
    pub(super) fn product(&mut self, slot: usize, target: usize, after: impl FnOnce(&mut Self) -> After) {
        let x = self.graph.at(slot);
        let Op::Matmul { transpose_a, transpose_b } = x.op else { unreachable!("a product") };
        let (a_dims, k, n) = (self.graph.dims(x.inputs[0]), self.inner(slot), self.graph.dims(slot).last());
        let (rows, a) = if self.graph.is_row(slot) {
            (self.rows_of(slot), self.view(x.inputs[0]))
        } else {
            (Rows::Fixed(self.graph.dims(slot).lead()), self.matrix_view(x.inputs[0], a_dims.last()))
        };
        let b = self.matrix(x.inputs[1], transpose_b, k, n, self.of_pairs(target));
        let after = after(self);
        let out = self.out(target);
        self.own(target, rows, Action::Gemm { a, transpose_a, k, b, out, after });
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
