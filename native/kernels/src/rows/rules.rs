//! The optimizers on lanes.

use super::{Decay, Update};
use crate::simd::Simd;

/// One optimizer on lanes.
pub(super) trait Optimizer {
    const HAS_M: bool;
    const HAS_V: bool;
    /// The new weights and slots, of the old ones (w, m, v) and the gradient, clipped.
    fn apply<S: Simd>(&self, s: S, u: &Update, slots: [S::V; 3], gradient: S::V) -> [S::V; 3];
}

/// An optimizer that goes a step from where the weights are, regularized by the way.
pub(super) trait Descent {
    const HAS_M: bool;
    const HAS_V: bool;
    /// Of (g, m, v): the change to subtract from w, and the new slots.
    fn change<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3];
}

impl<D: Descent> Optimizer for D {
    const HAS_M: bool = D::HAS_M;
    const HAS_V: bool = D::HAS_V;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, u: &Update, [w, m, v]: [S::V; 3], gradient: S::V) -> [S::V; 3] {
        let g = s.fma(s.splat(u.l2), w, gradient);
        let [change, m, v] = self.change(s, u.rate, g, m, v);
        let decayed = s.fnma(s.splat(u.rate * u.weight_decay), w, w);
        [without(s, LEAST_WEIGHT, s.sub(decayed, change)), m, v]
    }
}

/// Weights nearer to 0 are 0. L2 takes weights that no gradient asks for towards 0 without end; long before they are subnormal
/// themselves, their products are, and processors take a hundred times as long over those (a third of a table was in that
/// state; training took twice the time). No product of two weights at least this large is subnormal.
pub(super) const LEAST_WEIGHT: f32 = 1e-18;

/// Zero in place of what is nearer to it than `least`; NaN stays.
#[inline(always)]
pub(super) fn without<S: Simd>(s: S, least: f32, x: S::V) -> S::V {
    s.select(s.gt(s.splat(least), s.abs(x)), s.zero(), x)
}

/// Zero in place of subnormal numbers: where gradients stay away (a unit that never fires), decaying averages end among them.
#[inline(always)]
fn normal<S: Simd>(s: S, x: S::V) -> S::V {
    without(s, f32::MIN_POSITIVE, x)
}

pub(super) struct Sgd;

impl Descent for Sgd {
    const HAS_M: bool = false;
    const HAS_V: bool = false;

    #[inline(always)]
    fn change<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        [s.mul(s.splat(rate), g), m, v]
    }
}

pub(super) struct Momentum {
    pub momentum: f32,
    pub nesterov: bool,
}

impl Descent for Momentum {
    const HAS_M: bool = true;
    const HAS_V: bool = false;

    #[inline(always)]
    fn change<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let m = normal(s, s.fma(s.splat(self.momentum), m, g));
        let direction = if self.nesterov { s.fma(s.splat(self.momentum), m, g) } else { m };
        [s.mul(s.splat(rate), direction), m, v]
    }
}

pub(super) struct Adagrad {
    pub epsilon: f32,
}

impl Descent for Adagrad {
    const HAS_M: bool = false;
    const HAS_V: bool = true;

    #[inline(always)]
    fn change<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let v = s.fma(g, g, v);
        [s.div(s.mul(s.splat(rate), g), s.add(s.sqrt(v), s.splat(self.epsilon))), m, v]
    }
}

pub(super) struct Adam {
    pub beta1: Decay,
    pub beta2: Decay,
    pub epsilon: f32,
    /// rate / correction1
    pub size: f32,
    /// 1 / sqrt(correction2)
    pub root: f32,
}

impl Descent for Adam {
    const HAS_M: bool = true;
    const HAS_V: bool = true;

    #[inline(always)]
    fn change<S: Simd>(&self, s: S, _rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let Self { beta1, beta2, .. } = self;
        let m = normal(s, s.fma(s.splat(beta1.take), g, s.mul(s.splat(beta1.keep), m)));
        let v = normal(s, s.fma(s.mul(s.splat(beta2.take), g), g, s.mul(s.splat(beta2.keep), v)));
        let denominator = s.fma(s.sqrt(v), s.splat(self.root), s.splat(self.epsilon));
        [s.div(s.mul(s.splat(self.size), m), denominator), m, v]
    }
}

/// Follow the regularized leader: the weight is what minimizes all gradients so far, with L1, L2 and proximal terms; it is solved
/// for anew at each gradient, so that a small one is exactly 0.
///
/// `m` is the paper's z times the rate: with `r = sqrt(n + g^2) - sqrt(n)`, `m += rate * g - r * w`, `n += g^2`, and
/// `w = -(m - sign(m) rate l1) / (beta + sqrt(n) + rate l2)`, or 0 where `|m| <= rate l1`. In this unit a rate that changes leaves
/// what was learned where it is. A weight that never had a gradient starts from the `m` whose solution it is, if it is not 0.
pub(super) struct Ftrl {
    pub beta: f32,
    /// rate * l1
    pub shrink: f32,
    /// rate * l2
    pub pull: f32,
}

impl Optimizer for Ftrl {
    const HAS_M: bool = true;
    const HAS_V: bool = true;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, u: &Update, [w, m, v]: [S::V; 3], g: S::V) -> [S::V; 3] {
        let (zero, shrink) = (s.zero(), s.splat(self.shrink));
        // x - sign(x) shrink, which is 0 at 0
        let towards_zero = |x| s.select(s.gt(x, zero), s.sub(x, shrink), s.add(x, shrink));
        let divisor = |n| s.add(s.sqrt(n), s.splat(self.beta + self.pull));
        let away = s.select(s.gt(w, zero), s.fma(w, divisor(zero), shrink), s.sub(s.mul(w, divisor(zero)), shrink));
        let start = s.select(s.gt(s.abs(w), zero), s.sub(zero, away), zero);
        let m = s.select(s.gt(s.add(v, s.abs(m)), zero), m, start);
        let n = s.fma(g, g, v);
        let m = s.fnma(s.sub(s.sqrt(n), s.sqrt(v)), w, s.fma(s.splat(u.rate), g, m));
        let solved = s.sub(zero, s.div(towards_zero(m), divisor(n)));
        [without(s, LEAST_WEIGHT, s.select(s.gt(shrink, s.abs(m)), zero, solved)), m, n]
    }
}
