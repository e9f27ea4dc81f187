//! Searches.

use super::{BLOCK, Blocks, Ivf};
use crate::buffer::Arena;
use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::memory;
use crate::scorer::TopK;
use crate::simd::{Kernel, Simd};
use crate::threads::{self, Barrier};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Blocks whose products are computed together, to hide how long an addition takes.
const TOGETHER: usize = 4;

/// What is looked for.
pub struct Search<'a> {
    /// Row after row.
    pub queries: &'a [f32],
    pub k: usize,
    /// Items to look at that may be found; the cell in which they are reached is looked through. More where fewer than k are found.
    pub effort: usize,
    /// Items never found, for each row; ascending.
    pub exclude: Option<&'a Csr>,
    /// The only items that may be found, for all rows.
    pub candidates: Option<&'a [i32]>,
}

impl Ivf {
    /// The k items of the largest inner products among those looked at: largest first, ties by lower item; unused places are -1
    /// and -infinity.
    pub fn search(&self, search: &Search<'_>) -> Result<TopK> {
        let (width, k) = (self.width, search.k);
        let rows = search.queries.len() / width;
        if !search.queries.len().is_multiple_of(width) || !search.queries.iter().all(|x| x.is_finite()) {
            return Err(Failure::input("The queries of an index do not fit it")
                .expected(format!("rows of {width} finite numbers")));
        }
        if k == 0 || rows.saturating_mul(k) > 1 << 31 {
            return Err(Failure::input("k is out of range").expected("1 or more").received(k));
        }
        if let Some(csr) = search.exclude
            && csr.offsets.len() != rows + 1
        {
            return Err(Failure::input("The exclusions of a search are of other rows").expected(rows));
        }
        let allowed = search.candidates.map(|items| Bits::of(items, self.items())).transpose()?;
        let mut top = TopK { items: memory::filled(-1, rows * k), scores: memory::filled(f32::NEG_INFINITY, rows * k) };
        let (items_out, scores_out) = (Arena::of(&mut top.items), Arena::of(&mut top.scores));
        let next = AtomicUsize::new(0);
        let threads = self.threads.min(rows).max(1);
        threads::run(threads, &Barrier::new(threads), |_| {
            let mut scores = Vec::new();
            loop {
                let row = next.fetch_add(1, Ordering::Relaxed);
                if row >= rows {
                    return;
                }
                let left = search.exclude.map_or(&[][..], |csr| csr.row(row));
                let query = &search.queries[row * width..][..width];
                let best = self.best(query, search, left, allowed.as_ref(), &mut scores);
                // SAFETY: each row is done by one thread.
                let (items, scores) = unsafe { (items_out.slice_mut(row * k, k), scores_out.slice_mut(row * k, k)) };
                for (place, (score, item)) in best.0.into_iter().enumerate() {
                    (items[place], scores[place]) = (item, score);
                }
            }
        });
        Ok(top)
    }

    fn best(
        &self,
        query: &[f32],
        search: &Search<'_>,
        left: &[i32],
        allowed: Option<&Bits>,
        scores: &mut Vec<f32>,
    ) -> Best {
        let mut best = Best(Vec::with_capacity(search.k.min(self.items())));
        let mut seen = 0;
        self.products(&self.promise, query, scores);
        let cells = self.cells.iter().zip(&*scores).enumerate().filter(|(_, (cell, _))| !cell.items.is_empty());
        let mut order: BinaryHeap<_> = cells.map(|(i, (_, &score))| (ordered(score), Reverse(i as u32))).collect();
        while let Some((_, Reverse(cell))) = order.pop() {
            let cell = &self.cells[cell as usize];
            self.products(&cell.blocks, query, scores);
            for (&item, &score) in cell.items.iter().zip(&*scores) {
                if !allowed.is_none_or(|bits| bits.has(item)) {
                    continue;
                }
                seen += 1;
                if best.takes(search.k, score, item) && left.binary_search(&item).is_err() {
                    best.insert(search.k, score, item);
                }
            }
            if seen >= search.effort && best.0.len() >= search.k {
                break;
            }
        }
        best
    }

    /// Inner products of the query with all vectors of the blocks.
    fn products(&self, blocks: &Blocks, query: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(blocks.0.len() / self.width.max(1), 0.0);
        self.isa.run(Products { blocks: &blocks.0, query, out });
    }
}

/// Bits of a float in the order of numbers.
fn ordered(x: f32) -> i32 {
    let bits = x.to_bits().cast_signed();
    bits ^ ((bits >> 31).cast_unsigned() >> 1).cast_signed()
}

/// The best so far: score descending, ties by lower item.
struct Best(Vec<(f32, i32)>);

impl Best {
    #[inline(always)]
    fn takes(&self, k: usize, score: f32, item: i32) -> bool {
        self.0.len() < k || self.0.last().is_some_and(|&last| precedes((score, item), last))
    }

    #[inline(never)]
    fn insert(&mut self, k: usize, score: f32, item: i32) {
        let place = self.0.partition_point(|&other| precedes(other, (score, item)));
        self.0.truncate(k - 1);
        self.0.insert(place, (score, item));
    }
}

fn precedes(a: (f32, i32), b: (f32, i32)) -> bool {
    a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)
}

/// A set of items.
struct Bits(Vec<u64>);

impl Bits {
    fn of(items: &[i32], count: usize) -> Result<Self> {
        let mut bits = memory::filled(0_u64, count.div_ceil(64));
        for &item in items {
            let at = usize::try_from(item).ok().filter(|&at| at < count);
            let at = at.ok_or_else(|| Failure::input(format!("There is no item {item}")))?;
            bits[at / 64] |= 1 << (at % 64);
        }
        Ok(Self(bits))
    }

    #[inline(always)]
    fn has(&self, item: i32) -> bool {
        self.0[item as usize / 64] >> (item as usize % 64) & 1 == 1
    }
}

struct Products<'a> {
    blocks: &'a [f32],
    query: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Products<'_> {
    type Output = ();

    /// One vector per lane; each adds its products from the first element to the last.
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { blocks, query, out } = self;
        let size = BLOCK * query.len();
        for (blocks, out) in blocks.chunks(TOGETHER * size).zip(out.chunks_mut(TOGETHER * BLOCK)) {
            match out.len() / BLOCK {
                TOGETHER => group::<S, TOGETHER>(s, blocks, query, out),
                _ => {
                    for (block, out) in blocks.chunks_exact(size).zip(out.chunks_exact_mut(BLOCK)) {
                        group::<S, 1>(s, block, query, out);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn group<S: Simd, const N: usize>(s: S, blocks: &[f32], query: &[f32], out: &mut [f32]) {
    const { assert!(BLOCK == 16) };
    let size = BLOCK * query.len();
    assert!(blocks.len() == N * size && out.len() == N * BLOCK && S::LANES == BLOCK, "{N} blocks");
    let mut sums = [s.zero(); N];
    for (c, &x) in query.iter().enumerate() {
        let x = s.splat(x);
        for (n, sum) in sums.iter_mut().enumerate() {
            // SAFETY: N blocks of query.len() vectors of 16 lanes.
            *sum = s.fma(unsafe { s.load(blocks.as_ptr().add(n * size + c * BLOCK)) }, x, *sum);
        }
    }
    for (n, sum) in sums.into_iter().enumerate() {
        // SAFETY: N blocks of 16 lanes.
        unsafe { s.store(out.as_mut_ptr().add(n * BLOCK), sum) }
    }
}
