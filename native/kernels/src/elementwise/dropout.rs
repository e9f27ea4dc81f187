//! Draws by counter-based randomness; dropout.

use crate::isa::Isa;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape};

/// Which draws of an instruction.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    pub seed: u32,
    pub epoch: u32,
    pub step: u32,
    /// The `id` attribute of the instruction.
    pub id: u32,
    /// Row of the batch that is row 0 of the view.
    pub first_row: usize,
}

impl Draws {
    /// A hash that the number of a draw is added to.
    pub(crate) fn prefix(&self, stream: u32) -> u32 {
        random::hash(self.seed, [stream, self.epoch, self.step, self.id])
    }
}

/// Which elements a dropout keeps.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Share of elements set to 0, in [0, 1).
    pub rate: f32,
    pub draws: Draws,
}

impl Dropout {
    /// The hash of row r of the view, for draws that are not numbered through all rows.
    pub(super) fn of_row(&self, r: usize) -> u32 {
        random::extend(self.draws.prefix(random::stream::DROPOUT), (self.draws.first_row + r) as u32)
    }
}

/// `out = x / (1 - rate)` where kept, else 0. Element (row of the batch, column) is kept iff
/// `unit(hash(seed, DROPOUT, epoch, step, id, row * width + column)) >= rate`.
pub fn dropout(isa: Isa, d: Dropout, shape: Shape, out: Area<'_>, x: Block<'_>) {
    out.check(shape);
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "dropout of equal columns");
    isa.run(Drop { d, shape, out, x });
}

struct Drop<'a> {
    d: Dropout,
    shape: Shape,
    out: Area<'a>,
    x: Block<'a>,
}

static COUNTING: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// 0, 1, 2 … as integers.
#[inline(always)]
pub(super) fn counting<S: Simd>(s: S) -> S::V {
    // SAFETY: 16 values, at least LANES.
    unsafe { s.load(COUNTING.as_ptr().cast()) }
}

impl Kernel for Drop<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let d = self.d;
        let prefix = s.int_splat(d.draws.prefix(random::stream::DROPOUT));
        let (rate, scale) = (s.splat(d.rate), s.splat(1.0 / (1.0 - d.rate)));
        let counting = counting(s);
        let width = self.shape.width;
        for r in 0..self.shape.rows {
            let x = self.x.data.pointer().wrapping_add(r * self.x.row_stride);
            let out = self.out.data.pointer().wrapping_add(r * self.out.row_stride);
            let mut c = 0;
            while c < width {
                let index = ((d.draws.first_row + r) * width + c) as u32;
                let keep = keeps(s, prefix, s.int_add(s.int_splat(index), counting), rate);
                let left = width - c;
                // SAFETY: `dropout` has checked the extents.
                unsafe {
                    if left >= S::LANES {
                        let v = s.mul(s.load(x.add(c)), scale);
                        s.store(out.add(c), s.select(keep, v, s.zero()));
                    } else {
                        let v = s.mul(s.load_part(x.add(c), left), scale);
                        s.store_part(out.add(c), s.select(keep, v, s.zero()), left);
                    }
                }
                c += S::LANES;
            }
        }
    }
}

/// Lane i: whether the element numbered by word i is kept.
#[inline(always)]
fn keeps<S: Simd>(s: S, prefix: S::V, word: S::V, rate: S::V) -> S::M {
    let draw = extend(s, prefix, word);
    let unit = s.mul(s.int_to_float(s.int_shr::<8>(draw)), s.splat(1.0 / 16_777_216.0));
    s.ge(unit, rate)
}

/// Dropout of the elements numbered `first`, `first + 1`, … behind a prefix of the hash.
#[inline(always)]
pub(crate) fn kept<S: Simd>(s: S, d: &Dropout, prefix: S::V, first: usize, x: S::V) -> S::V {
    let keep = keeps(s, prefix, s.int_add(s.int_splat(first as u32), counting(s)), s.splat(d.rate));
    s.select(keep, s.mul(x, s.splat(1.0 / (1.0 - d.rate))), s.zero())
}

/// The numbers of lanes, as floats.
pub(crate) static LANE_NUMBERS: [f32; 16] =
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0];

/// [`random::extend`] on lanes.
#[inline(always)]
pub(super) fn extend<S: Simd>(s: S, h: S::V, word: S::V) -> S::V {
    let x = s.int_add(s.int_xor(h, word), s.int_splat(0x9e37_79b9));
    let x = s.int_xor(x, s.int_shr::<16>(x));
    let x = s.int_mul(x, s.int_splat(0x7feb_352d));
    let x = s.int_xor(x, s.int_shr::<15>(x));
    let x = s.int_mul(x, s.int_splat(0x846c_a68b));
    s.int_xor(x, s.int_shr::<16>(x))
}
