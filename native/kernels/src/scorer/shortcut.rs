//! The best of many items by reading a quarter of the memory: items told in bytes say which ones may be among the best, and
//! the scores of those alone are computed. Lists are those of the whole scan, to the last bit.

use super::{Asked, Scorer, TopK, every};
use crate::buffer::Arena;
use crate::coarse::{BLOCK, CoarseRows, MOST_COLUMNS, Query, Scan, Shape, Sieve, fill};
use crate::isa::Isa;
use crate::memory;
use crate::program::{Program, Space, View};
use crate::select::Best;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Items from which on it is worth its memory.
const FROM: usize = 32_768;
/// Items for each place of a list: of fewer too many may be among the best.
const PER_PLACE: usize = 64;
/// Where more than this part of all items may be among the best, the whole scan is quicker.
const LIMIT: usize = 32;
/// Blocks of items that tell the shape of all.
const SAMPLE: usize = 16;

pub(super) struct Shortcut {
    /// Scores are single inner products.
    fits: bool,
    from: usize,
    rows: Option<CoarseRows>,
}

impl Shortcut {
    pub fn new(program: &Program, score: View, isa: Isa) -> Self {
        let plain = program.dots.len() == 1 && score.space == Space::Dots && score.offset == 0;
        let blocks = !program.scores_rows && program.shard_rows.is_multiple_of(BLOCK);
        let fits = plain && blocks && program.dots[0].user.width <= MOST_COLUMNS;
        Self { fits, from: if isa.likes_bytes() { FROM } else { usize::MAX }, rows: None }
    }
}

impl Scorer {
    /// From how many items on lists are looked for among bytes first, 0: always; for tests and measurements. Answers are
    /// the same.
    pub fn set_shortcut(&mut self, from: usize) {
        self.shortcut.from = from;
    }

    /// Bytes of the items told in bytes.
    pub fn shortcut_bytes(&self) -> usize {
        self.shortcut.rows.as_ref().map_or(0, |rows| rows.blocks() * rows.shape().block_floats() * size_of::<f32>())
    }

    /// Fills the rows of lists that it can; returns those left to do.
    pub(super) fn by_shortcut(&mut self, asked: &Asked<'_>, top: &mut TopK) -> Vec<usize> {
        let &Asked { users, k, .. } = asked;
        let Shortcut { fits, from, .. } = self.shortcut;
        if cfg!(target_family = "wasm") {
            // Not quicker there: the module does without this code.
            return every(users.len());
        }
        let few = from > 0 && k.saturating_mul(PER_PLACE) > self.items;
        if !fits || self.items < from || few {
            return every(users.len());
        }
        let Some(rows) = self.shortcut.rows.take().or_else(|| self.told()) else {
            self.shortcut.fits = false;
            return every(users.len());
        };
        let (isa, items, limit) = (self.isa, self.items, self.items / LIMIT);
        let (items_out, scores_out) = (Arena::of(&mut top.items), Arena::of(&mut top.scores));
        let undone = Mutex::new(Vec::new());
        self.by_users(users, |first, block, local| {
            local.users(block);
            let mut of = memory::room(block.len());
            let mut queries = memory::room(block.len());
            for user in 0..block.len() {
                match Query::new(rows.shape(), local.user_vector(user)) {
                    Some(query) => {
                        of.push(user);
                        queries.push(query);
                    }
                    None => undone.lock().unwrap_or_else(PoisonError::into_inner).push(first + user),
                }
            }
            let mut sieves: Vec<Sieve> = of.iter().map(|_| Sieve::new(k, limit)).collect();
            let admit = |query: usize, item: usize| {
                item < items && asked.left(first + of[query]).binary_search(&(item as i32)).is_err()
            };
            let (blocks, queries) = (0..rows.blocks(), &queries[..]);
            isa.run_bytes(Scan { rows: &rows, blocks, queries, sieves: &mut sieves, admit });
            for (&user, sieve) in of.iter().zip(sieves) {
                let row = first + user;
                let Some(found) = sieve.rows() else {
                    undone.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                    continue;
                };
                let mut ids: Vec<i32> = memory::room(found.len());
                ids.extend(found.iter().map(|&item| item as i32));
                let (mut best, size) = (Best::new(k), local.block());
                for (number, ids) in ids.chunks(size).enumerate() {
                    best.scan(isa, local.scores(user, ids), (number * size) as u32);
                }
                // SAFETY: each row is done by one thread.
                let (items, scores) = unsafe { (items_out.slice_mut(row * k, k), scores_out.slice_mut(row * k, k)) };
                best.write(items, scores);
                items.iter_mut().filter(|item| **item >= 0).for_each(|item| *item = ids[*item as usize]);
            }
        });
        self.shortcut.rows = Some(rows);
        let mut undone = undone.into_inner().unwrap_or_else(PoisonError::into_inner);
        undone.sort_unstable();
        undone
    }

    /// All items in bytes; None where one of them cannot be told so.
    fn told(&mut self) -> Option<CoarseRows> {
        let (isa, items, size) = (self.isa, self.items, self.program.shard_rows);
        let (dot, stride) = (self.program.dots[0], self.program.item_floats);
        let width = dot.item.width;
        let ids = |block: usize| -> Vec<i32> {
            let start = block * size;
            (start as i32..items.min(start + size) as i32).collect()
        };
        let blocks = items.div_ceil(size);
        let shape = Mutex::new(Shape { width, apart: None });
        self.parallel(1, |_, local| {
            let mut sample: Vec<f32> = Vec::new();
            for block in (0..blocks).step_by(blocks.div_ceil(SAMPLE)) {
                let ids = ids(block);
                let vectors = local.vectors(&ids);
                (0..ids.len()).for_each(|i| sample.extend_from_slice(&vectors[i * stride..][..width]));
            }
            *shape.lock().unwrap_or_else(PoisonError::into_inner) = Shape::of(width, sample.chunks_exact(width));
        });
        let shape = shape.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut rows, fine) = (CoarseRows::new(shape, items), AtomicBool::new(true));
        let (lines, floats) = (rows.arena(), shape.block_floats());
        self.parallel(blocks, |block, local| {
            let ids = ids(block);
            let vectors = local.vectors(&ids);
            let rows = (0..ids.len()).map(|i| &vectors[i * stride..][..width]);
            // SAFETY: each block is filled by one thread.
            let lines = unsafe { lines.slice_mut(block * size / BLOCK * floats, ids.len().div_ceil(BLOCK) * floats) };
            if !fill(isa, shape, lines, rows) {
                fine.store(false, Ordering::Relaxed);
            }
        });
        fine.into_inner().then_some(rows)
    }
}
