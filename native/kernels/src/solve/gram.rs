//! `X^T X` of a sparse matrix.

use super::{Job, reserve};
use crate::buffer::Arena;
use crate::failure::Result;
use crate::matrix::SparseMatrix;

/// The lower triangle of `X^T X`, row-major `[columns, columns]`; what lies above the diagonal is 0. Each element adds its
/// products in the order of X's rows.
pub(super) fn gram(job: &Job, x: &SparseMatrix, progress: (f64, f64)) -> Result<Vec<f32>> {
    let n = x.columns;
    let mut out = reserve("the matrix of items times items", n.checked_mul(n))?;
    let by_column = x.transposed();
    let arena = Arena::of(&mut out);
    // Rows with the most columns first, so that no thread is left alone with the longest one.
    job.share(
        n,
        progress,
        || (),
        |(), piece| {
            let column = n - 1 - piece;
            // SAFETY: one thread writes each row.
            let sums = unsafe { arena.slice_mut(column * n, column + 1) };
            let (rows, weights) = by_column.row(column);
            for (&row, &weight) in rows.iter().zip(weights) {
                let (others, values) = x.row(row as usize);
                for (&other, &value) in others.iter().zip(values) {
                    if other as usize > column {
                        break;
                    }
                    sums[other as usize] += weight * value;
                }
            }
        },
    )?;
    Ok(out)
}
