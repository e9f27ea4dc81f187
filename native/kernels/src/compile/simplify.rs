//! Plan to plan: equal computations are done once, and gradients that go to the same rows are added before they go there.

use crate::elementwise::Binary;
use crate::plan::{DType, Instruction, Op, Plan};
use std::collections::HashMap;

/// A verified plan with the same outputs and fewer steps.
pub fn simplify(plan: &Plan) -> Plan {
    let mut builder = Builder::default();
    let mut slots = Vec::with_capacity(plan.instructions.len());
    for x in &plan.instructions {
        let inputs: Vec<usize> = x.inputs.iter().map(|&input| slots[input]).collect();
        let slot = match x.op {
            Op::SparseSum => builder.sparse_sum(x, &inputs),
            _ => builder.intern(Instruction { inputs, ..x.clone() }),
        };
        slots.push(slot);
    }
    let outputs = plan.outputs.iter().map(|(name, slot)| (name.clone(), slots[*slot])).collect();
    Plan { instructions: builder.instructions, outputs }
}

#[derive(Default)]
struct Builder {
    instructions: Vec<Instruction>,
    known: HashMap<String, usize>,
}

impl Builder {
    /// The slot of an equal instruction, or a new one.
    fn intern(&mut self, x: Instruction) -> usize {
        // The debug form writes floats so that they read back the same, hence equal text is equal meaning.
        let key = format!("{:?}{:?}{}", x.op, x.inputs, x.shape);
        let Self { instructions, known } = self;
        *known.entry(key).or_insert_with(|| {
            instructions.push(x);
            instructions.len() - 1
        })
    }

    /// The scatterAdds below, one for each id column, in order of first appearance.
    fn sparse_sum(&mut self, x: &Instruction, inputs: &[usize]) -> usize {
        let mut columns: Vec<(usize, usize, usize)> = Vec::new();
        for part in self.scatters(inputs) {
            let Instruction { op, inputs, .. } = self.instructions[part].clone();
            let (Op::ScatterAdd { rows }, &[ids, dy]) = (op, &inputs[..]) else { continue };
            match columns.iter().position(|&(other, ..)| other == ids) {
                None => columns.push((ids, dy, rows)),
                Some(i) => columns[i].1 = self.add(columns[i].1, dy),
            }
        }
        let parts: Vec<usize> = columns
            .into_iter()
            .map(|(ids, dy, rows)| {
                let scatter = Op::ScatterAdd { rows };
                self.intern(Instruction {
                    op: scatter,
                    inputs: vec![ids, dy],
                    shape: x.shape.clone(),
                    dtype: DType::F32,
                })
            })
            .collect();
        match parts[..] {
            [only] => only,
            _ => self.intern(Instruction { inputs: parts, ..x.clone() }),
        }
    }

    fn scatters(&self, inputs: &[usize]) -> Vec<usize> {
        let below = inputs.iter().flat_map(|&input| match self.instructions[input].op {
            Op::SparseSum => self.scatters(&self.instructions[input].inputs),
            _ => vec![input],
        });
        below.collect()
    }

    fn add(&mut self, a: usize, b: usize) -> usize {
        let shape = self.instructions[a].shape.clone();
        self.intern(Instruction { op: Op::Binary(Binary::Add), inputs: vec![a, b], shape, dtype: DType::F32 })
    }
}
