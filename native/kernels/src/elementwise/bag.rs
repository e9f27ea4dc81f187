//! Weighted sums of a table's rows, the rows and weights listed by a sparse matrix.

use crate::isa::Isa;
use crate::matrix::SparseMatrix;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape, Source};

/// Vectors of a row that are summed in registers together.
const VECTORS: usize = 4;
/// Entries whose rows are fetched ahead.
const AHEAD: usize = 8;

/// `out[r] = sum_e w_e table[c_e]` over the entries (c, w) of row `ids[r]` of the matrix, in their order. The table's rows are
/// contiguous, `shape.width` floats each. Panics when an id or a column lies outside.
pub fn bag(isa: Isa, shape: Shape, out: Area<'_>, table: Source<'_>, matrix: &SparseMatrix, ids: &[i32]) {
    out.check(shape);
    assert!(matrix.columns.saturating_mul(shape.width) <= table.len(), "a table with a row for each column");
    isa.run(Bag { shape, out, table, matrix, ids });
}

struct Bag<'a> {
    shape: Shape,
    out: Area<'a>,
    table: Source<'a>,
    matrix: &'a SparseMatrix,
    ids: &'a [i32],
}

impl Kernel for Bag<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { shape, out, table, matrix, ids } = self;
        for (r, &id) in ids[..shape.rows].iter().enumerate() {
            let (columns, weights) = matrix.row(id as usize);
            let out = out.data.pointer().wrapping_add(r * out.row_stride);
            let row = |column: u32| table.pointer().wrapping_add(column as usize * shape.width);
            let mut start = 0;
            while start < shape.width {
                let mut sums = [s.zero(); VECTORS];
                for (e, (&column, &weight)) in columns.iter().zip(weights).enumerate() {
                    if let Some(&later) = columns.get(e + AHEAD) {
                        s.prefetch(row(later).wrapping_add(start));
                    }
                    let (from, w) = (row(column), s.splat(weight));
                    for (i, sum) in sums.iter_mut().enumerate() {
                        let at = start + i * S::LANES;
                        if at < shape.width {
                            // SAFETY: columns are below `matrix.columns`, whose rows the table has; part is within the row.
                            let v = unsafe { part(s, from.wrapping_add(at), shape.width - at) };
                            *sum = s.fma(w, v, *sum);
                        }
                    }
                }
                for (i, &sum) in sums.iter().enumerate() {
                    let at = start + i * S::LANES;
                    if at < shape.width {
                        // SAFETY: `bag` has checked the area.
                        unsafe { s.store_part(out.wrapping_add(at), sum, S::LANES.min(shape.width - at)) };
                    }
                }
                start += VECTORS * S::LANES;
            }
        }
    }
}

/// A vector, or what is left of a row.
///
/// # Safety
/// `left` floats, at most LANES of them, can be read at `p`.
#[inline(always)]
unsafe fn part<S: Simd>(s: S, p: *const f32, left: usize) -> S::V {
    // SAFETY: as promised by the caller.
    unsafe { if left >= S::LANES { s.load(p) } else { s.load_part(p, left) } }
}

/// The same with a sparse table: row `c` of `table` for column c. The sums are in the order of entries, each product rounded.
pub fn sparse_bag(shape: Shape, out: Area<'_>, table: &SparseMatrix, matrix: &SparseMatrix, ids: &[i32]) {
    out.check(shape);
    assert!(table.columns <= shape.width && matrix.columns <= table.rows(), "a table with a row for each column");
    for (r, &id) in ids[..shape.rows].iter().enumerate() {
        let row = out.data.from_offset(r * out.row_stride);
        (0..shape.width).for_each(|c| row.set(c, 0.0));
        let (columns, weights) = matrix.row(id as usize);
        for (&column, &weight) in columns.iter().zip(weights) {
            let (places, values) = table.row(column as usize);
            for (&place, &value) in places.iter().zip(values) {
                row.set(place as usize, row.get(place as usize) + weight * value);
            }
        }
    }
}
