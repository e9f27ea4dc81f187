//! What pairs need of a list of items: one row of floats per item, and the right operands of inner products, packed.

use crate::buffer::{Arena, Buffer};
use crate::matmul::PackedB;
use crate::program::Program;

pub(crate) struct ItemSide {
    ids: Vec<i32>,
    /// Position and id are the same.
    pub is_all: bool,
    rows: Buffer,
    block: usize,
    dots: usize,
    /// Block after block, the packed matrix of each inner product.
    packed: Vec<PackedB>,
}

/// One block to fill.
pub(crate) struct ItemBlock<'a> {
    pub ids: &'a [i32],
    pub first: usize,
    pub rows: Arena,
    pub packed: Arena<PackedB>,
}

impl ItemSide {
    pub fn new(program: &Program, ids: Vec<i32>, is_all: bool) -> Self {
        let (block, dots) = (program.shard_rows, program.dots.len());
        let rows = Buffer::zeroed(ids.len() * program.item_floats);
        let packed = vec![PackedB::default(); ids.len().div_ceil(block) * dots];
        Self { ids, is_all, rows, block, dots, packed }
    }

    pub fn id(&self, position: usize) -> i32 {
        self.ids[position]
    }

    pub fn blocks(&mut self) -> Vec<ItemBlock<'_>> {
        let (rows, packed) = (self.rows.arena(), Arena::of(&mut self.packed));
        let ids = self.ids.chunks(self.block).enumerate();
        ids.map(|(i, ids)| ItemBlock {
            ids,
            first: i * self.block,
            rows,
            packed: packed.part(i * self.dots, self.dots),
        })
        .collect()
    }

    /// First position of each block.
    pub fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.ids.len()).step_by(self.block)
    }

    /// Items of the block that starts here.
    pub fn count(&self, start: usize) -> usize {
        self.block.min(self.ids.len() - start)
    }

    pub fn rows(&self) -> &[f32] {
        self.rows.as_slice()
    }

    pub fn packed(&self, start: usize, dot: usize) -> &PackedB {
        &self.packed[start / self.block * self.dots + dot]
    }
}
