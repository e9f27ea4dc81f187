//! Optimizer updates of one row (or of a whole dense parameter). Formulas as in PyTorch.

use crate::isa::Isa;
use crate::view::{Shape, Source, check_extent};

/// How a row changes.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// `w -= rate * g`
    Sgd,
    /// `m = momentum * m + g`; `w -= rate * m`, or with nesterov `w -= rate * (g + momentum * m)`.
    Momentum { momentum: f32, nesterov: bool },
    /// `v += g^2`; `w -= rate * g / (sqrt(v) + epsilon)`
    Adagrad { epsilon: f32 },
    /// `m = beta1 m + (1 - beta1) g`; `v = beta2 v + (1 - beta2) g^2`; `w -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon)`
    /// with `correction = 1 - beta^step`.
    Adam { beta1: f32, beta2: f32, epsilon: f32, correction1: f32, correction2: f32 },
}

/// A rule with its rates. Order: `g = gradient * gradient_scale + l2 * w`; `w -= rate * weight_decay * w`; then the rule.
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
    Samples { rows: Source<'a>, row_stride: usize, samples: &'a [u32] },
}

/// Updates the row `w` and its slots (`m`: momentum and Adam, `v`: Adagrad and Adam; pass an empty slice for one that the
/// rule lacks). Panics when lengths do not fit.
pub fn update(_isa: Isa, u: &Update, w: &mut [f32], m: &mut [f32], v: &mut [f32], gradient: Gradient<'_>) {
    if let Gradient::Samples { rows, row_stride, samples } = gradient {
        for &sample in samples {
            check_extent(rows.len(), Shape::new(sample as usize + 1, w.len()), row_stride, 1);
        }
    }
    for i in 0..w.len() {
        let raw = match gradient {
            Gradient::Zero => 0.0,
            Gradient::Row(row) => row.get(i),
            Gradient::Samples { rows, row_stride, samples } => {
                samples.iter().fold(0.0, |sum, &s| sum + rows.get(s as usize * row_stride + i))
            }
        };
        let g = raw * u.gradient_scale + u.l2 * w[i];
        w[i] -= u.rate * u.weight_decay * w[i];
        match u.rule {
            Rule::Sgd => w[i] -= u.rate * g,
            Rule::Momentum { momentum, nesterov } => {
                m[i] = momentum * m[i] + g;
                w[i] -= u.rate * if nesterov { g + momentum * m[i] } else { m[i] };
            }
            Rule::Adagrad { epsilon } => {
                v[i] += g * g;
                w[i] -= u.rate * g / (v[i].sqrt() + epsilon);
            }
            Rule::Adam { beta1, beta2, epsilon, correction1, correction2 } => {
                m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
                w[i] -= u.rate / correction1 * m[i] / (v[i].sqrt() / correction2.sqrt() + epsilon);
            }
        }
    }
}

/// The sum of squares of a slice, in 16 lanes of f32, for the norm of a gradient.
pub fn sum_of_squares(_isa: Isa, x: Source<'_>) -> f32 {
    (0..x.len()).map(|i| x.get(i) * x.get(i)).sum()
}
