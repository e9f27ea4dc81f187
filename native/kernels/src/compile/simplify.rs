//! Plan to plan: equal computations are done once, and gradients that go to the same rows are added before they go there.

use super::builder::Builder;
use crate::elementwise::Binary;
use crate::plan::{DType, Instruction, Op, Plan};

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
    for (origin, x) in plan.instructions.iter().enumerate() {
        let inputs: Vec<usize> = x.inputs.iter().map(|&input| slots[input]).collect();
        let slot = match x.op {
            Op::SparseSum => Merge { builder: &mut builder }.sparse_sum(x, &inputs),
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
    /// The scatterAdds below, one for each id column, in order of first appearance.
    fn sparse_sum(&mut self, x: &Instruction, inputs: &[usize]) -> usize {
        let mut columns: Vec<(usize, usize, usize)> = Vec::new();
        for part in self.scatters(inputs) {
            let Instruction { op, inputs, .. } = self.builder.instructions[part].clone();
            let (Op::ScatterAdd { rows }, &[ids, dy]) = (op, &inputs[..]) else { continue };
            match columns.iter().position(|&(other, ..)| other == ids) {
                None => columns.push((ids, dy, rows)),
                Some(i) => columns[i].1 = self.builder.binary(Binary::Add, columns[i].1, dy),
            }
        }
        let parts: Vec<usize> = columns
            .into_iter()
            .map(|(ids, dy, rows)| {
                let scatter = Op::ScatterAdd { rows };
                self.builder.intern(Instruction {
                    op: scatter,
                    inputs: vec![ids, dy],
                    shape: x.shape.clone(),
                    dtype: DType::F32,
                })
            })
            .collect();
        match parts[..] {
            [only] => only,
            _ => self.builder.intern(Instruction { inputs: parts, ..x.clone() }),
        }
    }

    fn scatters(&self, inputs: &[usize]) -> Vec<usize> {
        let below = inputs.iter().flat_map(|&input| match self.builder.instructions[input].op {
            Op::SparseSum => self.scatters(&self.builder.instructions[input].inputs),
            _ => vec![input],
        });
        below.collect()
    }
}
