//! EASE: Steck 2019, "Embarrassingly shallow autoencoders for sparse data", algorithm 1.

use super::Job;
use super::gram::gram;
use super::inverse::negative_inverse;
use crate::buffer::Arena;
use crate::failure::{Failure, Result};
use crate::matrix::SparseMatrix;

/// Share of the work that the Gram matrix is taken to be.
const GRAM: f64 = 0.3;

/// The item-item weights B `[items, items]` that minimize `|X - X B|^2 + l2 |B|^2` with a zero diagonal: with
/// `P = (X^T X + l2 I)^-1`, `B[i, j] = -P[i, j] / P[j, j]`. Row i holds what item i of a history says of every item.
pub fn ease(job: &Job, x: &SparseMatrix, l2: f32) -> Result<Vec<f32>> {
    if !(l2 > 0.0 && l2.is_finite()) {
        return Err(Failure::input("EASE needs an L2 regularization").expected("a number over 0").received(l2));
    }
    let n = x.columns;
    let mut a = gram(job, x, (0.0, GRAM))?;
    for i in 0..n {
        a[i * n + i] += l2;
    }
    negative_inverse(job, &mut a, n, (GRAM, 1.0))?;
    // P and its negative have the same quotients but for the sign: B[i, j] = -A[i, j] / A[j, j] for A = -P.
    let scale: Vec<f32> = (0..n).map(|i| -1.0 / a[i * n + i]).collect();
    let arena = Arena::of(&mut a);
    job.share(
        n,
        (1.0, 1.0),
        || (),
        |(), i| {
            for j in 0..i {
                // SAFETY: the elements (i, j) and (j, i), j < i, are touched by this thread alone.
                let (below, above) = unsafe { (arena.slice_mut(i * n + j, 1), arena.slice_mut(j * n + i, 1)) };
                (below[0], above[0]) = (below[0] * scale[j], below[0] * scale[i]);
            }
            // SAFETY: as above.
            unsafe { arena.slice_mut(i * n + i, 1) }.fill(0.0);
        },
    )?;
    Ok(a)
}
