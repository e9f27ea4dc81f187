//! Optimizer updates of one row (or of a whole dense parameter). Formulas as in PyTorch.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
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
    /// `m = beta1 m + (1 - beta1) g`; `v = beta2 v + (1 - beta2) g^2`;
    /// `w -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon)` with `correction = 1 - beta^step`.
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
    let (has_m, has_v) = match u.rule {
        Rule::Sgd => (false, false),
        Rule::Momentum { .. } => (true, false),
        Rule::Adagrad { .. } => (false, true),
        Rule::Adam { .. } => (true, true),
    };
    assert!(!has_m || m.len() == width, "a first slot of {} for a row of {width}", m.len());
    assert!(!has_v || v.len() == width, "a second slot of {} for a row of {width}", v.len());
    let slots = Slots { width, w: w.as_mut_ptr(), m: m.as_mut_ptr(), v: v.as_mut_ptr() };
    isa.run(Step { u, slots, gradient });
}

#[derive(Clone, Copy)]
struct Slots {
    width: usize,
    w: *mut f32,
    m: *mut f32,
    v: *mut f32,
}

/// Made by [`update`] alone, after its checks.
struct Step<'a> {
    u: &'a Update,
    slots: Slots,
    gradient: Gradient<'a>,
}

impl Kernel for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Step { u, slots, gradient } = self;
        // SAFETY: `update` has checked that the slots of the rule and the gradient are as wide as w.
        unsafe {
            match u.rule {
                Rule::Sgd => each(s, u, slots, gradient, Sgd),
                Rule::Momentum { momentum, nesterov } => each(s, u, slots, gradient, Momentum { momentum, nesterov }),
                Rule::Adagrad { epsilon } => each(s, u, slots, gradient, Adagrad { epsilon }),
                Rule::Adam { beta1, beta2, epsilon, correction1, correction2 } => {
                    let size = u.rate / correction1;
                    let adam = Adam { beta1, beta2, epsilon, size, root: 1.0 / correction2.sqrt() };
                    each(s, u, slots, gradient, adam);
                }
            }
        }
    }
}

/// One optimizer on lanes. `apply` takes (g, m, v) and gives the change to subtract from w, and the new slots.
trait Optimizer {
    const HAS_M: bool;
    const HAS_V: bool;
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3];
}

/// # Safety
/// The slots of the rule and the gradient are `slots.width` wide.
#[inline(always)]
unsafe fn each<S: Simd, O: Optimizer>(s: S, u: &Update, slots: Slots, gradient: Gradient<'_>, rule: O) {
    let mut c = 0;
    while c < slots.width {
        let lanes = S::LANES.min(slots.width - c);
        // SAFETY: columns [c, c + lanes) exist.
        unsafe {
            if lanes == S::LANES {
                vector::<S, O, false>(s, u, slots, c, lanes, gradient, &rule);
            } else {
                vector::<S, O, true>(s, u, slots, c, lanes, gradient, &rule);
            }
        }
        c += S::LANES;
    }
}

/// # Safety
/// Columns `[c, c + lanes)` exist; lanes = LANES unless PART.
#[inline(always)]
unsafe fn vector<S: Simd, O: Optimizer, const PART: bool>(
    s: S,
    u: &Update,
    slots: Slots,
    c: usize,
    lanes: usize,
    gradient: Gradient<'_>,
    rule: &O,
) {
    // SAFETY: vouched for by the caller.
    unsafe {
        let w = load::<S, PART>(s, slots.w.add(c), lanes);
        let m = if O::HAS_M { load::<S, PART>(s, slots.m.add(c), lanes) } else { s.zero() };
        let v = if O::HAS_V { load::<S, PART>(s, slots.v.add(c), lanes) } else { s.zero() };
        let raw = match gradient {
            Gradient::Zero => s.zero(),
            Gradient::Row(row) => load::<S, PART>(s, row.pointer().add(c), lanes),
            Gradient::Samples { rows, row_stride, samples } => {
                let mut sum = s.zero();
                for &sample in samples {
                    let row = rows.pointer().add(sample as usize * row_stride + c);
                    sum = s.add(sum, load::<S, PART>(s, row, lanes));
                }
                sum
            }
        };
        let g = s.fma(s.splat(u.l2), w, s.mul(raw, s.splat(u.gradient_scale)));
        let [change, m, v] = rule.apply(s, u.rate, g, m, v);
        let w = s.sub(s.fnma(s.splat(u.rate * u.weight_decay), w, w), change);
        store::<S, PART>(s, slots.w.add(c), w, lanes);
        if O::HAS_M {
            store::<S, PART>(s, slots.m.add(c), m, lanes);
        }
        if O::HAS_V {
            store::<S, PART>(s, slots.v.add(c), v, lanes);
        }
    }
}

/// # Safety
/// `lanes` floats can be read at p.
#[inline(always)]
unsafe fn load<S: Simd, const PART: bool>(s: S, p: *const f32, lanes: usize) -> S::V {
    // SAFETY: vouched for by the caller.
    unsafe { if PART { s.load_part(p, lanes) } else { s.load(p) } }
}

/// # Safety
/// `lanes` floats can be written at p.
#[inline(always)]
unsafe fn store<S: Simd, const PART: bool>(s: S, p: *mut f32, v: S::V, lanes: usize) {
    // SAFETY: vouched for by the caller.
    unsafe { if PART { s.store_part(p, v, lanes) } else { s.store(p, v) } }
}

struct Sgd;

impl Optimizer for Sgd {
    const HAS_M: bool = false;
    const HAS_V: bool = false;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        [s.mul(s.splat(rate), g), m, v]
    }
}

struct Momentum {
    momentum: f32,
    nesterov: bool,
}

impl Optimizer for Momentum {
    const HAS_M: bool = true;
    const HAS_V: bool = false;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let m = s.fma(s.splat(self.momentum), m, g);
        let direction = if self.nesterov { s.fma(s.splat(self.momentum), m, g) } else { m };
        [s.mul(s.splat(rate), direction), m, v]
    }
}

struct Adagrad {
    epsilon: f32,
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

struct Adam {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    /// rate / correction1
    size: f32,
    /// 1 / sqrt(correction2)
    root: f32,
}

impl Optimizer for Adam {
    const HAS_M: bool = true;
    const HAS_V: bool = true;

    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, _rate: f32, g: S::V, m: S::V, v: S::V) -> [S::V; 3] {
        let m = s.fma(s.splat(1.0 - self.beta1), g, s.mul(s.splat(self.beta1), m));
        let v = s.fma(s.mul(s.splat(1.0 - self.beta2), g), g, s.mul(s.splat(self.beta2), v));
        let denominator = s.fma(s.sqrt(v), s.splat(self.root), s.splat(self.epsilon));
        [s.div(s.mul(s.splat(self.size), m), denominator), m, v]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{hash, unit};

    fn values(count: usize, seed: u32) -> Vec<f32> {
        (0..count).map(|i| unit(hash(seed, [i as u32])) * 2.0 - 1.0).collect()
    }

    const RULES: [Rule; 5] = [
        Rule::Sgd,
        Rule::Momentum { momentum: 0.9, nesterov: false },
        Rule::Momentum { momentum: 0.9, nesterov: true },
        Rule::Adagrad { epsilon: 1e-8 },
        Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.271, correction2: 0.002_997 },
    ];

    /// The formulas in f64: (w, m, v) of one element.
    fn truth(u: &Update, w: f64, m: f64, v: f64, raw: f64) -> [f64; 3] {
        let rate = f64::from(u.rate);
        let g = raw * f64::from(u.gradient_scale) + f64::from(u.l2) * w;
        let w = w - rate * f64::from(u.weight_decay) * w;
        match u.rule {
            Rule::Sgd => [w - rate * g, m, v],
            Rule::Momentum { momentum, nesterov } => {
                let momentum = f64::from(momentum);
                let m = momentum * m + g;
                [w - rate * if nesterov { g + momentum * m } else { m }, m, v]
            }
            Rule::Adagrad { epsilon } => {
                let v = v + g * g;
                [w - rate * g / (v.sqrt() + f64::from(epsilon)), m, v]
            }
            Rule::Adam { beta1, beta2, epsilon, correction1, correction2 } => {
                let [beta1, beta2] = [beta1, beta2].map(f64::from);
                let m = beta1 * m + (1.0 - beta1) * g;
                let v = beta2 * v + (1.0 - beta2) * g * g;
                let denominator = v.sqrt() / f64::from(correction2).sqrt() + f64::from(epsilon);
                [w - rate / f64::from(correction1) * m / denominator, m, v]
            }
        }
    }

    #[test]
    fn every_rule_follows_its_formula_from_every_kind_of_gradient() {
        let gradients = values(500, 1);
        for rule in RULES {
            for width in [1, 8, 16, 50] {
                for kind in 0..3 {
                    let samples = [3, 0, 7, 3];
                    let gradient = match kind {
                        0 => Gradient::Zero,
                        1 => Gradient::Row(Source::from(&gradients)),
                        _ => Gradient::Samples { rows: Source::from(&gradients), row_stride: 55, samples: &samples },
                    };
                    check(rule, width, gradient, |i| match kind {
                        0 => 0.0,
                        1 => f64::from(gradients[i]),
                        _ => samples.iter().map(|&s| f64::from(gradients[s as usize * 55 + i])).sum(),
                    });
                }
            }
        }
    }

    fn check(rule: Rule, width: usize, gradient: Gradient<'_>, raw: impl Fn(usize) -> f64) {
        let u = Update { rule, rate: 0.05, l2: 0.01, weight_decay: 0.1, gradient_scale: 0.5 };
        let before = [2, 3, 4].map(|seed| values(width, seed));
        let mut first: Option<Vec<u32>> = None;
        for isa in Isa::available() {
            let [mut w, mut m, mut v] = before.clone();
            v.iter_mut().for_each(|v| *v = v.abs());
            let expected: Vec<[f64; 3]> =
                (0..width).map(|i| truth(&u, w[i].into(), m[i].into(), v[i].into(), raw(i))).collect();
            update(isa, &u, &mut w, &mut m, &mut v, gradient);
            for (i, expected) in expected.iter().enumerate() {
                for (&x, y) in [w[i], m[i], v[i]].iter().zip(expected) {
                    assert!(
                        (f64::from(x) - y).abs() <= 1e-6 * (1.0 + y.abs()),
                        "{isa:?} {rule:?} {width}: {x} but {y}"
                    );
                }
            }
            if isa != Isa::PORTABLE {
                let bits: Vec<u32> = [w, m, v].concat().iter().map(|x| x.to_bits()).collect();
                assert_eq!(*first.get_or_insert_with(|| bits.clone()), bits, "{isa:?} differs");
            }
        }
    }

    #[test]
    fn rules_without_slots_need_none() {
        let mut w = vec![1.0; 3];
        let u = Update { rule: Rule::Sgd, rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
        update(Isa::detect(), &u, &mut w, &mut [], &mut [], Gradient::Row(Source::from(&vec![0.25; 3])));
        assert_eq!(w, [0.75; 3]);
    }

    #[test]
    #[should_panic(expected = "second slot")]
    fn a_missing_slot_is_refused() {
        let u = Update { rule: RULES[3], rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
        update(Isa::detect(), &u, &mut [1.0], &mut [], &mut [], Gradient::Zero);
    }

    #[test]
    fn sums_of_squares_agree_with_f64() {
        let x = values(100, 5);
        let expected: f64 = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        for isa in Isa::available() {
            assert!((f64::from(sum_of_squares(isa, Source::from(&x))) - expected).abs() < 1e-5);
        }
    }
}
