//! Crosses of the entries of data matrices: views become memory.

use super::Frame;
use crate::cross_attention::Strided;
use crate::crosses::{self, Crosses};
use crate::program::{Crossed, View};

impl Frame<'_> {
    pub(super) fn cross_bag(&self, rows: usize, table: &View, crossed: &Crossed, out: &View) {
        let View { row, column, width, .. } = self.placed(out);
        let out = Strided { data: self.target(out, rows), row, column };
        let table = self.source(table, crossed.buckets);
        crosses::cross_bag(self.isa, self.crosses(rows, crossed), width, table, out);
    }

    pub(super) fn add_cross_bag(&self, rows: usize, x: &View, crossed: &Crossed, into: usize, first: bool) {
        let (sum, dy) = (self.begun_sum(into, first), self.block(x, rows));
        crosses::add_cross_bag(self.isa, self.crosses(rows, crossed), x.width, sum, dy);
    }

    fn crosses(&self, rows: usize, crossed: &Crossed) -> Crosses<'_> {
        let Crossed { left, right, id, buckets } = crossed;
        Crosses { rows, left: self.entries(left, rows), right: self.entries(right, rows), id: *id, buckets: *buckets }
    }
}
