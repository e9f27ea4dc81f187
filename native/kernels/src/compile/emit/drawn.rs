//! Rows that are drawn once a step, for the whole batch.

use super::Emitter;
use crate::program::{Action, Rows, View};

impl Emitter<'_, '_> {
    pub(super) fn draw(&mut self, slot: usize, rows: usize, id: u32) {
        let graph = self.graph;
        let weights = graph.at(slot).inputs.first().map(|&weights| self.data[&graph.root(weights)]);
        let out = numbers(self.out(slot));
        self.own(slot, Rows::Fixed(graph.width(slot)), Action::Draw { rows, id, weights, out });
    }

    pub(super) fn pick(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let table = self.matrix_view(inputs[0], graph.dims(inputs[0]).last());
        let numbers = numbers(self.view(inputs[1]));
        let out = self.out(slot);
        self.own(slot, Rows::Fixed(graph.dims(slot).lead()), Action::Pick { table, numbers, out });
    }

    pub(super) fn put_back(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let count = graph.width(inputs[0]);
        let numbers = numbers(self.view(inputs[0]));
        let x = self.matrix_view(inputs[1], graph.dims(inputs[1]).last());
        let out = self.out(slot);
        self.own(slot, Rows::Fixed(graph.dims(slot).lead()), Action::PutBack { numbers, count, x, out });
    }
}

/// A row for each number.
const fn numbers(view: View) -> View {
    View { row: 1, column: 1, width: 1, ..view }
}
