//! Crosses of the entries of two rows of sparse matrices, each looked up in a table by its hash.

use crate::cross_attention::Strided;
use crate::elementwise::Entries;
use crate::isa::Isa;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Block, Shape, Source, Target, check_extent};

/// Hashes that are computed together.
const CHUNK: usize = 64;

/// What is crossed, row by row: every entry of the left side with every one of the right.
#[derive(Clone, Copy, Debug)]
pub struct Crosses<'a> {
    pub rows: usize,
    pub left: Entries<'a>,
    pub right: Entries<'a>,
    /// Seed of the hash.
    pub id: u32,
    /// Rows of the table, below 2^31.
    pub buckets: usize,
}

impl Crosses<'_> {
    /// Calls `visit` with the bucket and the weight of each cross of row `r`: by entries of the right row, then of the left one.
    #[inline(always)]
    fn each(&self, r: usize, mut visit: impl FnMut(usize, f32)) {
        let (left, right) = (self.left.row(r), self.right.row(r));
        let mut buckets = [0_u32; CHUNK];
        for (e, &column) in right.columns.iter().enumerate() {
            let Some(weight) = right.weight(e) else { continue };
            let prefix = random::extend(random::start(self.id), column);
            for (chunk, columns) in left.columns.chunks(CHUNK).enumerate() {
                for (bucket, &column) in buckets.iter_mut().zip(columns) {
                    *bucket = random::below(random::extend(prefix, column), self.buckets as u32);
                }
                for (i, &bucket) in buckets[..columns.len()].iter().enumerate() {
                    if let Some(other) = left.weight(chunk * CHUNK + i) {
                        visit(bucket as usize, weight * other);
                    }
                }
            }
        }
    }

    fn check(&self, table: usize, width: usize) {
        let ids = self.rows <= self.left.ids.len() && self.rows <= self.right.ids.len();
        assert!(ids && self.buckets < 1 << 31, "ids for each row, and buckets that a hash tells");
        assert!(self.buckets.saturating_mul(width) <= table, "a row for each bucket");
    }
}

/// `out[r] = sum of w table[bucket]` over the crosses of row r. The table's rows are contiguous, `width` floats each. Panics when a view
/// does not hold its shape, or an id lies outside.
pub fn cross_bag(isa: Isa, crosses: Crosses<'_>, width: usize, table: Source<'_>, out: Strided<Target<'_>>) {
    crosses.check(table.len(), width);
    check_extent(out.data.len(), Shape::new(crosses.rows, width), out.row, out.column);
    isa.run(Forward { crosses, width, table, out });
}

/// `sum[bucket] += w dy[r]` for each cross of row r, in the order of rows. Panics as [`cross_bag`] does.
pub fn add_cross_bag(isa: Isa, crosses: Crosses<'_>, width: usize, sum: Target<'_>, dy: Block<'_>) {
    crosses.check(sum.len(), width);
    dy.check(Shape::new(crosses.rows, width));
    isa.run(Backward { crosses, width, sum, dy });
}

struct Forward<'a> {
    crosses: Crosses<'a>,
    width: usize,
    table: Source<'a>,
    out: Strided<Target<'a>>,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { crosses, width, table, out } = self;
        for r in 0..crosses.rows {
            for c in 0..width {
                // A table of numbers is the rule: columns one after the other cost hashes only where it is none.
                let mut sum = 0.0;
                crosses.each(r, |bucket, weight| sum += weight * table.get(bucket * width + c));
                out.data.set(r * out.row + c * out.column, sum);
            }
        }
    }
}

struct Backward<'a> {
    crosses: Crosses<'a>,
    width: usize,
    sum: Target<'a>,
    dy: Block<'a>,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { crosses, width, sum, dy } = self;
        for r in 0..crosses.rows {
            for c in 0..width {
                let slope = dy.data.get(r * dy.row_stride + c * dy.column_stride);
                crosses.each(r, |bucket, weight| {
                    let at = bucket * width + c;
                    sum.set(at, sum.get(at) + weight * slope);
                });
            }
        }
    }
}
