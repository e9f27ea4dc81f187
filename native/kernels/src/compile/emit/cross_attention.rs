//! Attention to entries of a data matrix, and its gradients in one step, which share their shares.

use super::super::graph::Class;
use super::Emitter;
use super::reductions::Sum;
use crate::plan::{Attended, Attending, Op};
use crate::program::{Action, Look, Mean};

impl Emitter<'_, '_> {
    pub(super) fn cross_attention(&mut self, slot: usize) {
        let look = self.look(slot, 3);
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::CrossAttention { look, out });
    }

    /// The gradients of one attention that are wanted, whichever comes first.
    pub(super) fn cross_attention_gradient(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = |slot: usize| graph.at(slot).inputs.iter().map(|&input| graph.root(input)).collect::<Vec<_>>();
        let find = |part: Attended| {
            (0..graph.plan.instructions.len()).find(|&other| {
                let op = &graph.at(other).op;
                let is_wanted =
                    *op == Op::CrossAttentionGrad(attending_of(&graph.at(slot).op), part) && graph.root(other) == other;
                is_wanted && graph.needed[other] && inputs(other) == inputs(slot)
            })
        };
        let (of_query, of_keys, of_values) = (find(Attended::Query), find(Attended::Keys), find(Attended::Values));
        let phase = match graph.class[slot] {
            Class::Row(phase) | Class::Reduced(phase) => phase,
            Class::Static => unreachable!("a gradient of a batch"),
        };
        let look = self.look(slot, 5);
        let operands = &graph.at(slot).inputs;
        let mut row = |input: usize| {
            let view = self.view(input);
            self.solid(view, Class::Row(phase), slot)
        };
        let (value, dy) = (row(operands[3]), row(operands[4]));
        let query = of_query.map(|slot| self.row_out(slot));
        let keys = of_keys.map(|slot| self.table_sum(slot, phase));
        let values = of_values.map(|slot| self.table_sum(slot, phase));
        let action = Action::CrossAttentionGradient { look, value, dy, query, keys, values };
        self.push(Class::Row(phase), slot, self.rows_of(slot), action);
        [of_query, of_keys, of_values].into_iter().flatten().for_each(|slot| self.done[slot] = true);
    }

    /// Where a table's gradient is added up, and whether it is the first there.
    fn table_sum(&mut self, slot: usize, phase: usize) -> (usize, bool) {
        let sum = self.sum(slot);
        let Sum { into, first, .. } = sum;
        let kind = self.dense(first, self.graph.width(slot));
        self.reduced(sum, kind, Mean::ONE, phase);
        (into, first)
    }

    /// What looks, and what it looks at; the matrix is operand `rows`.
    fn look(&mut self, slot: usize, rows: usize) -> Look {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let table = |me: &Self, i: usize| me.matrix_view(inputs[i], graph.dims(inputs[i]).last());
        Look {
            query: self.view(inputs[0]),
            keys: table(self, 1),
            values: table(self, 2),
            entries: self.entries(&inputs[rows - 1..], None),
            attending: attending_of(&graph.at(slot).op),
        }
    }
}

fn attending_of(op: &Op) -> Attending {
    match op {
        Op::CrossAttention(attending) | Op::CrossAttentionGrad(attending, _) => *attending,
        other => unreachable!("{other:?} does not attend"),
    }
}
