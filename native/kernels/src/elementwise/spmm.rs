//! Rows of a sparse matrix times a dense one.

use crate::isa::Isa;
use crate::matrix::SparseMatrix;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape, Source};

/// Entries whose rows are fetched ahead: as many lines as come from the second cache while the first ones are added.
const AHEAD: usize = 8;

/// `out[r] = sum_e w_e table[c_e]` over the entries (c, w) of row `first + r` of the matrix, in their order. The table's rows
/// are contiguous, `shape.width` floats each. Panics when a row or a column lies outside.
pub fn spmm(isa: Isa, shape: Shape, out: Area<'_>, table: Source<'_>, matrix: &SparseMatrix, first: usize) {
    out.check(shape);
    assert!(matrix.columns.saturating_mul(shape.width) <= table.len(), "a table with a row for each column");
    assert!(first + shape.rows <= matrix.rows(), "a matrix with a row for each of the product");
    isa.run(Spmm { shape, out, table, matrix, first });
}

struct Spmm<'a> {
    shape: Shape,
    out: Area<'a>,
    table: Source<'a>,
    matrix: &'a SparseMatrix,
    first: usize,
}

impl Kernel for Spmm<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.shape.width;
        for r in 0..self.shape.rows {
            let mut start = 0;
            // SAFETY: each call stays inside the row's width; `spmm` has checked the rest.
            unsafe {
                while start + 8 * S::LANES <= width {
                    self.columns::<S, 8, false>(s, r, start);
                    start += 8 * S::LANES;
                }
                while start + 4 * S::LANES <= width {
                    self.columns::<S, 4, false>(s, r, start);
                    start += 4 * S::LANES;
                }
                while start + S::LANES <= width {
                    self.columns::<S, 1, false>(s, r, start);
                    start += S::LANES;
                }
                if start < width {
                    self.columns::<S, 1, true>(s, r, start);
                }
            }
        }
    }
}

impl Spmm<'_> {
    /// Columns `[start, start + N LANES)` of a row; PART: what is left of it from `start` on, less than a vector.
    ///
    /// # Safety
    /// Row r and these columns exist.
    #[inline(always)]
    unsafe fn columns<S: Simd, const N: usize, const PART: bool>(&self, s: S, r: usize, start: usize) {
        let Self { shape, out, table, matrix, first } = self;
        let (columns, weights) = matrix.row(first + r);
        let from = table.pointer().wrapping_add(start);
        let row = |column: u32| from.wrapping_add(column as usize * shape.width);
        let left = shape.width - start;
        let mut sums = [s.zero(); N];
        for (e, (&column, &weight)) in columns.iter().zip(weights).enumerate() {
            if let Some(&later) = columns.get(e + AHEAD) {
                for line in (0..N * S::LANES).step_by(16) {
                    s.prefetch(row(later).wrapping_add(line));
                }
            }
            let (from, w) = (row(column), s.splat(weight));
            for (i, sum) in sums.iter_mut().enumerate() {
                let at = from.wrapping_add(i * S::LANES);
                // SAFETY: columns are below `matrix.columns`, whose rows the table has; the caller vouches for the rest.
                let v = unsafe { if PART { s.load_part(at, left) } else { s.load(at) } };
                *sum = s.fma(w, v, *sum);
            }
        }
        let out = out.data.pointer().wrapping_add(r * out.row_stride + start);
        for (i, &sum) in sums.iter().enumerate() {
            let at = out.wrapping_add(i * S::LANES);
            // SAFETY: `spmm` has checked the area.
            unsafe { if PART { s.store_part(at, sum, left) } else { s.store(at, sum) } };
        }
    }
}
