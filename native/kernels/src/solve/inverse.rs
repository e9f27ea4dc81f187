//! The inverse of a symmetric positive definite matrix, in place, by tiles.
//!
//! The sweep operator (Goodnight 1979, "A tutorial on the SWEEP operator") on blocks: with D the diagonal block, C the block
//! column beside it, `A -= C D^-1 C^T`, `C = C D^-1`, `D = -D^-1`; after all blocks A is the negative inverse. Nearly all of
//! its n^3 multiply-adds (half of them, by symmetry) are products of tiles; the diagonal blocks are inverted in float64.

use super::Job;
use super::factor::invert_spd;
use crate::buffer::Arena;
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::matmul::{Epilogue, Gemm, Right, gemm};
use crate::memory;
use crate::threads::{self, Barrier};
use crate::view::Source;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Rows of a tile: three tiles fit the second cache.
const TILE: usize = 128;
/// The same for large matrices, whose tiles come from memory at each step: half the traffic.
const LARGE_TILE: usize = 256;
const LARGE: usize = 8192;

/// Replaces the lower triangle of A `[n, n]` by that of `-A^-1`. Fails with ENGINE_INPUT where A is not positive definite.
pub(super) fn negative_inverse(job: &Job, a: &mut [f32], n: usize, progress: (f64, f64)) -> Result<()> {
    let tile = if n >= LARGE { LARGE_TILE } else { TILE };
    let tiles = n.div_ceil(tile);
    let (mut left, mut right) = (memory::filled(0.0, n * tile), memory::filled(0.0, n * tile));
    let mut block = vec![0.0_f32; tile * tile];
    let sweep = Sweep {
        n,
        tile,
        isa: job.isa,
        a: Arena::of(a),
        left: Arena::of(&mut left),
        right: Arena::of(&mut right),
        block: Arena::of(&mut block),
    };
    let barrier = Barrier::new(job.threads);
    let panels: Vec<AtomicUsize> = (0..tiles).map(|_| AtomicUsize::new(0)).collect();
    let updates: Vec<AtomicUsize> = (0..tiles).map(|_| AtomicUsize::new(0)).collect();
    let (failed, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
    threads::run(job.threads, &barrier, |thread| {
        for k in 0..tiles {
            if thread == 0 {
                // SAFETY: the others wait at the barrier.
                failed.store(!unsafe { sweep.pivot(k) }, Ordering::Relaxed);
                stopped.store(job.is_cancelled(), Ordering::Relaxed);
            }
            barrier.wait();
            if failed.load(Ordering::Relaxed) || stopped.load(Ordering::Relaxed) {
                return;
            }
            while let Some(i) = take(&panels[k], tiles) {
                // SAFETY: one thread prepares each tile of the panels.
                unsafe { sweep.panel(i, k) };
            }
            barrier.wait();
            while let Some(pair) = take(&updates[k], tiles * (tiles + 1) / 2) {
                let (i, j) = lower(pair);
                // SAFETY: one thread updates each tile, from panels that nobody writes now.
                unsafe { sweep.update(i, j, k) };
            }
            barrier.wait();
            job.report(progress.0 + (progress.1 - progress.0) * (k + 1) as f64 / tiles as f64);
        }
    });
    job.check()?;
    if failed.into_inner() {
        return Err(Failure::input("The matrix is not positive definite in float32")
            .expected("a larger L2 regularization, or fewer items that always occur together"));
    }
    Ok(())
}

fn take(next: &AtomicUsize, count: usize) -> Option<usize> {
    let piece = next.fetch_add(1, Ordering::Relaxed);
    (piece < count).then_some(piece)
}

/// Row and column of the p-th tile of the lower triangle.
fn lower(p: usize) -> (usize, usize) {
    let mut row = (((8.0 * p as f64 + 1.0).sqrt() - 1.0) / 2.0) as usize;
    while row * (row + 1) / 2 > p {
        row -= 1;
    }
    while (row + 1) * (row + 2) / 2 <= p {
        row += 1;
    }
    (row, p - row * (row + 1) / 2)
}

#[derive(Clone, Copy)]
struct Sweep {
    n: usize,
    tile: usize,
    isa: Isa,
    a: Arena,
    /// `-C D^-1`, tile after tile, each `[rows, width of k]`.
    left: Arena,
    /// `C^T`, tile after tile, each `[width of k, rows]`.
    right: Arena,
    /// `-D^-1`
    block: Arena,
}

impl Sweep {
    /// First row and rows of a tile.
    fn rows(&self, i: usize) -> (usize, usize) {
        (i * self.tile, self.tile.min(self.n - i * self.tile))
    }

    /// Inverts the k-th diagonal block; false where it is not positive definite.
    ///
    /// # Safety
    /// No other thread touches the matrix or the block.
    unsafe fn pivot(&self, k: usize) -> bool {
        let (start, width) = self.rows(k);
        // SAFETY: as promised by the caller.
        let block = unsafe { self.block.slice_mut(0, width * width) };
        for (i, row) in block.chunks_exact_mut(width).enumerate() {
            // SAFETY: as promised by the caller.
            row.copy_from_slice(unsafe { self.a.slice((start + i) * self.n + start, width) });
        }
        if !invert_spd(block, width) {
            return false;
        }
        block.iter_mut().for_each(|x| *x = -*x);
        true
    }

    /// Copies tile i of the block column k (its transpose too), and multiplies it by `-D^-1`.
    ///
    /// # Safety
    /// No other thread does the same tile, and none writes the matrix.
    unsafe fn panel(&self, i: usize, k: usize) {
        if i == k {
            return;
        }
        let ((first, rows), (start, width)) = (self.rows(i), self.rows(k));
        // SAFETY: tile i of both panels is this thread's.
        let (left, right) = unsafe {
            (self.left.slice_mut(first * width, rows * width), self.right.slice_mut(first * width, rows * width))
        };
        if i < k {
            for (l, row) in right.chunks_exact_mut(rows).enumerate() {
                // SAFETY: nobody writes the matrix now.
                row.copy_from_slice(unsafe { self.a.slice((start + l) * self.n + first, rows) });
            }
        } else {
            for r in 0..rows {
                // SAFETY: nobody writes the matrix now.
                let row = unsafe { self.a.slice((first + r) * self.n + start, width) };
                for (l, &x) in row.iter().enumerate() {
                    right[l * rows + r] = x;
                }
            }
        }
        // SAFETY: nobody writes the block now.
        let block = unsafe { self.block.slice(0, width * width) };
        let product = Gemm {
            m: rows,
            n: width,
            k: width,
            a: Source::from(&*right),
            a_row_stride: 1,
            a_col_stride: rows,
            b: Right::Rows { data: block.into(), row_stride: width },
            c: left.into(),
            c_row_stride: width,
            accumulate: false,
        };
        gemm(self.isa, product, Epilogue::None);
    }

    /// Tile (i, j), i >= j, of step k.
    ///
    /// # Safety
    /// No other thread does the same tile; panels and block are complete.
    unsafe fn update(&self, i: usize, j: usize, k: usize) {
        let ((first, rows), (column, columns), (_, width)) = (self.rows(i), self.rows(j), self.rows(k));
        if i == k && j == k {
            // SAFETY: the block is only read now.
            let block = unsafe { self.block.slice(0, width * width) };
            for (r, row) in block.chunks_exact(width).enumerate() {
                // SAFETY: this tile is this thread's.
                unsafe { self.a.slice_mut((first + r) * self.n + column, width) }.copy_from_slice(row);
            }
        } else if j == k {
            // SAFETY: the panel is only read now.
            let left = unsafe { self.left.slice(first * width, rows * width) };
            for (r, values) in left.chunks_exact(width).enumerate() {
                // SAFETY: this tile is this thread's.
                let row = unsafe { self.a.slice_mut((first + r) * self.n + column, width) };
                row.iter_mut().zip(values).for_each(|(x, &value)| *x = -value);
            }
        } else if i == k {
            // SAFETY: the panel is only read now.
            let left = unsafe { self.left.slice(column * width, columns * width) };
            for r in 0..width {
                // SAFETY: this tile is this thread's.
                let row = unsafe { self.a.slice_mut((first + r) * self.n + column, columns) };
                row.iter_mut().enumerate().for_each(|(c, x)| *x = -left[c * width + r]);
            }
        } else {
            // SAFETY: the panels are only read now.
            let (left, right) = unsafe {
                (self.left.slice(first * width, rows * width), self.right.slice(column * width, columns * width))
            };
            let length = (rows - 1) * self.n + columns;
            let product = Gemm {
                m: rows,
                n: columns,
                k: width,
                a: left.into(),
                a_row_stride: width,
                a_col_stride: 1,
                b: Right::Rows { data: right.into(), row_stride: columns },
                // SAFETY: the product touches the tile alone, which is this thread's; floats between its rows are skipped.
                c: unsafe { self.a.target(first * self.n + column, length) },
                c_row_stride: self.n,
                accumulate: true,
            };
            gemm(self.isa, product, Epilogue::None);
        }
    }
}
