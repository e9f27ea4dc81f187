//! One row through one optimizer.

use super::rules::{Adagrad, Adam, Ftrl, Momentum, Optimizer, Sgd};
use super::{Gradient, Rule, Update};
use crate::simd::Simd;

/// A computation that is the same for every optimizer.
pub(super) trait WithRule {
    fn with<O: Optimizer>(self, rule: O);
}

/// Runs it with the optimizer of the update.
#[inline(always)]
pub(super) fn with_rule(u: &Update, then: impl WithRule) {
    match u.rule {
        Rule::Sgd => then.with(Sgd),
        Rule::Momentum { momentum, nesterov } => then.with(Momentum { momentum, nesterov }),
        Rule::Adagrad { epsilon } => then.with(Adagrad { epsilon }),
        Rule::Adam { beta1, beta2, epsilon, correction1, correction2 } => {
            let (size, root) = (u.rate / correction1, 1.0 / correction2.sqrt());
            then.with(Adam { beta1, beta2, epsilon, size, root });
        }
        Rule::Ftrl { beta, l1 } => then.with(Ftrl { beta, shrink: u.rate * l1, pull: u.rate * u.l2 }),
    }
}

/// A row and its slots; those that the optimizer lacks are never touched.
#[derive(Clone, Copy)]
pub(super) struct Slots {
    pub width: usize,
    pub w: *mut f32,
    pub m: *mut f32,
    pub v: *mut f32,
}

/// Where lanes of a gradient come from.
pub(super) trait Lanes {
    /// Columns `[c, c + lanes)`; lanes = LANES unless PART.
    ///
    /// # Safety
    /// The gradient has these columns.
    unsafe fn lanes<S: Simd, const PART: bool>(&self, s: S, c: usize, lanes: usize) -> S::V;
}

impl Lanes for Gradient<'_> {
    #[inline(always)]
    unsafe fn lanes<S: Simd, const PART: bool>(&self, s: S, c: usize, lanes: usize) -> S::V {
        match *self {
            Gradient::Zero => s.zero(),
            // SAFETY: vouched for by the caller.
            Gradient::Row(row) => unsafe { load::<S, PART>(s, row.pointer().add(c), lanes) },
            Gradient::Samples { rows, row_stride, samples } => {
                let mut sum = s.zero();
                for &sample in samples {
                    let row = rows.pointer().wrapping_add(sample as usize * row_stride + c);
                    // SAFETY: as above.
                    sum = s.add(sum, unsafe { load::<S, PART>(s, row, lanes) });
                }
                sum
            }
        }
    }
}

/// Updates a row.
///
/// # Safety
/// The slots of the optimizer and the gradient are `slots.width` wide.
#[inline(always)]
pub(super) unsafe fn step<S: Simd, O: Optimizer>(s: S, u: &Update, slots: Slots, gradient: &impl Lanes, rule: &O) {
    let mut c = 0;
    // SAFETY: columns [c, c + lanes) exist.
    unsafe {
        while c + S::LANES <= slots.width {
            vector::<S, O, false>(s, u, slots, c, S::LANES, gradient, rule);
            c += S::LANES;
        }
        if c + 8 <= slots.width {
            vector::<S::Half, O, false>(s.half(), u, slots, c, 8, gradient, rule);
            c += 8;
        }
        if c < slots.width {
            vector::<S::Half, O, true>(s.half(), u, slots, c, slots.width - c, gradient, rule);
        }
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
    gradient: &impl Lanes,
    rule: &O,
) {
    // SAFETY: vouched for by the caller.
    unsafe {
        let w = load::<S, PART>(s, slots.w.add(c), lanes);
        let m = if O::HAS_M { load::<S, PART>(s, slots.m.add(c), lanes) } else { s.zero() };
        let v = if O::HAS_V { load::<S, PART>(s, slots.v.add(c), lanes) } else { s.zero() };
        let raw = gradient.lanes::<S, PART>(s, c, lanes);
        let [w, m, v] = rule.apply(s, u, [w, m, v], s.mul(raw, s.splat(u.gradient_scale)));
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
pub(super) unsafe fn load<S: Simd, const PART: bool>(s: S, p: *const f32, lanes: usize) -> S::V {
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
