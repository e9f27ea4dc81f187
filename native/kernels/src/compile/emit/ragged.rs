//! Rows with entries: the last one, attention among them; normalization of rows.

use super::Emitter;
use crate::attention;
use crate::plan::{Heads, Part};
use crate::program::{Action, Rows, View};
use crate::recurrent;

impl Emitter<'_, '_> {
    /// An operand whose columns are all there.
    pub(super) fn whole(&mut self, input: usize) -> View {
        let view = self.view(input);
        self.solid(view, self.graph.class[self.graph.root(input)], input)
    }

    pub(super) fn entry_values(&mut self, slot: usize, part: Part) {
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::EntryValues { ahead: usize::from(part == Part::Next), out });
    }

    pub(super) fn last(&mut self, slot: usize) {
        let x = self.whole(self.graph.at(slot).inputs[0]);
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::Last { x, out });
    }

    pub(super) fn at_last(&mut self, slot: usize) {
        let x = self.whole(self.graph.at(slot).inputs[0]);
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::AtLast { x, out });
    }

    pub(super) fn shift(&mut self, slot: usize, by: isize) {
        let x = self.whole(self.graph.at(slot).inputs[0]);
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::Shift { by, x, out });
    }

    pub(super) fn gru(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let (x, width) = (self.whole(inputs[0]), graph.width(slot));
        let (kernel, bias) = (self.matrix_view(inputs[1], 3 * width), self.matrix_view(inputs[2], 3 * width));
        let scratch = self.scratch(recurrent::scratch(width));
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::Gru { x, kernel, bias, scratch, out });
    }

    pub(super) fn gru_gradient(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let [x, product, before, dy] = [0, 1, 2, 4].map(|i| self.whole(inputs[i]));
        let kernel = self.matrix_view(inputs[3], 3 * before.width);
        let scratch = self.scratch(recurrent::gradient_scratch(before.width));
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::GruGradient { x, product, before, dy, kernel, scratch, out });
    }

    pub(super) fn layer_norm(&mut self, slot: usize, epsilon: f32) {
        let x = self.whole(self.graph.at(slot).inputs[0]);
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::LayerNorm { epsilon, x, out });
    }

    pub(super) fn layer_norm_gradient(&mut self, slot: usize, epsilon: f32) {
        let inputs = &self.graph.at(slot).inputs;
        let (x, dy) = (self.whole(inputs[0]), self.whole(inputs[1]));
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::LayerNormGradient { epsilon, x, dy, out });
    }

    pub(super) fn attention(&mut self, slot: usize, heads: Heads) {
        let inputs = &self.graph.at(slot).inputs;
        let [q, k, v] = [0, 1, 2].map(|i| self.whole(inputs[i]));
        let scratch = self.scratch(attention::scratch(self.program.longest(), q.width / heads.count));
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::Attention { heads, q, k, v, scratch, out });
    }

    pub(super) fn attention_gradient(&mut self, slot: usize, heads: Heads) {
        let inputs = &self.graph.at(slot).inputs;
        let [q, k, v, dy] = [0, 1, 2, 3].map(|i| self.whole(inputs[i]));
        let scratch = self.scratch(attention::gradient_scratch(self.program.longest(), q.width / heads.count));
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::AttentionGradient { heads, q, k, v, dy, scratch, out });
    }

    /// Memory for one step alone.
    fn scratch(&mut self, floats: usize) -> View {
        self.buffer(Rows::Fixed(1), floats, false)
    }
}
