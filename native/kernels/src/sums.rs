//! Sums over the batch, from their parts in fixed order.

use crate::buffer::Arena;
use crate::elementwise as kernels;
use crate::isa::Isa;
use crate::program::{Extent, Program, ReductionKind};
use crate::view::{Area, Block, Shape};

/// How a batch is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub rows: usize,
    /// Of all rows; 0 until they are counted.
    pub entries: usize,
    pub shards: usize,
    pub groups: usize,
}

impl Cut {
    pub fn new(program: &Program, rows: usize, groups: usize) -> Self {
        let shards = rows.div_ceil(program.shard_rows);
        Self { rows, entries: 0, shards, groups: groups.min(shards) }
    }

    pub fn extent(&self) -> Extent {
        Extent { rows: self.rows, entries: self.entries }
    }

    /// The shards of a group.
    pub fn group(&self, group: usize) -> std::ops::Range<usize> {
        group * self.shards / self.groups..(group + 1) * self.shards / self.groups
    }

    /// First row of a shard, and its rows.
    pub fn shard(&self, program: &Program, shard: usize) -> (usize, usize) {
        let size = program.shard_rows;
        (shard * size, size.min(self.rows - shard * size))
    }
}

/// The memory of all parts.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    pub isa: Isa,
    pub program: &'a Program,
    pub group: Arena,
    pub totals: Arena<f64>,
}

impl Parts<'_> {
    /// Elements `[start, start + out.len())` of a reduction.
    ///
    /// # Safety
    /// Nothing writes groups or totals meanwhile.
    pub unsafe fn sum(&self, cut: Cut, reduction: usize, start: usize, out: &mut [f32]) {
        let found = &self.program.reductions[reduction];
        match found.kind {
            // SAFETY: as promised by the caller.
            ReductionKind::Total { .. } => out[0] = unsafe { self.total(cut, reduction) } as f32,
            ReductionKind::Dense { offset, .. } => {
                let (width, stride) = (out.len(), self.program.group_floats);
                // SAFETY: as promised by the caller.
                let data = unsafe { self.group.source(offset + start, (cut.groups - 1) * stride + width) };
                let area = Area::new(&mut out[..], width);
                let shape = Shape::new(cut.groups, width);
                kernels::sum_rows(self.isa, shape, area, Block::rows(data, stride), false);
                let factor = found.mean.factor(cut.extent());
                if factor != 1.0 {
                    out.iter_mut().for_each(|x| *x *= factor);
                }
            }
        }
    }

    /// A sum of all elements: the shards' parts in shard order.
    ///
    /// # Safety
    /// Nothing writes totals meanwhile.
    pub unsafe fn total(&self, cut: Cut, reduction: usize) -> f64 {
        let reduction = &self.program.reductions[reduction];
        let ReductionKind::Total { index } = reduction.kind else { return f64::NAN };
        let count = self.program.totals;
        // SAFETY: as promised by the caller.
        let totals = unsafe { self.totals.slice(0, cut.shards * count) };
        let sum: f64 = totals.iter().skip(index).step_by(count).sum();
        sum / reduction.mean.divisor(cut.extent())
    }
}
