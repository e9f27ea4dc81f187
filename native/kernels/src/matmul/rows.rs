//! A product of matrices for each row of a batch.

use super::{Epilogue, Gemm, Right, gemm};
use crate::elementwise::{self as kernels, Binary};
use crate::isa::Isa;
use crate::program::RowProducts;
use crate::view::{Area, Block, Shape};

/// Of rows that each lie in one piece. Panics where a view is too small, or repeats a column.
pub fn by_row(isa: Isa, rows: usize, sizes: &RowProducts, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    let &RowProducts { m, k, n, transpose_a, transpose_b } = sizes;
    assert!(a.column_stride == 1 && b.column_stride == 1, "matrices that are there");
    // Element (i, l) of the left one.
    let (down, across) = if transpose_a { (1, m) } else { (k, 1) };
    for row in 0..rows {
        let (a, b, out) = (a.from_row(row).data, b.from_row(row).data, out.from_row(row).data);
        if !transpose_b {
            let product = Gemm {
                m,
                n,
                k,
                a,
                a_row_stride: down,
                a_col_stride: across,
                b: Right::Rows { data: b, row_stride: n },
                c: out,
                c_row_stride: n,
                accumulate: false,
            };
            gemm(isa, product, Epilogue::None);
        } else if !transpose_a {
            for i in 0..m {
                let (left, right) = (Block::repeated(a.from_offset(i * k)), Block::rows(b, k));
                kernels::dot_last(isa, Shape::new(n, k), Area::new(out.from_offset(i * n), 1), left, right);
            }
        } else {
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let sum = (0..k).fold(0.0, |sum, l| sum + a.get(i + l * m) * b.get(j * k + l));
                out.set(i * n + j, sum);
            }
        }
    }
}

/// Of rows that lie number by number: views are turned.
pub fn by_feature(isa: Isa, rows: usize, sizes: &RowProducts, out: Area<'_>, a: Block<'_>, b: Block<'_>) {
    let &RowProducts { m, k, n, transpose_a, transpose_b } = sizes;
    let row = Shape::new(1, rows);
    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
        let out = out.from_row(i * n + j);
        for l in 0..k {
            let a = a.from_row(if transpose_a { l * m + i } else { i * k + l });
            let b = b.from_row(if transpose_b { j * k + l } else { l * n + j });
            if l == 0 {
                kernels::binary(isa, Binary::Mul, row, out, a, b);
            } else {
                kernels::multiply_add(isa, row, out, a, b, out.block());
            }
        }
    }
}
