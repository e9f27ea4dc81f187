//! B rearranged into panels.

use crate::isa::Isa;
use crate::view::{Shape, Source, check_extent};

/// Columns of a panel.
const PANEL: usize = 32;

/// B in panels of 32 columns (the last one narrower), each with its rows one after the other. It is worth packing when it
/// is reused by several products, when its rows are far apart, or to transpose it.
#[derive(Clone, Debug, Default)]
pub struct PackedB {
    k: usize,
    n: usize,
    data: Vec<f32>,
}

impl PackedB {
    /// Packs `B[i, j] = source[i * row_stride + j * col_stride]`, `[k, n]`; one of the strides must be 1. A transposed
    /// operand is packed by swapping the strides. Reuses its memory. Panics when `source` does not hold the shape.
    pub fn pack(&mut self, _isa: Isa, k: usize, n: usize, source: Source<'_>, row_stride: usize, col_stride: usize) {
        check_extent(source.len(), Shape::new(k, n), row_stride, col_stride);
        (self.k, self.n) = (k, n);
        self.data.clear();
        for panel in (0..n).step_by(PANEL) {
            let width = PANEL.min(n - panel);
            for i in 0..k {
                self.data.extend((panel..panel + width).map(|j| source.get(i * row_stride + j * col_stride)));
            }
        }
    }

    pub const fn k(&self) -> usize {
        self.k
    }

    pub const fn n(&self) -> usize {
        self.n
    }

    /// Address of element (row, column) and the distance of rows within its panel; column starts a vector of a panel.
    #[inline(always)]
    pub(super) fn at(&self, row: usize, column: usize) -> (*const f32, usize) {
        let panel = column - column % PANEL;
        let width = PANEL.min(self.n - panel);
        (self.data.as_ptr().wrapping_add(panel * self.k + row * width + column - panel), width)
    }
}
