//! Matrix products.
//!
//! Every element of C adds its products for l = 0, 1, …, k - 1 in sequence, each with one fused multiply-add (the portable
//! set rounds twice), so results depend neither on the instruction set nor on how the work is cut up. The exception is a
//! single column (n = 1) over rows of A that are contiguous in k: that is a dot product, in 16 lanes.

mod blocks;
mod column;
mod pack;
pub mod rows;
mod tile;
mod transpose;

#[cfg(test)]
mod tests;

pub use pack::PackedB;
pub use transpose::transpose;

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Shape, Source, Target, check_extent};

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
    Rows {
        data: Source<'a>,
        row_stride: usize,
    },
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
    /// `c + bias[i]`
    RowBias(Source<'a>),
    /// `max(c + bias[i], 0)`
    RowBiasRelu(Source<'a>),
    /// `c` where the saved output `y` is positive, else 0: the gradient of relu.
    ReluMask {
        y: Source<'a>,
        row_stride: usize,
    },
}

/// See [`Gemm`]. Panics when an operand does not hold its shape.
pub fn gemm(isa: Isa, g: Gemm<'_>, epilogue: Epilogue<'_>) {
    check(&g, &epilogue);
    if g.m > 0 && g.n > 0 {
        isa.run(Product { g: &g, epilogue: &epilogue });
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
        Epilogue::RowBias(bias) | Epilogue::RowBiasRelu(bias) => check_extent(bias.len(), Shape::new(1, g.m), 0, 1),
        Epilogue::ReluMask { y, row_stride } => check_extent(y.len(), out, row_stride, 1),
    }
}

struct Product<'a> {
    g: &'a Gemm<'a>,
    epilogue: &'a Epilogue<'a>,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { g, epilogue } = self;
        // SAFETY: gemm has checked that all operands hold their shapes.
        unsafe {
            if g.n == 1 {
                column::product(s, g, epilogue);
            } else {
                blocks::product(s, g, epilogue);
            }
        }
    }
}
