//! Sums inside a row and of static values; inner products.

use super::super::graph::{Class, ITEM, PAIR, USER};
use super::Emitter;
use crate::program::{Action, Dot, Mean, Mode, Over, Rows, Space, View};

impl Emitter<'_, '_> {
    pub(super) fn reduce_static(&mut self, slot: usize, mean: bool) {
        let (input, width) = (self.graph.at(slot).inputs[0], self.graph.width(slot));
        let count = self.graph.width(input) / width;
        let x = self.matrix_view(input, width);
        let out = View { row: width, width, ..self.out(slot) };
        self.own(slot, Rows::Fixed(count), Action::SumRows { x, out });
        if mean {
            let mean = Mean { count, over: Over::Nothing };
            self.own(slot, Rows::Fixed(1), Action::Affine { x: out, scale: 1.0, offset: 0.0, mean, out });
        }
    }

    pub(super) fn sum_last(&mut self, slot: usize) {
        let graph = self.graph;
        let input = graph.root(graph.at(slot).inputs[0]);
        if self.fused[input] {
            let width = graph.width(input);
            let factors = &graph.at(input).inputs;
            if graph.mode == Mode::Scores && graph.class[slot] == Class::Row(PAIR) && self.dot(slot, factors) {
                return;
            }
            let (rows, _) = self.shape(slot);
            let rows = if graph.is_row(slot) { self.rows_of(slot) } else { rows };
            let (a, b) = (self.operand(factors[0], rows, width), self.operand(factors[1], rows, width));
            let (a, b) = (self.solid(a, graph.class[slot], slot), self.solid(b, graph.class[slot], slot));
            let out = self.out(slot);
            return self.own(slot, rows, Action::DotLast { a, b, out });
        }
        let out = self.out(slot);
        let last = graph.dims(graph.at(slot).inputs[0]).last();
        if !graph.is_row(slot) {
            let x = self.matrix_view(input, last);
            let out = View { row: 1, width: 1, ..out };
            return self.own(slot, Rows::Fixed(graph.width(slot)), Action::SumLast { x, out });
        }
        let whole = self.solid(self.view(input), graph.class[slot], slot);
        for column in 0..graph.width(slot) {
            let (x, out) = (whole.narrow(column * last, last), out.narrow(column, 1));
            self.own(slot, self.rows_of(slot), Action::SumLast { x, out });
        }
    }

    /// An inner product of a user's value with an item's is left to the scorer, which does many at once.
    fn dot(&mut self, slot: usize, factors: &[usize]) -> bool {
        let graph = self.graph;
        let class = |factor: usize| graph.class[graph.root(factor)];
        let (user, item) = match (class(factors[0]), class(factors[1])) {
            (Class::Row(USER), Class::Row(ITEM)) => (factors[0], factors[1]),
            (Class::Row(ITEM), Class::Row(USER)) => (factors[1], factors[0]),
            _ => return false,
        };
        let user = self.stored(self.view(user), Class::Row(USER), slot);
        let item = self.stored(self.view(item), Class::Row(ITEM), slot);
        let offset = self.program.dots.len();
        self.program.dots.push(Dot { user, item });
        self.place[slot] = Some(View { space: Space::Dots, offset, row: 1, column: 1, width: 1 });
        true
    }
}
