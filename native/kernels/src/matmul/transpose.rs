//! Transposition in 8 x 8 blocks held in registers.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Source, Target, check_extent};

/// `out[j, i] = a[i, j]` for a of `shape`. Panics when a view does not hold its shape.
pub fn transpose(isa: Isa, shape: Shape, a: Source<'_>, a_row_stride: usize, out: Target<'_>, out_row_stride: usize) {
    check_extent(a.len(), shape, a_row_stride, 1);
    check_extent(out.len(), Shape::new(shape.width, shape.rows), out_row_stride, 1);
    isa.run(Transpose { shape, a, a_row_stride, out, out_row_stride });
}

struct Transpose<'a> {
    shape: Shape,
    a: Source<'a>,
    a_row_stride: usize,
    out: Target<'a>,
    out_row_stride: usize,
}

impl Kernel for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Shape { rows, width } = self.shape;
        let (a, out) = (self.a.pointer(), self.out.pointer());
        // SAFETY: `transpose` has checked the extents.
        unsafe { transpose_block(s, rows, width, a, self.a_row_stride, out, self.out_row_stride) }
    }
}

/// # Safety
/// `rows x width` floats can be read at `a`, rows `a_stride` apart, and `width x rows` written at `out`.
#[inline(always)]
pub(super) unsafe fn transpose_block<S: Simd>(
    s: S,
    rows: usize,
    width: usize,
    a: *const f32,
    a_stride: usize,
    out: *mut f32,
    out_stride: usize,
) {
    let h = s.half();
    for i in (0..rows).step_by(8) {
        let height = 8.min(rows - i);
        for j in (0..width).step_by(8) {
            let breadth = 8.min(width - j);
            let mut block = [h.zero(); 8];
            for (r, row) in block.iter_mut().enumerate().take(height) {
                let p = a.wrapping_add((i + r) * a_stride + j);
                // SAFETY: row i + r has columns [j, j + breadth).
                *row = unsafe { if breadth == 8 { h.load(p) } else { h.load_part(p, breadth) } };
            }
            let block = h.transpose(block);
            for (c, &column) in block.iter().enumerate().take(breadth) {
                let p = out.wrapping_add((j + c) * out_stride + i);
                // SAFETY: row j + c of the output has columns [i, i + height).
                unsafe { if height == 8 { h.store(p, column) } else { h.store_part(p, column, height) } }
            }
        }
    }
}
