//! Scores of pairs, best items and ranks, without ever holding users x items scores.
//!
//! What depends on the item alone is computed once for all items, what depends on the user once per user; inner products of
//! the two are matrix products over blocks of users and items; the rest of the plan runs on blocks of items for one user.
//! A pair's score has the same bits whichever way it is asked for.

mod dot;
mod pairs;
mod prologue;
mod shortcut;
mod side;

use crate::buffer::{Arena, Buffer};
use crate::compile::compile_scores;
use crate::evaluate::check_ids;
use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::isa::Isa;
use crate::matmul::PackedB;
use crate::matrix::{DataMatrices, SparseMatrix, bind_data};
use crate::memory;
use crate::plan::Plan;
use crate::program::{Ids, Program, Value, View};
use crate::select::{Best, count_greater_equal, exclude, find_not_finite};
use crate::threads::{self, Barrier};
use crate::trainer::bind;
use pairs::Local;
use prologue::{Prologue, prologue};
use shortcut::Shortcut;
use side::ItemSide;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Users whose inner products with a block of items are computed together.
const USERS: usize = 32;
/// Pairs of one piece of work where scores come in rows.
const ROW_PAIRS: usize = 4096;

pub struct ScoreSpec {
    pub plan: Plan,
    pub parameters: HashMap<String, Vec<f32>>,
    pub data: DataMatrices,
    pub users: usize,
    pub items: usize,
    pub threads: usize,
    pub isa: Isa,
}

pub struct Scorer {
    program: Program,
    score: View,
    params: Vec<Buffer>,
    data: Vec<Arc<SparseMatrix>>,
    /// Values of parameters alone; made when first needed, by the threads of that call.
    prologue: Option<Prologue>,
    /// Everything that depends on items alone; made when first needed.
    all: Option<ItemSide>,
    /// The items in bytes, where inner products can be looked for there first.
    shortcut: Shortcut,
    pub users: usize,
    pub items: usize,
    threads: usize,
    isa: Isa,
}

pub struct TopK {
    pub items: Vec<i32>,
    pub scores: Vec<f32>,
}

#[derive(Default)]
pub struct Ranks {
    pub greater: Vec<i32>,
    pub equal: Vec<i32>,
    pub candidates: Vec<i32>,
}

/// What a call for lists asks.
struct Asked<'a> {
    users: &'a [i32],
    k: usize,
    excluded: Option<&'a Csr>,
}

impl Asked<'_> {
    /// Items that a row must not have.
    fn left(&self, row: usize) -> &[i32] {
        self.excluded.map_or(&[][..], |csr| csr.row(row))
    }
}

fn every(count: usize) -> Vec<usize> {
    let mut rows = memory::room(count);
    rows.extend(0..count);
    rows
}

/// What all threads of a call read.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a> {
    pub program: &'a Program,
    pub score: View,
    pub params: &'a [Arena],
    pub data: &'a [Arc<SparseMatrix>],
    pub statics: Arena,
    pub tables: Arena,
    pub packs: &'a [PackedB],
    pub isa: Isa,
}

impl Scorer {
    pub fn new(spec: ScoreSpec) -> Result<Self> {
        let program = compile_scores(&spec.plan)?;
        for &(ids, rows) in &program.ids {
            if ids == Ids::Event {
                return Err(Failure::input("The plan reads \"event\", which only rows of training have"));
            }
            let (what, count) = if ids == Ids::User { ("user", spec.users) } else { ("item", spec.items) };
            if rows < count {
                return Err(Failure::input(format!("A table indexed by \"{what}\" has too few rows"))
                    .expected(count)
                    .received(rows));
            }
        }
        if spec.users > i32::MAX as usize || spec.items > i32::MAX as usize {
            return Err(Failure::input("There are too many users or items").expected("at most 2147483647"));
        }
        let Some(&Value::Rows(score)) = program.output("score") else {
            return Err(Failure::input("A scoring plan has an output \"score\" [batch]"));
        };
        if program.scores_rows && score.width != spec.items {
            return Err(Failure::input("A row of scores has another length than the catalogue")
                .expected(spec.items)
                .received(score.width));
        }
        let params = bind(&program, spec.parameters)?;
        let data = bind_data(&program, spec.data)?;
        let threads = threads::effective(spec.threads);
        let (users, items, isa) = (spec.users, spec.items, spec.isa);
        let shortcut = Shortcut::new(&program, score, isa);
        Ok(Self { program, score, params, data, prologue: None, all: None, shortcut, users, items, threads, isa })
    }

    /// One score per pair.
    pub fn score(&mut self, users: &[i32], items: &[i32]) -> Result<Vec<f32>> {
        check_ids("user", users, self.users)?;
        check_ids("item", items, self.items)?;
        if users.len() != items.len() {
            return Err(Failure::input("Pairs need as many users as items").received(format!(
                "{} and {}",
                users.len(),
                items.len()
            )));
        }
        let mut scores = memory::filled(0.0, users.len());
        let strange = Strange::default();
        let (out, size, isa) = (Arena::of(&mut scores), self.pairs_together(), self.isa);
        self.parallel(users.len().div_ceil(size), |block, local| {
            let start = block * size;
            let end = users.len().min(start + size);
            let found = local.pairs(&users[start..end], &items[start..end]);
            strange.look(isa, found, |i| (users[start + i], items[start + i]));
            // SAFETY: each block is done by one thread.
            unsafe { out.slice_mut(start, end - start) }.copy_from_slice(found);
        });
        strange.refuse()?;
        Ok(scores)
    }

    pub fn top_k(
        &mut self,
        users: &[i32],
        k: usize,
        excluded: Option<&Csr>,
        candidates: Option<&[i32]>,
    ) -> Result<TopK> {
        check_ids("user", users, self.users)?;
        if k == 0 || users.len().saturating_mul(k) > 1 << 31 {
            return Err(Failure::input("k is out of range").expected("1 or more").received(k));
        }
        if let Some(candidates) = candidates {
            check_ids("item", candidates, self.items)?;
            if candidates.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(Failure::input("Candidates are not in ascending order"));
            }
        }
        let places = users.len() * k;
        let mut top = TopK { items: memory::filled(-1, places), scores: memory::filled(f32::NEG_INFINITY, places) };
        let asked = Asked { users, k, excluded };
        let rows = if candidates.is_none() { self.by_shortcut(&asked, &mut top) } else { every(users.len()) };
        if !rows.is_empty() {
            self.whole(&asked, &rows, candidates, &mut top)?;
        }
        Ok(top)
    }

    /// The best of all items for these rows of what is asked, by computing every score.
    fn whole(&mut self, asked: &Asked<'_>, rows: &[usize], candidates: Option<&[i32]>, top: &mut TopK) -> Result<()> {
        let (k, isa, strange) = (asked.k, self.isa, Strange::default());
        let mut users = memory::room(rows.len());
        users.extend(rows.iter().map(|&row| asked.users[row]));
        let (items_out, scores_out) = (Arena::of(&mut top.items), Arena::of(&mut top.scores));
        let side = self.side(candidates);
        self.by_users(&users, |first, block, local| {
            let mut best = vec![Best::new(k); block.len()];
            local.users(block);
            for start in side.starts() {
                let count = local.dots(&side, start, block.len());
                for (user, best) in best.iter_mut().enumerate() {
                    let left = asked.left(rows[first + user]);
                    let scores = local.items(&side, start, count, user);
                    strange.look(isa, scores, |i| (block[user], side.id(start + i)));
                    mark(scores, &side, start, left);
                    best.scan(isa, scores, start as u32);
                }
            }
            for (user, best) in best.iter().enumerate() {
                let at = rows[first + user] * k;
                // SAFETY: each row is done by one thread.
                let (items, scores) = unsafe { (items_out.slice_mut(at, k), scores_out.slice_mut(at, k)) };
                best.write(items, scores);
                items.iter_mut().filter(|item| **item >= 0).for_each(|item| *item = side.id(*item as usize));
            }
        });
        self.keep(side);
        strange.refuse()
    }

    pub fn ranks(&mut self, users: &[i32], targets: &Csr, excluded: Option<&Csr>) -> Result<Ranks> {
        check_ids("user", users, self.users)?;
        // A pair's score has the same bits in a list, so that a target can be compared before its turn.
        let own = self.score(&owners(users, targets), &targets.items)?;
        let count = targets.items.len();
        let mut ranks = Ranks {
            greater: memory::filled(0, count),
            equal: memory::filled(0, count),
            candidates: memory::filled(0, users.len()),
        };
        let (greater_out, equal_out) = (Arena::of(&mut ranks.greater), Arena::of(&mut ranks.equal));
        let candidates_out = Arena::of(&mut ranks.candidates);
        let (isa, items, side, strange) = (self.isa, self.items, self.side(None), Strange::default());
        self.by_users(users, |first, block, local| {
            let left: Vec<Vec<i32>> =
                (first..first + block.len()).map(|row| left_out(targets, excluded, row)).collect();
            local.users(block);
            for start in side.starts() {
                let rows = local.dots(&side, start, block.len());
                for (user, left) in left.iter().enumerate() {
                    let scores = local.items(&side, start, rows, user);
                    strange.look(isa, scores, |i| (block[user], side.id(start + i)));
                    mark(scores, &side, start, left);
                    let places = targets.range(first + user);
                    let (at, count) = (places.start, places.len());
                    // SAFETY: each row is done by one thread.
                    let (greater, equal) =
                        unsafe { (greater_out.slice_mut(at, count), equal_out.slice_mut(at, count)) };
                    for ((greater, equal), &own) in greater.iter_mut().zip(equal).zip(&own[places]) {
                        let (higher, same) = count_greater_equal(isa, scores, own);
                        (*greater, *equal) = (*greater + higher as i32, *equal + same as i32);
                    }
                }
            }
            // SAFETY: as above.
            let candidates = unsafe { candidates_out.slice_mut(first, block.len()) };
            candidates.iter_mut().zip(&left).for_each(|(count, left)| *count = (items - left.len()) as i32);
        });
        self.keep(side);
        strange.refuse()?;
        // Each target was counted among its equals.
        ranks.equal.iter_mut().for_each(|equal| *equal -= 1);
        Ok(ranks)
    }

    /// Pairs of one piece of work: rows of scores are shared by all pairs of a user that are asked for together.
    fn pairs_together(&self) -> usize {
        if self.program.scores_rows { ROW_PAIRS } else { self.program.shard_rows }
    }

    /// Everything that depends on items alone: of all items (computed once), or of these.
    fn side(&mut self, candidates: Option<&[i32]>) -> ItemSide {
        match (candidates, self.all.take()) {
            (None, Some(all)) => all,
            (Some(candidates), all) => {
                self.all = all;
                self.build(memory::copied(candidates), false)
            }
            (None, None) => {
                let mut all = memory::room(self.items);
                all.extend(0..self.items as i32);
                self.build(all, true)
            }
        }
    }

    fn keep(&mut self, side: ItemSide) {
        if side.is_all {
            self.all = Some(side);
        }
    }

    fn build(&mut self, ids: Vec<i32>, is_all: bool) -> ItemSide {
        let mut side = ItemSide::new(&self.program, ids, is_all);
        // Rows of scores have no part that depends on an item alone.
        if self.program.scores_rows {
            return side;
        }
        let blocks = side.blocks();
        self.parallel(blocks.len(), |block, local| local.fill(&blocks[block]));
        side
    }

    /// Does `work` for blocks of users on all threads.
    fn by_users(&mut self, users: &[i32], work: impl Fn(usize, &[i32], &mut Local<'_>) + Sync) {
        let size = users.len().div_ceil(self.threads).clamp(1, USERS);
        self.parallel(users.len().div_ceil(size), |block, local| {
            let first = block * size;
            work(first, &users[first..users.len().min(first + size)], local);
        });
    }

    /// Does `tasks` on all threads, each with memory of its own.
    fn parallel(&mut self, tasks: usize, work: impl Fn(usize, &mut Local<'_>) + Sync) {
        let params: Vec<Arena> = self.params.iter_mut().map(Buffer::arena).collect();
        let (program, data, isa, threads) = (&self.program, &self.data, self.isa, self.threads);
        let prologue = self.prologue.get_or_insert_with(|| prologue(program, &params, data, isa, threads));
        let model = Model {
            program: &self.program,
            score: self.score,
            params: &params,
            data: &self.data,
            statics: prologue.statics.arena(),
            tables: prologue.tables.arena(),
            packs: &prologue.packs,
            isa: self.isa,
        };
        let next = AtomicUsize::new(0);
        let threads = self.threads.min(tasks).max(1);
        threads::run(threads, &Barrier::new(threads), |_| {
            let mut local = Local::new(model, USERS);
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= tasks {
                    return;
                }
                work(task, &mut local);
            }
        });
    }
}

/// The user of each target.
fn owners(users: &[i32], targets: &Csr) -> Vec<i32> {
    let mut owners = memory::room(targets.items.len());
    for (row, &user) in users.iter().enumerate() {
        owners.extend(std::iter::repeat_n(user, targets.row(row).len()));
    }
    owners
}

/// What a row's ranking leaves out: excluded items that are no targets, each once.
fn left_out(targets: &Csr, excluded: Option<&Csr>, row: usize) -> Vec<i32> {
    let wanted = targets.row(row);
    let mut left = memory::copied(excluded.map_or(&[][..], |csr| csr.row(row)));
    left.retain(|item| wanted.binary_search(item).is_err());
    left.dedup();
    left
}

/// A pair whose score is NaN or infinite, if one was seen: of several the one of the lowest item of the lowest user.
#[derive(Default)]
struct Strange(Mutex<Option<(i32, i32)>>);

impl Strange {
    #[inline]
    fn look(&self, isa: Isa, scores: &[f32], pair: impl Fn(usize) -> (i32, i32)) {
        if let Some(place) = find_not_finite(isa, scores) {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let pair = pair(place);
            *seen = Some(seen.map_or(pair, |other| other.min(pair)));
        }
    }

    /// There is no order among such scores, and a list that passes over them looks like any other.
    fn refuse(self) -> Result<()> {
        match self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some((user, item)) => Err(Failure::new(
                "EVAL_SCORES",
                format!("The score of user index {user} and item index {item} is not a finite number"),
            )
            .detail("user", user)
            .detail("item", item)),
        }
    }
}

/// Makes sure that excluded items among `scores` (of items from position `start` on) are not selected.
fn mark(scores: &mut [f32], side: &ItemSide, start: usize, excluded: &[i32]) {
    if excluded.is_empty() {
        return;
    }
    if side.is_all {
        let from = excluded.partition_point(|&item| (item as usize) < start);
        let to = from + excluded[from..].partition_point(|&item| (item as usize) < start + scores.len());
        return exclude(scores, start as u32, &excluded[from..to]);
    }
    for (i, score) in scores.iter_mut().enumerate() {
        if excluded.binary_search(&side.id(start + i)).is_ok() {
            *score = f32::NAN;
        }
    }
}
