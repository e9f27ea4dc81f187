//! Where the values that the plan gives can be read.

use super::super::graph::{Class, Graph, PAIR};
use super::super::{entry_ids, ids_of};
use super::Emitter;
use crate::plan::{DType, Op};
use crate::program::{Action, Ids, Mode, Rows, Space, Sparse, Value, View};

impl Emitter<'_, '_> {
    /// Row-sparse gradients are not computed: their operands are kept for the optimizer.
    pub(super) fn note_sparse(&mut self, slot: usize) {
        let graph = self.graph;
        let Op::ScatterAdd { rows } = graph.at(slot).op else { return };
        let dy = graph.root(graph.at(slot).inputs[1]);
        self.ids(graph.at(slot).inputs[0], rows);
        let (row, factor) = match self.scaled_row(dy).filter(|_| self.fused[dy]) {
            Some((factor, row)) => (row, Some(self.keep(self.view(factor), graph.class[factor], slot))),
            None => (dy, None),
        };
        let rows = self.keep(self.view(row), graph.class[row], slot);
        self.sparse.insert(slot, Sparse { rows, factor });
    }

    /// Scores are read from the batch, or from inner products where nothing follows them.
    fn score(&mut self, slot: usize) -> Value {
        let view = self.view(slot);
        if view.space == Space::Dots {
            return Value::Rows(view);
        }
        if self.graph.class[slot] == Class::Row(PAIR) {
            return Value::Rows(self.keep(view, Class::Row(PAIR), slot));
        }
        let out = self.buffer(Rows::Shard, view.width, true);
        self.push(Class::Row(PAIR), slot, Rows::Shard, Action::Copy { x: view, out });
        Value::Rows(out)
    }

    /// A parameter that is an output is copied: its own memory changes while outputs are read.
    fn static_output(&mut self, slot: usize) -> Value {
        let (x, elements) = (self.view(slot), self.graph.width(slot));
        match x.space {
            Space::Param(_) => {}
            Space::Table => return Value::Table { view: x, elements },
            _ => return Value::Static { view: x, elements },
        }
        let out = self.statics(elements, elements);
        let x = View { row: elements, column: 1, width: elements, ..x };
        self.push(Class::Static, slot, Rows::Fixed(1), Action::Copy { x, out });
        Value::Static { view: out, elements }
    }

    /// The ids that a scatterAdd adds at.
    pub(super) fn ids_of_part(&mut self, part: usize) -> Ids {
        self.ids(self.graph.at(part).inputs[0], self.graph.dims(part).fixed[0])
    }

    pub fn output(&mut self, slot: usize) -> Value {
        let graph = self.graph;
        let x = graph.at(slot);
        match &x.op {
            Op::Input { name } if x.dtype == DType::I32 => {
                Value::Ids(ids_of(name).unwrap_or_else(|| unreachable!("inputs are checked before")))
            }
            Op::Unroll(_, part) => Value::Ids(entry_ids(*part)),
            Op::ScatterAdd { .. } | Op::SparseSum => {
                let parts = if x.op == Op::SparseSum { scatters(graph, slot) } else { vec![slot] };
                let sources = parts.into_iter().map(|part| (self.ids_of_part(part), self.sparse[&part])).collect();
                Value::Sparse { rows: graph.dims(slot).fixed[0], width: graph.dims(slot).last(), sources }
            }
            _ if graph.mode == Mode::Scores && graph.is_row(slot) => self.score(slot),
            _ if graph.is_row(slot) => {
                let view = self.view(slot);
                Value::Rows(self.keep(view, graph.class[slot], slot))
            }
            _ => match self.reduction.get(&slot) {
                Some(&reduction) if self.place[slot].is_none() => {
                    Value::Reduced { reduction, elements: graph.width(slot) }
                }
                _ => self.static_output(slot),
            },
        }
    }
}

/// The scatterAdds below a sparseSum, in order.
pub(super) fn scatters(graph: &Graph<'_>, slot: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for &input in &graph.at(slot).inputs {
        let input = graph.root(input);
        match graph.at(input).op {
            Op::SparseSum => found.extend(scatters(graph, input)),
            _ => found.push(input),
        }
    }
    found
}
