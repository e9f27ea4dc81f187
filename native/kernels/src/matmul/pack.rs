//! B rearranged into panels.

use super::transpose::transpose_block;
use crate::isa::Isa;
use crate::memory;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Source, check_extent};

/// Columns of a panel.
const PANEL: usize = 32;

/// A cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
#[expect(dead_code, reason = "read through its address")]
struct Line([f32; 16]);

/// B in panels of 32 columns (the last one narrower), each with its rows one after the other. It is worth packing when it
/// is reused by several products, when its rows are far apart, or to transpose it.
#[derive(Clone, Debug, Default)]
pub struct PackedB {
    k: usize,
    n: usize,
    lines: Vec<Line>,
}

impl PackedB {
    /// Packs `B[i, j] = source[i * row_stride + j * col_stride]`, `[k, n]`; one of the strides must be 1. A transposed
    /// operand is packed by swapping the strides. Reuses its memory. Panics when `source` does not hold the shape.
    pub fn pack(&mut self, isa: Isa, k: usize, n: usize, source: Source<'_>, row_stride: usize, col_stride: usize) {
        check_extent(source.len(), Shape::new(k, n), row_stride, col_stride);
        assert!(
            row_stride == 1 || col_stride == 1 || k * n <= 1,
            "strides {row_stride} and {col_stride} of a packed matrix"
        );
        (self.k, self.n) = (k, n);
        let lines = (k * n).div_ceil(16);
        memory::reserve(&mut self.lines, lines);
        self.lines.resize(lines, Line([0.0; 16]));
        isa.run(Pack { k, n, source: source.pointer(), row_stride, col_stride, to: self.lines.as_mut_ptr().cast() });
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
        (self.lines.as_ptr().cast::<f32>().wrapping_add(panel * self.k + row * width + column - panel), width)
    }
}

/// Made by [`PackedB::pack`] alone: the source holds the shape, `to` has room for it.
struct Pack {
    k: usize,
    n: usize,
    source: *const f32,
    row_stride: usize,
    col_stride: usize,
    to: *mut f32,
}

impl Kernel for Pack {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for panel in (0..self.n).step_by(PANEL) {
            let width = PANEL.min(self.n - panel);
            let to = self.to.wrapping_add(panel * self.k);
            let from = self.source.wrapping_add(panel * self.col_stride);
            // SAFETY: columns [panel, panel + width) exist, and their place begins at panel * k.
            unsafe {
                if self.col_stride == 1 {
                    copy_panel(s, self.k, width, from, self.row_stride, to);
                } else {
                    transpose_block(s, width, self.k, from, self.col_stride, to, width);
                }
            }
        }
    }
}

/// # Safety
/// k rows of `width` floats can be read, `row_stride` apart, and written without gaps.
#[inline(always)]
unsafe fn copy_panel<S: Simd>(s: S, k: usize, width: usize, from: *const f32, row_stride: usize, to: *mut f32) {
    for i in 0..k {
        let mut j = 0;
        while j < width {
            let lanes = S::LANES.min(width - j);
            // SAFETY: row i, columns [j, j + lanes).
            unsafe {
                let (from, to) = (from.add(i * row_stride + j), to.add(i * width + j));
                if lanes == S::LANES {
                    s.store(to, s.load(from))
                } else {
                    s.store_part(to, s.load_part(from, lanes), lanes)
                }
            }
            j += lanes;
        }
    }
}
