//! The nearest centroid of each vector.

use crate::buffer::Arena;
use crate::isa::Isa;
use crate::matmul::{Epilogue, Gemm, PackedB, Right, gemm};
use crate::memory;
use crate::threads::{self, Barrier};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Vectors of one piece of work.
const PIECE: usize = 64;

/// The nearest centroid of each vector (rows of `width`) by Euclidean distance, of equal ones the first.
pub(super) fn nearest(isa: Isa, threads: usize, centroids: &[f32], width: usize, vectors: &[f32]) -> Vec<i32> {
    let (cells, count) = (centroids.len() / width, vectors.len() / width);
    // |x - c|^2 is least where x . c - |c|^2 / 2 is greatest.
    let halves: Vec<f32> = centroids.chunks_exact(width).map(|c| -0.5 * c.iter().map(|x| x * x).sum::<f32>()).collect();
    let mut packed = PackedB::default();
    packed.pack(isa, width, cells, centroids.into(), 1, width);
    let mut nearest = memory::filled(0, count);
    let (out, next) = (Arena::of(&mut nearest), AtomicUsize::new(0));
    let pieces = count.div_ceil(PIECE);
    let threads = threads.min(pieces).max(1);
    threads::run(threads, &Barrier::new(threads), |_| {
        let mut scores = vec![0.0; PIECE * cells];
        loop {
            let first = next.fetch_add(1, Ordering::Relaxed) * PIECE;
            if first >= count {
                return;
            }
            let rows = PIECE.min(count - first);
            let product = Gemm {
                m: rows,
                n: cells,
                k: width,
                a: vectors[first * width..].into(),
                a_row_stride: width,
                a_col_stride: 1,
                b: Right::Packed(&packed),
                c: (&mut scores).into(),
                c_row_stride: cells,
                accumulate: false,
            };
            gemm(isa, product, Epilogue::Bias((&halves).into()));
            // SAFETY: each piece is done by one thread.
            let found = unsafe { out.slice_mut(first, rows) };
            for (found, scores) in found.iter_mut().zip(scores.chunks_exact(cells)) {
                *found = first_greatest(scores);
            }
        }
    });
    nearest
}

fn first_greatest(scores: &[f32]) -> i32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let mut chunks = scores.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = if score > *lane { score } else { *lane };
        }
    }
    let greatest = lanes.iter().chain(chunks.remainder()).fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    scores.iter().position(|&score| score == greatest).unwrap_or(0) as i32
}
