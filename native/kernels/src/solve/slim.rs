//! SLIM: Ning & Karypis 2011, "SLIM: sparse linear methods for top-n recommender systems", equation 4, by coordinate descent
//! (Friedman, Hastie & Tibshirani 2010, "Regularization paths for generalized linear models via coordinate descent").

use super::Job;
use super::lists::{List, best, collect};
use crate::failure::{Failure, Result};
use crate::matrix::SparseMatrix;

#[derive(Clone, Copy, Debug)]
pub struct SlimSpec {
    /// Weights kept of each column: the largest.
    pub count: usize,
    pub l1: f32,
    pub l2: f32,
    /// Passes over the weights of a column at most.
    pub passes: usize,
    /// A column is done when a pass over all its weights changes none by more.
    pub tolerance: f32,
}

/// For each column j of X, whose values are not negative, the weights `w >= 0` with `w_j = 0` that minimize
/// `|x_j - X w|^2 / 2 + l2 |w|^2 / 2 + l1 sum w`. Row j of the result has those of column j.
pub fn slim(job: &Job, x: &SparseMatrix, spec: SlimSpec) -> Result<SparseMatrix> {
    let SlimSpec { count, l1, l2, passes, tolerance } = spec;
    let fits = |value: f32| value >= 0.0 && value.is_finite();
    if count == 0 || passes == 0 || ![l1, l2, tolerance].into_iter().all(fits) {
        return Err(Failure::input("The weights wanted are out of range")
            .expected("1 weight and 1 pass or more, regularizations and a tolerance of 0 or more")
            .received(format!("{spec:?}")));
    }
    if let Some(value) = x.values.iter().find(|value| **value < 0.0) {
        return Err(Failure::input("SLIM's weights explain events").expected("values of 0 or more").received(value));
    }
    let by_column = x.transposed();
    let squares: Vec<f64> = (0..x.columns)
        .map(|column| by_column.row(column).1.iter().map(|&v| f64::from(v) * f64::from(v)).sum())
        .collect();
    let problem = Problem { job, x, by_column: &by_column, squares: &squares, spec };
    collect(job, x.columns, 1, || Scratch::new(x), |scratch, column| problem.column(scratch, column))
}

struct Problem<'a> {
    job: &'a Job,
    x: &'a SparseMatrix,
    by_column: &'a SparseMatrix,
    /// Of the columns' lengths.
    squares: &'a [f64],
    spec: SlimSpec,
}

/// One thread's memory.
struct Scratch {
    /// `x_j - X w`
    residual: Vec<f64>,
    weights: Vec<f64>,
    /// Columns that share a row with column j, ascending. With nothing negative, no other one can have a weight.
    candidates: Vec<u32>,
    seen: Vec<bool>,
    active: Vec<u32>,
}

impl Scratch {
    fn new(x: &SparseMatrix) -> Self {
        Self {
            residual: vec![0.0; x.rows()],
            weights: vec![0.0; x.columns],
            candidates: Vec::new(),
            seen: vec![false; x.columns],
            active: Vec::new(),
        }
    }
}

impl Problem<'_> {
    fn column(&self, scratch: &mut Scratch, column: usize) -> List {
        self.begin(scratch, column);
        let Scratch { residual, weights, candidates, active, .. } = scratch;
        let tolerance = f64::from(self.spec.tolerance);
        let mut passes = self.spec.passes;
        // All weights, then those over 0 until they rest, until all do.
        while passes > 0 && !self.job.is_cancelled() {
            passes -= 1;
            if self.pass(candidates, residual, weights) <= tolerance {
                break;
            }
            active.clear();
            active.extend(candidates.iter().filter(|&&other| weights[other as usize] > 0.0));
            while passes > 0 && !self.job.is_cancelled() {
                passes -= 1;
                if self.pass(active, residual, weights) <= tolerance {
                    break;
                }
            }
        }
        let mut list: List =
            candidates.iter().map(|&other| (other, std::mem::take(&mut weights[other as usize]) as f32)).collect();
        list.retain(|&(_, weight)| weight > 0.0);
        best(&mut list, self.spec.count);
        list
    }

    /// Residuals and candidates of weights that are all 0.
    fn begin(&self, scratch: &mut Scratch, column: usize) {
        let Scratch { residual, candidates, seen, .. } = scratch;
        residual.fill(0.0);
        candidates.clear();
        let (rows, values) = self.by_column.row(column);
        for (&row, &value) in rows.iter().zip(values) {
            residual[row as usize] = f64::from(value);
            for &other in self.x.row(row as usize).0 {
                if other as usize != column && !std::mem::replace(&mut seen[other as usize], true) {
                    candidates.push(other);
                }
            }
        }
        candidates.iter().for_each(|&other| seen[other as usize] = false);
        candidates.sort_unstable();
    }

    /// Each weight to where it is best, the others held fixed; the largest change.
    fn pass(&self, columns: &[u32], residual: &mut [f64], weights: &mut [f64]) -> f64 {
        let (l1, l2) = (f64::from(self.spec.l1), f64::from(self.spec.l2));
        let mut largest = 0.0;
        for &column in columns {
            let at = column as usize;
            let (rows, values) = self.by_column.row(at);
            let slope = explained(rows, values, residual) + weights[at] * self.squares[at] - l1;
            let weight = (slope / (self.squares[at] + l2)).max(0.0);
            let change = weight - weights[at];
            if change != 0.0 {
                rows.iter().zip(values).for_each(|(&row, &v)| residual[row as usize] -= change * f64::from(v));
                weights[at] = weight;
                largest = f64::max(largest, change.abs());
            }
        }
        largest
    }
}

/// A column times the residuals, in four sums so that none waits for the last.
fn explained(rows: &[u32], values: &[f32], residual: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (rows4, values4) = (rows.chunks_exact(4), values.chunks_exact(4));
    let rest = rows4.remainder().iter().zip(values4.remainder());
    let last: f64 = rest.map(|(&row, &v)| f64::from(v) * residual[row as usize]).sum();
    for (rows, values) in rows4.zip(values4) {
        for (sum, (&row, &v)) in sums.iter_mut().zip(rows.iter().zip(values)) {
            *sum += f64::from(v) * residual[row as usize];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + last
}
