//! Reads rows and keeps those that may be among the best of each query.

use super::{BLOCK, CoarseRows, Query, Sieve};
use crate::simd::{ByteKernel, Bytes, Simd};
use std::ops::Range;

/// Blocks that all queries read before the next ones: they fit the second-level cache.
const STRETCH: usize = 128;
/// Added to every error: more than what numbers too small for a float can add up to.
const TINY: f32 = 1e-37;

/// Rows of these blocks that `admit` (query, row) lets pass go into the sieve of each query that they may be among the best of.
pub(crate) struct Scan<'a, A: FnMut(usize, usize) -> bool> {
    pub rows: &'a CoarseRows,
    pub blocks: Range<usize>,
    pub queries: &'a [Query],
    pub sieves: &'a mut [Sieve],
    pub admit: A,
}

impl<A: FnMut(usize, usize) -> bool> ByteKernel for Scan<'_, A> {
    #[inline(always)]
    fn run<B: Bytes>(mut self, b: B) {
        assert!(self.queries.len() == self.sieves.len(), "a sieve for each query");
        let mut start = self.blocks.start;
        while start < self.blocks.end {
            let end = self.blocks.end.min(start + STRETCH);
            let mut first = 0;
            while first < self.queries.len() {
                let more = self.queries.len() - first;
                first += if B::TILE >= 8 && more >= 8 {
                    self.tile::<B, 8>(b, start..end, first)
                } else if B::TILE >= 4 && more >= 4 {
                    self.tile::<B, 4>(b, start..end, first)
                } else if B::TILE >= 2 && more >= 2 {
                    self.tile::<B, 2>(b, start..end, first)
                } else {
                    self.tile::<B, 1>(b, start..end, first)
                };
            }
            start = end;
        }
    }
}

impl<A: FnMut(usize, usize) -> bool> Scan<'_, A> {
    /// T queries from `first` on; returns T.
    #[inline(always)]
    fn tile<B: Bytes, const T: usize>(&mut self, b: B, blocks: Range<usize>, first: usize) -> usize {
        let (s, shape) = (b.floats(), self.rows.shape());
        let groups = shape.groups();
        let queries: [&Query; T] = std::array::from_fn(|t| &self.queries[first + t]);
        let fours: [&[[i8; 4]]; T] = std::array::from_fn(|t| &queries[t].fours[..groups]);
        let mut thresholds: [f32; T] = std::array::from_fn(|t| self.sieves[first + t].threshold());
        for block in blocks {
            let lines = self.rows.block(block).as_ptr();
            let mut sums: [_; T] = std::array::from_fn(|t| b.begin(queries[t].total));
            for g in 0..groups {
                for t in 0..T {
                    // SAFETY: a block has a line of 64 bytes for each group, and a query four codes.
                    sums[t] = unsafe { b.add(sums[t], lines.add(g * BLOCK).cast(), *fours[t].get_unchecked(g)) };
                }
            }
            // SAFETY: two or three lines follow those of the groups.
            let (scale, norms) =
                unsafe { (s.load(lines.add(groups * BLOCK)), s.load(lines.add((groups + 1) * BLOCK))) };
            let (left, norm) = (s.int_and(norms, s.int_splat(0xffff_0000)), s.int_shl::<16>(norms));
            for t in 0..T {
                let query = queries[t];
                let mut score = s.mul(s.mul(s.int_to_float(sums[t]), scale), s.splat(query.scale));
                let mut error = s.fma(norm, s.splat(query.of_norm), s.splat(TINY));
                error = s.fma(left, s.splat(query.of_left), error);
                if shape.apart.is_some() {
                    // SAFETY: the third line.
                    let column = unsafe { s.load(lines.add((groups + 2) * BLOCK)) };
                    let product = s.mul(column, s.splat(query.apart));
                    score = s.add(score, product);
                    error = s.fma(s.abs(product), s.splat(query.of_apart), error);
                }
                let hits = s.bits(s.ge(s.add(score, error), s.splat(thresholds[t])));
                if hits != 0 {
                    let (mut scores, mut errors) = ([0.0; BLOCK], [0.0; BLOCK]);
                    // SAFETY: as many lanes as a block has rows.
                    unsafe {
                        s.store(scores.as_mut_ptr(), score);
                        s.store(errors.as_mut_ptr(), error);
                    }
                    thresholds[t] = self.take(first + t, block, hits, &scores, &errors);
                }
            }
        }
        T
    }

    /// Returns the new threshold.
    #[inline(never)]
    fn take(&mut self, query: usize, block: usize, mut hits: u32, scores: &[f32; BLOCK], errors: &[f32; BLOCK]) -> f32 {
        let sieve = &mut self.sieves[query];
        while hits != 0 {
            let lane = hits.trailing_zeros() as usize;
            hits &= hits - 1;
            let row = block * BLOCK + lane;
            if (self.admit)(query, row) {
                sieve.take(row as u32, scores[lane], errors[lane]);
            }
        }
        sieve.threshold()
    }
}
