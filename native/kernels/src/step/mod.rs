//! One training step on all threads: shards forward and backward, then the updates of rows and of dense parameters.
//!
//! Results do not depend on the number of threads: shards have a fixed size, each group of shards adds up its sums in shard
//! order in memory of its own, groups are added in group order, and each row of a table is updated by one thread with its
//! samples in sample order.

mod finish;
mod shards;
mod tables;
mod update;

use crate::buffer::{Arena, Buffer};
use crate::execute::statics_of;
use crate::failure::{Failure, Result};
use crate::matmul::PackedB;
use crate::memory;
use crate::profile::{Laps, Piece};
use crate::program::{Program, Step, runs};
use crate::ragged::EntryIds;
use crate::rows::Update;
use crate::sparse::Touched;
use crate::sums::{Cut, Parts};
use crate::threads::{self, Barrier, Claims};
use crate::trainer::{Range, Report, Trainer};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What one thread owns between steps.
pub(crate) struct Worker {
    statics: Buffer,
    packs: Vec<PackedB>,
    touched: Vec<Touched>,
    /// The step that each of `touched` was built in.
    touched_in: Vec<u64>,
    scratch: Vec<f32>,
    /// How each learned parameter changes in the step at hand.
    updates: Vec<Update>,
    samples: Vec<u32>,
    /// Of the shard at hand.
    entries: EntryIds,
    /// While a profile is taken.
    pub laps: Option<Laps>,
}

impl Worker {
    /// `sets`: for each list of id columns that gradients are added at, the rows of the largest table.
    pub fn new(program: &Program, sets: &[usize], chunk: usize) -> Self {
        let widest = program.params.iter().map(|param| param.width).max().unwrap_or(0);
        Self {
            statics: statics_of(program),
            packs: vec![PackedB::default(); program.packs],
            touched: sets.iter().map(|&rows| Touched::new(rows)).collect(),
            touched_in: memory::filled(0, sets.len()),
            scratch: memory::filled(0.0, chunk.max(widest)),
            updates: Vec::new(),
            samples: Vec::new(),
            entries: EntryIds::default(),
            laps: None,
        }
    }
}

/// What the threads of a run share.
struct Shared<'a> {
    trainer: &'a Trainer,
    range: &'a Range,
    first_step: u64,
    params: Vec<Arena>,
    m: Vec<Arena>,
    v: Vec<Arena>,
    batch: Arena,
    tables: Arena,
    work: Arena,
    parts: Parts<'a>,
    norms: Arena<f64>,
    user: Arena<i32>,
    item: Arena<i32>,
    negative: Arena<i32>,
    /// Empty where nothing reads it.
    event: Arena<i32>,
    /// Of each id column, and thread by thread, the samples of each shard whose rows the thread owns.
    order: [Arena<u32>; 4],
    ends: [Arena<u32>; 4],
    barrier: Barrier,
    /// Groups whose rows are drawn before anything else.
    draws: Claims,
    /// Groups of each phase.
    groups: Vec<Claims>,
    /// Chunks of tables: of each run of the prologue, then of what follows each phase.
    runs: Vec<Vec<Claims>>,
    chunks: Claims,
    cancel: &'a AtomicBool,
    stop: AtomicBool,
    /// Steps finished, and their loss times rows (the bits of an f64).
    done: AtomicU64,
    loss: AtomicU64,
    rows: AtomicU64,
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Now {
    step: u64,
    /// Position of the batch's first row in the epoch.
    first: u64,
    cut: Cut,
    rate: f32,
    /// Counted from 1 over all epochs.
    number: u64,
}

pub(crate) fn run(trainer: &mut Trainer, range: &Range, cancel: &AtomicBool) -> Result<Report> {
    let arenas = |buffers: &mut [Buffer]| -> Vec<Arena> { buffers.iter_mut().map(Buffer::arena).collect() };
    let (params, m, v) = (arenas(&mut trainer.params), arenas(&mut trainer.m), arenas(&mut trainer.v));
    let memory = &mut trainer.memory;
    let (batch, work, group) = (memory.batch.arena(), memory.work.arena(), memory.group.arena());
    let tables = memory.tables.arena();
    let (totals, norms) = (Arena::of(&mut memory.totals), Arena::of(&mut memory.norms));
    let (user, item) = (Arena::of(&mut memory.user), Arena::of(&mut memory.item));
    let (negative, event) = (Arena::of(&mut memory.negative), Arena::of(&mut memory.event));
    let order = memory.order.each_mut().map(|order| Arena::of(order));
    let ends = memory.ends.each_mut().map(|ends| Arena::of(ends));
    let shared = Shared {
        range,
        first_step: trainer.steps,
        params,
        m,
        v,
        batch,
        tables,
        work,
        parts: Parts { isa: trainer.isa, program: &trainer.program, group, totals },
        norms,
        user,
        item,
        negative,
        event,
        order,
        ends,
        barrier: Barrier::new(trainer.threads),
        draws: Claims::new(trainer.threads),
        groups: trainer.program.phases.iter().map(|_| Claims::new(trainer.threads)).collect(),
        runs: lists(&trainer.program).map(|steps| claims_of(steps, trainer.threads)).collect(),
        chunks: Claims::new(trainer.threads),
        cancel,
        stop: AtomicBool::new(false),
        done: AtomicU64::new(0),
        loss: AtomicU64::new(0.0_f64.to_bits()),
        rows: AtomicU64::new(0),
        trainer,
    };
    threads::run(shared.trainer.threads, &shared.barrier, |thread| {
        let mut worker = match shared.trainer.workers[thread].lock() {
            Ok(worker) => worker,
            Err(poisoned) => poisoned.into_inner(),
        };
        Thread { shared: &shared, thread, worker: &mut worker }.work();
    });
    let (done, rows) = (shared.done.into_inner(), shared.rows.into_inner());
    let loss = f64::from_bits(shared.loss.into_inner());
    let stopped = shared.stop.into_inner();
    trainer.steps += done;
    if stopped {
        return Err(Failure::new("TRAIN_CANCELLED", "Training was cancelled").detail("steps", done));
    }
    Ok(Report { loss: loss / rows as f64, rows })
}

/// The lists of steps on values without a batch.
fn lists(program: &Program) -> impl Iterator<Item = &[Step]> {
    std::iter::once(&program.prologue[..]).chain(program.phases.iter().map(|phase| &phase.after[..]))
}

fn claims_of(steps: &[Step], threads: usize) -> Vec<Claims> {
    runs(steps).map(|_| Claims::new(threads)).collect()
}

struct Thread<'a> {
    shared: &'a Shared<'a>,
    thread: usize,
    worker: &'a mut Worker,
}

impl Thread<'_> {
    fn work(&mut self) {
        let range = self.shared.range;
        let epoch = self.shared.trainer.feed.epoch(self.shared.trainer.seed, range.epoch);
        for index in 0..(range.to - range.from) {
            // Thread 0 decides before a barrier, here or in `finish`, and nowhere else: all see the same. Were it to decide
            // between two barriers, a thread still leaving the first would go and the others wait for it for ever.
            if index == 0 {
                if self.thread == 0 && self.shared.cancel.load(Ordering::Relaxed) {
                    self.shared.stop.store(true, Ordering::Relaxed);
                }
                self.shared.barrier.wait();
                if self.shared.stop.load(Ordering::Relaxed) {
                    return;
                }
            }
            let mut now = self.now(index);
            if self.shared.trainer.program.unroll.is_some() {
                now.cut.entries = self.draw(&epoch, &now);
            }
            self.forward_and_backward(&epoch, &now);
            self.update(&now);
            if self.thread == 0 {
                self.finish(&now);
            }
            self.lap(Piece::Other);
            self.wait();
            if self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn now(&self, index: u64) -> Now {
        let Shared { trainer, range, .. } = self.shared;
        let step = range.from + index;
        let first = step * trainer.batch as u64;
        let rows = (trainer.batch as u64).min(trainer.rows_per_epoch() - first) as usize;
        let rate = if range.rates.len() == 1 { range.rates[0] } else { range.rates[index as usize] };
        let cut = Cut::new(&trainer.program, rows, trainer.groups);
        Now { step, first, cut, rate, number: self.shared.first_step + index + 1 }
    }

    /// Waits until all threads have come here.
    fn wait(&mut self) {
        self.shared.barrier.wait();
        self.lap(Piece::Wait);
    }

    fn lap(&mut self, piece: Piece) {
        if let Some(laps) = &mut self.worker.laps {
            laps.piece(piece);
        }
    }
}
