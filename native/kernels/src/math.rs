//! Elementary functions on vectors, by the same operations in the same order on every instruction set.
//!
//! Largest errors, measured over all kinds of arguments in the tests below with AVX2/AVX-512 (the portable set, without
//! fused multiply-add, stays within the same bounds): exp 1.5 ulp, log 1.5 ulp, expm1 3 ulp, sigmoid 3 ulp, tanh 3.5 ulp, softplus
//! 3 ulp. NaN stays NaN, limits at infinity are exact, results below the normal range lose precision gradually.
//! The coefficients are minimax fits (Lawson's algorithm) to the remainders named beside them.

use crate::simd::{ROUND, Simd};

const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `(e^r - 1 - r) / r^2` on |r| <= ln 2 / 2, relative error 3.2e-9 of e^r - 1 - r.
const EXP: [f32; 5] = [0.5, 1.666_651_8e-1, 4.166_620_6e-2, 8.368_89e-3, 1.395_049_2e-3];

/// `(log(1 + f) - f + f^2 / 2) / f^3` on sqrt(1/2) <= 1 + f <= sqrt 2, error 6e-9 relative to f.
const LOG: [f32; 8] = [
    3.333_331_6e-1,
    -2.500_081e-1,
    2.000_229_5e-1,
    -1.662_449_8e-1,
    1.418_095_7e-1,
    -1.312_910_2e-1,
    1.288_349_5e-1,
    -7.860_939e-2,
];

/// `c[0] + c[1] x + …`
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(s: S, x: S::V, c: &[f32; N]) -> S::V {
    let mut sum = s.splat(c[N - 1]);
    for &coefficient in c[..N - 1].iter().rev() {
        sum = s.fma(sum, x, s.splat(coefficient));
    }
    sum
}

/// n and q with e^x = 2^n (1 + q), |q| < 0.42; x within [-110, 110] or NaN.
#[inline(always)]
fn split_exp<S: Simd>(s: S, x: S::V) -> (S::V, S::V) {
    let n = s.sub(s.fma(x, s.splat(std::f32::consts::LOG2_E), s.splat(ROUND)), s.splat(ROUND));
    let r = s.fnma(n, s.splat(LN2_LOW), s.fnma(n, s.splat(LN2_HIGH), x));
    let q = s.fma(s.mul(r, r), polynomial(s, r, &EXP), r);
    (n, q)
}

/// x limited to [low, high]; NaN stays.
#[inline(always)]
fn clamp<S: Simd>(s: S, x: S::V, low: f32, high: f32) -> S::V {
    s.min(s.splat(high), s.max(s.splat(low), x))
}

/// e^x
#[inline(always)]
pub(crate) fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    let (n, q) = split_exp(s, clamp(s, x, -105.0, 90.0));
    s.scale(s.add(s.splat(1.0), q), n)
}

/// e^x - 1, accurate near 0; beyond 88 it grows no further.
#[inline(always)]
pub(crate) fn expm1<S: Simd>(s: S, x: S::V) -> S::V {
    let (n, q) = split_exp(s, clamp(s, x, -30.0, 88.0));
    let power = s.scale(s.splat(1.0), n);
    s.fma(power, q, s.sub(power, s.splat(1.0)))
}

/// log(1 + f), for sqrt(1/2) <= 1 + f <= sqrt 2, plus e ln 2.
#[inline(always)]
fn log_near_one<S: Simd>(s: S, f: S::V, e: S::V) -> S::V {
    let square = s.mul(f, f);
    let cubic = s.mul(s.mul(square, f), polynomial(s, f, &LOG));
    // Small terms first.
    let tail = s.fma(e, s.splat(LN2_LOW), cubic);
    let tail = s.fnma(s.splat(0.5), square, tail);
    s.fma(e, s.splat(LN2_HIGH), s.add(f, tail))
}

/// Natural logarithm; -inf at 0, NaN below.
#[inline(always)]
pub(crate) fn log<S: Simd>(s: S, x: S::V) -> S::V {
    let tiny = s.gt(s.splat(f32::MIN_POSITIVE), x);
    let normal = s.select(tiny, s.mul(x, s.splat(8_388_608.0)), x);
    // Bits relative to sqrt(1/2): the exponent field then belongs to a mantissa in [sqrt(1/2), sqrt 2).
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let bits = s.int_add(normal, s.int_splat(0x3f80_0000 - ROOT_HALF));
    let e = s.int_to_float(s.int_sub(s.int_shr::<23>(bits), s.int_splat(127)));
    let e = s.select(tiny, s.sub(e, s.splat(23.0)), e);
    let mantissa = s.int_add(s.int_and(bits, s.int_splat(0x007f_ffff)), s.int_splat(ROOT_HALF));
    let result = log_near_one(s, s.sub(mantissa, s.splat(1.0)), e);
    let result = s.select(s.eq(x, s.splat(f32::INFINITY)), x, result);
    let result = s.select(s.eq(x, s.zero()), s.splat(f32::NEG_INFINITY), result);
    // x >= 0 is false for NaN too.
    s.select(s.ge(x, s.zero()), result, s.splat(f32::NAN))
}

/// 1 / (1 + e^-x), with full relative precision on both sides.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let z = exp(s, s.neg(s.abs(x)));
    let right = s.div(s.splat(1.0), s.add(s.splat(1.0), z));
    s.select(s.ge(x, s.zero()), right, s.mul(z, right))
}

/// Hyperbolic tangent, from e^2|x| - 1.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(s: S, x: S::V) -> S::V {
    let sign = s.int_and(x, s.int_splat(0x8000_0000));
    let size = s.min(s.splat(20.0), s.abs(x));
    let (n, q) = split_exp(s, s.add(size, size));
    let power = s.scale(s.splat(1.0), n);
    let grown = s.fma(power, q, s.sub(power, s.splat(1.0)));
    s.int_or(s.div(grown, s.add(grown, s.splat(2.0))), sign)
}

/// Coefficients of the inverse error function (Giles 2012), lowest power first: near the middle, and in the tails.
const QUANTILE: [f32; 9] = [
    1.501_409_4,
    0.246_640_73,
    -4.177_681_6e-3,
    -1.253_725e-3,
    2.185_808_7e-4,
    -4.391_506_5e-6,
    -3.523_387_7e-6,
    3.432_739_4e-7,
    2.810_226_4e-8,
];
const TAIL: [f32; 9] = [
    2.832_976_8,
    1.001_674,
    9.438_870_5e-3,
    -7.622_461_3e-3,
    5.739_507_7e-3,
    -3.673_428_4e-3,
    1.349_343_2e-3,
    1.009_505_6e-4,
    -2.002_142_6e-4,
];

/// The standard normal quantile of `x + 2^-25`, x a multiple of 2^-24 in [0, 1). The definition is `gaussian` in `src/core/random.ts`.
#[inline(always)]
pub(crate) fn gaussian<S: Simd>(s: S, x: S::V) -> S::V {
    // Exact: 2 x - (1 - 2^-24) is a multiple of 2^-24 within (-1, 1).
    let y = s.fma(x, s.splat(2.0), s.splat(1.0 / 16_777_216.0 - 1.0));
    let one = s.splat(1.0);
    let w = s.neg(log(s, s.mul(s.sub(one, y), s.add(one, y))));
    let middle = polynomial(s, s.sub(w, s.splat(2.5)), &QUANTILE);
    let tail = polynomial(s, s.sub(s.sqrt(w), s.splat(3.0)), &TAIL);
    let c = s.select(s.gt(s.splat(5.0), w), middle, tail);
    s.mul(s.mul(s.splat(std::f32::consts::SQRT_2), y), c)
}

/// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
#[inline(always)]
pub(crate) fn softplus<S: Simd>(s: S, x: S::V) -> S::V {
    let z = exp(s, s.neg(s.abs(x)));
    // 1 + z lies in [1, 2]; above sqrt 2 its half is the one near 1.
    let upper = s.gt(z, s.splat(std::f32::consts::SQRT_2 - 1.0));
    let f = s.select(upper, s.mul(s.sub(z, s.splat(1.0)), s.splat(0.5)), z);
    let e = s.select(upper, s.splat(1.0), s.zero());
    let rest = log_near_one(s, f, e);
    s.add(s.max(s.zero(), x), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;
    use crate::simd::Kernel;

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Expm1,
        Log,
        Sigmoid,
        Tanh,
        Softplus,
    }

    struct Apply<'a>(Function, &'a [f32], &'a mut [f32]);

    impl Kernel for Apply<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            for (x, y) in self.1.chunks(S::LANES).zip(self.2.chunks_mut(S::LANES)) {
                // SAFETY: as many lanes as the chunk has.
                let v = unsafe { s.load_part(x.as_ptr(), x.len()) };
                let v = match self.0 {
                    Function::Exp => exp(s, v),
                    Function::Expm1 => expm1(s, v),
                    Function::Log => log(s, v),
                    Function::Sigmoid => sigmoid(s, v),
                    Function::Tanh => tanh(s, v),
                    Function::Softplus => softplus(s, v),
                };
                // SAFETY: as above.
                unsafe { s.store_part(y.as_mut_ptr(), v, y.len()) }
            }
        }
    }

    fn apply(isa: Isa, function: Function, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; x.len()];
        isa.run(Apply(function, x, &mut y));
        y
    }

    /// Every 4,099th float, and the special ones.
    fn arguments() -> Vec<f32> {
        let special = [
            0.0,
            -0.0,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            1.0,
            -1.0,
            88.72284,
            88.7229,
            -87.4,
            -103.9,
            -104.1,
        ];
        (0..u32::MAX / 4099).map(|i| f32::from_bits(i * 4099)).chain(special).collect()
    }

    /// Error in units of the last place of the true value (of the smallest normal one below that).
    fn ulps(y: f32, truth: f64) -> f64 {
        if y.is_nan() && truth.is_nan() || f64::from(y) == truth || f64::from(y) == f64::from(truth as f32) {
            return 0.0;
        }
        let unit = 2.0_f64.powi((truth.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor() as i32) - 23);
        ((f64::from(y) - truth) / unit).abs()
    }

    fn check(function: Function, truth: impl Fn(f64) -> f64, bound: f64) {
        let x = arguments();
        let mut bits: Option<Vec<u32>> = None;
        for isa in Isa::available() {
            let y = apply(isa, function, &x);
            let mut worst = (0.0, 0.0, 0.0);
            for (&x, &y) in x.iter().zip(&y) {
                let error = ulps(y, truth(f64::from(x)));
                if error > worst.0 || error.is_nan() {
                    worst = (error, x, y);
                }
            }
            assert!(worst.0 <= bound, "{isa:?}: {} ulp at {} = {}", worst.0, worst.1, worst.2);
            if isa != Isa::PORTABLE {
                // The sign of a NaN is the compiler's choice, not the kernels'.
                let these: Vec<u32> = y.iter().map(|y| if y.is_nan() { f32::NAN } else { *y }.to_bits()).collect();
                assert!(*bits.get_or_insert_with(|| these.clone()) == these, "{isa:?} differs");
            }
        }
    }

    #[test]
    fn exp_is_within_its_bound_everywhere() {
        check(Function::Exp, f64::exp, 1.5);
    }

    #[test]
    fn expm1_is_within_its_bound_everywhere() {
        check(Function::Expm1, |x| if x.is_nan() { x } else { x.min(88.0).exp_m1() }, 3.0);
    }

    #[test]
    fn log_is_within_its_bound_everywhere() {
        check(Function::Log, f64::ln, 1.5);
    }

    #[test]
    fn sigmoid_is_within_its_bound_everywhere() {
        check(Function::Sigmoid, |x| 1.0 / (1.0 + (-x).exp()), 3.0);
    }

    #[test]
    fn tanh_is_within_its_bound_everywhere() {
        check(Function::Tanh, f64::tanh, 3.5);
    }

    #[test]
    fn softplus_is_within_its_bound_everywhere() {
        check(Function::Softplus, |x| if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }, 3.0);
    }
}
