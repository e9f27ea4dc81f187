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
    /// Lanes of the last vector that exist, if it is partial.
    pub last: usize,
}

/// What the epilogue needs beside the tile: its place in C.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub row: usize,
    pub column: usize,
}

/// Repeats a statement for i = 0, 1, … below ROWS <= 12. A loop would do if compilers unrolled it before deciding what
/// lives in registers.
macro_rules! each_row {
    ($i:ident < $rows:ident: $body:expr) => {
        each_row!(@ $i $rows $body; 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $i:ident $rows:ident $body:expr; $($index:literal)+) => {
        $(if $index < $rows {
            let $i: usize = $index;
            $body;
        })+
    };
}

/// Computes `ROWS x (VECTORS * LANES)` elements of C; with `PART` only `last` lanes of the last vector exist.
///
/// # Safety
/// The elements of A, B and C that the tile names are inside their memory; the epilogue's operands hold C's shape.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize, const PART: bool>(
    s: S,
    t: &Tile,
    epilogue: &Epilogue<'_>,
    place: Place,
) {
    let mut sums = [[s.zero(); VECTORS]; ROWS];
    if t.accumulate {
        // SAFETY: row i of the tile lies in C; what is prefetched need not exist.
        each_row!(i < ROWS: unsafe {
            sums[i] = load_row::<S, VECTORS, PART>(s, t.c.add(i * t.c_row_stride), t.last);
            prefetch_row::<S, VECTORS>(s, t.c.wrapping_add((ROWS + i) * t.c_row_stride));
        });
    }
    // One pointer for every three rows: with strides 0, 1 and 2 they need no arithmetic of their own, and a chain of additions
    // through all rows would be slower than the multiplications.
    let mut a: [*const f32; 4] = std::array::from_fn(|group| t.a.wrapping_add(3 * group * t.a_row_stride));
    let mut b = t.b;
    for _ in 0..t.k {
        // SAFETY: row l of B has the tile's columns.
        let right = unsafe { load_row::<S, VECTORS, PART>(s, b, t.last) };
        each_row!(i < ROWS: {
            // SAFETY: column l of A has the tile's rows.
            let left = s.splat(unsafe { *a[i / 3].add(i % 3 * t.a_row_stride) });
            sums[i][0] = s.fma(left, right[0], sums[i][0]);
            if VECTORS == 2 {
                sums[i][1] = s.fma(left, right[1], sums[i][1]);
            }
        });
        // After the last l these point anywhere, unused.
        a = a.map(|pointer| pointer.wrapping_add(t.a_col_stride));
        b = b.wrapping_add(t.b_row_stride);
    }
    // SAFETY: vouched for by the caller.
    unsafe { finish::<S, ROWS, VECTORS, PART>(s, t, sums, epilogue, place) }
}

/// Applies the epilogue to a tile and writes it.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
pub(super) unsafe fn finish<S: Simd, const ROWS: usize, const VECTORS: usize, const PART: bool>(
    s: S,
    t: &Tile,
    mut sums: [[S::V; VECTORS]; ROWS],
    epilogue: &Epilogue<'_>,
    place: Place,
) {
    match *epilogue {
        Epilogue::None => {}
        Epilogue::Bias(bias) => {
            // SAFETY: the bias has a value for every column of C.
            let bias = unsafe { load_row::<S, VECTORS, PART>(s, bias.pointer().add(place.column), t.last) };
            each_row!(i < ROWS: for j in 0..VECTORS {
                sums[i][j] = s.add(sums[i][j], bias[j]);
            });
        }
        Epilogue::BiasRelu(bias) => {
            // SAFETY: as above.
            let bias = unsafe { load_row::<S, VECTORS, PART>(s, bias.pointer().add(place.column), t.last) };
            each_row!(i < ROWS: for j in 0..VECTORS {
                sums[i][j] = s.max(s.add(sums[i][j], bias[j]), s.zero());
            });
        }
        Epilogue::RowBias(bias) => {
            let bias = bias.pointer().wrapping_add(place.row);
            each_row!(i < ROWS: {
                // SAFETY: the bias has a value for every row of C.
                let bias = s.splat(unsafe { *bias.add(i) });
                for sum in &mut sums[i] {
                    *sum = s.add(*sum, bias);
                }
            });
        }
        Epilogue::RowBiasRelu(bias) => {
            let bias = bias.pointer().wrapping_add(place.row);
            each_row!(i < ROWS: {
                // SAFETY: as above.
                let bias = s.splat(unsafe { *bias.add(i) });
                for sum in &mut sums[i] {
                    *sum = s.max(s.add(*sum, bias), s.zero());
                }
            });
        }
        Epilogue::ReluMask { y, row_stride } => {
            let y = y.pointer().wrapping_add(place.row * row_stride + place.column);
            each_row!(i < ROWS: {
                // SAFETY: y has the shape of C.
                let y = unsafe { load_row::<S, VECTORS, PART>(s, y.add(i * row_stride), t.last) };
                for j in 0..VECTORS {
                    sums[i][j] = s.select(s.gt(y[j], s.zero()), sums[i][j], s.zero());
                }
            });
        }
    }
    // SAFETY: row i of the tile lies in C.
    each_row!(i < ROWS: unsafe { store_row::<S, VECTORS, PART>(s, t.c.add(i * t.c_row_stride), sums[i], t.last) });
}

/// # Safety
/// The lanes to read lie in the memory of `p`.
#[inline(always)]
unsafe fn load_row<S: Simd, const VECTORS: usize, const PART: bool>(
    s: S,
    p: *const f32,
    last: usize,
) -> [S::V; VECTORS] {
    let mut row = [s.zero(); VECTORS];
    // SAFETY: vouched for by the caller.
    unsafe {
        row[0] = if PART && VECTORS == 1 { s.load_part(p, last) } else { s.load(p) };
        if VECTORS == 2 {
            let p = p.add(S::LANES);
            row[1] = if PART { s.load_part(p, last) } else { s.load(p) };
        }
    }
    row
}

/// # Safety
/// The lanes to write lie in the memory of `p`.
#[inline(always)]
unsafe fn store_row<S: Simd, const VECTORS: usize, const PART: bool>(
    s: S,
    p: *mut f32,
    row: [S::V; VECTORS],
    last: usize,
) {
    // SAFETY: vouched for by the caller.
    unsafe {
        if PART && VECTORS == 1 {
            s.store_part(p, row[0], last)
        } else {
            s.store(p, row[0])
        }
        if VECTORS == 2 {
            let p = p.add(S::LANES);
            if PART { s.store_part(p, row[1], last) } else { s.store(p, row[1]) }
        }
    }
}

#[inline(always)]
fn prefetch_row<S: Simd, const VECTORS: usize>(s: S, p: *const f32) {
    s.prefetch(p);
    if VECTORS == 2 {
        s.prefetch(p.wrapping_add(S::LANES));
    }
}
