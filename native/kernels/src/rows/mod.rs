//! Optimizer updates of one row (or of a whole dense parameter). Formulas as in PyTorch.

mod rules;
mod step;
mod table;

#[cfg(test)]
mod tests;

pub use table::{Chains, Samples, Table, update_rows};

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Source, check_extent};
use step::{Slots, WithRule, step, with_rule};

/// How a row changes.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// `w -= rate * g`
    Sgd,
    /// `m = momentum * m + g`; `w -= rate * m`, or with nesterov `w -= rate * (g + momentum * m)`.
    Momentum { momentum: f32, nesterov: bool },
    /// `v += g^2`; `w -= rate * g / (sqrt(v) + epsilon)`
    Adagrad { epsilon: f32 },
    /// `m = beta1 m + (1 - beta1) g`; `v = beta2 v + (1 - beta2) g^2`;
    /// `w -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon)` with `correction = 1 - beta^step`.
    Adam { beta1: Decay, beta2: Decay, epsilon: f32, correction1: f32, correction2: f32 },
    /// FTRL-Proximal (McMahan et al. 2013, algorithm 1) with `m` the paper's z times the rate and `v` its n; see [`rules::Ftrl`].
    Ftrl { beta: f32, l1: f32 },
}

/// Weights of a decaying average: `average = keep * average + take * x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    pub keep: f32,
    pub take: f32,
}

impl Decay {
    /// `beta` and `1 - beta`. The difference is taken in f64: of 0.999 as a float32 it is off by 5e-5 of itself.
    pub fn new(beta: f64) -> Self {
        Self { keep: beta as f32, take: (1.0 - beta) as f32 }
    }
}

/// A rule with its rates. Order: `g = gradient * gradient_scale + l2 * w`; `w -= rate * weight_decay * w`; then the rule. FTRL
/// regularizes what it solves for instead, and knows no decay.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    pub rule: Rule,
    pub rate: f32,
    pub l2: f32,
    pub weight_decay: f32,
    /// 1, or the factor of clipping.
    pub gradient_scale: f32,
}

/// Where the gradient of a row comes from.
#[derive(Clone, Copy, Debug)]
pub enum Gradient<'a> {
    Zero,
    Row(Source<'a>),
    /// The sum of `rows[samples[0]] + rows[samples[1]] + …` in this order, each `row_stride` apart.
    Samples {
        rows: Source<'a>,
        row_stride: usize,
        samples: &'a [u32],
    },
}

/// Updates the row `w` and its slots (`m`: momentum and Adam, `v`: Adagrad and Adam; pass an empty slice for one that the
/// rule lacks). Panics when lengths do not fit.
pub fn update(isa: Isa, u: &Update, w: &mut [f32], m: &mut [f32], v: &mut [f32], gradient: Gradient<'_>) {
    let width = w.len();
    match gradient {
        Gradient::Zero => {}
        Gradient::Row(row) => assert!(row.len() >= width, "a gradient of {} for a row of {width}", row.len()),
        Gradient::Samples { rows, row_stride, samples } => {
            let last = samples.iter().fold(0, |last, &sample| last.max(sample)) as usize;
            if !samples.is_empty() {
                check_extent(rows.len(), Shape::new(last + 1, width), row_stride, 1);
            }
        }
    }
    let (has_m, has_v) = u.rule.slots();
    assert!(!has_m || m.len() == width, "a first slot of {} for a row of {width}", m.len());
    assert!(!has_v || v.len() == width, "a second slot of {} for a row of {width}", v.len());
    let slots = Slots { width, w: w.as_mut_ptr(), m: m.as_mut_ptr(), v: v.as_mut_ptr() };
    with_rule(u, One { isa, u, slots, gradient });
}

impl Rule {
    /// Whether the rule has a first and a second slot.
    const fn slots(&self) -> (bool, bool) {
        match self {
            Self::Sgd => (false, false),
            Self::Momentum { .. } => (true, false),
            Self::Adagrad { .. } => (false, true),
            Self::Adam { .. } | Self::Ftrl { .. } => (true, true),
        }
    }
}

/// One row. Made by [`update`] alone, after its checks.
struct One<'a> {
    isa: Isa,
    u: &'a Update,
    slots: Slots,
    gradient: Gradient<'a>,
}

impl WithRule for One<'_> {
    #[inline(always)]
    fn with<O: rules::Optimizer>(self, rule: O) {
        self.isa.run(OneWith(self, rule));
    }
}

struct OneWith<'a, O>(One<'a>, O);

impl<O: rules::Optimizer> Kernel for OneWith<'_, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let One { u, slots, gradient, .. } = self.0;
        // SAFETY: `update` has checked that the slots of the rule and the gradient are as wide as w.
        unsafe { step(s, u, slots, &gradient, &self.1) }
    }
}

/// The sum of squares of a slice, in 16 lanes of f32, for the norm of a gradient.
pub fn sum_of_squares(isa: Isa, x: Source<'_>) -> f32 {
    struct Squares<'a>(Source<'a>);
    impl Kernel for Squares<'_> {
        type Output = f32;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> f32 {
            let (p, length) = (self.0.pointer(), self.0.len());
            let mut sum = s.zero();
            let mut c = 0;
            while c < length {
                let lanes = S::LANES.min(length - c);
                // SAFETY: [c, c + lanes) lies inside the source.
                let x = unsafe { if lanes == S::LANES { s.load(p.add(c)) } else { s.load_part(p.add(c), lanes) } };
                sum = s.fma(x, x, sum);
                c += S::LANES;
            }
            s.sum(sum)
        }
    }
    isa.run(Squares(x))
}
