//! Sums over the batch: their parts in each shard, where those are added up, what follows.

use super::super::graph::{Class, operands};
use super::{Emitter, LINE};
use crate::elementwise::Binary;
use crate::plan::Op;
use crate::program::{Action, Mean, Over, Reduction, ReductionKind, Rows, View};

/// Where a sum over the batch is added up.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    /// The sum that it is a part of, often itself.
    whole: usize,
    pub into: usize,
    /// Nothing was added there before.
    pub first: bool,
}

impl Emitter<'_, '_> {
    /// Sums of sums over the batch that nothing else reads are added up in one place: that of the largest sum.
    pub(super) fn find_joins(&mut self) {
        let graph = self.graph;
        let mut can_join = vec![false; self.place.len()];
        for slot in 0..can_join.len() {
            can_join[slot] = graph.root(slot) == slot && graph.needed[slot] && self.can_join(slot, &can_join);
        }
        for whole in (0..can_join.len()).rev() {
            if !can_join[whole] || self.is_reduction(whole) || self.inside[whole] {
                continue;
            }
            let mut stack = vec![whole];
            while let Some(slot) = stack.pop() {
                if self.is_reduction(slot) {
                    self.joined.insert(slot, whole);
                } else {
                    self.inside[slot] = true;
                    stack.extend(graph.at(slot).inputs.iter().map(|&input| graph.root(input)));
                }
            }
        }
    }

    /// Whether the node is a plain sum over the batch, or the sum of two that can be joined, which nothing else reads.
    fn can_join(&self, slot: usize, can_join: &[bool]) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        if self.is_reduction(slot) {
            return match x.op {
                Op::ReduceTo { rank, mean } => rank > 0 && !mean && graph.width(x.inputs[0]) == graph.width(slot),
                _ => true,
            };
        }
        if x.op != Op::Binary(Binary::Add) || x.shape.batch {
            return false;
        }
        let (a, b) = (graph.root(x.inputs[0]), graph.root(x.inputs[1]));
        let fits = |part: usize| {
            can_join[part]
                && graph.only_user(part) == Some(slot)
                && graph.width(part) == graph.width(slot)
                && graph.class[part] == graph.class[slot]
        };
        a != b && fits(a) && fits(b)
    }

    /// A value without a batch made of values with one.
    pub(super) fn is_reduction(&self, slot: usize) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        matches!(
            x.op,
            Op::ReduceTo { .. }
                | Op::Matmul { .. }
                | Op::AddAt
                | Op::AddBag { .. }
                | Op::TableLogSumExpGrad { .. }
                | Op::CrossAttentionGrad(..)
                | Op::CrossBagGrad { .. }
        ) && !x.shape.batch
            && x.inputs.iter().any(|&input| graph.is_row(input))
    }

    pub(super) fn reduce_when_ready(&mut self, slot: usize) {
        let graph = self.graph;
        let ready = operands(graph.at(slot)).into_iter().all(|input| self.done[graph.root(input)]);
        if !ready || std::mem::replace(&mut self.done[slot], true) {
            return;
        }
        let x = graph.at(slot);
        if matches!(x.op, Op::TableLogSumExpGrad { .. }) {
            return self.log_sum_exp_gradient(slot);
        }
        if matches!(x.op, Op::CrossAttentionGrad(..)) {
            return self.cross_attention_gradient(slot);
        }
        let Class::Reduced(phase) = graph.class[slot] else { unreachable!("a reduction") };
        let sum = self.sum(slot);
        let Sum { into, first, .. } = sum;
        let (kind, mean, action) = match x.op {
            Op::AddAt => {
                let ids = self.ids(x.inputs[0], graph.dims(slot).fixed[0]);
                let rows = self.view(x.inputs[1]);
                let x = self.solid(rows, Class::Row(phase), slot);
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddAt { x, ids, into, first })
            }
            Op::AddBag { dropout } => {
                let (entries, rows) = (self.entries(&x.inputs, dropout), self.view(x.inputs[0]));
                let x = self.solid(rows, Class::Row(phase), slot);
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddBag { x, entries, into, first })
            }
            Op::CrossBagGrad { id, rows } => {
                let (crossed, dy) = (self.crossed(&x.inputs, id, rows), self.view(x.inputs[0]));
                let x = self.solid(dy, Class::Row(phase), slot);
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddCrossBag { x, crossed, into, first })
            }
            Op::Matmul { .. } => {
                let source = self.view(x.inputs[0]);
                let other = self.view(x.inputs[1]);
                let (a, b) = (source, self.solid(other, Class::Row(phase), slot));
                let lead = graph.dims(x.inputs[0]).lead();
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddProduct { a, b, lead, into, first })
            }
            Op::ReduceTo { mean, .. } => {
                let (width, kept) = (graph.width(x.inputs[0]), graph.width(slot));
                let source = self.solid(self.view(x.inputs[0]), Class::Row(phase), slot);
                let count = if mean { width / kept } else { 1 };
                let mean = Mean { count, over: if mean { self.over(x.inputs[0]) } else { Over::Nothing } };
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
        self.push(Class::Row(phase), slot, self.rows_of(slot), action);
        self.reduced(sum, kind, mean, phase);
    }

    pub(super) fn sum(&self, slot: usize) -> Sum {
        let whole = self.joined.get(&slot).copied().unwrap_or(slot);
        let known = self.reduction.get(&whole).copied();
        Sum { whole, into: known.unwrap_or(self.program.reductions.len()), first: known.is_none() }
    }

    /// Notes a sum whose first part has its step.
    pub(super) fn reduced(&mut self, sum: Sum, kind: ReductionKind, mean: Mean, phase: usize) {
        let Sum { whole: slot, into, first } = sum;
        if !first {
            return;
        }
        let folded = matches!(kind, ReductionKind::Dense { elements, .. } if elements != self.graph.width(slot));
        let is_read = !self.graph.users(slot).is_empty();
        let value = (folded || is_read).then(|| self.reduced_value(slot, kind, folded));
        self.reduction.insert(slot, into);
        self.program.reductions.push(Reduction { slot, kind, mean, phase, value });
    }

    /// Room for a sum in the arena of each group, if it is a new one.
    pub(super) fn dense(&mut self, is_new: bool, elements: usize) -> ReductionKind {
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
