//! Makes instructions, each distinct one once.

use crate::elementwise::Binary;
use crate::plan::{DType, Dims, Instruction, Op};
use std::collections::HashMap;

#[derive(Default)]
pub struct Builder {
    pub instructions: Vec<Instruction>,
    known: HashMap<String, usize>,
}

impl Builder {
    /// The slot of an equal instruction, or a new one.
    pub fn intern(&mut self, x: Instruction) -> usize {
        // The debug form writes floats so that they read back the same, hence equal text is equal meaning.
        let key = format!("{:?}{:?}{}", x.op, x.inputs, x.shape);
        let Self { instructions, known } = self;
        *known.entry(key).or_insert_with(|| {
            instructions.push(x);
            instructions.len() - 1
        })
    }

    /// A value with a batch dimension.
    pub fn new_row(&mut self, op: Op, inputs: &[usize], fixed: &[usize]) -> usize {
        let shape = Dims::new(true, fixed);
        self.intern(Instruction { op, inputs: inputs.to_vec(), shape, dtype: DType::F32 })
    }

    /// A value without one.
    pub fn new_node(&mut self, op: Op, inputs: &[usize], fixed: &[usize]) -> usize {
        let shape = Dims::new(false, fixed);
        self.intern(Instruction { op, inputs: inputs.to_vec(), shape, dtype: DType::F32 })
    }

    /// `a op b`, shaped as the larger operand, which is `a` when they are equal.
    pub fn binary(&mut self, op: Binary, a: usize, b: usize) -> usize {
        let (left, right) = (&self.instructions[a].shape, &self.instructions[b].shape);
        let shape = if right.is_suffix_of(left) { left.clone() } else { right.clone() };
        self.intern(Instruction { op: Op::Binary(op), inputs: vec![a, b], shape, dtype: DType::F32 })
    }
}
