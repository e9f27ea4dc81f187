//! What pairs need of a list of items: their features, block by block, and the right operands of inner products, packed.

use crate::buffer::{Arena, Buffer};
use crate::matmul::PackedB;
use crate::memory;
use crate::program::Program;

pub(crate) struct ItemSide {
    ids: Vec<i32>,
    /// Position and id are the same.
    pub is_all: bool,
    /// Block after block, and in each feature after feature.
    features: Buffer,
    block: usize,
    dots: usize,
    /// Block after block, the packed matrix of each inner product.
    packed: Vec<PackedB>,
}

/// One block to fill.
pub(crate) struct ItemBlock<'a> {
    pub ids: &'a [i32],
    /// Of the block.
    pub features: Arena,
    pub packed: Arena<PackedB>,
}

impl ItemSide {
    pub fn new(program: &Program, ids: Vec<i32>, is_all: bool) -> Self {
        let block = if program.scores_rows { super::ROW_PAIRS } else { program.shard_rows };
        let dots = program.dots.len();
        let blocks = ids.len().div_ceil(block);
        let features = Buffer::zeroed(blocks * block * program.item_floats);
        let packed = memory::filled(PackedB::default(), blocks * dots);
        Self { ids, is_all, features, block, dots, packed }
    }

    pub fn id(&self, position: usize) -> i32 {
        self.ids[position]
    }

    pub fn ids(&self, start: usize, count: usize) -> &[i32] {
        &self.ids[start..start + count]
    }

    pub fn blocks(&mut self) -> Vec<ItemBlock<'_>> {
        let (features, packed) = (self.features.arena(), Arena::of(&mut self.packed));
        let ids = self.ids.chunks(self.block).enumerate();
        let floats = features.len() / ids.len().max(1);
        ids.map(|(i, ids)| ItemBlock {
            ids,
            features: features.part(i * floats, floats),
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

    pub fn features(&self) -> &[f32] {
        self.features.as_slice()
    }

    pub fn packed(&self, start: usize, dot: usize) -> &PackedB {
        &self.packed[start / self.block * self.dots + dot]
    }
}
