//! Steps that read the rows of the whole batch: what they read outlives its shard, and is there since an earlier phase.

use super::Emitter;
use crate::batch_softmax::SCRATCH;
use crate::plan::Side;
use crate::program::{Action, BatchPairs, Rows, View};

impl Emitter<'_, '_> {
    pub(super) fn batch_log_sum_exp(&mut self, slot: usize) {
        let pairs = self.pairs(slot, 2);
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::BatchLogSumExp { pairs, out });
    }

    pub(super) fn batch_log_sum_exp_gradient(&mut self, slot: usize, side: Side) {
        let inputs = &self.graph.at(slot).inputs;
        let pairs = self.pairs(slot, 4);
        let (lse, dy) = match side {
            Side::Queries => (self.view(inputs[2]), self.view(inputs[3])),
            Side::Keys => (self.all_rows(inputs[2], slot), self.all_rows(inputs[3], slot)),
        };
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::BatchLogSumExpGradient { side, pairs, lse, dy, out });
    }

    /// Operands 0 and 1 against each other, with the ids from operand `ids` on.
    fn pairs(&mut self, slot: usize, ids: usize) -> BatchPairs {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let (own, class) = (self.view(inputs[0]), graph.class[slot]);
        let own = self.solid(own, class, slot);
        let others = self.all_rows(inputs[1], slot);
        let pack = self.program.packs;
        self.program.packs += 1;
        let id = |me: &mut Self, i: usize| me.ids(inputs[i], i32::MAX as usize);
        let (item, user) = (id(self, ids), id(self, ids + 1));
        BatchPairs {
            own,
            others,
            item,
            user,
            scratch: self.buffer(Rows::Shard, SCRATCH, false),
            pack,
            batch: self.program.batch_rows,
        }
    }

    /// All rows of a value, in the batch.
    fn all_rows(&mut self, input: usize, slot: usize) -> View {
        let view = self.view(input);
        self.keep(view, self.graph.class[input], slot)
    }
}
