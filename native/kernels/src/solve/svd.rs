//! The largest singular vectors of a sparse matrix, by subspace iteration: Halko, Martinsson & Tropp 2011, "Finding structure
//! with randomness", algorithm 4.4, with the Rayleigh-Ritz step at its end.

use super::als::gram_of_rows;
use super::eigen::eigen;
use super::factor::add_scaled;
use super::{Job, reserve};
use crate::buffer::Arena;
use crate::failure::{Failure, Result};
use crate::matmul::{Epilogue, Gemm, Right, gemm};
use crate::matrix::SparseMatrix;
use crate::random::{hash, unit};
use crate::simd::{Kernel, Simd};
use crate::view::{Source, Target};

#[derive(Clone, Copy, Debug)]
pub struct SvdSpec {
    pub count: usize,
    /// Products with `X^T X`; each brings the subspace nearer by the square of the ratio of what is kept to what is not.
    pub iterations: usize,
}

/// Vectors beside those wanted, which let them converge sooner.
const MORE: usize = 16;
/// Rows of a piece of work.
const PIECE: usize = 64;
/// What is left of a column without those before it, or of a squared singular value next to the largest, that counts as none.
const NOTHING: f64 = 1e-6;

/// The right singular vectors of X as columns `[columns, count]`, the largest singular value first; in each the largest
/// component, of equal ones the first, is positive. Those that X does not have (a singular value below a thousandth of the largest) are 0.
pub fn singular_vectors(job: &Job, x: &SparseMatrix, spec: SvdSpec) -> Result<Vec<f32>> {
    let SvdSpec { count, iterations } = spec;
    if count == 0 || iterations == 0 {
        return Err(Failure::input("The singular vectors wanted are out of range")
            .expected("1 vector and 1 iteration or more")
            .received(format!("{count} and {iterations}")));
    }
    let (rows, columns) = (x.rows(), x.columns);
    let width = count.saturating_add(count / 8 + MORE).min(rows).min(columns);
    let mut result = reserve("singular vectors", columns.checked_mul(count))?;
    if width == 0 {
        return Ok(result);
    }
    let by_column = x.transposed();
    let mut right = reserve("singular vectors", columns.checked_mul(width))?;
    let mut left = reserve("singular vectors", rows.checked_mul(width))?;
    // Any start will do but one that lacks a vector; nobody has reason to choose it.
    right.iter_mut().enumerate().for_each(|(i, value)| *value = unit(hash(1, [i as u32])) - 0.5);
    for i in 0..iterations {
        orthonormalize(job, &mut right, width)?;
        product(job, x, &right, width, &mut left)?;
        orthonormalize(job, &mut left, width)?;
        product(job, &by_column, &left, width, &mut right)?;
        job.report((i + 1) as f64 / (iterations + 1) as f64);
    }
    orthonormalize(job, &mut right, width)?;
    product(job, x, &right, width, &mut left)?;
    let gram = gram_of_rows(job, &left, width, 1.0)?;
    let (squares, vectors) = eigen(job, gram.iter().map(|&value| f64::from(value)).collect(), width)?;
    let mut rotation = vec![0.0; width * width];
    for k in (0..width).filter(|&k| squares[k] > NOTHING * squares[0]) {
        (0..width).for_each(|i| rotation[i * width + k] = vectors[k * width + i] as f32);
    }
    transform(job, &mut right, width, &rotation)?;
    for k in 0..count.min(width) {
        let vector = || right.iter().skip(k).step_by(width);
        let largest = vector().fold(0.0, |best: f32, &value| if value.abs() > best.abs() { value } else { best });
        for (out, &value) in result.iter_mut().skip(k).step_by(count).zip(vector()) {
            *out = if largest < 0.0 { -value } else { value };
        }
    }
    Ok(result)
}

/// `out = X table`, a row of X by one thread.
fn product(job: &Job, x: &SparseMatrix, table: &[f32], width: usize, out: &mut [f32]) -> Result<()> {
    let arena = Arena::of(out);
    job.share(
        x.rows().div_ceil(PIECE),
        (0.0, 0.0),
        || (),
        |(), piece| {
            for row in piece * PIECE..x.rows().min((piece + 1) * PIECE) {
                // SAFETY: one thread writes each row.
                let sum = unsafe { arena.slice_mut(row * width, width) };
                sum.fill(0.0);
                job.isa.run(Row { row: x.row(row), table, sum });
            }
        },
    )
}

struct Row<'a> {
    row: (&'a [u32], &'a [f32]),
    table: &'a [f32],
    sum: &'a mut [f32],
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { row: (ids, values), table, sum } = self;
        for (&id, &value) in ids.iter().zip(values) {
            add_scaled(s, sum, &table[id as usize * sum.len()..][..sum.len()], value);
        }
    }
}

/// Columns of length 1 at right angles: twice by Cholesky's factor of their products, since once leaves the square of their
/// condition's rounding (Yamamoto et al. 2015). Columns that are none without those before them become 0.
fn orthonormalize(job: &Job, m: &mut [f32], width: usize) -> Result<()> {
    for _ in 0..2 {
        let gram = gram_of_rows(job, m, width, 1.0)?;
        let root = inverse_root(gram.iter().map(|&value| f64::from(value)).collect(), width);
        transform(job, m, width, &root)?;
    }
    Ok(())
}

/// `R^-1` for `A = R^T R`, R upper triangular.
fn inverse_root(mut a: Vec<f64>, n: usize) -> Vec<f32> {
    let lengths: Vec<f64> = (0..n).map(|k| a[k * n + k]).collect();
    let mut pivots = vec![0.0; n];
    for k in 0..n {
        let pivot = a[k * n + k];
        let (above, below) = a.split_at_mut((k + 1) * n);
        let row = &mut above[k * n..];
        if pivot <= NOTHING * lengths[k] || pivot <= 0.0 {
            row[k..].fill(0.0);
            continue;
        }
        pivots[k] = pivot.sqrt();
        row[k..].iter_mut().for_each(|value| *value /= pivots[k]);
        for (i, under) in (k + 1..n).zip(below.chunks_exact_mut(n)) {
            let factor = row[i];
            under[i..].iter_mut().zip(&row[i..]).for_each(|(value, &x)| *value -= factor * x);
        }
    }
    // Rows of the inverse from the last one up: R_kk row k = e_k - the sum of R_kl row l over l > k.
    let mut inverse = vec![0.0; n * n];
    for k in (0..n).rev().filter(|&k| pivots[k] > 0.0) {
        let (above, below) = inverse.split_at_mut((k + 1) * n);
        let own = &mut above[k * n..];
        own[k] = 1.0;
        for (l, row) in (k + 1..n).zip(below.chunks_exact(n)) {
            let factor = a[k * n + l];
            own[l..].iter_mut().zip(&row[l..]).for_each(|(value, &x)| *value -= factor * x);
        }
        own[k..].iter_mut().for_each(|value| *value /= pivots[k]);
    }
    inverse.into_iter().map(|value| value as f32).collect()
}

/// `m = m right`, `right` `[width, width]`.
fn transform(job: &Job, m: &mut [f32], width: usize, right: &[f32]) -> Result<()> {
    let rows = m.len() / width;
    let arena = Arena::of(m);
    job.share(
        rows.div_ceil(PIECE),
        (0.0, 0.0),
        || vec![0.0; PIECE * width],
        |before, piece| {
            let (first, count) = (piece * PIECE, PIECE.min(rows - piece * PIECE));
            // SAFETY: one thread has each row.
            let after = unsafe { arena.slice_mut(first * width, count * width) };
            let before = &mut before[..count * width];
            before.copy_from_slice(after);
            let product = Gemm {
                m: count,
                n: width,
                k: width,
                a: Source::from(&*before),
                a_row_stride: width,
                a_col_stride: 1,
                b: Right::Rows { data: Source::from(right), row_stride: width },
                c: Target::from(after),
                c_row_stride: width,
                accumulate: false,
            };
            gemm(job.isa, product, Epilogue::None);
        },
    )
}
