//! Searches.

use super::cells::{Blocks, Vectors};
use super::{BLOCK, Ivf};
use crate::buffer::Arena;
use crate::coarse::{CoarseRows, Query, Scan, Sieve};
use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::isa::Isa;
use crate::memory;
use crate::scorer::TopK;
use crate::simd::{Kernel, Simd};
use crate::threads::{self, Barrier};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
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
                let passes = Passes { left, allowed: allowed.as_ref() };
                let best = self.best(query, search, &passes, &mut scores);
                // SAFETY: each row is done by one thread.
                let (items, scores) = unsafe { (items_out.slice_mut(row * k, k), scores_out.slice_mut(row * k, k)) };
                for (place, (score, item)) in best.found.into_iter().enumerate() {
                    (items[place], scores[place]) = (item, score);
                }
            }
        });
        Ok(top)
    }

    fn best(&self, query: &[f32], search: &Search<'_>, passes: &Passes<'_>, scores: &mut Vec<f32>) -> Best {
        products(self.isa, &self.promise.0, query, scores);
        let cells = self.cells.blocks.iter().zip(&*scores).enumerate().filter(|(_, (blocks, _))| !blocks.is_empty());
        let mut order: BinaryHeap<_> = cells.map(|(i, (_, &score))| (ordered(score), Reverse(i as u32))).collect();
        let mut found = Found::new(self, query, search.k);
        let mut seen = 0;
        while let Some((_, Reverse(cell))) = order.pop() {
            let blocks = self.cells.blocks[cell as usize].clone();
            seen += passes.count(&self.cells.items[blocks.start * BLOCK..blocks.end * BLOCK]);
            found.look(self, query, blocks, passes, scores);
            if seen >= search.effort && found.has_enough(search.k) {
                break;
            }
        }
        found.best(self, query, search.k, scores)
    }
}

/// Which items may be found.
struct Passes<'a> {
    /// Ascending.
    left: &'a [i32],
    allowed: Option<&'a Bits>,
}

impl Passes<'_> {
    /// How many of the items are looked at: those left out count, those that are not allowed do not.
    fn count(&self, items: &[i32]) -> usize {
        items.iter().filter(|&&item| self.allows(item)).count()
    }

    #[inline(always)]
    fn allows(&self, item: i32) -> bool {
        item >= 0 && self.allowed.is_none_or(|bits| bits.has(item))
    }

    fn lets(&self, item: i32) -> bool {
        self.allows(item) && self.left.binary_search(&item).is_err()
    }
}

/// What was found in the cells so far.
enum Found<'a> {
    /// The best.
    Best(Best),
    /// What may be among the best.
    Sieve { rows: &'a CoarseRows, whole: &'a [f32], query: Box<[Query; 1]>, sieve: Sieve },
    /// Everything, where the query cannot be told in bytes.
    All { whole: &'a [f32], rows: Vec<u32> },
}

impl<'a> Found<'a> {
    fn new(index: &'a Ivf, query: &[f32], k: usize) -> Self {
        match &index.cells.vectors {
            Vectors::Blocks(_) => Self::Best(Best::new(k, index.items())),
            Vectors::Told { rows, whole } => match Query::new(rows.shape(), query) {
                Some(query) => Self::Sieve { rows, whole, query: Box::new([query]), sieve: Sieve::new(k, usize::MAX) },
                None => Self::All { whole, rows: Vec::new() },
            },
        }
    }

    /// Goes through the blocks of a cell.
    fn look(&mut self, index: &Ivf, query: &[f32], blocks: Range<usize>, passes: &Passes<'_>, scores: &mut Vec<f32>) {
        let items = &index.cells.items;
        let places = blocks.start * BLOCK..blocks.end * BLOCK;
        match self {
            Self::Best(best) => {
                let Vectors::Blocks(Blocks(values)) = &index.cells.vectors else { unreachable!("blocks were found") };
                let width = query.len();
                products(index.isa, &values[places.start * width..places.end * width], query, scores);
                for (&item, &score) in items[places].iter().zip(&*scores) {
                    if best.takes(score, item) && passes.lets(item) {
                        best.insert(score, item);
                    }
                }
            }
            Self::Sieve { rows, query, sieve, .. } => {
                let admit = |_: usize, place: usize| passes.lets(items[place]);
                let sieves = std::slice::from_mut(sieve);
                index.isa.run_bytes(Scan { rows, blocks, queries: &query[..], sieves, admit });
            }
            Self::All { rows, .. } => {
                rows.extend(places.filter(|&place| passes.lets(items[place])).map(|place| place as u32));
            }
        }
    }

    fn has_enough(&self, k: usize) -> bool {
        match self {
            Self::Best(best) => best.found.len() >= k,
            Self::Sieve { sieve, .. } => sieve.has_enough(),
            Self::All { rows, .. } => rows.len() >= k,
        }
    }

    fn best(self, index: &Ivf, query: &[f32], k: usize, scores: &mut Vec<f32>) -> Best {
        let (whole, rows) = match self {
            Self::Best(best) => return best,
            Self::Sieve { whole, sieve, .. } => (whole, sieve.rows().unwrap_or_else(|| unreachable!("no limit"))),
            Self::All { whole, rows } => (whole, rows),
        };
        let mut best = Best::new(k, rows.len());
        for rows in rows.chunks(BLOCK) {
            let mut items = [index.cells.items[rows[0] as usize]; BLOCK];
            items.iter_mut().zip(rows).for_each(|(item, &row)| *item = index.cells.items[row as usize]);
            scores.clear();
            scores.resize(BLOCK, 0.0);
            index.isa.run(Gathered { whole, query, items: &items, out: scores });
            for (&item, &score) in items.iter().zip(&*scores).take(rows.len()) {
                if best.takes(score, item) {
                    best.insert(score, item);
                }
            }
        }
        best
    }
}

/// Inner products of the query with all vectors of the blocks.
fn products(isa: Isa, blocks: &[f32], query: &[f32], out: &mut Vec<f32>) {
    out.clear();
    out.resize(blocks.len() / query.len().max(1), 0.0);
    isa.run(Products { blocks, query, out });
}

/// Bits of a float in the order of numbers.
fn ordered(x: f32) -> i32 {
    let bits = x.to_bits().cast_signed();
    bits ^ ((bits >> 31).cast_unsigned() >> 1).cast_signed()
}

/// The best so far: score descending, ties by lower item.
struct Best {
    k: usize,
    found: Vec<(f32, i32)>,
}

impl Best {
    fn new(k: usize, items: usize) -> Self {
        Self { k, found: memory::room(k.min(items)) }
    }

    #[inline(always)]
    fn takes(&self, score: f32, item: i32) -> bool {
        self.found.len() < self.k || self.found.last().is_some_and(|&last| precedes((score, item), last))
    }

    #[inline(never)]
    fn insert(&mut self, score: f32, item: i32) {
        let place = self.found.partition_point(|&other| precedes(other, (score, item)));
        self.found.truncate(self.k - 1);
        self.found.insert(place, (score, item));
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

/// Inner products of the query with 16 items' vectors, each in the order of [`Products`].
struct Gathered<'a> {
    /// Item after item.
    whole: &'a [f32],
    query: &'a [f32],
    items: &'a [i32; BLOCK],
    out: &'a mut [f32],
}

impl Kernel for Gathered<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { whole, query, items, out } = self;
        let width = query.len();
        assert!(S::LANES == BLOCK && out.len() == BLOCK, "an item per lane");
        let rows = items.map(|item| &whole[item as usize * width..][..width]);
        let mut lanes = [0.0_f32; BLOCK];
        let mut sum = s.zero();
        for (c, &x) in query.iter().enumerate() {
            for (lane, row) in lanes.iter_mut().zip(rows) {
                *lane = row[c];
            }
            // SAFETY: 16 lanes.
            sum = s.fma(unsafe { s.load(lanes.as_ptr()) }, s.splat(x), sum);
        }
        // SAFETY: as many floats.
        unsafe { s.store(out.as_mut_ptr(), sum) }
    }
}
