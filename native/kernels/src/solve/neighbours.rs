//! The nearest neighbours of each column of a sparse matrix.

use super::Job;
use super::lists::{List, best, collect};
use crate::failure::{Failure, Result};
use crate::matrix::SparseMatrix;

#[derive(Clone, Copy, Debug)]
pub struct NeighbourSpec {
    /// Neighbours kept of each column; fewer where fewer have a similarity over 0.
    pub count: usize,
    /// Divide by the columns' lengths: the cosine. Otherwise the inner product.
    pub normalize: bool,
    /// Added to the product of the lengths: similarities that rest on little become small.
    pub shrinkage: f32,
}

/// Columns done together.
const BLOCK: usize = 16;

/// For each column of X the most similar others, best similarity first among ties the lower index; row i of the result has
/// the neighbours of column i, in ascending order of their index. `weights`: what the similarity to each column is multiplied
/// by before the best are chosen; none: 1.
pub fn neighbours(job: &Job, x: &SparseMatrix, spec: NeighbourSpec, weights: Option<&[f32]>) -> Result<SparseMatrix> {
    if spec.count == 0 || !(spec.shrinkage >= 0.0 && spec.shrinkage.is_finite()) {
        return Err(Failure::input("The neighbours wanted are out of range")
            .expected("1 neighbour or more, a shrinkage of 0 or more")
            .received(format!("{} and {}", spec.count, spec.shrinkage)));
    }
    if let Some(weights) = weights
        && !(weights.len() == x.columns && weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite()))
    {
        return Err(Failure::input("The weights of the neighbours do not fit")
            .expected(format!("{} numbers of 0 or more", x.columns)));
    }
    let by_column = x.transposed();
    let lengths: Vec<f64> = (0..x.columns)
        .map(|column| by_column.row(column).1.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt())
        .collect();
    collect(
        job,
        x.columns,
        BLOCK,
        || Scratch::new(x.columns),
        |scratch, column| scratch.nearest(x, &by_column, &lengths, column, spec, weights),
    )
}

/// One thread's sums.
struct Scratch {
    sums: Vec<f32>,
    seen: Vec<bool>,
    touched: Vec<u32>,
}

impl Scratch {
    fn new(columns: usize) -> Self {
        Self { sums: vec![0.0; columns], seen: vec![false; columns], touched: Vec::new() }
    }

    fn nearest(
        &mut self,
        x: &SparseMatrix,
        by_column: &SparseMatrix,
        lengths: &[f64],
        column: usize,
        spec: NeighbourSpec,
        factors: Option<&[f32]>,
    ) -> List {
        let (rows, weights) = by_column.row(column);
        for (&row, &weight) in rows.iter().zip(weights) {
            let (others, values) = x.row(row as usize);
            for (&other, &value) in others.iter().zip(values) {
                let at = other as usize;
                self.sums[at] += weight * value;
                if !self.seen[at] {
                    self.seen[at] = true;
                    self.touched.push(other);
                }
            }
        }
        let mut list = List::with_capacity(self.touched.len());
        for &other in &self.touched {
            let at = other as usize;
            let sum = std::mem::take(&mut self.sums[at]);
            self.seen[at] = false;
            let similarity = if spec.normalize {
                (f64::from(sum) / (lengths[column] * lengths[at] + f64::from(spec.shrinkage))) as f32
            } else if spec.shrinkage > 0.0 {
                sum / spec.shrinkage
            } else {
                sum
            };
            let similarity = factors.map_or(similarity, |factors| similarity * factors[at]);
            if at != column && similarity > 0.0 {
                list.push((other, similarity));
            }
        }
        self.touched.clear();
        best(&mut list, spec.count);
        list
    }
}
