//! Steps that read rows of the whole batch.

use super::{Frame, Packs, span};
use crate::batch_softmax::{self, Weights};
use crate::plan::Side;
use crate::program::{BatchPairs, Space, View};
use crate::view::{Block, Shape};

impl<'a> Frame<'a> {
    pub(super) fn batch_log_sum_exp(&mut self, rows: usize, pairs: &BatchPairs, out: &View) {
        let (given, scratch) = (self.pairs(pairs, rows), self.target(&pairs.scratch, rows));
        let (isa, out) = (self.isa, self.area(out, rows));
        if let Packs::Own(packs) = &mut self.packs {
            batch_softmax::log_sum_exp(isa, given, scratch, &mut packs[pairs.pack], out);
        }
    }

    pub(super) fn batch_log_sum_exp_gradient(
        &mut self,
        rows: usize,
        side: Side,
        pairs: &BatchPairs,
        [lse, dy]: [&View; 2],
        out: &View,
    ) {
        let (given, scratch) = (self.pairs(pairs, rows), self.target(&pairs.scratch, rows));
        let column = |view: &View| match side {
            Side::Queries => self.block(view, rows),
            Side::Keys => Block { column_stride: view.column, ..self.whole(view) },
        };
        let weights = Weights { of_own: side == Side::Queries, lse: column(lse), dy: column(dy) };
        let (isa, out) = (self.isa, self.area(out, rows));
        if let Packs::Own(packs) = &mut self.packs {
            batch_softmax::gradient(isa, given, weights, scratch, &mut packs[pairs.pack], out);
        }
    }

    /// All rows of the batch, which an earlier phase has written.
    fn whole(&self, view: &View) -> Block<'a> {
        assert!(view.space == Space::Batch, "rows of the whole batch");
        // SAFETY: see Frame: phases write what they compute, and this was computed in an earlier one.
        Block::rows(unsafe { self.batch.source(view.offset, span(view, self.extent.rows)) }, view.row)
    }

    fn pairs(&self, pairs: &BatchPairs, rows: usize) -> batch_softmax::Pairs<'a> {
        batch_softmax::Pairs {
            shape: Shape::new(rows, pairs.own.width),
            own: self.block(&pairs.own, rows),
            others: self.whole(&pairs.others),
            first_row: self.first_row,
            ids: [pairs.item, pairs.user].map(|ids| &self.batch_columns.get(ids)[..self.extent.rows]),
        }
    }
}
