//! Rows of a batch added at rows of a whole gradient: what flows back from look-ups and from bags.

use super::bag::{AHEAD, Entries, VECTORS, part};
use crate::cache::prefetch_write;
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Block, Shape, Target};

/// `sum[ids[r]] += x[r]`, in the order of rows. The rows of `sum` are contiguous, `shape.width` floats each. Panics when an id
/// lies outside.
pub fn add_at(isa: Isa, shape: Shape, sum: Target<'_>, x: Block<'_>, ids: &[i32]) {
    x.check(shape);
    assert!(x.column_stride == 1, "rows of equal columns");
    isa.run(AddAt { shape, sum, x, ids });
}

/// `sum[c] += w x[r]` for each entry (c, w) of row r, in the order of rows and of their entries. Panics when an id or a column
/// lies outside.
pub fn add_bag(isa: Isa, shape: Shape, sum: Target<'_>, x: Block<'_>, entries: Entries<'_>) {
    x.check(shape);
    assert!(x.column_stride == 1, "rows of equal columns");
    assert!(entries.matrix.columns.saturating_mul(shape.width) <= sum.len(), "a sum with a row for each column");
    isa.run(AddBag { shape, sum, x, entries });
}

struct AddAt<'a> {
    shape: Shape,
    sum: Target<'a>,
    x: Block<'a>,
    ids: &'a [i32],
}

impl Kernel for AddAt<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { shape: Shape { rows, width }, sum, x, ids } = self;
        let count = sum.len() / width;
        for (r, &id) in ids[..rows].iter().enumerate() {
            // An id below 0 is a huge one without sign.
            let id = id as u32 as usize;
            assert!(id < count, "row {id} of a sum of {count}");
            let from = x.data.pointer().wrapping_add(r * x.row_stride);
            let to = sum.pointer().wrapping_add(id * width);
            for at in (0..width).step_by(S::LANES) {
                let lanes = S::LANES.min(width - at);
                // SAFETY: `add_at` has checked the rows of x, and the row of the sum exists.
                unsafe {
                    let sum = s.add(part(s, to.wrapping_add(at), lanes), part(s, from.wrapping_add(at), lanes));
                    s.store_part(to.wrapping_add(at), sum, lanes);
                }
            }
        }
    }
}

struct AddBag<'a> {
    shape: Shape,
    sum: Target<'a>,
    x: Block<'a>,
    entries: Entries<'a>,
}

impl Kernel for AddBag<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { shape: Shape { rows, width }, sum, x, entries } = self;
        let to = |column: u32| sum.pointer().wrapping_add(column as usize * width);
        for r in 0..rows {
            let entries = entries.row(r);
            let from = x.data.pointer().wrapping_add(r * x.row_stride);
            for start in (0..width).step_by(VECTORS * S::LANES) {
                let mut values = [s.zero(); VECTORS];
                for (i, value) in values.iter_mut().enumerate() {
                    let at = start + i * S::LANES;
                    if at < width {
                        // SAFETY: `add_bag` has checked the rows of x; part is within the row.
                        *value = unsafe { part(s, from.wrapping_add(at), width - at) };
                    }
                }
                for (e, &column) in entries.columns.iter().enumerate() {
                    if let Some(&later) = entries.columns.get(e + AHEAD) {
                        prefetch_write(to(later).wrapping_add(start));
                    }
                    let Some(weight) = entries.weight(e) else { continue };
                    let (to, w) = (to(column), s.splat(weight));
                    for (i, &value) in values.iter().enumerate() {
                        let at = start + i * S::LANES;
                        if at < width {
                            let to = to.wrapping_add(at);
                            // SAFETY: columns are below `matrix.columns`, whose rows the sum has; part is within the row.
                            unsafe {
                                let sum = s.fma(w, value, part(s, to, width - at));
                                s.store_part(to, sum, S::LANES.min(width - at));
                            }
                        }
                    }
                }
            }
        }
    }
}
