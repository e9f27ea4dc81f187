//! Element-wise kernels, reductions and gathers over strided two-dimensional views.
//!
//! Output and inputs may be the same memory with the same strides (in place); other overlaps give unspecified values.

use crate::isa::Isa;
use crate::math;
use crate::random;
use crate::view::{Area, Block, Shape, Source};

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

const SELU_SCALE: f32 = 1.050_701;
const SELU_ALPHA: f32 = 1.673_263_2;
const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBE: f32 = 0.044_715;

impl Block<'_> {
    fn at(&self, row: usize, column: usize) -> f32 {
        self.data.get(row * self.row_stride + column * self.column_stride)
    }
}

fn each(shape: Shape, out: Area<'_>, f: impl Fn(usize, usize) -> f32) {
    out.check(shape);
    for r in 0..shape.rows {
        for c in 0..shape.width {
            out.data.set(r * out.row_stride + c, f(r, c));
        }
    }
}

fn apply_unary(f: Unary, x: f32) -> f32 {
    match f {
        Unary::Relu => x.max(0.0),
        Unary::Sigmoid => math::sigmoid(x),
        Unary::Tanh => math::tanh(x),
        Unary::Selu => SELU_SCALE * if x > 0.0 { x } else { SELU_ALPHA * (math::exp(x) - 1.0) },
        Unary::Gelu => 0.5 * x * (1.0 + math::tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x))),
        Unary::Softplus => math::softplus(x),
        Unary::Exp => math::exp(x),
        Unary::Log => math::log(x),
        Unary::Sqrt => x.sqrt(),
        Unary::Rsqrt => 1.0 / x.sqrt(),
        Unary::Square => x * x,
        Unary::Abs => x.abs(),
    }
}

fn slope(f: Unary, x: f32, y: f32) -> f32 {
    match f {
        Unary::Relu => f32::from(y > 0.0),
        Unary::Sigmoid => y * (1.0 - y),
        Unary::Tanh => 1.0 - y * y,
        Unary::Selu => {
            if x > 0.0 {
                SELU_SCALE
            } else {
                y + SELU_SCALE * SELU_ALPHA
            }
        }
        Unary::Gelu => {
            let t = math::tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x));
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * x * x)
        }
        Unary::Softplus => math::sigmoid(x),
        Unary::Exp => y,
        Unary::Log => 1.0 / x,
        Unary::Sqrt => 0.5 / y,
        Unary::Rsqrt => -0.5 * y * y * y,
        Unary::Square => 2.0 * x,
        Unary::Abs => {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }
        }
    }
}

/// `out = a op b`.
pub fn binary(_isa: Isa, op: Binary, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    each(shape, out, |r, c| {
        let (x, y) = (a.at(r, c), b.at(r, c));
        match op {
            Binary::Add => x + y,
            Binary::Sub => x - y,
            Binary::Mul => x * y,
            Binary::Div => x / y,
        }
    });
}

/// `out = a * b + c`: three operands of any broadcast (for example `out += a * b` with c = out).
pub fn multiply_add(_isa: Isa, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>, c: Block<'_>) {
    each(shape, out, |r, j| a.at(r, j).mul_add(b.at(r, j), c.at(r, j)));
}

/// `out = x * scale + offset`.
pub fn affine(_isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>, scale: f32, offset: f32) {
    each(shape, out, |r, c| x.at(r, c).mul_add(scale, offset));
}

/// `out = f(x)`.
pub fn unary(_isa: Isa, f: Unary, shape: Shape, out: Area<'_>, x: Block<'_>) {
    each(shape, out, |r, c| apply_unary(f, x.at(r, c)));
}

/// `out = f(x + bias)`.
pub fn bias_unary(_isa: Isa, f: Unary, shape: Shape, out: Area<'_>, x: Block<'_>, bias: Block<'_>) {
    each(shape, out, |r, c| apply_unary(f, x.at(r, c) + bias.at(r, c)));
}

/// `dx = dy * f'(x)`, where y = f(x). Which of x and y is read depends on f ([`Unary::needs_x`], [`Unary::needs_y`]);
/// pass any block of the shape (such as dy) for the other.
pub fn unary_gradient(_isa: Isa, f: Unary, shape: Shape, dx: Area<'_>, x: Block<'_>, y: Block<'_>, dy: Block<'_>) {
    each(shape, dx, |r, c| {
        let (x, y) = (
            if f.needs_x() { x.at(r, c) } else { 0.0 },
            if f.needs_y() { y.at(r, c) } else { 0.0 },
        );
        dy.at(r, c) * slope(f, x, y)
    });
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

/// `out = x` (also broadcasts: expandLast is the copy of a column, broadcastTo of a repeated row or a scalar).
pub fn copy(_isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>) {
    each(shape, out, |r, c| x.at(r, c));
}

/// `out = value`.
pub fn fill(_isa: Isa, shape: Shape, out: Area<'_>, value: f32) {
    each(shape, out, |_, _| value);
}

/// `out[c] = sum over r of x[r, c]` in row order, or added onto `out` when `accumulate`. `out` is `[width]`.
pub fn sum_rows(_isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>, accumulate: bool) {
    each(Shape::new(1, shape.width), out, |_, c| {
        let first = if accumulate { out.data.get(c) } else { 0.0 };
        (0..shape.rows).fold(first, |sum, r| sum + x.at(r, c))
    });
}

/// The sum of all elements, in 16 lanes.
pub fn sum_all(_isa: Isa, shape: Shape, x: Block<'_>) -> f32 {
    let mut sum = 0.0;
    for r in 0..shape.rows {
        for c in 0..shape.width {
            sum += x.at(r, c);
        }
    }
    sum
}

/// `out[r] = sum over c of x[r, c]`, in 16 lanes. `out` has width 1: its row stride is the distance of the sums.
pub fn sum_last(_isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>) {
    each(Shape::new(shape.rows, 1), out, |r, _| (0..shape.width).map(|c| x.at(r, c)).sum());
}

/// `out[r] = sum over c of a[r, c] * b[r, c]`, in 16 lanes. `out` as in [`sum_last`].
pub fn dot_last(_isa: Isa, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    each(Shape::new(shape.rows, 1), out, |r, _| (0..shape.width).map(|c| a.at(r, c) * b.at(r, c)).sum());
}

/// Which elements a dropout keeps.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Share of elements set to 0, in [0, 1).
    pub rate: f32,
    pub seed: u32,
    pub epoch: u32,
    pub step: u32,
    /// The `id` attribute of the instruction.
    pub id: u32,
    /// Row of the batch that is row 0 of the view.
    pub first_row: usize,
}

/// `out = x / (1 - rate)` where kept, else 0.
pub fn dropout(_isa: Isa, d: Dropout, shape: Shape, out: Area<'_>, x: Block<'_>) {
    let prefix = random::hash(d.seed, [random::stream::DROPOUT, d.epoch, d.step, d.id]);
    let scale = 1.0 / (1.0 - d.rate);
    each(shape, out, |r, c| {
        let index = ((d.first_row + r) * shape.width + c) as u32;
        if random::unit(random::extend(prefix, index)) >= d.rate { x.at(r, c) * scale } else { 0.0 }
    });
}

/// A table `[rows, width]` with contiguous rows, and the rows wanted.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    pub table: Source<'a>,
    /// Distance of rows in the table (= its width).
    pub row_stride: usize,
    /// One id per row of the output; each must lie inside the table.
    pub ids: &'a [i32],
}

impl Lookup<'_> {
    fn at(&self, row: usize, column: usize) -> f32 {
        self.table.get(self.ids[row] as usize * self.row_stride + column)
    }
}

/// `out[r] = table[ids[r]]`. Panics when an id is outside the table.
pub fn gather(_isa: Isa, shape: Shape, out: Area<'_>, from: Lookup<'_>) {
    each(shape, out, |r, c| from.at(r, c));
}

/// `out[r] = a[ids[r]] * b[ids[r]]` element by element. Panics when an id is outside its table.
pub fn gather_product(_isa: Isa, shape: Shape, out: Area<'_>, a: Lookup<'_>, b: Lookup<'_>) {
    each(shape, out, |r, c| a.at(r, c) * b.at(r, c));
}

/// `out[r]` = dot product of the two rows, in 16 lanes. `out` as in [`sum_last`].
pub fn gather_dot(_isa: Isa, shape: Shape, out: Area<'_>, a: Lookup<'_>, b: Lookup<'_>) {
    each(Shape::new(shape.rows, 1), out, |r, _| (0..shape.width).map(|c| a.at(r, c) * b.at(r, c)).sum());
}
