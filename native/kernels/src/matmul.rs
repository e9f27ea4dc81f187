//! Matrix products.

use crate::isa::Isa;
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

/// B rearranged for the kernel; worth it when reused by several products or read with a large row stride.
#[derive(Clone, Debug, Default)]
pub struct PackedB {
    k: usize,
    n: usize,
    data: Vec<f32>,
}

impl PackedB {
    /// Packs `B[i, j] = source[i * row_stride + j * col_stride]`, `[k, n]`; one of the strides must be 1. A transposed
    /// operand is packed by swapping the strides. Reuses its memory.
    pub fn pack(&mut self, _isa: Isa, k: usize, n: usize, source: Source<'_>, row_stride: usize, col_stride: usize) {
        check_extent(source.len(), Shape::new(k, n), row_stride, col_stride);
        (self.k, self.n) = (k, n);
        self.data.clear();
        for i in 0..k {
            self.data.extend((0..n).map(|j| source.get(i * row_stride + j * col_stride)));
        }
    }

    pub const fn k(&self) -> usize {
        self.k
    }

    pub const fn n(&self) -> usize {
        self.n
    }
}

/// See [`Gemm`]. Panics when an operand does not hold its shape.
pub fn gemm(_isa: Isa, g: Gemm<'_>, epilogue: Epilogue<'_>) {
    let (b, b_row_stride) = match g.b {
        Right::Rows { data, row_stride } => (data, row_stride),
        Right::Packed(packed) => (Source::from(&packed.data), packed.n),
    };
    for i in 0..g.m {
        for j in 0..g.n {
            let at = i * g.c_row_stride + j;
            let mut sum = if g.accumulate { g.c.get(at) } else { 0.0 };
            for l in 0..g.k {
                sum = g.a.get(i * g.a_row_stride + l * g.a_col_stride).mul_add(b.get(l * b_row_stride + j), sum);
            }
            g.c.set(
                at,
                match epilogue {
                    Epilogue::None => sum,
                    Epilogue::Bias(bias) => sum + bias.get(j),
                    Epilogue::BiasRelu(bias) => (sum + bias.get(j)).max(0.0),
                    Epilogue::ReluMask { y, row_stride } => {
                        if y.get(i * row_stride + j) > 0.0 { sum } else { 0.0 }
                    }
                },
            );
        }
    }
}

/// `out[j, i] = a[i, j]` for a of `shape`.
pub fn transpose(_isa: Isa, shape: Shape, a: Source<'_>, a_row_stride: usize, out: Target<'_>, out_row_stride: usize) {
    for i in 0..shape.rows {
        for j in 0..shape.width {
            out.set(j * out_row_stride + i, a.get(i * a_row_stride + j));
        }
    }
}
