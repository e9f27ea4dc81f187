//! Transposition.

use crate::isa::Isa;
use crate::view::{Shape, Source, Target};

/// `out[j, i] = a[i, j]` for a of `shape`.
pub fn transpose(_isa: Isa, shape: Shape, a: Source<'_>, a_row_stride: usize, out: Target<'_>, out_row_stride: usize) {
    for i in 0..shape.rows {
        for j in 0..shape.width {
            out.set(j * out_row_stride + i, a.get(i * a_row_stride + j));
        }
    }
}
