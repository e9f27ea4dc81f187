//! A block of attention weights, row by row: the causal softmax, its dropout, its gradient.

use super::Queries;
use crate::elementwise::{Dropout, LANE_NUMBERS, kept};
use crate::isa::Isa;
use crate::math::exp;
use crate::random;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Target, check_extent};

/// Row r holds what query `queries.first + r` gives to each of `queries.keys` keys, of which it sees those up to itself.
pub(super) struct Weights<'a> {
    pub values: Target<'a>,
    pub stride: usize,
    pub queries: Queries,
    /// Of scores before the softmax.
    pub scale: f32,
    pub head: usize,
    pub heads: usize,
    /// `first_row`: the number of the row's first entry.
    pub dropout: Dropout,
}

impl Weights<'_> {
    fn check(&self, other: usize) {
        let shape = Shape::new(self.queries.count, self.queries.keys);
        check_extent(self.values.len().min(other), shape, self.stride, 1);
    }

    /// Keys that row r sees.
    #[inline(always)]
    fn seen(&self, r: usize) -> usize {
        self.queries.first + r + 1
    }

    /// Start of the hash that decides which of row r's weights are kept.
    fn prefix(&self, r: usize) -> u32 {
        let draws = self.dropout.draws;
        let number = (draws.first_row + self.queries.first + r) * self.heads + self.head;
        random::extend(draws.prefix(random::stream::DROPOUT), number as u32)
    }
}

/// Scores become weights: the softmax of what a row sees, zeros for the rest. `drop`: with dropout.
pub(super) fn soften(isa: Isa, weights: &Weights<'_>, drop: bool) {
    weights.check(usize::MAX);
    isa.run(Soften { weights, drop: drop && weights.dropout.rate > 0.0 });
}

struct Soften<'a> {
    weights: &'a Weights<'a>,
    drop: bool,
}

/// The first `left` lanes of x (all, where there are more), and `other` in the rest.
#[inline(always)]
fn first<S: Simd>(s: S, x: S::V, left: usize, other: S::V) -> S::V {
    // SAFETY: 16 values, at least LANES.
    let lanes = unsafe { s.load(LANE_NUMBERS.as_ptr()) };
    s.select(s.gt(s.splat(left as f32), lanes), x, other)
}

/// The largest of all lanes.
#[inline(always)]
fn largest<S: Simd>(s: S, x: S::V) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    // SAFETY: 16 values, at least LANES.
    unsafe { s.store(lanes.as_mut_ptr(), x) };
    lanes.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

impl Kernel for Soften<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let weights = self.weights;
        let keys = weights.queries.keys;
        let scale = s.splat(weights.scale);
        for r in 0..weights.queries.count {
            let row = weights.values.pointer().wrapping_add(r * weights.stride);
            let seen = weights.seen(r);
            // SAFETY: `soften` has checked that every row holds `keys` floats, and seen <= keys.
            unsafe {
                let lowest = s.splat(f32::NEG_INFINITY);
                let mut most = lowest;
                for c in (0..seen).step_by(S::LANES) {
                    let left = seen - c;
                    let x = s.load_part(row.add(c), left.min(S::LANES));
                    most = s.max(most, first(s, x, left, lowest));
                }
                let most = s.splat(largest(s, most));
                let mut sum = s.zero();
                for c in (0..seen).step_by(S::LANES) {
                    let left = seen - c;
                    let x = s.load_part(row.add(c), left.min(S::LANES));
                    let power = first(s, exp(s, s.mul(s.sub(x, most), scale)), left, s.zero());
                    sum = s.add(sum, power);
                    s.store_part(row.add(c), power, left.min(S::LANES));
                }
                let share = s.splat(1.0 / s.sum(sum));
                let prefix = if self.drop { weights.prefix(r) } else { 0 };
                for c in (0..keys).step_by(S::LANES) {
                    let lanes = (keys - c).min(S::LANES);
                    let mut x = s.zero();
                    if c < seen {
                        let power = s.load_part(row.add(c), (seen - c).min(S::LANES));
                        x = s.mul(power, share);
                        if self.drop {
                            x = kept(s, &weights.dropout, s.int_splat(prefix), c, x);
                        }
                    }
                    s.store_part(row.add(c), x, lanes);
                }
            }
        }
    }
}

/// Of weights without dropout and what flows to them: the weights with dropout in place of the first, the gradients of the
/// scores in place of the second.
pub(super) fn slopes(isa: Isa, weights: &Weights<'_>, flows: Target<'_>) {
    weights.check(flows.len());
    isa.run(Slopes { weights, flows });
}

struct Slopes<'a> {
    weights: &'a Weights<'a>,
    flows: Target<'a>,
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let weights = self.weights;
        let (keys, drop) = (weights.queries.keys, weights.dropout.rate > 0.0);
        let scale = s.splat(weights.scale);
        for r in 0..weights.queries.count {
            let p = weights.values.pointer().wrapping_add(r * weights.stride);
            let dp = self.flows.pointer().wrapping_add(r * weights.stride);
            let seen = weights.seen(r);
            let prefix = s.int_splat(if drop { weights.prefix(r) } else { 0 });
            // SAFETY: `slopes` has checked that every row holds `keys` floats, and seen <= keys.
            unsafe {
                let mut sum = s.zero();
                for c in (0..seen).step_by(S::LANES) {
                    let left = (seen - c).min(S::LANES);
                    let mut flow = s.load_part(dp.add(c), left);
                    if drop {
                        flow = kept(s, &weights.dropout, prefix, c, flow);
                        s.store_part(dp.add(c), flow, left);
                    }
                    // Beyond what is seen both are 0.
                    sum = s.fma(s.load_part(p.add(c), left), flow, sum);
                }
                let mean = s.splat(s.sum(sum));
                for c in (0..keys).step_by(S::LANES) {
                    let lanes = (keys - c).min(S::LANES);
                    let (mut weight, mut slope) = (s.zero(), s.zero());
                    if c < seen {
                        let left = (seen - c).min(S::LANES);
                        weight = s.load_part(p.add(c), left);
                        let flow = s.load_part(dp.add(c), left);
                        slope = s.mul(s.mul(weight, s.sub(flow, mean)), scale);
                        if drop {
                            weight = kept(s, &weights.dropout, prefix, c, weight);
                        }
                    }
                    s.store_part(p.add(c), weight, lanes);
                    s.store_part(dp.add(c), slope, lanes);
                }
            }
        }
    }
}
