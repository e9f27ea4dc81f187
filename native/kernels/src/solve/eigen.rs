//! Eigenvectors of small symmetric matrices: Jacobi's rotations, pair by pair (Golub & Van Loan 2013, section 8.5).

use super::Job;
use crate::failure::Result;

/// Sweeps at most; a dozen are many.
const SWEEPS: usize = 40;
/// Elements beside the diagonal that are this small next to the largest on it count as 0.
const NOTHING: f64 = 1e-14;

/// Eigenvalues of a symmetric matrix `[n, n]`, the largest first, and their vectors as rows `[n, n]`.
pub(super) fn eigen(job: &Job, mut a: Vec<f64>, n: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    for _ in 0..SWEEPS {
        let largest = (0..n).map(|i| a[i * n + i].abs()).fold(0.0, f64::max);
        let mut rotated = false;
        for p in 0..n {
            job.check()?;
            for r in p + 1..n {
                let beside = a[p * n + r];
                if beside.abs() > NOTHING * largest {
                    rotated = true;
                    let theta = (a[r * n + r] - a[p * n + p]) / (2.0 * beside);
                    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
                    let turn = (cosine, tangent * cosine);
                    rotate_rows(&mut a, n, (p, r), turn);
                    rotate_columns(&mut a, n, (p, r), turn);
                    rotate_rows(&mut vectors, n, (p, r), turn);
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]).then(i.cmp(&j)));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    Ok((values, order.iter().flat_map(|&i| vectors[i * n..(i + 1) * n].iter().copied()).collect()))
}

fn rotate_rows(a: &mut [f64], n: usize, (p, r): (usize, usize), (cosine, sine): (f64, f64)) {
    let (above, below) = a.split_at_mut(r * n);
    for (x, y) in above[p * n..(p + 1) * n].iter_mut().zip(&mut below[..n]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

fn rotate_columns(a: &mut [f64], n: usize, (p, r): (usize, usize), (cosine, sine): (f64, f64)) {
    for row in a.chunks_exact_mut(n) {
        (row[p], row[r]) = (cosine * row[p] - sine * row[r], sine * row[p] + cosine * row[r]);
    }
}
