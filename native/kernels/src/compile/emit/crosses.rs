//! Crosses of the entries of two data matrices.

use super::Emitter;
use crate::plan::Op;
use crate::program::{Action, Crossed};

impl Emitter<'_, '_> {
    pub(super) fn cross_bag(&mut self, slot: usize) {
        let graph = self.graph;
        let x = graph.at(slot);
        let Op::CrossBag { id } = x.op else { unreachable!("crosses") };
        let dims = graph.dims(x.inputs[0]);
        let table = self.matrix_view(x.inputs[0], dims.last());
        let crossed = self.crossed(&x.inputs, id, dims.fixed[0]);
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::CrossBag { table, crossed, out });
    }

    /// Of operands that are something, two matrices, ids of their rows, and perhaps of columns of the first that are left out.
    pub(super) fn crossed(&mut self, inputs: &[usize], id: u32, buckets: usize) -> Crossed {
        let left: Vec<usize> = [0, 1, 3, 5].iter().filter_map(|&i| inputs.get(i).copied()).collect();
        let (left, right) = (self.entries(&left, None), self.entries(&[inputs[0], inputs[2], inputs[4]], None));
        Crossed { left, right, id, buckets }
    }
}
