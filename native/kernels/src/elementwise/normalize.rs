//! Layer normalization without gain and bias: each row less its mean, over its standard deviation.

use super::reduce::{add_row, dot};
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape};

/// `out = (x - mean) / sqrt(variance + epsilon)` by rows, the variance that of all elements.
pub fn layer_norm(isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>, epsilon: f32) {
    out.check(shape);
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "a normalization of equal columns");
    isa.run(Normalize { shape, out, x, epsilon });
}

struct Normalize<'a> {
    shape: Shape,
    out: Area<'a>,
    x: Block<'a>,
    epsilon: f32,
}

/// Writes the normalized row and returns the factor.
///
/// # Safety
/// `width` floats can be read at `x` and written at `out`.
#[inline(always)]
unsafe fn normalize<S: Simd>(s: S, width: usize, x: *const f32, out: *mut f32, epsilon: f32) -> f32 {
    // SAFETY: as promised by the caller.
    unsafe {
        let mean = s.splat(s.sum(add_row(s, width, x, s.zero())) / width as f32);
        for c in (0..width).step_by(S::LANES) {
            let lanes = (width - c).min(S::LANES);
            s.store_part(out.add(c), s.sub(s.load_part(x.add(c), lanes), mean), lanes);
        }
        let variance = dot(s, width, out, out) / width as f32;
        let factor = 1.0 / (variance + epsilon).sqrt();
        for c in (0..width).step_by(S::LANES) {
            let lanes = (width - c).min(S::LANES);
            s.store_part(out.add(c), s.mul(s.load_part(out.add(c), lanes), s.splat(factor)), lanes);
        }
        factor
    }
}

impl Kernel for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for r in 0..self.shape.rows {
            let x = self.x.data.pointer().wrapping_add(r * self.x.row_stride);
            let out = self.out.data.pointer().wrapping_add(r * self.out.row_stride);
            // SAFETY: `layer_norm` has checked the extents.
            unsafe { normalize(s, self.shape.width, x, out, self.epsilon) };
        }
    }
}

/// `dx = factor (dy - mean(dy) - y mean(dy y))` by rows, y and the factor those of the normalization of x. `dx` is the
/// memory of no operand.
pub fn layer_norm_gradient(isa: Isa, shape: Shape, dx: Area<'_>, x: Block<'_>, dy: Block<'_>, epsilon: f32) {
    dx.check(shape);
    x.check(shape);
    dy.check(shape);
    let whole = x.column_stride == 1 && dy.column_stride == 1;
    assert!(whole || shape.width <= 1, "a normalization of equal columns");
    isa.run(Gradient { shape, dx, x, dy, epsilon });
}

struct Gradient<'a> {
    shape: Shape,
    dx: Area<'a>,
    x: Block<'a>,
    dy: Block<'a>,
    epsilon: f32,
}

impl Kernel for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.shape.width;
        for r in 0..self.shape.rows {
            let x = self.x.data.pointer().wrapping_add(r * self.x.row_stride);
            let dy = self.dy.data.pointer().wrapping_add(r * self.dy.row_stride);
            let dx = self.dx.data.pointer().wrapping_add(r * self.dx.row_stride);
            // SAFETY: `layer_norm_gradient` has checked the extents.
            unsafe {
                let factor = normalize(s, width, x, dx, self.epsilon);
                let y = dx;
                let flat = s.splat(s.sum(add_row(s, width, dy, s.zero())) / width as f32);
                let along = s.splat(dot(s, width, dy, y) / width as f32);
                for c in (0..width).step_by(S::LANES) {
                    let lanes = (width - c).min(S::LANES);
                    let rest = s.sub(s.load_part(dy.add(c), lanes), flat);
                    let slope = s.fnma(s.load_part(y.add(c), lanes), along, rest);
                    s.store_part(dx.add(c), s.mul(slope, s.splat(factor)), lanes);
                }
            }
        }
    }
}
