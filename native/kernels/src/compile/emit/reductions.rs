//! Sums over the batch: their parts in each shard, where those are added up, what follows.

use super::super::graph::{Class, operands};
use super::{Emitter, LINE};
use crate::elementwise::Binary;
use crate::plan::Op;
use crate::program::{Action, Mean, Reduction, ReductionKind, Rows, View};

impl Emitter<'_, '_> {
    /// Sums of sums over the batch that nothing else reads are added up in one place.
    pub(super) fn find_joins(&mut self) {
        for slot in (0..self.place.len()).rev() {
            let graph = self.graph;
            if graph.root(slot) != slot || !graph.needed[slot] || self.fused[slot] {
                continue;
            }
            let mut parts = Vec::new();
            let joined = self.joined_parts(slot, &mut parts);
            let alike = parts.iter().all(|&part| graph.class[part] == graph.class[slot]);
            if joined && alike && parts.len() > 1 {
                for part in parts {
                    self.joined.insert(part, slot);
                }
            }
        }
    }

    /// Collects the sums below a tree of additions; false when something else is among them.
    fn joined_parts(&mut self, slot: usize, parts: &mut Vec<usize>) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        if self.is_reduction(slot) {
            let plain = match x.op {
                Op::ReduceTo { rank, mean } => rank > 0 && !mean && graph.width(x.inputs[0]) == graph.width(slot),
                _ => true,
            };
            parts.push(slot);
            return plain;
        }
        if x.op != Op::Binary(Binary::Add) || x.shape.batch {
            return false;
        }
        let below: Vec<usize> = x.inputs.iter().map(|&input| graph.root(input)).collect();
        below.iter().all(|&part| {
            graph.only_user(part) == Some(slot)
                && graph.width(part) == graph.width(slot)
                && self.joined_parts(part, parts)
        }) && below[0] != below[1]
    }

    /// A value without a batch made of values with one.
    pub(super) fn is_reduction(&self, slot: usize) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        matches!(x.op, Op::ReduceTo { .. } | Op::Matmul { .. })
            && !x.shape.batch
            && x.inputs.iter().any(|&input| graph.is_row(input))
    }

    /// Whether the additions of this node happen where its parts are summed.
    pub(super) fn is_joined(&self, slot: usize) -> bool {
        self.joined.values().any(|&whole| whole == slot || self.is_inside(slot, whole))
    }

    fn is_inside(&self, slot: usize, whole: usize) -> bool {
        let graph = self.graph;
        graph.at(slot).op == Op::Binary(Binary::Add)
            && !graph.at(slot).shape.batch
            && graph.only_user(slot).is_some_and(|user| user == whole || self.is_inside(user, whole))
    }

    pub(super) fn reduce_when_ready(&mut self, slot: usize) {
        let graph = self.graph;
        let ready = operands(graph.at(slot)).into_iter().all(|input| self.done[graph.root(input)]);
        if !ready || std::mem::replace(&mut self.done[slot], true) {
            return;
        }
        let x = graph.at(slot);
        let Class::Reduced(phase) = graph.class[slot] else { unreachable!("a reduction") };
        let whole = self.joined.get(&slot).copied().unwrap_or(slot);
        let known = self.reduction.get(&whole).copied();
        let (into, first) = (known.unwrap_or(self.program.reductions.len()), known.is_none());
        let source = self.view(x.inputs[0]);
        let (kind, mean, action) = match x.op {
            Op::Matmul { .. } => {
                let other = self.view(x.inputs[1]);
                let (a, b) = (source, self.solid(other, Class::Row(phase), slot));
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddProduct { a, b, into, first })
            }
            Op::ReduceTo { mean, .. } => {
                let (width, kept) = (graph.width(x.inputs[0]), graph.width(slot));
                let source = self.solid(source, Class::Row(phase), slot);
                let count = if mean { width / kept } else { 1 };
                let mean = Mean { count, batch: mean };
                if graph.dims(slot).fixed.is_empty() {
                    let index = self.program.totals;
                    self.program.totals += 1;
                    (ReductionKind::Total { index }, mean, Action::AddTotal { x: source, into })
                } else {
                    (self.dense(first, width), mean, Action::AddRows { x: source, into, first })
                }
            }
            _ => unreachable!("a reduction"),
        };
        self.push(Class::Row(phase), slot, Rows::Shard, action);
        if !first {
            return;
        }
        let slot = whole;
        let folded = matches!(kind, ReductionKind::Dense { elements, .. } if elements != graph.width(slot));
        let is_read = !graph.users(slot).is_empty();
        let value = (folded || is_read).then(|| self.reduced_value(slot, kind, folded));
        self.reduction.insert(slot, into);
        self.program.reductions.push(Reduction { slot, kind, mean, phase, value });
    }

    /// Room for a sum in the arena of each group, if it is a new one.
    fn dense(&mut self, is_new: bool, elements: usize) -> ReductionKind {
        let offset = self.program.group_floats;
        let room = if is_new { elements.next_multiple_of(LINE) } else { 0 };
        self.program.group_floats = offset.saturating_add(room);
        ReductionKind::Dense { offset, elements }
    }

    /// Where threads put the finished sum; where the batch is not all that is summed over, the rest follows.
    fn reduced_value(&mut self, slot: usize, kind: ReductionKind, folded: bool) -> View {
        let elements = match kind {
            ReductionKind::Dense { elements, .. } => elements,
            ReductionKind::Total { .. } => 1,
        };
        let width = self.graph.width(slot);
        let sum = self.statics(elements, width);
        if folded {
            let out = View { row: width, width, ..self.out(slot) };
            self.own(slot, Rows::Fixed(elements / width), Action::SumRows { x: sum, out });
        } else {
            self.place[slot] =
                Some(View { width: self.graph.dims(slot).last(), row: self.graph.dims(slot).last(), ..sum });
        }
        sum
    }
}
