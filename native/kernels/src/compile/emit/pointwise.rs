//! One element at a time: arithmetic, functions and their gradients.

use super::super::graph::is_relu;
use super::Emitter;
use crate::elementwise::{Binary, Unary};
use crate::program::{Action, After, Mean, Rows, View};

impl Emitter<'_, '_> {
    pub(super) fn binary(&mut self, slot: usize, op: Binary) {
        let graph = self.graph;
        let x = graph.at(slot);
        if let Some((product, bias)) = self.biased_product(slot) {
            return self.product(product, slot, |me| After::Bias(me.bias(bias)));
        }
        if let Some((term, other)) = self.added_term(slot).filter(|&(term, _)| self.fused[term]) {
            let (width, factors) = (graph.width(slot), &graph.at(term).inputs);
            let rows = self.rows_of(slot);
            let (a, b) = (self.operand(factors[0], rows, width), self.operand(factors[1], rows, width));
            let c = self.operand(other, rows, width);
            let out = self.out(slot);
            return self.own(slot, rows, Action::MultiplyAdd { a, b, c, out });
        }
        let (a, b) = (x.inputs[0], x.inputs[1]);
        let (rows, width) = match self.shape(slot) {
            (rows @ (Rows::Shard | Rows::Entries), width) => (rows, width),
            // The smaller operand repeats: work in rows of its size.
            (_, last) => {
                let elements = self.graph.width(slot);
                let small = self.graph.width(a).min(self.graph.width(b));
                let width = if small == 1 || (self.graph.is_table[slot] && small == elements) { last } else { small };
                (Rows::Fixed(elements / width), width)
            }
        };
        let (a, b) = (self.operand(a, rows, width), self.operand(b, rows, width));
        let out = View { width, ..self.out(slot) };
        let out = if rows.is_fixed() { View { row: width, ..out } } else { out };
        self.own(slot, rows, Action::Binary { op, a, b, out });
    }

    pub(super) fn unary(&mut self, slot: usize, f: Unary) {
        let z = self.graph.root(self.graph.at(slot).inputs[0]);
        if self.fused[z]
            && let Some((product, bias)) = self.biased_product(z)
        {
            if is_relu(f) {
                return self.product(product, slot, |me| After::BiasRelu(me.bias(bias)));
            }
            self.product(product, slot, |_| After::Nothing);
            let (out, bias) = (self.view(slot), self.bias(bias));
            return self.own(slot, self.rows_of(slot), Action::BiasUnary { f, x: out, bias, out });
        }
        let (rows, width) = self.shape(slot);
        if self.fused[z] {
            let terms = &self.graph.at(z).inputs;
            let (x, bias) = (self.operand(terms[0], rows, width), self.operand(terms[1], rows, width));
            let out = self.out(slot);
            return self.own(slot, rows, Action::BiasUnary { f, x, bias, out });
        }
        let x = self.operand(z, rows, width);
        let out = self.out(slot);
        self.own(slot, rows, Action::Unary { f, x, out });
    }

    pub(super) fn unary_gradient(&mut self, slot: usize, f: Unary) {
        let x = self.graph.at(slot);
        let dy = self.graph.root(x.inputs[2]);
        if self.fused[dy] && is_relu(f) {
            let y = self.view(x.inputs[1]);
            let y = self.solid(y, self.graph.class[slot], slot);
            return self.product(dy, slot, |_| After::ReluMask(y));
        }
        let (rows, width) = self.shape(slot);
        let dy = self.operand(dy, rows, width);
        let read = |me: &mut Self, needed: bool, i: usize| {
            if needed { me.operand(x.inputs[i], rows, width) } else { dy }
        };
        let (argument, value) = (read(self, f.needs_x(), 0), read(self, f.needs_y(), 1));
        let out = self.out(slot);
        self.own(slot, rows, Action::UnaryGradient { f, x: argument, y: value, dy, out });
    }

    pub(super) fn affine(&mut self, slot: usize, scale: f32, offset: f32) {
        let (rows, width) = self.shape(slot);
        let x = self.operand(self.graph.at(slot).inputs[0], rows, width);
        let out = self.out(slot);
        self.own(slot, rows, Action::Affine { x, scale, offset, mean: Mean::ONE, out });
    }

    pub(super) fn dropout(&mut self, slot: usize, rate: f32, id: u32) {
        let (rows, width) = self.shape(slot);
        let x = self.operand(self.graph.at(slot).inputs[0], rows, width);
        let x = if rows.is_fixed() { View { column: 1, ..x } } else { self.solid(x, self.graph.class[slot], slot) };
        let out = self.out(slot);
        self.own(slot, rows, Action::Dropout { rate, id, x, out });
    }
}
