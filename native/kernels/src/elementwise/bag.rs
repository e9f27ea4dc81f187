//! Weighted sums of a table's rows, the rows and weights listed by a sparse matrix.

use super::dropout::Dropout;
use crate::isa::Isa;
use crate::matrix::SparseMatrix;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape, Source};

/// Vectors of a row that are summed in registers together.
pub(super) const VECTORS: usize = 4;
/// Entries whose rows are fetched ahead.
pub(super) const AHEAD: usize = 8;
/// No column.
const NONE: u32 = u32::MAX;

/// The entries of a sparse matrix in the rows `ids`, but for those in the columns `without`, and those that dropout drops.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    pub matrix: &'a SparseMatrix,
    pub ids: &'a [i32],
    pub without: Option<&'a [i32]>,
    pub dropout: Option<Dropout>,
}

impl<'a> Entries<'a> {
    #[inline(always)]
    pub(crate) fn row(&self, r: usize) -> Row<'a> {
        let (columns, weights) = self.matrix.row(self.ids[r] as usize);
        let without = self.without.map_or(NONE, |without| without[r] as u32);
        let kept = self.dropout.map(|dropout| (dropout.of_row(r), dropout.rate));
        Row { columns, weights, without, kept }
    }
}

/// Columns and weights of a row, and which of them count.
pub(crate) struct Row<'a> {
    pub columns: &'a [u32],
    weights: &'a [f32],
    without: u32,
    /// A hash that columns are added to, and the share of entries that are dropped.
    kept: Option<(u32, f32)>,
}

impl Row<'_> {
    /// The weight of entry e, if it counts.
    #[inline(always)]
    pub fn weight(&self, e: usize) -> Option<f32> {
        let (column, weight) = (self.columns[e], self.weights[e]);
        if column == self.without {
            return None;
        }
        match self.kept {
            None => Some(weight),
            Some((prefix, rate)) if random::unit(random::extend(prefix, column)) >= rate => Some(weight / (1.0 - rate)),
            Some(_) => None,
        }
    }
}

/// `out[r] = sum_e w_e table[c_e]` over the entries (c, w) of row r, in their order. The table's rows are contiguous,
/// `shape.width` floats each. Panics when an id or a column lies outside.
pub fn bag(isa: Isa, shape: Shape, out: Area<'_>, table: Source<'_>, entries: Entries<'_>) {
    out.check(shape);
    assert!(entries.matrix.columns.saturating_mul(shape.width) <= table.len(), "a table with a row for each column");
    isa.run(Bag { shape, out, table, entries });
}

struct Bag<'a> {
    shape: Shape,
    out: Area<'a>,
    table: Source<'a>,
    entries: Entries<'a>,
}

impl Kernel for Bag<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { shape, out, table, entries } = self;
        for r in 0..shape.rows {
            let entries = entries.row(r);
            let out = out.data.pointer().wrapping_add(r * out.row_stride);
            let row = |column: u32| table.pointer().wrapping_add(column as usize * shape.width);
            let mut start = 0;
            while start < shape.width {
                let mut sums = [s.zero(); VECTORS];
                for (e, &column) in entries.columns.iter().enumerate() {
                    if let Some(&later) = entries.columns.get(e + AHEAD) {
                        s.prefetch(row(later).wrapping_add(start));
                    }
                    let Some(weight) = entries.weight(e) else { continue };
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
pub(super) unsafe fn part<S: Simd>(s: S, p: *const f32, left: usize) -> S::V {
    // SAFETY: as promised by the caller.
    unsafe { if left >= S::LANES { s.load(p) } else { s.load_part(p, left) } }
}

/// The same with a sparse table: row `c` of `table` for column c. The sums are in the order of entries, each product rounded.
pub fn sparse_bag(shape: Shape, out: Area<'_>, table: &SparseMatrix, entries: Entries<'_>) {
    out.check(shape);
    assert!(
        table.columns <= shape.width && entries.matrix.columns <= table.rows(),
        "a table with a row for each column"
    );
    for r in 0..shape.rows {
        let row = out.data.from_offset(r * out.row_stride);
        (0..shape.width).for_each(|c| row.set(c, 0.0));
        let entries = entries.row(r);
        for (e, &column) in entries.columns.iter().enumerate() {
            let Some(weight) = entries.weight(e) else { continue };
            let (places, values) = table.row(column as usize);
            for (&place, &value) in places.iter().zip(values) {
                row.set(place as usize, row.get(place as usize) + weight * value);
            }
        }
    }
}

/// `out[r, c]` is the weight of the entry (c, w) of row r, or what several of them add up to; 0 where there is none.
pub fn dense_rows(isa: Isa, shape: Shape, out: Area<'_>, entries: Entries<'_>) {
    assert!(entries.matrix.columns <= shape.width, "a number for each column");
    super::fill(isa, shape, out, 0.0);
    for r in 0..shape.rows {
        let (row, entries) = (out.data.from_offset(r * out.row_stride), entries.row(r));
        for (e, &column) in entries.columns.iter().enumerate() {
            let Some(weight) = entries.weight(e) else { continue };
            row.set(column as usize, row.get(column as usize) + weight);
        }
    }
}
