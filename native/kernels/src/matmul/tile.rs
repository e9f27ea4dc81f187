//! The inner kernel: a tile of C held in registers while k passes by.
//!
//! Every element of C starts from 0 (or from its value) and adds `a[i, l] * b[l, j]` for l = 0, 1, …, one fused
//! multiply-add each. That order does not depend on the size of tiles, so neither do the bits of the result.

use super::Epilogue;
use crate::simd::Simd;

/// Where a tile lies. Strides count floats.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub k: usize,
    pub a: *const f32,
    pub a_row_stride: usize,
    pub a_col_stride: usize,
    pub b: *const f32,
    pub b_row_stride: usize,
    pub c: *mut f32,
    pub c_row_stride: usize,
    /// Start from C instead of 0.
    pub accumulate: bool,
}

/// What [`finish_row`] needs beside the tile: its place in C.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub row: usize,
    pub column: usize,
}

/// Computes `ROWS x (VECTORS * LANES)` elements of C; with `PART` only `last` lanes of the last vector exist.
///
/// # Safety
/// The elements of A, B and C that the tile names are inside their memory; the epilogue's operands hold C's shape.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize, const PART: bool>(
    s: S,
    t: &Tile,
    last: usize,
    epilogue: &Epilogue<'_>,
    place: Place,
) {
    let mut sums = [[s.zero(); VECTORS]; ROWS];
    if t.accumulate {
        for (i, row) in sums.iter_mut().enumerate() {
            // SAFETY: row i of the tile lies in C.
            unsafe { load_row::<S, VECTORS, PART>(s, t.c.add(i * t.c_row_stride), last, row) }
        }
    }
    if t.accumulate {
        for i in 0..ROWS {
            s.prefetch(t.c.wrapping_add((ROWS + i) * t.c_row_stride));
            if VECTORS > 1 {
                s.prefetch(t.c.wrapping_add((ROWS + i) * t.c_row_stride + S::LANES));
            }
        }
    }
    let mut a = t.a;
    let mut b = t.b;
    for _ in 0..t.k {
        let mut right = [s.zero(); VECTORS];
        // SAFETY: row l of B has the tile's columns; column l of A has the tile's rows. Past the last l the pointers are
        // only advanced, with wrapping arithmetic.
        unsafe {
            load_row::<S, VECTORS, PART>(s, b, last, &mut right);
            for (i, row) in sums.iter_mut().enumerate() {
                let left = s.splat(*a.add(i * t.a_row_stride));
                for j in 0..VECTORS {
                    row[j] = s.fma(left, right[j], row[j]);
                }
            }
        }
        a = a.wrapping_add(t.a_col_stride);
        b = b.wrapping_add(t.b_row_stride);
    }
    for (i, row) in sums.iter().enumerate() {
        let place = Place { row: place.row + i, column: place.column };
        // SAFETY: as for the rows read above; the epilogue's operands hold this place.
        unsafe { finish_row::<S, VECTORS, PART>(s, t.c.add(i * t.c_row_stride), row, last, epilogue, place) }
    }
}

/// # Safety
/// The lanes to read lie in the memory of `p`.
#[inline(always)]
unsafe fn load_row<S: Simd, const VECTORS: usize, const PART: bool>(
    s: S,
    p: *const f32,
    last: usize,
    row: &mut [S::V; VECTORS],
) {
    for (j, v) in row.iter_mut().enumerate() {
        // SAFETY: vouched for by the caller; all vectors but the last are full.
        *v = unsafe {
            let p = p.add(j * S::LANES);
            if PART && j == VECTORS - 1 { s.load_part(p, last) } else { s.load(p) }
        };
    }
}

/// Applies the epilogue to one row of a tile and writes it.
///
/// # Safety
/// The lanes to write lie in the memory of `c`, those of the epilogue's operands in theirs.
#[inline(always)]
pub(super) unsafe fn finish_row<S: Simd, const VECTORS: usize, const PART: bool>(
    s: S,
    c: *mut f32,
    row: &[S::V; VECTORS],
    last: usize,
    epilogue: &Epilogue<'_>,
    place: Place,
) {
    for (j, &sum) in row.iter().enumerate() {
        let part = PART && j == VECTORS - 1;
        let column = place.column + j * S::LANES;
        // SAFETY: operand lanes exist wherever C's do, which the caller vouches for.
        let read = |p: *const f32| unsafe { if part { s.load_part(p, last) } else { s.load(p) } };
        let value = match *epilogue {
            Epilogue::None => sum,
            // SAFETY (this and below): column < n = the operand's width.
            Epilogue::Bias(bias) => s.add(sum, read(bias.pointer().wrapping_add(column))),
            Epilogue::BiasRelu(bias) => s.max(s.add(sum, read(bias.pointer().wrapping_add(column))), s.zero()),
            Epilogue::ReluMask { y, row_stride } => {
                let y = read(y.pointer().wrapping_add(place.row * row_stride + column));
                s.select(s.gt(y, s.zero()), sum, s.zero())
            }
        };
        // SAFETY: vouched for by the caller.
        unsafe {
            let c = c.add(j * S::LANES);
            if part { s.store_part(c, value, last) } else { s.store(c, value) }
        }
    }
}
