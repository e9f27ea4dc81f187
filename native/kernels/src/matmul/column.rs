//! Products with a single column: `c[i] = sum over l of a[i, l] * b[l]`.

use super::tile::{self, Place, Tile};
use super::{Epilogue, Gemm, Right, blocks};
use crate::simd::Simd;

/// Rows of A that share a load of b.
const ROWS: usize = 4;
/// Longest vector of sums kept in registers while k passes by.
const VECTORS: usize = 8;

/// # Safety
/// All operands hold their shapes, n = 1.
#[inline(always)]
pub(super) unsafe fn product<S: Simd>(s: S, g: &Gemm<'_>, epilogue: &Epilogue<'_>) {
    let (b, b_stride) = match g.b {
        Right::Rows { data, row_stride } => (data.pointer(), row_stride),
        Right::Packed(packed) => packed.at(0, 0),
    };
    // SAFETY: passed on.
    unsafe {
        if g.a_col_stride == 1 && b_stride == 1 {
            dots(s, g, b, epilogue);
        } else if g.a_row_stride == 1 {
            combination(s, g, b, b_stride, epilogue);
        } else {
            blocks::product(s, g, epilogue);
        }
    }
}

/// Rows of A are contiguous: one dot product each.
///
/// # Safety
/// As for [`product`], with these strides.
#[inline(always)]
unsafe fn dots<S: Simd>(s: S, g: &Gemm<'_>, b: *const f32, epilogue: &Epilogue<'_>) {
    let mut row = 0;
    // SAFETY: rows below m.
    unsafe {
        while row + ROWS <= g.m {
            let sums = dot_rows::<S, ROWS>(s, g, b, row);
            for (i, &sum) in sums.iter().enumerate() {
                finish(s, g, row + i, sum, epilogue);
            }
            row += ROWS;
        }
        while row < g.m {
            let [sum] = dot_rows::<S, 1>(s, g, b, row);
            finish(s, g, row, sum, epilogue);
            row += 1;
        }
    }
}

/// # Safety
/// Rows `[row, row + N)` exist.
#[inline(always)]
unsafe fn dot_rows<S: Simd, const N: usize>(s: S, g: &Gemm<'_>, b: *const f32, row: usize) -> [f32; N] {
    let a = g.a.pointer().wrapping_add(row * g.a_row_stride);
    let mut sums = [s.zero(); N];
    let mut l = 0;
    // SAFETY: columns below k.
    unsafe {
        while l + S::LANES <= g.k {
            let right = s.load(b.add(l));
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = s.fma(s.load(a.add(i * g.a_row_stride + l)), right, *sum);
            }
            l += S::LANES;
        }
        if l < g.k {
            let right = s.load_part(b.add(l), g.k - l);
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = s.fma(s.load_part(a.add(i * g.a_row_stride + l), g.k - l), right, *sum);
            }
        }
    }
    let mut out = [0.0; N];
    for (out, &sum) in out.iter_mut().zip(&sums) {
        *out = s.sum(sum);
    }
    out
}

/// Columns of A are contiguous: a combination of them, k in sequence.
///
/// # Safety
/// As for [`product`], with these strides.
#[inline(always)]
unsafe fn combination<S: Simd>(s: S, g: &Gemm<'_>, b: *const f32, b_stride: usize, epilogue: &Epilogue<'_>) {
    let mut row = 0;
    // SAFETY: rows below m.
    unsafe {
        while row + VECTORS * S::LANES <= g.m {
            combine::<S, VECTORS>(s, g, b, b_stride, row, VECTORS * S::LANES, epilogue);
            row += VECTORS * S::LANES;
        }
        while row < g.m {
            let rows = S::LANES.min(g.m - row);
            combine::<S, 1>(s, g, b, b_stride, row, rows, epilogue);
            row += rows;
        }
    }
}

/// # Safety
/// Rows `[row, row + rows)` exist; they fill N vectors, or N = 1.
#[inline(always)]
unsafe fn combine<S: Simd, const N: usize>(
    s: S,
    g: &Gemm<'_>,
    b: *const f32,
    b_stride: usize,
    row: usize,
    rows: usize,
    epilogue: &Epilogue<'_>,
) {
    let mut buffer = [[0.0_f32; 16]; N];
    if g.accumulate {
        for i in 0..rows {
            // SAFETY: row + i < m.
            buffer[i / S::LANES][i % S::LANES] = unsafe { *g.c.pointer().add((row + i) * g.c_row_stride) };
        }
    }
    let mut sums = [s.zero(); N];
    for (sum, lanes) in sums.iter_mut().zip(&buffer) {
        // SAFETY: LANES <= 16.
        *sum = unsafe { s.load(lanes.as_ptr()) };
    }
    for l in 0..g.k {
        // SAFETY: column l of A has these rows; b has k elements.
        unsafe {
            let right = s.splat(*b.add(l * b_stride));
            let a = g.a.pointer().add(row + l * g.a_col_stride);
            for (j, sum) in sums.iter_mut().enumerate() {
                let lanes = rows - j * S::LANES;
                let left = if lanes < S::LANES { s.load_part(a, lanes) } else { s.load(a.add(j * S::LANES)) };
                *sum = s.fma(left, right, *sum);
            }
        }
    }
    for (&sum, lanes) in sums.iter().zip(&mut buffer) {
        // SAFETY: LANES <= 16.
        unsafe { s.store(lanes.as_mut_ptr(), sum) }
    }
    for i in 0..rows {
        // SAFETY: row + i < m.
        unsafe { write(s, g, row + i, buffer[i / S::LANES][i % S::LANES], epilogue) }
    }
}

/// # Safety
/// `row` < m.
#[inline(always)]
unsafe fn finish<S: Simd>(s: S, g: &Gemm<'_>, row: usize, sum: f32, epilogue: &Epilogue<'_>) {
    // SAFETY: row < m.
    unsafe {
        let before = if g.accumulate { *g.c.pointer().add(row * g.c_row_stride) } else { 0.0 };
        write(s, g, row, before + sum, epilogue);
    }
}

/// # Safety
/// `row` < m.
#[inline(always)]
unsafe fn write<S: Simd>(s: S, g: &Gemm<'_>, row: usize, value: f32, epilogue: &Epilogue<'_>) {
    let h = s.half();
    let t = Tile {
        k: 0,
        a: g.a.pointer(),
        a_row_stride: 0,
        a_col_stride: 0,
        b: g.a.pointer(),
        b_row_stride: 0,
        c: g.c.pointer().wrapping_add(row * g.c_row_stride),
        c_row_stride: 0,
        accumulate: false,
        last: 1,
    };
    // SAFETY: one element at (row, 0).
    unsafe { tile::finish::<S::Half, 1, 1, true>(h, &t, [[h.splat(value)]], epilogue, Place { row, column: 0 }) }
}
