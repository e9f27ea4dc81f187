//! Many rows of a table in one call.

use super::Update;
use super::rules::Optimizer;
use super::step::{Lanes, Slots, WithRule, load, step, with_rule};
use crate::cache::prefetch_write;
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Block, Shape, Target};

/// Rows that are prefetched ahead.
const AHEAD: usize = 4;

/// A parameter `[rows, width]` with its slots (`m`: momentum and Adam, `v`: Adagrad and Adam; empty where the rule lacks
/// one), rows without gaps.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    pub width: usize,
    pub w: Target<'a>,
    pub m: Target<'a>,
    pub v: Target<'a>,
}

/// Rows and the samples that touched them: row `rows[p]` has the samples `heads[p]`, `next[heads[p]]`, … until
/// [`Chains::END`].
#[derive(Clone, Copy, Debug)]
pub struct Chains<'a> {
    pub rows: &'a [u32],
    pub heads: &'a [u32],
    pub next: &'a [u32],
}

impl Chains<'_> {
    pub const END: u32 = u32::MAX;
}

/// Gradients of samples: row i, or row i times its factor.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    pub rows: Block<'a>,
    /// One number per sample, in the first column.
    pub factors: Option<Block<'a>>,
}

impl<'a> From<Block<'a>> for Samples<'a> {
    fn from(rows: Block<'a>) -> Self {
        Self { rows, factors: None }
    }
}

/// Updates every row of the chains with the sum of its samples' gradients, in the order of its chain. Sample
/// `source * batch + i` is row i of `gradients[source]`, whose rows are at least `table.width` wide. The same bits as
/// [`super::update`] of each row with those samples. Panics when a row, a sample or a view does not fit.
pub fn update_rows(
    isa: Isa,
    u: &Update,
    table: Table<'_>,
    chains: Chains<'_>,
    gradients: &[Samples<'_>],
    batch: usize,
) {
    assert!(chains.heads.len() >= chains.rows.len(), "a head for every row");
    for Samples { rows, factors } in gradients {
        rows.check(Shape::new(batch, table.width));
        assert!(rows.column_stride == 1, "gradients with equal columns");
        if let Some(factors) = factors {
            factors.check(Shape::new(batch, 1));
        }
    }
    let Some(&largest) = chains.rows.iter().max() else { return };
    let end = (largest as usize + 1).checked_mul(table.width);
    let (has_m, has_v) = u.rule.slots();
    let fits = |slot: Target<'_>| end.is_some_and(|end| end <= slot.len());
    assert!(fits(table.w), "row {largest} of a table of {} floats", table.w.len());
    assert!(!has_m || fits(table.m), "row {largest} of a first slot of {} floats", table.m.len());
    assert!(!has_v || fits(table.v), "row {largest} of a second slot of {} floats", table.v.len());
    with_rule(u, Many { isa, u, table, chains, gradients, batch });
}

/// Made by [`update_rows`] alone, after its checks.
struct Many<'a> {
    isa: Isa,
    u: &'a Update,
    table: Table<'a>,
    chains: Chains<'a>,
    gradients: &'a [Samples<'a>],
    batch: usize,
}

impl WithRule for Many<'_> {
    #[inline(always)]
    fn with<O: Optimizer>(self, rule: O) {
        self.isa.run(ManyWith(self, rule));
    }
}

impl Many<'_> {
    /// Where the row of a sample starts, and its factor. Panics when there is no such sample.
    #[inline(always)]
    fn sample(&self, sample: u32) -> (*const f32, Option<*const f32>) {
        let mut i = sample as usize;
        // There are two sources at most in practice; that is cheaper than a division.
        let mut source = 0;
        while i >= self.batch {
            i -= self.batch;
            source += 1;
        }
        let Samples { rows, factors } = &self.gradients[source];
        let factor = factors.as_ref().map(|factors| factors.data.pointer().wrapping_add(i * factors.row_stride));
        (rows.data.pointer().wrapping_add(i * rows.row_stride), factor)
    }

    #[inline(always)]
    fn slots(&self, row: u32) -> Slots {
        let width = self.table.width;
        let at = row as usize * width;
        let Table { w, m, v, .. } = self.table;
        Slots {
            width,
            w: w.pointer().wrapping_add(at),
            m: m.pointer().wrapping_add(at),
            v: v.pointer().wrapping_add(at),
        }
    }

    #[inline(always)]
    fn prefetch<S: Simd, O: Optimizer>(&self, s: S, position: usize) {
        let Some(&row) = self.chains.rows.get(position) else { return };
        let slots = self.slots(row);
        let (gradient, _) = self.sample(self.chains.heads[position]);
        for c in (0..slots.width.min(256)).step_by(16) {
            prefetch_write(slots.w.wrapping_add(c));
            s.prefetch(gradient.wrapping_add(c));
            if O::HAS_M {
                prefetch_write(slots.m.wrapping_add(c));
            }
            if O::HAS_V {
                prefetch_write(slots.v.wrapping_add(c));
            }
        }
    }
}

struct ManyWith<'a, O>(Many<'a>, O);

impl<O: Optimizer> Kernel for ManyWith<'_, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let many = &self.0;
        for (position, &row) in many.chains.rows.iter().enumerate() {
            many.prefetch::<S, O>(s, position + AHEAD);
            let chain = Chain { many, head: many.chains.heads[position] };
            // SAFETY: `update_rows` has checked that the row exists in the table and its slots, and that all gradients
            // are `table.width` wide.
            unsafe { step(s, many.u, many.slots(row), &chain, &self.1) }
        }
    }
}

/// The samples of one row.
struct Chain<'a> {
    many: &'a Many<'a>,
    head: u32,
}

impl Lanes for Chain<'_> {
    #[inline(always)]
    unsafe fn lanes<S: Simd, const PART: bool>(&self, s: S, c: usize, lanes: usize) -> S::V {
        let mut sum = s.zero();
        let mut sample = self.head;
        while sample != Chains::END {
            let (row, factor) = self.many.sample(sample);
            // SAFETY: `sample` has found the row of the sample; the caller vouches for the columns.
            let row = unsafe { load::<S, PART>(s, row.wrapping_add(c), lanes) };
            sum = match factor {
                None => s.add(sum, row),
                // SAFETY: `update_rows` has checked that there is a factor for every sample.
                Some(factor) => s.fma(s.splat(unsafe { *factor }), row, sum),
            };
            sample = self.many.chains.next[sample as usize];
        }
        sum
    }
}
