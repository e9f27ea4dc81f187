//! Centroids: k-means over a sample of the vectors.

use super::assign::nearest;
use crate::isa::Isa;
use crate::memory;
use crate::random::hash;

/// Vectors of the sample for each centroid.
const SAMPLE: usize = 64;
const ITERATIONS: usize = 10;

/// Lloyd's algorithm from distinct vectors of the data. A centroid that is nearest to nothing stays where it is.
pub(super) fn centroids(isa: Isa, threads: usize, vectors: &[f32], width: usize, cells: usize, seed: u32) -> Vec<f32> {
    let sample = sample(vectors, width, cells * SAMPLE, seed);
    let mut centroids = memory::copied(&sample[..cells * width]);
    for _ in 0..ITERATIONS {
        let cell_of = nearest(isa, threads, &centroids, width, &sample);
        let (mut sums, mut counts) = (vec![0.0_f64; cells * width], vec![0_u32; cells]);
        for (vector, &cell) in sample.chunks_exact(width).zip(&cell_of) {
            counts[cell as usize] += 1;
            for (sum, &x) in sums[cell as usize * width..].iter_mut().zip(vector) {
                *sum += f64::from(x);
            }
        }
        for (cell, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            for c in cell * width..(cell + 1) * width {
                centroids[c] = (sums[c] / f64::from(count)) as f32;
            }
        }
    }
    centroids
}

/// At most `most` vectors, in an order drawn by the seed.
fn sample(vectors: &[f32], width: usize, most: usize, seed: u32) -> Vec<f32> {
    let mut order: Vec<u32> = (0..(vectors.len() / width) as u32).collect();
    order.sort_unstable_by_key(|&item| (hash(seed, [item]), item));
    let mut rows = memory::room(order.len().min(most) * width);
    for &item in order.iter().take(most) {
        rows.extend_from_slice(&vectors[item as usize * width..][..width]);
    }
    rows
}
