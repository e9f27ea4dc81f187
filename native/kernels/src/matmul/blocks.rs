//! How a product is cut up, so that the caches of the processor hold what is used again.
//!
//! Blocks of rows and of k; in a block strips of columns, one tile wide; in a strip tiles, one below the other. A strip of B
//! stays in the first-level cache while the block of A passes by from the second. The strip is copied to contiguous memory
//! where its rows would lie so far apart that the sets of the cache overflow. (Copying A, as libraries do, gains nothing
//! here: measured 4 to 10 % slower for transposed A of 256 x 128 to 512 x 256.)

use super::tile::{Place, Tile, tile};
use super::{Epilogue, Gemm, Right};
use crate::simd::{Kernel, Simd};

/// Floats of a strip of B: half of a 32 KB first-level cache.
const STRIP_FLOATS: usize = 4096;
/// Floats of a block of A: a quarter of a 1 MB second-level cache.
const BLOCK_FLOATS: usize = 65536;
/// Rows of B this many floats apart are copied.
const FAR: usize = 128;
/// Rows of C that a copied strip of B must serve to be worth it.
const MANY_ROWS: usize = 24;

/// Room for a copied strip of B.
#[repr(align(64))]
#[expect(dead_code, reason = "written and read through its address")]
struct Copied([f32; STRIP_FLOATS]);

/// Rows `[top, top + rows)` and k `[from, from + k)` of a product.
struct Part<'a> {
    top: usize,
    rows: usize,
    from: usize,
    k: usize,
    epilogue: &'a Epilogue<'a>,
}

/// # Safety
/// All operands hold their shapes.
#[inline(always)]
pub(super) unsafe fn product<S: Simd>(s: S, g: &Gemm<'_>, epilogue: &Epilogue<'_>) {
    let width = S::LANES * S::TILE_VECTORS;
    let depth = (STRIP_FLOATS / width).min(g.k.max(1));
    let height = (BLOCK_FLOATS / depth).max(S::TILE_ROWS).min(g.m);
    let mut top = 0;
    while top < g.m {
        let rows = height.min(g.m - top);
        let mut from = 0;
        loop {
            let k = depth.min(g.k - from);
            let done = from + k == g.k;
            let part = Part { top, rows, from, k, epilogue: if done { epilogue } else { &Epilogue::None } };
            // SAFETY: the part lies inside the product.
            unsafe { strips(s, g, &part) }
            from += k;
            if done {
                break;
            }
        }
        top += rows;
    }
}

/// Rows of the tiles that `rows` rows are cut into: evenly, the last tile possibly smaller.
#[inline(always)]
fn tile_rows<S: Simd>(rows: usize) -> usize {
    rows.div_ceil(rows.div_ceil(S::TILE_ROWS))
}

/// # Safety
/// The part lies inside the product and all operands hold their shapes.
#[inline(always)]
unsafe fn strips<S: Simd>(s: S, g: &Gemm<'_>, part: &Part<'_>) {
    let full = S::LANES * S::TILE_VECTORS;
    let mut copy = std::mem::MaybeUninit::<Copied>::uninit();
    let to = copy.as_mut_ptr().cast::<f32>();
    let mut column = 0;
    while column < g.n {
        let more = g.n - column;
        let width = if more >= full { full } else { more.min(S::LANES) };
        // SAFETY: the strip's columns lie inside B; the copy has room for it.
        let (b, b_row_stride) = unsafe { right(s, g, part, column, width, to) };
        let strip = Strip { g, part, b, b_row_stride, column, width };
        if width == full && S::TILE_VECTORS == 2 {
            s.outline(Tiles::<2, false>(&strip));
        } else if width == S::LANES {
            s.outline(Tiles::<1, false>(&strip));
        } else if width > 8 {
            s.outline(Tiles::<1, true>(&strip));
        } else if width == 8 {
            s.half().outline(Tiles::<1, false>(&strip));
        } else {
            s.half().outline(Tiles::<1, true>(&strip));
        }
        column += width;
    }
}

/// Where the rows of B's columns `[column, column + width)` start and how far apart they are: in place, or copied to `to`.
///
/// # Safety
/// As for [`strips`]; `to` has room for STRIP_FLOATS.
#[inline(always)]
unsafe fn right<S: Simd>(
    s: S,
    g: &Gemm<'_>,
    part: &Part<'_>,
    column: usize,
    width: usize,
    to: *mut f32,
) -> (*const f32, usize) {
    let (data, row_stride) = match g.b {
        Right::Packed(packed) => return packed.at(part.from, column),
        Right::Rows { data, row_stride } => (data, row_stride),
    };
    let b = data.pointer().wrapping_add(column + part.from * row_stride);
    if row_stride < FAR || part.rows < MANY_ROWS {
        return (b, row_stride);
    }
    for l in 0..part.k {
        let mut j = 0;
        while j < width {
            let lanes = S::LANES.min(width - j);
            // SAFETY: B has the strip's columns in row l; k * width <= STRIP_FLOATS.
            unsafe {
                let from = b.add(l * row_stride + j);
                let to = to.add(l * width + j);
                if lanes == S::LANES {
                    s.store(to, s.load(from))
                } else {
                    s.store_part(to, s.load_part(from, lanes), lanes)
                }
            }
            j += lanes;
        }
    }
    (to, width)
}

/// Columns `[column, column + width)` of a part, row l of B at `b + l * b_row_stride`.
struct Strip<'a> {
    g: &'a Gemm<'a>,
    part: &'a Part<'a>,
    b: *const f32,
    b_row_stride: usize,
    column: usize,
    width: usize,
}

/// Works off a strip in tiles of VECTORS vectors, the last one partial if `PART`. Made by [`strips`] alone, of a strip that
/// lies inside its product.
struct Tiles<'a, const VECTORS: usize, const PART: bool>(&'a Strip<'a>);

impl<const VECTORS: usize, const PART: bool> Kernel for Tiles<'_, VECTORS, PART> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let &Strip { g, part, b, b_row_stride, column, width } = self.0;
        let height = tile_rows::<S>(part.rows);
        let mut done = 0;
        while done < part.rows {
            let rows = height.min(part.rows - done);
            let row = part.top + done;
            let a = g.a.pointer().wrapping_add(row * g.a_row_stride + part.from * g.a_col_stride);
            let (a_row_stride, a_col_stride) = (g.a_row_stride, g.a_col_stride);
            let c = g.c.pointer().wrapping_add(row * g.c_row_stride + column);
            let accumulate = g.accumulate || part.from > 0;
            let c_row_stride = g.c_row_stride;
            let last = width - (VECTORS - 1) * S::LANES;
            let t =
                Tile { k: part.k, a, a_row_stride, a_col_stride, b, b_row_stride, c, c_row_stride, accumulate, last };
            let place = Place { row, column };
            let e = part.epilogue;
            // SAFETY: the tile lies inside the part. No tile has more than TILE_ROWS rows.
            unsafe {
                match rows {
                    1 => tile::<S, 1, VECTORS, PART>(s, &t, e, place),
                    2 => tile::<S, 2, VECTORS, PART>(s, &t, e, place),
                    3 => tile::<S, 3, VECTORS, PART>(s, &t, e, place),
                    4 => tile::<S, 4, VECTORS, PART>(s, &t, e, place),
                    5 => tile::<S, 5, VECTORS, PART>(s, &t, e, place),
                    6 => tile::<S, 6, VECTORS, PART>(s, &t, e, place),
                    7 if S::TILE_ROWS > 6 => tile::<S, 7, VECTORS, PART>(s, &t, e, place),
                    8 if S::TILE_ROWS > 6 => tile::<S, 8, VECTORS, PART>(s, &t, e, place),
                    9 if S::TILE_ROWS > 8 => tile::<S, 9, VECTORS, PART>(s, &t, e, place),
                    10 if S::TILE_ROWS > 8 => tile::<S, 10, VECTORS, PART>(s, &t, e, place),
                    11 if S::TILE_ROWS > 8 => tile::<S, 11, VECTORS, PART>(s, &t, e, place),
                    12 if S::TILE_ROWS > 8 => tile::<S, 12, VECTORS, PART>(s, &t, e, place),
                    _ => unreachable!("a tile of {rows} rows"),
                }
            }
            done += rows;
        }
    }
}
