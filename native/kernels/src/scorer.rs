//! Scores of pairs, best items and ranks.

use crate::buffer::{Arena, Buffer};
use crate::compile::compile;
use crate::evaluate::check_ids;
use crate::execute::{Columns, Frame, Moment};
use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::isa::Isa;
use crate::matmul::PackedB;
use crate::plan::Plan;
use crate::program::{Ids, Program, Value, View};
use crate::select::{Best, count_greater_equal, exclude};
use crate::threads::{self, Barrier};
use crate::trainer::bind;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pairs scored together.
const BLOCK: usize = 1024;

pub struct ScoreSpec {
    pub plan: Plan,
    pub parameters: HashMap<String, Vec<f32>>,
    pub users: usize,
    pub items: usize,
    pub threads: usize,
    pub isa: Isa,
}

pub struct Scorer {
    program: Program,
    score: View,
    params: Vec<Buffer>,
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

impl Scorer {
    pub fn new(spec: ScoreSpec) -> Result<Self> {
        let program = compile(&spec.plan, BLOCK)?;
        let per_pair = program.phases.len() == 1 && program.reductions.is_empty();
        let score = match program.output("score") {
            Some(&Value::Rows(view)) if per_pair && view.width == 1 => view,
            _ => {
                return Err(Failure::input("A scoring plan has an output \"score\" [batch] and no sums over the batch"));
            }
        };
        for &(ids, rows) in &program.ids {
            let (what, count) = match ids {
                Ids::User => ("user", spec.users),
                Ids::Item => ("item", spec.items),
                Ids::Negative => return Err(Failure::input("A scoring plan reads \"user\" and \"item\" only")),
            };
            if rows < count {
                return Err(Failure::input(format!("A table indexed by \"{what}\" has too few rows"))
                    .expected(count)
                    .received(rows));
            }
        }
        if let Some((name, _)) = program.inputs.first() {
            return Err(Failure::input(format!("A scoring plan cannot read \"{name}\"")));
        }
        let params = bind(&program, spec.parameters)?;
        let threads = threads::effective(spec.threads);
        Ok(Self { program, score, params, users: spec.users, items: spec.items, threads, isa: spec.isa })
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
        let mut scores = vec![0.0; users.len()];
        let out = Arena::of(&mut scores);
        self.parallel(users.len().div_ceil(BLOCK), |block, pairs| {
            let start = block * BLOCK;
            let end = users.len().min(start + BLOCK);
            // SAFETY: each block is done by one thread.
            let out = unsafe { out.slice_mut(start, end - start) };
            pairs.score(&users[start..end], &items[start..end], out);
        });
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
        if k == 0 || k > self.items.max(1) {
            return Err(Failure::input("k is out of range").expected(format!("1 to {}", self.items)).received(k));
        }
        if let Some(candidates) = candidates {
            check_ids("item", candidates, self.items)?;
            if candidates.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(Failure::input("Candidates are not in ascending order"));
            }
        }
        let mut top = TopK { items: vec![-1; users.len() * k], scores: vec![f32::NEG_INFINITY; users.len() * k] };
        let (items_out, scores_out) = (Arena::of(&mut top.items), Arena::of(&mut top.scores));
        let isa = self.isa;
        let all: Vec<i32> = (0..self.items as i32).collect();
        let ranked = candidates.unwrap_or(&all);
        self.parallel(users.len(), |row, pairs| {
            let excluded = excluded.map_or(&[][..], |csr| csr.row(row));
            let scores = pairs.user(users[row], ranked);
            mark(&mut scores[..], ranked, excluded, candidates.is_none());
            let mut best = Best::new(k);
            best.scan(isa, scores, 0);
            // SAFETY: each row is done by one thread.
            let (items_out, scores_out) =
                unsafe { (items_out.slice_mut(row * k, k), scores_out.slice_mut(row * k, k)) };
            best.write(items_out, scores_out);
            for item in items_out.iter_mut().filter(|item| **item >= 0) {
                *item = ranked[*item as usize];
            }
        });
        Ok(top)
    }

    pub fn ranks(&mut self, users: &[i32], targets: &Csr, excluded: Option<&Csr>) -> Result<Ranks> {
        check_ids("user", users, self.users)?;
        let count = targets.items.len();
        let mut ranks = Ranks { greater: vec![0; count], equal: vec![0; count], candidates: vec![0; users.len()] };
        let greater_out = Arena::of(&mut ranks.greater);
        let equal_out = Arena::of(&mut ranks.equal);
        let candidates_out = Arena::of(&mut ranks.candidates);
        let isa = self.isa;
        let all: Vec<i32> = (0..self.items as i32).collect();
        self.parallel(users.len(), |row, pairs| {
            let (excluded, wanted) = (excluded.map_or(&[][..], |csr| csr.row(row)), targets.row(row));
            let scores = pairs.user(users[row], &all);
            let own: Vec<f32> = wanted.iter().map(|&item| scores[item as usize]).collect();
            let mut left: Vec<i32> =
                excluded.iter().copied().filter(|item| wanted.binary_search(item).is_err()).collect();
            left.dedup();
            exclude(scores, 0, &left);
            let start = targets.offsets[row] as usize;
            // SAFETY: each row is done by one thread.
            let (greater, equal, candidates) = unsafe {
                (
                    greater_out.slice_mut(start, own.len()),
                    equal_out.slice_mut(start, own.len()),
                    candidates_out.slice_mut(row, 1),
                )
            };
            candidates[0] = (all.len() - left.len()) as i32;
            for (i, &score) in own.iter().enumerate() {
                let (higher, same) = count_greater_equal(isa, scores, score);
                (greater[i], equal[i]) = (higher as i32, same.saturating_sub(1) as i32);
            }
        });
        Ok(ranks)
    }

    /// Does `tasks` on all threads, each with a [`Pairs`] of its own.
    fn parallel(&mut self, tasks: usize, work: impl Fn(usize, &mut Pairs<'_>) + Sync) {
        let params: Vec<Arena> = self.params.iter_mut().map(Buffer::arena).collect();
        let next = AtomicUsize::new(0);
        let threads = self.threads.min(tasks.max(1));
        let (program, score, isa) = (&self.program, self.score, self.isa);
        threads::run(threads, &Barrier::new(threads), |_| {
            let mut pairs = Pairs::new(program, score, isa, &params);
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= tasks {
                    return;
                }
                work(task, &mut pairs);
            }
        });
    }
}

fn mark(scores: &mut [f32], ranked: &[i32], excluded: &[i32], everything: bool) {
    if everything {
        return exclude(scores, 0, excluded);
    }
    for (score, item) in scores.iter_mut().zip(ranked) {
        if excluded.binary_search(item).is_ok() {
            *score = f32::NAN;
        }
    }
}

/// One thread's memory for scoring.
struct Pairs<'a> {
    program: &'a Program,
    view: View,
    isa: Isa,
    params: &'a [Arena],
    work: Buffer,
    batch: Buffer,
    statics: Buffer,
    packs: Vec<PackedB>,
    scores: Vec<f32>,
}

impl<'a> Pairs<'a> {
    fn new(program: &'a Program, view: View, isa: Isa, params: &'a [Arena]) -> Self {
        let mut statics = Buffer::zeroed(program.static_floats);
        for &(offset, value) in &program.constants {
            statics.as_mut_slice()[offset] = value;
        }
        let mut pairs = Self {
            program,
            view,
            isa,
            params,
            work: Buffer::zeroed(program.work_floats),
            batch: Buffer::zeroed(program.batch_floats),
            statics,
            packs: vec![PackedB::default(); program.packs],
            scores: Vec::new(),
        };
        pairs.frame(Columns::default(), 0, 0).run(&program.prologue);
        pairs
    }

    fn frame<'f>(&'f mut self, columns: Columns<'f>, first_row: usize, rows: usize) -> Frame<'f> {
        Frame {
            isa: self.isa,
            program: self.program,
            work: self.work.arena(),
            batch: self.batch.arena(),
            statics: self.statics.arena(),
            params: self.params,
            group: Arena::of(&mut []),
            totals: &mut [],
            packs: &mut self.packs,
            columns,
            first_row,
            rows,
            batch_rows: rows,
            moment: Moment::default(),
            fresh: true,
        }
    }

    /// Up to BLOCK pairs.
    fn score(&mut self, users: &[i32], items: &[i32], out: &mut [f32]) {
        let size = self.program.shard_rows;
        for start in (0..users.len()).step_by(size) {
            let end = users.len().min(start + size);
            let columns = Columns { user: &users[start..end], item: &items[start..end], negative: &[] };
            let program = self.program;
            self.frame(columns, start, end - start).run(&program.phases[0].rows);
        }
        let batch = self.batch.as_slice();
        for (row, score) in out.iter_mut().enumerate() {
            *score = batch[self.view.offset + row * self.view.row];
        }
    }

    /// The scores of one user with many items.
    fn user(&mut self, user: i32, items: &[i32]) -> &mut [f32] {
        let mut scores = std::mem::take(&mut self.scores);
        scores.resize(items.len(), 0.0);
        for (out, items) in scores.chunks_mut(BLOCK).zip(items.chunks(BLOCK)) {
            self.score(&vec![user; items.len()], items, out);
        }
        self.scores = scores;
        &mut self.scores
    }
}
