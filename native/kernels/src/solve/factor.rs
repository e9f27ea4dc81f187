//! Small symmetric positive definite systems: Cholesky's factorization, row by row so that inner loops are whole vectors.

use crate::isa::Isa;
use crate::memory;
use crate::simd::{Kernel, Simd};

/// Replaces a matrix `[n, n]`, of which the lower triangle is read, by its inverse (both triangles), in float64. False where
/// it is not positive definite.
pub(super) fn invert_spd(a: &mut [f32], n: usize) -> bool {
    // Gauss-Jordan by the sweep operator, one pivot at a time: pivots are Cholesky's, so their sign tells definiteness.
    let mut m: Vec<f64> = memory::filled(0.0, n * n);
    for i in 0..n {
        for j in 0..=i {
            (m[i * n + j], m[j * n + i]) = (f64::from(a[i * n + j]), f64::from(a[i * n + j]));
        }
    }
    let mut pivot_row = vec![0.0; n];
    for k in 0..n {
        let pivot = m[k * n + k];
        // Also false for NaN.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        pivot_row.copy_from_slice(&m[k * n..(k + 1) * n]);
        for (i, row) in m.chunks_exact_mut(n).enumerate() {
            let factor = row[k] / pivot;
            if i != k {
                row.iter_mut().zip(&pivot_row).for_each(|(x, &p)| *x -= factor * p);
                row[k] = factor;
            }
        }
        let row = &mut m[k * n..(k + 1) * n];
        row.iter_mut().zip(&pivot_row).for_each(|(x, &p)| *x = p / pivot);
        row[k] = -1.0 / pivot;
    }
    a.iter_mut().zip(&m).for_each(|(x, &value)| *x = -value as f32);
    true
}

/// Solves `A x = b` in place for a symmetric positive definite A `[n, n]` (upper triangle read and destroyed); b becomes x.
/// False where A is not positive definite.
pub(super) fn solve_spd(isa: Isa, a: &mut [f32], b: &mut [f32]) -> bool {
    isa.run(Solve { a, b })
}

struct Solve<'a> {
    a: &'a mut [f32],
    b: &'a mut [f32],
}

impl Kernel for Solve<'_> {
    type Output = bool;

    /// Right-looking `A = U^T U`; `U^T y = b` on the way, then `U x = y` from the last row up.
    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> bool {
        let Self { a, b } = self;
        let n = b.len();
        for k in 0..n {
            let pivot = a[k * n + k];
            if !(pivot > 0.0 && pivot.is_finite()) {
                return false;
            }
            let scale = 1.0 / pivot.sqrt();
            let (above, below) = a.split_at_mut((k + 1) * n);
            let row = &mut above[k * n + k..];
            row.iter_mut().for_each(|x| *x *= scale);
            b[k] *= scale;
            for i in k + 1..n {
                let factor = row[i - k];
                subtract(s, &mut below[(i - k - 1) * n + i..(i - k) * n], &row[i - k..], factor);
                b[i] = s_fnma(factor, b[k], b[i]);
            }
        }
        for k in (0..n).rev() {
            let rest: f32 = dot(s, &a[k * n + k + 1..(k + 1) * n], &b[k + 1..]);
            b[k] = (b[k] - rest) / a[k * n + k];
        }
        true
    }
}

/// `c - a b` in two roundings, as on every instruction set.
#[inline(always)]
fn s_fnma(a: f32, b: f32, c: f32) -> f32 {
    c - a * b
}

/// `y -= factor x`
#[inline(always)]
pub(super) fn subtract<S: Simd>(s: S, y: &mut [f32], x: &[f32], factor: f32) {
    add_scaled(s, y, x, -factor);
}

/// `y += factor x`
#[inline(always)]
pub(super) fn add_scaled<S: Simd>(s: S, y: &mut [f32], x: &[f32], factor: f32) {
    let f = s.splat(factor);
    let n = y.len().min(x.len());
    let mut i = 0;
    // SAFETY: i + LANES (or the rest) stays within both slices.
    unsafe {
        while i + S::LANES <= n {
            s.store(y.as_mut_ptr().add(i), s.fma(f, s.load(x.as_ptr().add(i)), s.load(y.as_ptr().add(i))));
            i += S::LANES;
        }
        if i < n {
            let sum = s.fma(f, s.load_part(x.as_ptr().add(i), n - i), s.load_part(y.as_ptr().add(i), n - i));
            s.store_part(y.as_mut_ptr().add(i), sum, n - i);
        }
    }
}

/// Inner product in 16 lanes.
#[inline(always)]
pub(super) fn dot<S: Simd>(s: S, x: &[f32], y: &[f32]) -> f32 {
    let n = x.len().min(y.len());
    let mut sum = s.zero();
    let mut i = 0;
    // SAFETY: i + LANES (or the rest) stays within both slices.
    unsafe {
        while i + S::LANES <= n {
            sum = s.fma(s.load(x.as_ptr().add(i)), s.load(y.as_ptr().add(i)), sum);
            i += S::LANES;
        }
        if i < n {
            sum = s.fma(s.load_part(x.as_ptr().add(i), n - i), s.load_part(y.as_ptr().add(i), n - i), sum);
        }
    }
    s.sum(sum)
}
