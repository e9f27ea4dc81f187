//! The functions themselves, as lanes.

use super::map::Map;
use crate::math;
use crate::simd::Simd;

const SELU_SCALE: f32 = 1.050_701;
const SELU_ALPHA: f32 = 1.673_263_2;
/// sqrt(2 / pi)
const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBE: f32 = 0.044_715;

/// Unit structs with a formula each.
macro_rules! maps {
    ($($(#[$doc:meta])* $name:ident($s:ident, $($x:ident),+) $body:expr;)+) => {
        $($(#[$doc])*
        pub(super) struct $name;

        impl Map<{ [$(stringify!($x)),+].len() }> for $name {
            #[inline(always)]
            fn apply<S: Simd>(&self, $s: S, [$($x),+]: [S::V; { [$(stringify!($x)),+].len() }]) -> S::V {
                $body
            }
        })+
    };
}

maps! {
    Identity(_s, x) x;
    Add(s, a, b) s.add(a, b);
    Sub(s, a, b) s.sub(a, b);
    Mul(s, a, b) s.mul(a, b);
    Div(s, a, b) s.div(a, b);
    MultiplyAdd(s, a, b, c) s.fma(a, b, c);
    Relu(s, x) s.max(x, s.zero());
    Sigmoid(s, x) math::sigmoid(s, x);
    Tanh(s, x) math::tanh(s, x);
    Selu(s, x) {
        let negative = s.mul(s.splat(SELU_ALPHA), math::expm1(s, s.min(x, s.zero())));
        s.mul(s.splat(SELU_SCALE), s.select(s.gt(x, s.zero()), x, negative))
    };
    Gelu(s, x) {
        let half = s.mul(s.splat(0.5), x);
        s.fma(half, math::tanh(s, gelu_inner(s, x)), half)
    };
    Softplus(s, x) math::softplus(s, x);
    Exp(s, x) math::exp(s, x);
    Log(s, x) math::log(s, x);
    Sqrt(s, x) s.sqrt(x);
    Rsqrt(s, x) s.div(s.splat(1.0), s.sqrt(x));
    Square(s, x) s.mul(x, x);
    Abs(s, x) s.abs(x);
}

/// `GELU_SCALE * (x + GELU_CUBE * x^3)`
#[inline(always)]
fn gelu_inner<S: Simd>(s: S, x: S::V) -> S::V {
    let cube = s.mul(s.mul(x, x), x);
    s.mul(s.splat(GELU_SCALE), s.fma(s.splat(GELU_CUBE), cube, x))
}

// Gradients, of (x, y, dy): dx = dy * f'(x), where y = f(x).
maps! {
    ReluGradient(s, _x, y, dy) s.select(s.gt(y, s.zero()), dy, s.zero());
    SigmoidGradient(s, _x, y, dy) s.mul(dy, s.mul(y, s.sub(s.splat(1.0), y)));
    TanhGradient(s, _x, y, dy) s.mul(dy, s.fnma(y, y, s.splat(1.0)));
    SeluGradient(s, x, y, dy) {
        let negative = s.add(y, s.splat(SELU_SCALE * SELU_ALPHA));
        s.mul(dy, s.select(s.gt(x, s.zero()), s.splat(SELU_SCALE), negative))
    };
    GeluGradient(s, x, _y, dy) {
        let t = math::tanh(s, gelu_inner(s, x));
        let inner = s.fma(s.splat(3.0 * GELU_CUBE), s.mul(x, x), s.splat(1.0));
        let slope = s.mul(s.mul(s.splat(GELU_SCALE), inner), s.fnma(t, t, s.splat(1.0)));
        s.mul(dy, s.mul(s.splat(0.5), s.fma(x, slope, s.add(s.splat(1.0), t))))
    };
    SoftplusGradient(s, x, _y, dy) s.mul(dy, math::sigmoid(s, x));
    ExpGradient(s, _x, y, dy) s.mul(dy, y);
    LogGradient(s, x, _y, dy) s.div(dy, x);
    SqrtGradient(s, _x, y, dy) s.mul(dy, s.div(s.splat(0.5), y));
    RsqrtGradient(s, _x, y, dy) s.mul(dy, s.mul(s.splat(-0.5), s.mul(s.mul(y, y), y)));
    SquareGradient(s, x, _y, dy) s.mul(dy, s.add(x, x));
    AbsGradient(s, x, _y, dy) {
        let negative = s.select(s.gt(s.zero(), x), s.neg(dy), s.zero());
        s.select(s.gt(x, s.zero()), dy, negative)
    };
}

pub(super) struct Affine {
    pub scale: f32,
    pub offset: f32,
}

impl Map<1> for Affine {
    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, [x]: [S::V; 1]) -> S::V {
        s.fma(x, s.splat(self.scale), s.splat(self.offset))
    }
}

pub(super) struct Fill(pub f32);

impl Map<0> for Fill {
    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, []: [S::V; 0]) -> S::V {
        s.splat(self.0)
    }
}

/// f(x + bias)
pub(super) struct Biased<F>(pub F);

impl<F: Map<1>> Map<2> for Biased<F> {
    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, [x, bias]: [S::V; 2]) -> S::V {
        self.0.apply(s, [s.add(x, bias)])
    }
}
