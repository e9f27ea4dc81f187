//! Plan to plan: equal computations are done once, and gradients that go to the same rows are added before they go there.

use super::builder::Builder;
use crate::elementwise::Binary;
use crate::plan::{Instruction, Op, Plan};

pub struct Simplified {
    /// With the same outputs and fewer steps.
    pub plan: Plan,
    /// For each slot the one of the given plan that it was made for.
    pub origins: Vec<usize>,
}

/// Simplifies a verified plan.
pub fn simplify(plan: &Plan) -> Simplified {
    let mut builder = Builder::default();
    let mut slots = Vec::with_capacity(plan.instructions.len());
    let mut origins = Vec::with_capacity(plan.instructions.len());
    // Beside tables that all threads share, gradients by rows become such tables, too; else they are sums over the batch.
    let propagates = plan.instructions.iter().any(|x| matches!(x.op, Op::Spmm { .. } | Op::PutBack { .. }));
    for (origin, x) in plan.instructions.iter().enumerate() {
        let inputs: Vec<usize> = x.inputs.iter().map(|&input| slots[input]).collect();
        let slot = match x.op {
            Op::SparseSum => Merge { builder: &mut builder }.sparse_sum(x, &inputs),
            Op::ToDense => Merge { builder: &mut builder }.whole(x, inputs[0], propagates),
            _ => builder.intern(Instruction { inputs, ..x.clone() }),
        };
        slots.push(slot);
        origins.resize(builder.instructions.len(), origin);
    }
    let outputs = plan.outputs.iter().map(|(name, slot)| (name.clone(), slots[*slot])).collect();
    Simplified { plan: Plan { instructions: builder.instructions, outputs }, origins }
}

struct Merge<'b> {
    builder: &'b mut Builder,
}

impl Merge<'_> {
    /// The gradients below, one for each list of ids that they are added at, in order of first appearance.
    fn sparse_sum(&mut self, x: &Instruction, inputs: &[usize]) -> usize {
        let mut places: Vec<(Instruction, usize)> = Vec::new();
        for part in self.scatters(inputs) {
            let mut place = self.builder.instructions[part].clone();
            let dy = place.inputs.remove(dy_at(&place.op));
            match places.iter_mut().find(|(other, _)| *other == place) {
                None => places.push((place, dy)),
                Some((_, sum)) => *sum = self.builder.binary(Binary::Add, *sum, dy),
            }
        }
        let parts: Vec<usize> = places
            .into_iter()
            .map(|(mut part, dy)| {
                part.inputs.insert(dy_at(&part.op), dy);
                self.builder.intern(part)
            })
            .collect();
        match parts[..] {
            [only] => only,
            _ => self.builder.intern(Instruction { inputs: parts, ..x.clone() }),
        }
    }

    /// The sum of the gradients below as whole arrays; `shared`: those of look-ups in one table of all threads.
    fn whole(&mut self, x: &Instruction, sparse: usize, shared: bool) -> usize {
        let is_shared = |me: &Self, part: usize| {
            let x = &me.builder.instructions[part];
            shared && matches!(x.op, Op::ScatterAdd { .. }) && !me.builder.instructions[x.inputs[0]].shape.entries
        };
        let (rows, sums): (Vec<usize>, Vec<usize>) =
            self.scatters(&[sparse]).into_iter().partition(|&part| is_shared(self, part));
        let mut parts = Vec::new();
        for part in sums {
            let Instruction { op, inputs, .. } = self.builder.instructions[part].clone();
            let op = if let Op::ScatterBag { dropout } = op { Op::AddBag { dropout } } else { Op::AddAt };
            parts.push(self.builder.intern(Instruction { op, inputs, ..x.clone() }));
        }
        if !rows.is_empty() {
            let sum = Instruction { op: Op::SparseSum, inputs: rows.clone(), ..x.clone() };
            let sparse = if rows.len() == 1 { rows[0] } else { self.builder.intern(sum) };
            parts.push(self.builder.intern(Instruction { op: Op::ToDense, inputs: vec![sparse], ..x.clone() }));
        }
        parts[1..].iter().fold(parts[0], |sum, &part| self.builder.binary(Binary::Add, sum, part))
    }

    fn scatters(&self, inputs: &[usize]) -> Vec<usize> {
        let below = inputs.iter().flat_map(|&input| match self.builder.instructions[input].op {
            Op::SparseSum => self.scatters(&self.builder.instructions[input].inputs),
            _ => vec![input],
        });
        below.collect()
    }
}

/// Which operand of a row-sparse gradient holds the rows; the others say where they are added.
fn dy_at(op: &Op) -> usize {
    if matches!(op, Op::ScatterBag { .. }) { 0 } else { 1 }
}
