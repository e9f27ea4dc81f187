//! Softmax over a table: its logarithm of sums, and both gradients in one step, which share their products.

use super::super::graph::Class;
use super::Emitter;
use super::reductions::Sum;
use crate::plan::Op;
use crate::program::{Action, Logits, Mean, View};
use crate::softmax::scratch_floats;

impl Emitter<'_, '_> {
    pub(super) fn log_sum_exp(&mut self, slot: usize) {
        let logits = self.logits(slot, self.graph.class[slot]);
        let out = self.out(slot);
        self.own(slot, self.rows_of(slot), Action::LogSumExp { logits, out });
    }

    /// The gradient of the rows, with that of the table where both are wanted, or the other way round.
    pub(super) fn log_sum_exp_gradient(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = |slot: usize| graph.at(slot).inputs.iter().map(|&input| graph.root(input)).collect::<Vec<_>>();
        let find = |wanted: bool| {
            let found = |&other: &usize| {
                let is_wanted = graph.at(other).op == Op::TableLogSumExpGrad { of_table: wanted };
                is_wanted && graph.needed[other] && inputs(other) == inputs(slot)
            };
            (0..graph.plan.instructions.len()).find(found)
        };
        let (of_rows, of_table) = (find(false), find(true));
        let phase = match graph.class[slot] {
            Class::Row(phase) | Class::Reduced(phase) => phase,
            Class::Static => unreachable!("a gradient of a batch"),
        };
        let logits = self.logits(slot, Class::Row(phase));
        let column = |view: View| View { column: 1, ..view };
        let inputs = &graph.at(slot).inputs;
        let (value, dy) = (column(self.view(inputs[2])), column(self.view(inputs[3])));
        let out = of_rows.map(|slot| self.out(slot));
        let sum = of_table.map(|slot| self.sum(slot));
        let into = sum.map(|Sum { into, first, .. }| (into, first));
        let action = Action::LogSumExpGradient { logits, value, dy, out, into };
        self.push(Class::Row(phase), slot, self.rows_of(slot), action);
        if let (Some(slot), Some(sum)) = (of_table, sum) {
            let kind = self.dense(sum.first, graph.width(slot));
            self.reduced(sum, kind, Mean::ONE, phase);
        }
        [of_rows, of_table].into_iter().flatten().for_each(|slot| self.done[slot] = true);
    }

    fn logits(&mut self, slot: usize, class: Class) -> Logits {
        let graph = self.graph;
        let (x, table) = (graph.at(slot).inputs[0], graph.at(slot).inputs[1]);
        let x = self.view(x);
        let x = self.solid(x, class, slot);
        let dims = graph.dims(table);
        let table = self.matrix_view(table, dims.last());
        let floats = scratch_floats(dims.last());
        let scratch = self.statics(floats, floats);
        Logits { x, table, items: dims.fixed[0], scratch }
    }
}
