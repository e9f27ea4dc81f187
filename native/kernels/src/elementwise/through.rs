//! Rows times a sparse matrix.

use crate::matrix::SparseMatrix;
use crate::view::{Area, Block, Shape};

/// `out[r, c] = sum_i x[r, i] matrix[i, c]`, in the order of the matrix's rows. Panics where a view is too small.
pub fn through(shape: Shape, out: Area<'_>, x: Block<'_>, matrix: &SparseMatrix) {
    out.check(shape);
    x.check(Shape::new(shape.rows, matrix.rows()));
    assert!(x.column_stride == 1 && matrix.columns == shape.width, "rows of as many columns");
    for r in 0..shape.rows {
        let (x, out) = (x.data.from_offset(r * x.row_stride), out.data.from_offset(r * out.row_stride));
        for column in 0..shape.width {
            out.set(column, 0.0);
        }
        for i in 0..matrix.rows() {
            let factor = x.get(i);
            if factor == 0.0 {
                continue;
            }
            let (columns, weights) = matrix.row(i);
            for (&column, &weight) in columns.iter().zip(weights) {
                let column = column as usize;
                out.set(column, out.get(column) + factor * weight);
            }
        }
    }
}
