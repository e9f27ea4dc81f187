//! Sums. Along rows in row order; along columns in 16 lanes with a fixed tree at the end.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape};

/// `out[c] = sum over r of x[r, c]` in row order, or added onto `out` when `accumulate`. `out` is `[width]`.
pub fn sum_rows(isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>, accumulate: bool) {
    out.check(Shape::new(1, shape.width));
    x.check(shape);
    assert!(x.column_stride == 1, "sum_rows of equal columns");
    isa.run(SumRows { shape, out, x, accumulate });
}

struct SumRows<'a> {
    shape: Shape,
    out: Area<'a>,
    x: Block<'a>,
    accumulate: bool,
}

impl Kernel for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut c = 0;
        while c < self.shape.width {
            let left = self.shape.width - c;
            // SAFETY: `sum_rows` has checked that these columns exist in all rows.
            unsafe {
                if left >= 4 * S::LANES {
                    self.columns::<S, 4>(s, c, S::LANES);
                    c += 4 * S::LANES;
                } else {
                    self.columns::<S, 1>(s, c, left.min(S::LANES));
                    c += S::LANES;
                }
            }
        }
    }
}

impl SumRows<'_> {
    /// # Safety
    /// Columns `[c, c + N * lanes)` exist; lanes = LANES unless N = 1.
    #[inline(always)]
    unsafe fn columns<S: Simd, const N: usize>(&self, s: S, c: usize, lanes: usize) {
        let mut sums = [s.zero(); N];
        let out = self.out.data.pointer().wrapping_add(c);
        let full = lanes == S::LANES;
        if self.accumulate {
            for (j, sum) in sums.iter_mut().enumerate() {
                // SAFETY: vouched for by the caller.
                *sum = unsafe { if full { s.load(out.add(j * S::LANES)) } else { s.load_part(out, lanes) } };
            }
        }
        for r in 0..self.shape.rows {
            let row = self.x.data.pointer().wrapping_add(r * self.x.row_stride + c);
            for (j, sum) in sums.iter_mut().enumerate() {
                // SAFETY: vouched for by the caller.
                let x = unsafe { if full { s.load(row.add(j * S::LANES)) } else { s.load_part(row, lanes) } };
                *sum = s.add(*sum, x);
            }
        }
        for (j, &sum) in sums.iter().enumerate() {
            // SAFETY: vouched for by the caller.
            unsafe { if full { s.store(out.add(j * S::LANES), sum) } else { s.store_part(out, sum, lanes) } }
        }
    }
}

/// Adds the elements of a row to 16 lanes.
///
/// # Safety
/// `width` floats can be read at `row`.
#[inline(always)]
pub(super) unsafe fn add_row<S: Simd>(s: S, width: usize, row: *const f32, mut sum: S::V) -> S::V {
    let mut c = 0;
    // SAFETY: vouched for by the caller.
    unsafe {
        while c + S::LANES <= width {
            sum = s.add(sum, s.load(row.add(c)));
            c += S::LANES;
        }
        if c < width {
            sum = s.add(sum, s.load_part(row.add(c), width - c));
        }
    }
    sum
}

/// The sum of all elements: column c of every row goes to lane c mod 16, rows in order; rows without gaps between them
/// count as one long row.
pub fn sum_all(isa: Isa, shape: Shape, x: Block<'_>) -> f32 {
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "sum_all of equal columns");
    if shape.rows == 0 || shape.width == 0 {
        return 0.0;
    }
    let flat = if x.row_stride == shape.width { Shape::new(1, shape.rows * shape.width) } else { shape };
    isa.run(SumAll { shape: flat, x })
}

struct SumAll<'a> {
    shape: Shape,
    x: Block<'a>,
}

impl Kernel for SumAll<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let mut sum = s.zero();
        for r in 0..self.shape.rows {
            let row = self.x.data.pointer().wrapping_add(r * self.x.row_stride);
            // SAFETY: `sum_all` has checked the extent.
            sum = unsafe { add_row(s, self.shape.width, row, sum) };
        }
        s.sum(sum)
    }
}

/// `out[r] = sum over c of x[r, c]`, in 16 lanes. `out` has width 1: its row stride is the distance of the sums.
pub fn sum_last(isa: Isa, shape: Shape, out: Area<'_>, x: Block<'_>) {
    out.check(Shape::new(shape.rows, 1));
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "sum_last of equal columns");
    isa.run(SumLast { shape, out, x });
}

struct SumLast<'a> {
    shape: Shape,
    out: Area<'a>,
    x: Block<'a>,
}

impl Kernel for SumLast<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for r in 0..self.shape.rows {
            let row = self.x.data.pointer().wrapping_add(r * self.x.row_stride);
            // SAFETY: `sum_last` has checked the extents.
            unsafe {
                let sum = add_row(s, self.shape.width, row, s.zero());
                *self.out.data.pointer().add(r * self.out.row_stride) = s.sum(sum);
            }
        }
    }
}

/// `out[r] = sum over c of a[r, c] * b[r, c]`, in 16 lanes. `out` as in [`sum_last`].
pub fn dot_last(isa: Isa, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    out.check(Shape::new(shape.rows, 1));
    a.check(shape);
    b.check(shape);
    assert!(a.column_stride == 1 && b.column_stride == 1 || shape.width <= 1, "dot_last of equal columns");
    isa.run(DotLast { shape, out, a, b });
}

struct DotLast<'a> {
    shape: Shape,
    out: Area<'a>,
    a: Block<'a>,
    b: Block<'a>,
}

impl Kernel for DotLast<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for r in 0..self.shape.rows {
            let a = self.a.data.pointer().wrapping_add(r * self.a.row_stride);
            let b = self.b.data.pointer().wrapping_add(r * self.b.row_stride);
            // SAFETY: `dot_last` has checked the extents.
            unsafe { *self.out.data.pointer().add(r * self.out.row_stride) = dot(s, self.shape.width, a, b) }
        }
    }
}

/// `out[c] = sum over r of a[r, c] * b[r, c]` in row order. `out` is `[width]`.
pub fn dot_rows(isa: Isa, shape: Shape, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    out.check(Shape::new(1, shape.width));
    a.check(shape);
    b.check(shape);
    isa.run(DotRows { shape, out, a, b });
}

struct DotRows<'a> {
    shape: Shape,
    out: Area<'a>,
    a: Block<'a>,
    b: Block<'a>,
}

impl Kernel for DotRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.shape.width;
        let mut c = 0;
        while c < width {
            // SAFETY: `dot_rows` has checked that these columns exist in all rows.
            unsafe {
                if c + 4 * S::LANES <= width {
                    self.columns::<S, 4>(s, c, S::LANES);
                    c += 4 * S::LANES;
                } else {
                    self.columns::<S, 1>(s, c, S::LANES.min(width - c));
                    c += S::LANES;
                }
            }
        }
    }
}

impl DotRows<'_> {
    /// # Safety
    /// Columns `[c, c + N * lanes)` exist; lanes = LANES unless N = 1.
    #[inline(always)]
    unsafe fn columns<S: Simd, const N: usize>(&self, s: S, c: usize, lanes: usize) {
        let mut sums = [s.zero(); N];
        for r in 0..self.shape.rows {
            for (j, sum) in sums.iter_mut().enumerate() {
                // SAFETY: vouched for by the caller.
                let (a, b) = unsafe {
                    let c = c + j * S::LANES;
                    (lanes_of(s, &self.a, r, c, lanes), lanes_of(s, &self.b, r, c, lanes))
                };
                *sum = s.fma(a, b, *sum);
            }
        }
        for (j, &sum) in sums.iter().enumerate() {
            // SAFETY: vouched for by the caller.
            unsafe { s.store_part(self.out.data.pointer().add(c + j * S::LANES), sum, lanes) }
        }
    }
}

/// Columns `[c, c + lanes)` of row r.
///
/// # Safety
/// They exist.
#[inline(always)]
unsafe fn lanes_of<S: Simd>(s: S, x: &Block<'_>, r: usize, c: usize, lanes: usize) -> S::V {
    let row = x.data.pointer().wrapping_add(r * x.row_stride);
    // SAFETY: vouched for by the caller.
    unsafe {
        match x.column_stride {
            0 => s.splat(*row),
            _ if lanes == S::LANES => s.load(row.add(c)),
            _ => s.load_part(row.add(c), lanes),
        }
    }
}

/// The dot product of two rows, in 16 lanes.
///
/// # Safety
/// `width` floats can be read at a and b.
#[inline(always)]
pub(crate) unsafe fn dot<S: Simd>(s: S, width: usize, a: *const f32, b: *const f32) -> f32 {
    let mut sum = s.zero();
    let mut c = 0;
    // SAFETY: vouched for by the caller.
    unsafe {
        while c + S::LANES <= width {
            sum = s.fma(s.load(a.add(c)), s.load(b.add(c)), sum);
            c += S::LANES;
        }
        if c < width {
            sum = s.fma(s.load_part(a.add(c), width - c), s.load_part(b.add(c), width - c), sum);
        }
    }
    s.sum(sum)
}
