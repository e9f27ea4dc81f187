//! Normal noise by counter-based randomness.

use super::dropout::{Draws, counting, extend};
use crate::isa::Isa;
use crate::math;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape};

/// Standard normal draws: element (row of the batch, column) is the quantile ([`math::gaussian`]) of
/// `hash(seed, NOISE, epoch, step, id, row * width + column)`.
pub fn normal(isa: Isa, draws: Draws, shape: Shape, out: Area<'_>) {
    out.check(shape);
    isa.run(Normal { draws, shape, out });
}

struct Normal<'a> {
    draws: Draws,
    shape: Shape,
    out: Area<'a>,
}

impl Kernel for Normal<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { draws, shape: Shape { rows, width }, out } = self;
        let prefix = s.int_splat(draws.prefix(random::stream::NOISE));
        for r in 0..rows {
            let out = out.data.pointer().wrapping_add(r * out.row_stride);
            for c in (0..width).step_by(S::LANES) {
                let index = ((draws.first_row + r) * width + c) as u32;
                let draw = extend(s, prefix, s.int_add(s.int_splat(index), counting(s)));
                let share = s.mul(s.int_to_float(s.int_shr::<8>(draw)), s.splat(1.0 / 16_777_216.0));
                let v = math::gaussian(s, share);
                // SAFETY: `normal` has checked the extent.
                unsafe { s.store_part(out.add(c), v, S::LANES.min(width - c)) }
            }
        }
    }
}
