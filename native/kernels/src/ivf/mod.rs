//! An inverted file (IVF): item vectors in cells around centroids. A query looks into the cells whose centroids have the
//! largest inner products with it, until it has seen so many items; what it finds there is exact.
//!
//! Sivic & Zisserman, "Video Google", ICCV 2003; Jegou et al., "Product Quantization for Nearest Neighbor Search", TPAMI 2011,
//! section 4. Scores are those of the model: where the processor is quick with bytes, vectors are read as those first, and the
//! products of what may be among the best are computed of whole vectors. What is found is the same.
//!
//! Centroids come of k-means with sums in one order, and each search is done by one thread: the same seed gives the same
//! bytes, whatever the number of threads.

mod assign;
mod build;
mod cells;
mod search;
#[cfg(test)]
mod tests;

pub use search::Search;

use crate::coarse::BLOCK;
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::threads;
use cells::{Blocks, Cells};

/// Vectors, and what is known of their cells.
pub struct IvfSpec {
    /// Item after item.
    pub vectors: Vec<f32>,
    pub width: usize,
    pub centroids: Centroids,
    pub threads: usize,
    pub isa: Isa,
}

pub enum Centroids {
    /// So many are to be found.
    Found { cells: usize, seed: u32 },
    /// One after another, and the cell of each of the first items; those after them get the nearest.
    Given { values: Vec<f32>, cell_of: Vec<i32> },
}

pub struct Ivf {
    centroids: Vec<f32>,
    /// The same as blocks.
    promise: Blocks,
    cell_of: Vec<i32>,
    cells: Cells,
    width: usize,
    threads: usize,
    isa: Isa,
}

impl Ivf {
    /// Finds centroids where none are given, and puts each item into the cell of the nearest one.
    pub fn new(spec: IvfSpec) -> Result<Self> {
        let IvfSpec { vectors, width, centroids, threads, isa } = spec;
        if width == 0 || vectors.is_empty() || !vectors.len().is_multiple_of(width) {
            return Err(Failure::input("The vectors of an index do not fit their width").received(width));
        }
        if !vectors.iter().all(|x| x.is_finite()) {
            return Err(Failure::input("A vector of an index is not finite"));
        }
        let (items, threads) = (vectors.len() / width, threads::effective(threads));
        if items > i32::MAX as usize {
            return Err(Failure::input("There are too many items").expected("at most 2147483647"));
        }
        let (centroids, mut cell_of) = match centroids {
            Centroids::Found { cells, seed } => {
                let cells = cells.clamp(1, items);
                (build::centroids(isa, threads, &vectors, width, cells, seed), Vec::new())
            }
            Centroids::Given { values, cell_of } => {
                check_given(&values, &cell_of, width, items)?;
                (values, cell_of)
            }
        };
        let known = cell_of.len();
        cell_of.extend(assign::nearest(isa, threads, &centroids, width, &vectors[known * width..]));
        let count = centroids.len() / width;
        let cells = Cells::new(isa, threads, vectors, width, count, &cell_of);
        let promise = Blocks::of(count, width, |cell| Some(&centroids[cell * width..][..width]));
        Ok(Self { centroids, promise, cell_of, cells, width, threads, isa })
    }

    pub fn items(&self) -> usize {
        self.cell_of.len()
    }

    pub fn centroids(&self) -> &[f32] {
        &self.centroids
    }

    /// The cell of each item.
    pub fn cell_of(&self) -> &[i32] {
        &self.cell_of
    }
}

fn check_given(values: &[f32], cell_of: &[i32], width: usize, items: usize) -> Result<()> {
    let cells = values.len() / width;
    let fits = cells > 0
        && values.len().is_multiple_of(width)
        && cell_of.len() <= items
        && values.iter().all(|x| x.is_finite())
        && cell_of.iter().all(|&cell| usize::try_from(cell).is_ok_and(|cell| cell < cells));
    if fits { Ok(()) } else { Err(Failure::input("The centroids or cells of an index do not fit its vectors")) }
}
