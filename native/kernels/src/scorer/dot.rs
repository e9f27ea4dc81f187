//! Inner products of single pairs in the order in which the matrix product adds.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// Rows `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub data: &'a [f32],
    pub stride: usize,
}

/// `out[i] = a[i] . b[i]` over `width` columns, added from the first column to the last.
pub(super) fn dots(isa: Isa, a: Rows<'_>, b: Rows<'_>, width: usize, out: &mut [f32]) {
    isa.run(Dots { a, b, width, out });
}

struct Dots<'a, 'o> {
    a: Rows<'a>,
    b: Rows<'a>,
    width: usize,
    out: &'o mut [f32],
}

impl Kernel for Dots<'_, '_> {
    type Output = ();

    /// One pair per lane.
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { a, b, width, out } = self;
        let (mut left, mut right) = ([0.0_f32; 16], [0.0_f32; 16]);
        for (block, out) in out.chunks_mut(S::LANES).enumerate() {
            let first = block * S::LANES;
            let mut sum = s.zero();
            for c in 0..width {
                for (i, (x, y)) in left.iter_mut().zip(&mut right).take(out.len()).enumerate() {
                    *x = a.data[(first + i) * a.stride + c];
                    *y = b.data[(first + i) * b.stride + c];
                }
                // SAFETY: a vector has at most 16 lanes.
                let (x, y) = unsafe { (s.load(left.as_ptr()), s.load(right.as_ptr())) };
                sum = s.fma(x, y, sum);
            }
            // SAFETY: out has this many floats, at most LANES.
            unsafe { s.store_part(out.as_mut_ptr(), sum, out.len()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul::{Epilogue, Gemm, Right, gemm};

    #[test]
    fn single_products_have_the_bits_of_the_matrix_product() {
        let (users, items, width) = (19, 37, 23);
        let value = |i: usize| ((i * 7919 % 1013) as f32 / 500.0 - 1.0) * 1.37;
        let a: Vec<f32> = (0..users * width).map(value).collect();
        let b: Vec<f32> = (0..items * width).map(|i| value(i + 77)).collect();
        let transposed: Vec<f32> = (0..width * items).map(|i| b[i % items * width + i / items]).collect();
        for isa in Isa::available() {
            let mut c = vec![0.0; users * items];
            let product = Gemm {
                m: users,
                n: items,
                k: width,
                a: (&a).into(),
                a_row_stride: width,
                a_col_stride: 1,
                b: Right::Rows { data: (&transposed).into(), row_stride: items },
                c: (&mut c).into(),
                c_row_stride: items,
                accumulate: false,
            };
            gemm(isa, product, Epilogue::None);
            for user in 0..users {
                let mut row = vec![0.0; items];
                let one = Rows { data: &a[user * width..], stride: 0 };
                dots(isa, one, Rows { data: &b, stride: width }, width, &mut row);
                assert_eq!(row, c[user * items..][..items], "{isa:?}, user {user}");
            }
        }
    }
}
