//! Rows of tables by id, fetched ahead of their use.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape, Source};

/// Rows that are prefetched ahead (as many lines as processors ask for at a time, where rows are narrow), and how much of
/// each.
const AHEAD: usize = 16;
const AHEAD_FLOATS: usize = 256;

/// A table `[rows, width]` with contiguous rows, and the rows wanted.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    pub table: Source<'a>,
    /// Distance of rows in the table (= its width).
    pub row_stride: usize,
    /// One id per row of the output; each must lie inside the table.
    pub ids: &'a [i32],
}

impl Lookup<'_> {
    /// Panics unless there is an id for every row and each id's row lies inside the table.
    fn check(&self, shape: Shape) {
        assert!(self.ids.len() >= shape.rows, "{} ids for {} rows", self.ids.len(), shape.rows);
        if shape.width == 0 || shape.rows == 0 {
            return;
        }
        assert!(self.row_stride >= shape.width, "rows of {} in a table of width {}", shape.width, self.row_stride);
        // An id below 0 is a huge one without sign.
        let largest = self.ids[..shape.rows].iter().fold(0, |largest, &id| largest.max(id as u32)) as usize;
        let end = largest.checked_mul(self.row_stride).and_then(|start| start.checked_add(shape.width));
        assert!(
            end.is_some_and(|end| end <= self.table.len()),
            "id {largest} of a table of {} floats",
            self.table.len()
        );
    }

    #[inline(always)]
    fn row(&self, r: usize) -> *const f32 {
        self.table.pointer().wrapping_add(self.ids[r] as usize * self.row_stride)
    }

    #[inline(always)]
    fn prefetch<S: Simd>(&self, s: S, r: usize, width: usize) {
        if let Some(&id) = self.ids.get(r + AHEAD) {
            let row = self.table.pointer().wrapping_add(id as u32 as usize * self.row_stride);
            for c in (0..width.min(AHEAD_FLOATS)).step_by(16) {
                s.prefetch(row.wrapping_add(c));
            }
        }
    }
}

/// `out[r] = table[ids[r]]`. Panics when an id is outside the table.
pub fn gather(isa: Isa, shape: Shape, out: Area<'_>, from: Lookup<'_>) {
    out.check(shape);
    from.check(shape);
    isa.run(Gather { shape, out, from });
}

struct Gather<'a> {
    shape: Shape,
    out: Area<'a>,
    from: Lookup<'a>,
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.shape.width;
        for r in 0..self.shape.rows {
            self.from.prefetch(s, r, width);
            let row = self.from.row(r);
            let out = self.out.data.pointer().wrapping_add(r * self.out.row_stride);
            let mut c = 0;
            // SAFETY: `gather` has checked all rows.
            unsafe {
                while c + S::LANES <= width {
                    s.store(out.add(c), s.load(row.add(c)));
                    c += S::LANES;
                }
                let h = s.half();
                if c + 8 <= width {
                    h.store(out.add(c), h.load(row.add(c)));
                    c += 8;
                }
                if c < width {
                    h.store_part(out.add(c), h.load_part(row.add(c), width - c), width - c);
                }
            }
        }
    }
}
