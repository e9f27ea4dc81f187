//! Element-wise kernels, reductions and gathers over strided two-dimensional views.
//!
//! Output and inputs may be the same memory with the same strides (in place); other overlaps give unspecified values.
//! All functions panic when a view does not hold its shape.

mod bag;
mod bernoulli;
mod categorical;
mod dropout;
mod functions;
mod gather;
mod map;
mod normal;
mod normalize;
mod reduce;
mod scatter;
mod spmm;
mod through;

#[cfg(test)]
mod tests;

pub use bag::{Entries, bag, dense_rows, sparse_bag};
pub use bernoulli::bernoulli;
pub use categorical::categorical;
pub use dropout::{Draws, Dropout, dropout};
pub(crate) use dropout::{LANE_NUMBERS, kept};
pub use gather::{Lookup, gather};
pub use normal::normal;
pub use normalize::{layer_norm, layer_norm_gradient};
pub(crate) use reduce::dot;
pub use reduce::{dot_last, dot_rows, sum_all, sum_last, sum_rows};
pub use scatter::{add_at, add_bag};
pub use spmm::spmm;
pub use through::through;

use crate::isa::Isa;
use crate::view::{Area, Block, Shape};
use functions as f;
use map::{Map, map};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Relu,
    Sigmoid,
    Tanh,
    Selu,
    /// The tanh approximation.
    Gelu,
    Softplus,
    Exp,
    Log,
    Sqrt,
    Rsqrt,
    Square,
    Abs,
}

impl Unary {
    /// Whether the gradient reads x.
    pub const fn needs_x(self) -> bool {
        matches!(self, Self::Selu | Self::Gelu | Self::Softplus | Self::Log | Self::Square | Self::Abs)
    }

    /// Whether the gradient reads y.
    pub const fn needs_y(self) -> bool {
        matches!(self, Self::Relu | Self::Sigmoid | Self::Tanh | Self::Selu | Self::Exp | Self::Sqrt | Self::Rsqrt)
    }
}

/// `out = a op b`.
pub fn binary(isa: Isa, op: Binary, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    match op {
        Binary::Add => map(isa, f::Add, shape, out, [a, b]),
        Binary::Sub => map(isa, f::Sub, shape, out, [a, b]),
        Binary::Mul => map(isa, f::Mul, shape, out, [a, b]),
        Binary::Div => map(isa, f::Div, shape, out, [a, b]),
    }
}

/// `out = a * b + c`: three operands of any broadcast (for example `out += a * b` with c = out).
pub fn multiply_add(isa: Isa, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>, c: Block<'_>) {
    map(isa, f::MultiplyAdd, shape, out, [a, b, c]);
}

/// `out = x * scale + offset`.
pub fn affine(isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>, scale: f32, offset: f32) {
    map(isa, f::Affine { scale, offset }, shape, out, [x]);
}

/// `out = x` (also broadcasts: expandLast is the copy of a column, broadcastTo of a repeated row or a scalar).
pub fn copy(isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>) {
    map(isa, f::Identity, shape, out, [x]);
}

/// `out = value`.
pub fn fill(isa: Isa, shape: Shape, out: Area<'_>, value: f32) {
    map(isa, f::Fill(value), shape, out, []);
}

/// A computation that is the same for every function of one argument.
trait WithUnary {
    fn with<F: Map<1>>(self, f: F);
}

fn dispatch(function: Unary, then: impl WithUnary) {
    match function {
        Unary::Relu => then.with(f::Relu),
        Unary::Sigmoid => then.with(f::Sigmoid),
        Unary::Tanh => then.with(f::Tanh),
        Unary::Selu => then.with(f::Selu),
        Unary::Gelu => then.with(f::Gelu),
        Unary::Softplus => then.with(f::Softplus),
        Unary::Exp => then.with(f::Exp),
        Unary::Log => then.with(f::Log),
        Unary::Sqrt => then.with(f::Sqrt),
        Unary::Rsqrt => then.with(f::Rsqrt),
        Unary::Square => then.with(f::Square),
        Unary::Abs => then.with(f::Abs),
    }
}

/// `out = f(x)`.
pub fn unary(isa: Isa, function: Unary, shape: Shape, out: Area<'_>, x: Block<'_>) {
    struct Plain<'a>(Isa, Shape, Area<'a>, Block<'a>);
    impl WithUnary for Plain<'_> {
        fn with<F: Map<1>>(self, f: F) {
            map(self.0, f, self.1, self.2, [self.3]);
        }
    }
    dispatch(function, Plain(isa, shape, out, x));
}

/// `out = f(x + bias)`.
pub fn bias_unary(isa: Isa, function: Unary, shape: Shape, out: Area<'_>, x: Block<'_>, bias: Block<'_>) {
    struct WithBias<'a>(Isa, Shape, Area<'a>, [Block<'a>; 2]);
    impl WithUnary for WithBias<'_> {
        fn with<F: Map<1>>(self, f: F) {
            map(self.0, f::Biased(f), self.1, self.2, self.3);
        }
    }
    dispatch(function, WithBias(isa, shape, out, [x, bias]));
}

/// `dx = dy * f'(x)`, where y = f(x). Which of x and y is used depends on f ([`Unary::needs_x`], [`Unary::needs_y`]);
/// pass any block of the shape (such as dy) for the other.
pub fn unary_gradient(
    isa: Isa,
    function: Unary,
    shape: Shape,
    dx: Area<'_>,
    x: Block<'_>,
    y: Block<'_>,
    dy: Block<'_>,
) {
    let inputs = [if function.needs_x() { x } else { dy }, if function.needs_y() { y } else { dy }, dy];
    match function {
        Unary::Relu => map(isa, f::ReluGradient, shape, dx, inputs),
        Unary::Sigmoid => map(isa, f::SigmoidGradient, shape, dx, inputs),
        Unary::Tanh => map(isa, f::TanhGradient, shape, dx, inputs),
        Unary::Selu => map(isa, f::SeluGradient, shape, dx, inputs),
        Unary::Gelu => map(isa, f::GeluGradient, shape, dx, inputs),
        Unary::Softplus => map(isa, f::SoftplusGradient, shape, dx, inputs),
        Unary::Exp => map(isa, f::ExpGradient, shape, dx, inputs),
        Unary::Log => map(isa, f::LogGradient, shape, dx, inputs),
        Unary::Sqrt => map(isa, f::SqrtGradient, shape, dx, inputs),
        Unary::Rsqrt => map(isa, f::RsqrtGradient, shape, dx, inputs),
        Unary::Square => map(isa, f::SquareGradient, shape, dx, inputs),
        Unary::Abs => map(isa, f::AbsGradient, shape, dx, inputs),
    }
}
