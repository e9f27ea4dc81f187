//! Matrix products.
//!
//! Every element of C adds its products for l = 0, 1, …, k - 1 in sequence, each with one fused multiply-add (the portable
//! set rounds twice), so results depend neither on the instruction set nor on how the work is cut up. The exception is a
//! single column (n = 1) over rows of A that are contiguous in k: that is a dot product, in 16 lanes.

mod column;
mod pack;
mod tile;
mod transpose;

#[cfg(test)]
mod tests;

pub use pack::PackedB;
pub use transpose::transpose;

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Source, Target, check_extent};
use tile::{Place, Tile, tile};

/// `C = A B` or `C += A B`, then the epilogue. A is `[m, k]` with any strides, B `[k, n]`, C `[m, n]` with contiguous rows.
#[derive(Clone, Copy, Debug)]
pub struct Gemm<'a> {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub a: Source<'a>,
    pub a_row_stride: usize,
    pub a_col_stride: usize,
    pub b: Right<'a>,
    pub c: Target<'a>,
    pub c_row_stride: usize,
    /// Start from the values in C instead of 0.
    pub accumulate: bool,
}

/// The right operand.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// Rows contiguous, `row_stride` apart.
    Rows { data: Source<'a>, row_stride: usize },
    Packed(&'a PackedB),
}

/// What happens to each element of C after the product.
#[derive(Clone, Copy, Debug)]
pub enum Epilogue<'a> {
    None,
    /// `c + bias[j]`
    Bias(Source<'a>),
    /// `max(c + bias[j], 0)`
    BiasRelu(Source<'a>),
    /// `c` where the saved output `y` is positive, else 0: the gradient of relu.
    ReluMask { y: Source<'a>, row_stride: usize },
}

/// Floats of B (a strip of columns) and of A that are worked on together: half of a 32 KB first-level cache, and a quarter
/// of a 1 MB second-level one.
const STRIP_FLOATS: usize = 4096;
const LEFT_FLOATS: usize = 65536;

/// See [`Gemm`]. Panics when an operand does not hold its shape.
pub fn gemm(isa: Isa, g: Gemm<'_>, epilogue: Epilogue<'_>) {
    check(&g, &epilogue);
    if g.m > 0 && g.n > 0 {
        isa.run(Product { g, epilogue });
    }
}

fn check(g: &Gemm<'_>, epilogue: &Epilogue<'_>) {
    let out = Shape::new(g.m, g.n);
    check_extent(g.a.len(), Shape::new(g.m, g.k), g.a_row_stride, g.a_col_stride);
    check_extent(g.c.len(), out, g.c_row_stride, 1);
    match g.b {
        Right::Rows { data, row_stride } => check_extent(data.len(), Shape::new(g.k, g.n), row_stride, 1),
        Right::Packed(packed) => assert!(
            packed.k() == g.k && packed.n() == g.n,
            "a packed {} x {} matrix where {} x {} is needed",
            packed.k(),
            packed.n(),
            g.k,
            g.n
        ),
    }
    match *epilogue {
        Epilogue::None => {}
        Epilogue::Bias(bias) | Epilogue::BiasRelu(bias) => check_extent(bias.len(), Shape::new(1, g.n), 0, 1),
        Epilogue::ReluMask { y, row_stride } => check_extent(y.len(), out, row_stride, 1),
    }
}

struct Product<'a> {
    g: Gemm<'a>,
    epilogue: Epilogue<'a>,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let g = &self.g;
        // SAFETY (both): gemm has checked that all operands hold their shapes.
        unsafe {
            if g.n == 1 {
                column::product(s, g, &self.epilogue);
            } else {
                blocks(s, g, &self.epilogue);
            }
        }
    }
}

/// Cuts the product into blocks of rows and k that caches hold, strips of columns inside.
///
/// # Safety
/// All operands hold their shapes.
#[inline(always)]
unsafe fn blocks<S: Simd>(s: S, g: &Gemm<'_>, epilogue: &Epilogue<'_>) {
    let width = S::LANES * S::TILE_VECTORS;
    let depth = (STRIP_FLOATS / width).min(g.k.max(1));
    let height = (LEFT_FLOATS / depth).max(S::TILE_ROWS).min(g.m);
    let mut top = 0;
    while top < g.m {
        let rows = height.min(g.m - top);
        let mut from = 0;
        loop {
            let k = depth.min(g.k - from);
            let done = from + k == g.k;
            let block = Part { top, rows, from, k, epilogue: if done { epilogue } else { &Epilogue::None } };
            // SAFETY: the block lies inside the product.
            unsafe { strips(s, g, &block) }
            from += k;
            if done {
                break;
            }
        }
        top += rows;
    }
}

/// Rows `[top, top + rows)` and k `[from, from + k)` of a product.
struct Part<'a> {
    top: usize,
    rows: usize,
    from: usize,
    k: usize,
    epilogue: &'a Epilogue<'a>,
}

/// # Safety
/// The part lies inside the product and all operands hold their shapes.
#[inline(always)]
unsafe fn strips<S: Simd>(s: S, g: &Gemm<'_>, part: &Part<'_>) {
    let full = S::LANES * S::TILE_VECTORS;
    let mut column = 0;
    while column < g.n {
        let left = g.n - column;
        // SAFETY (all): the strip's columns lie inside B and C.
        unsafe {
            if left >= full {
                if S::TILE_VECTORS == 2 {
                    strip::<S, 2, false>(s, g, part, column, 0);
                } else {
                    strip::<S, 1, false>(s, g, part, column, 0);
                }
                column += full;
            } else if left >= S::LANES {
                strip::<S, 1, false>(s, g, part, column, 0);
                column += S::LANES;
            } else if left > 8 {
                strip::<S, 1, true>(s, g, part, column, left);
                column += left;
            } else if left == 8 {
                strip::<S::Half, 1, false>(s.half(), g, part, column, 0);
                column += left;
            } else {
                strip::<S::Half, 1, true>(s.half(), g, part, column, left);
                column += left;
            }
        }
    }
}

/// # Safety
/// As for [`strips`]; the strip's columns lie inside B and C.
#[inline(always)]
unsafe fn strip<S: Simd, const VECTORS: usize, const PART: bool>(
    s: S,
    g: &Gemm<'_>,
    part: &Part<'_>,
    column: usize,
    last: usize,
) {
    let (b, b_row_stride) = match g.b {
        Right::Rows { data, row_stride } => (data.pointer().wrapping_add(column + part.from * row_stride), row_stride),
        Right::Packed(packed) => packed.at(part.from, column),
    };
    let mut done = 0;
    while done < part.rows {
        let rows = S::TILE_ROWS.min(part.rows - done);
        let row = part.top + done;
        let t = Tile {
            k: part.k,
            a: g.a.pointer().wrapping_add(row * g.a_row_stride + part.from * g.a_col_stride),
            a_row_stride: g.a_row_stride,
            a_col_stride: g.a_col_stride,
            b,
            b_row_stride,
            c: g.c.pointer().wrapping_add(row * g.c_row_stride + column),
            c_row_stride: g.c_row_stride,
            accumulate: g.accumulate || part.from > 0,
        };
        let place = Place { row, column };
        let e = part.epilogue;
        // SAFETY (all): the tile lies inside the part.
        unsafe {
            match rows {
                1 => tile::<S, 1, VECTORS, PART>(s, &t, last, e, place),
                2 => tile::<S, 2, VECTORS, PART>(s, &t, last, e, place),
                3 => tile::<S, 3, VECTORS, PART>(s, &t, last, e, place),
                4 => tile::<S, 4, VECTORS, PART>(s, &t, last, e, place),
                5 => tile::<S, 5, VECTORS, PART>(s, &t, last, e, place),
                6 => tile::<S, 6, VECTORS, PART>(s, &t, last, e, place),
                7 => tile::<S, 7, VECTORS, PART>(s, &t, last, e, place),
                _ => tile::<S, 8, VECTORS, PART>(s, &t, last, e, place),
            }
        }
        done += rows;
    }
}
