//! Coins by counter-based randomness.

use super::dropout::{Draws, counting, extend};
use crate::isa::Isa;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape};

/// 1 with the probability x, else 0: element (row of the batch, column) is 1 iff
/// `unit(hash(seed, COIN, epoch, step, id, row * width + column)) < x`.
pub fn bernoulli(isa: Isa, draws: Draws, shape: Shape, out: Area<'_>, x: Block<'_>) {
    out.check(shape);
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "coins of equal columns");
    isa.run(Bernoulli { draws, shape, out, x });
}

struct Bernoulli<'a> {
    draws: Draws,
    shape: Shape,
    out: Area<'a>,
    x: Block<'a>,
}

impl Kernel for Bernoulli<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { draws, shape: Shape { rows, width }, out, x } = self;
        let prefix = s.int_splat(draws.prefix(random::stream::COIN));
        for r in 0..rows {
            let out = out.data.pointer().wrapping_add(r * out.row_stride);
            let x = x.data.pointer().wrapping_add(r * x.row_stride);
            for c in (0..width).step_by(S::LANES) {
                let index = ((draws.first_row + r) * width + c) as u32;
                let draw = extend(s, prefix, s.int_add(s.int_splat(index), counting(s)));
                let unit = s.mul(s.int_to_float(s.int_shr::<8>(draw)), s.splat(1.0 / 16_777_216.0));
                let lanes = S::LANES.min(width - c);
                // SAFETY: `bernoulli` has checked the extents.
                unsafe {
                    let heads = s.gt(s.load_part(x.add(c), lanes), unit);
                    s.store_part(out.add(c), s.select(heads, s.splat(1.0), s.zero()), lanes);
                }
            }
        }
    }
}
