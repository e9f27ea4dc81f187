//! Softmax over all rows of a table that every row of a batch is multiplied with, `[rows, items]` never being held.
//!
//! Products are made in blocks, items x rows, by the matrix product. Going forward, each row keeps its largest product and its sum of
//! exponentials so far (Milakov & Gimelshein 2018, "Online normalizer calculation for softmax", algorithm 3); going back, the blocks are
//! made again (Wijmans et al. 2025, "Cut Your Losses in Large-Vocabulary Language Models", section 4). Lanes are rows, and each
//! adds up its items in their order, so neither the instruction set nor the other rows of a batch change the result.

use crate::isa::Isa;
use crate::math;
use crate::matmul::{Epilogue, Gemm, Right, gemm, transpose};
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape, Source, Target};

/// Rows that are worked on together: as many as a large shard has.
const ROWS: usize = 128;
/// Items of a block: with as many rows a block is an eighth of a 1 MB second-level cache.
const ITEMS: usize = 256;
/// Rows are filled up to whole vectors.
const LANES: usize = 16;

/// Products of `rows` rows with `items` rows of a table without gaps, `width` numbers each.
#[derive(Clone, Copy, Debug)]
pub struct Logits<'a> {
    pub rows: usize,
    pub items: usize,
    pub width: usize,
    pub x: Source<'a>,
    pub x_row_stride: usize,
    pub table: Source<'a>,
}

/// Floats that the functions here need to work in.
pub const fn scratch_floats(width: usize) -> usize {
    width.saturating_add(ITEMS + 2).saturating_mul(ROWS)
}

/// `out[r] = log(sum over items of e^logit)`. Panics when a view does not hold its shape, or the scratch is too small.
pub fn log_sum_exp(isa: Isa, l: &Logits<'_>, out: Area<'_>, scratch: &mut [f32]) {
    out.check(Shape::new(l.rows, 1));
    for first in (0..l.rows).step_by(ROWS) {
        let mut part = Part::new(isa, l, first, scratch);
        let Part { rows, padded, .. } = part;
        part.state[..padded].fill(f32::NEG_INFINITY);
        part.state[padded..2 * padded].fill(0.0);
        for item in (0..l.items).step_by(ITEMS) {
            let items = part.logits(item);
            isa.run(Absorb { items, padded, z: part.z, state: part.state });
        }
        isa.run(Finish { padded, state: part.state });
        (0..rows).for_each(|r| out.data.set((first + r) * out.row_stride, part.state[r]));
    }
}

/// What flows back through [`log_sum_exp`].
pub struct Gradient<'a> {
    /// What it gave, one number a row.
    pub value: Block<'a>,
    /// What flows to it.
    pub dy: Block<'a>,
    /// Where the gradient of x goes.
    pub x: Option<Area<'a>>,
    /// Where that of the table goes, and whether it is added to what is there.
    pub table: Option<(Target<'a>, bool)>,
}

/// Gradients of [`log_sum_exp`]. Panics as that does.
pub fn log_sum_exp_gradient(isa: Isa, l: &Logits<'_>, g: &Gradient<'_>, scratch: &mut [f32]) {
    let Logits { width, .. } = *l;
    for column in [&g.value, &g.dy] {
        column.check(Shape::new(l.rows, 1));
    }
    for first in (0..l.rows).step_by(ROWS) {
        let mut part = Part::new(isa, l, first, scratch);
        let Part { rows, padded, .. } = part;
        part.state.fill(0.0);
        for r in 0..rows {
            part.state[r] = g.value.data.get((first + r) * g.value.row_stride);
            part.state[padded + r] = g.dy.data.get((first + r) * g.dy.row_stride);
        }
        for item in (0..l.items).step_by(ITEMS) {
            let items = part.logits(item);
            isa.run(Slopes { items, padded, z: part.z, state: part.state });
            let z = Source::from(&part.z[..items * padded]);
            if let Some(dx) = g.x {
                let b = Right::Rows { data: l.table.from_offset(item * width), row_stride: width };
                let c = dx.data.from_offset(first * dx.row_stride);
                let (a_row_stride, a_col_stride, c_row_stride, accumulate) = (1, padded, dx.row_stride, item > 0);
                let (m, n, k) = (rows, width, items);
                gemm(
                    isa,
                    Gemm { m, n, k, a: z, a_row_stride, a_col_stride, b, c, c_row_stride, accumulate },
                    Epilogue::None,
                );
            }
            if let Some((sum, more)) = g.table {
                let b = Right::Rows { data: l.x.from_offset(first * l.x_row_stride), row_stride: l.x_row_stride };
                let c = sum.from_offset(item * width);
                let (a_row_stride, a_col_stride, c_row_stride, accumulate) = (padded, 1, width, more || first > 0);
                let (m, n, k) = (items, width, rows);
                gemm(
                    isa,
                    Gemm { m, n, k, a: z, a_row_stride, a_col_stride, b, c, c_row_stride, accumulate },
                    Epilogue::None,
                );
            }
        }
    }
}

/// Up to ROWS rows, their scratch cut up.
struct Part<'a> {
    isa: Isa,
    l: &'a Logits<'a>,
    rows: usize,
    /// Rows, filled up with rows of zeros.
    padded: usize,
    /// x transposed: `[width, padded]`.
    x: &'a [f32],
    /// A block: `[items, padded]`.
    z: &'a mut [f32],
    /// Two numbers a row: `[2, padded]`.
    state: &'a mut [f32],
}

impl<'a> Part<'a> {
    fn new(isa: Isa, l: &'a Logits<'a>, first: usize, scratch: &'a mut [f32]) -> Self {
        let rows = ROWS.min(l.rows - first);
        let padded = rows.next_multiple_of(LANES);
        let (x, rest) = scratch.split_at_mut(l.width * padded);
        let (z, rest) = rest.split_at_mut(ITEMS * padded);
        if rows < padded {
            x.fill(0.0);
        }
        let from = l.x.from_offset(first * l.x_row_stride);
        transpose(isa, Shape::new(rows, l.width), from, l.x_row_stride, (&mut *x).into(), padded);
        Self { isa, l, rows, padded, x, z, state: &mut rest[..2 * padded] }
    }

    /// The products with the items from `first` on, and how many those are.
    fn logits(&mut self, first: usize) -> usize {
        let Logits { width, items, table, .. } = *self.l;
        let items = ITEMS.min(items - first);
        let product = Gemm {
            m: items,
            n: self.padded,
            k: width,
            a: table.from_offset(first * width),
            a_row_stride: width,
            a_col_stride: 1,
            b: Right::Rows { data: Source::from(self.x), row_stride: self.padded },
            c: (&mut *self.z).into(),
            c_row_stride: self.padded,
            accumulate: false,
        };
        gemm(self.isa, product, Epilogue::None);
        items
    }
}

/// Takes a block into the largest product and the sum of exponentials of each row.
struct Absorb<'a> {
    items: usize,
    padded: usize,
    z: &'a [f32],
    state: &'a mut [f32],
}

impl Kernel for Absorb<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { items, padded, z, state } = self;
        assert!(S::LANES == LANES && z.len() >= items * padded && state.len() == 2 * padded, "a block and its rows");
        for c in (0..padded).step_by(LANES) {
            // SAFETY: items x padded numbers, of which these are the columns [c, c + LANES).
            let at = |item: usize| unsafe { s.load(z.as_ptr().add(item * padded + c)) };
            let (largest, sum) = (state[c..].as_mut_ptr(), state[padded + c..].as_mut_ptr());
            // SAFETY: LANES numbers of each.
            let (old, old_sum) = unsafe { (s.load(largest), s.load(sum)) };
            let mut most = [old; 4];
            for item in 0..items {
                most[item % 4] = s.max(most[item % 4], at(item));
            }
            let most = s.max(s.max(most[0], most[1]), s.max(most[2], most[3]));
            let mut block = s.zero();
            for item in 0..items {
                block = s.add(block, math::exp(s, s.sub(at(item), most)));
            }
            let new_sum = s.fma(old_sum, math::exp(s, s.sub(old, most)), block);
            // SAFETY: as above.
            unsafe {
                s.store(largest, most);
                s.store(sum, new_sum);
            }
        }
    }
}

/// The largest product and the sum of each row become the logarithm of the whole.
struct Finish<'a> {
    padded: usize,
    state: &'a mut [f32],
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (largest, sums) = self.state.split_at_mut(self.padded);
        for (most, sum) in largest.chunks_exact_mut(LANES).zip(sums.chunks_exact(LANES)) {
            // SAFETY: LANES numbers of each.
            unsafe { s.store(most.as_mut_ptr(), s.add(s.load(most.as_ptr()), math::log(s, s.load(sum.as_ptr())))) }
        }
    }
}

/// A block becomes the slopes of the loss: `dy e^(z - value)`.
struct Slopes<'a> {
    items: usize,
    padded: usize,
    z: &'a mut [f32],
    state: &'a [f32],
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { items, padded, z, state } = self;
        let (values, dys) = state.split_at(padded);
        for row in z[..items * padded].chunks_exact_mut(padded) {
            let lanes = values.chunks_exact(LANES).zip(dys.chunks_exact(LANES));
            for (z, (value, dy)) in row.chunks_exact_mut(LANES).zip(lanes) {
                // SAFETY: LANES numbers of each.
                unsafe {
                    let (v, value, dy) = (s.load(z.as_ptr()), s.load(value.as_ptr()), s.load(dy.as_ptr()));
                    s.store(z.as_mut_ptr(), s.mul(dy, math::exp(s, s.sub(v, value))));
                }
            }
        }
    }
}
