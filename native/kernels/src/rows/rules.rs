//! The optimizers on lanes.

use super::Decay;
use crate::simd::Simd;

/// One optimizer on lanes. `apply` takes (g, m, v) and gives the change to subtract from w, and the new slots.
pub(super) trait Optimizer {
    const HAS_M: bool;
    const HAS_V: bool;
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3];
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

impl Optimizer for Sgd {
    const HAS_M: bool = false;
    const HAS_V: bool = false;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        [s.mul(s.splat(rate), g), m, v]
    }
}

pub(super) struct Momentum {
    pub momentum: f32,
    pub nesterov: bool,
}

impl Optimizer for Momentum {
    const HAS_M: bool = true;
    const HAS_V: bool = false;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let m = normal(s, s.fma(s.splat(self.momentum), m, g));
        let direction = if self.nesterov { s.fma(s.splat(self.momentum), m, g) } else { m };
        [s.mul(s.splat(rate), direction), m, v]
    }
}

pub(super) struct Adagrad {
    pub epsilon: f32,
}

impl Optimizer for Adagrad {
    const HAS_M: bool = false;
    const HAS_V: bool = true;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
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

impl Optimizer for Adam {
    const HAS_M: bool = true;
    const HAS_V: bool = true;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, _rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let Self { beta1, beta2, .. } = self;
        let m = normal(s, s.fma(s.splat(beta1.take), g, s.mul(s.splat(beta1.keep), m)));
        let v = normal(s, s.fma(s.mul(s.splat(beta2.take), g), g, s.mul(s.splat(beta2.keep), v)));
        let denominator = s.fma(s.sqrt(v), s.splat(self.root), s.splat(self.epsilon));
        [s.div(s.mul(s.splat(self.size), m), denominator), m, v]
    }
}
