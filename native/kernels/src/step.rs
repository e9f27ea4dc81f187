//! One training step on all threads: shards forward and backward, then the updates of rows and of dense parameters.
//!
//! Results do not depend on the number of threads: shards have a fixed size, each group of shards adds up its sums in shard
//! order in memory of its own, groups are added in group order, and each row of a table is updated by one thread with its
//! samples in sample order.

use crate::buffer::{Arena, Buffer};
use crate::elementwise as kernels;
use crate::execute::{Columns, Frame, Moment, Packs, Sides};
use crate::failure::{Failure, Result};
use crate::feed::{Epoch, Out};
use crate::matmul::PackedB;
use crate::optimizer::Optimizer;
use crate::program::{Ids, Program, Space, Sparse, Value, View};
use crate::rows::{self, Gradient as Row, Samples, Table, Update};
use crate::sparse::{Touched, owner};
use crate::sums::{Cut, Parts};
use crate::threads::{self, Barrier};
use crate::trainer::{Chunk, Gradient, Range, Report, Trainer, reduced_elements};
use crate::view::{Area, Block, Shape, Source};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Id columns are three, and each occurs once in the gradient of a table.
const MOST_SOURCES: usize = 3;

/// What one thread owns between steps.
pub(crate) struct Worker {
    statics: Buffer,
    packs: Vec<PackedB>,
    touched: Vec<Touched>,
    scratch: Vec<f32>,
    samples: Vec<u32>,
}

impl Worker {
    /// `sets`: for each list of id columns that gradients are added at, the rows of the largest table.
    pub fn new(program: &Program, sets: &[usize], chunk: usize) -> Self {
        let mut statics = Buffer::zeroed(program.static_floats);
        for &(offset, value) in &program.constants {
            statics.as_mut_slice()[offset] = value;
        }
        let widest = program.params.iter().map(|param| param.width).max().unwrap_or(0);
        Self {
            statics,
            packs: vec![PackedB::default(); program.packs],
            touched: sets.iter().map(|&rows| Touched::new(rows)).collect(),
            scratch: vec![0.0; chunk.max(widest)],
            samples: Vec::new(),
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
    work: Arena,
    parts: Parts<'a>,
    norms: Arena<f64>,
    user: Arena<i32>,
    item: Arena<i32>,
    negative: Arena<i32>,
    barrier: Barrier,
    /// Next group of each phase.
    groups: Vec<AtomicUsize>,
    chunks: AtomicUsize,
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
    let (totals, norms) = (Arena::of(&mut memory.totals), Arena::of(&mut memory.norms));
    let (user, item) = (Arena::of(&mut memory.user), Arena::of(&mut memory.item));
    let negative = Arena::of(&mut memory.negative);
    let shared = Shared {
        range,
        first_step: trainer.steps,
        params,
        m,
        v,
        batch,
        work,
        parts: Parts { isa: trainer.isa, program: &trainer.program, group, totals },
        norms,
        user,
        item,
        negative,
        barrier: Barrier::new(trainer.threads),
        groups: trainer.program.phases.iter().map(|_| AtomicUsize::new(0)).collect(),
        chunks: AtomicUsize::new(0),
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
            if self.thread == 0 && self.shared.cancel.load(Ordering::Relaxed) {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
            if index == 0 {
                self.shared.barrier.wait();
            }
            // Thread 0 decided before the barrier that ended the last step; all see the same.
            if index == 0 && self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
            let now = self.now(index);
            self.forward_and_backward(&epoch, &now);
            self.update(&now);
            if self.thread == 0 {
                self.finish(&now);
            }
            self.shared.barrier.wait();
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

    // ---- shards ----

    fn forward_and_backward(&mut self, epoch: &Epoch, now: &Now) {
        let shared = self.shared;
        let program = &shared.trainer.program;
        if self.thread == 0 {
            shared.chunks.store(0, Ordering::Relaxed);
        }
        self.static_frame(now).run(&program.prologue);
        for (number, phase) in program.phases.iter().enumerate() {
            loop {
                let group = shared.groups[number].fetch_add(1, Ordering::Relaxed);
                if group >= now.cut.groups {
                    break;
                }
                let shards = now.cut.group(group);
                for shard in shards.clone() {
                    if number == 0 {
                        self.feed(epoch, now, shard);
                    }
                    let mut frame = self.frame(now, group, shard);
                    frame.fresh = shard == shards.start;
                    frame.claim(number);
                    frame.run(&phase.rows);
                }
            }
            shared.barrier.wait();
            self.reduce(now, number);
            if !phase.after.is_empty() {
                self.static_frame(now).run(&phase.after);
                if number + 1 == program.phases.len() {
                    // What follows writes parameters, which `after` may read.
                    shared.barrier.wait();
                }
            }
        }
    }

    fn feed(&mut self, epoch: &Epoch, now: &Now, shard: usize) {
        let Shared { trainer, user, item, negative, batch, .. } = self.shared;
        let (first, rows) = now.cut.shard(&trainer.program, shard);
        let input = |name: &str| {
            let view = trainer.program.inputs.iter().find(|(other, _)| other == name).map(|(_, view)| view.offset);
            // SAFETY: one thread works on a shard at a time, and an input's rows of the shard are its alone.
            view.map_or(&mut [][..], |offset| unsafe { batch.slice_mut(offset + first, rows) })
        };
        // SAFETY: as above for the id columns; others read them after the barrier.
        let columns =
            unsafe { (user.slice_mut(first, rows), item.slice_mut(first, rows), negative.slice_mut(first, rows)) };
        let mut out = Out {
            user: columns.0,
            item: columns.1,
            negative: columns.2,
            label: input("label"),
            weight: input("weight"),
        };
        trainer.feed.fill(trainer.isa, epoch, now.first + first as u64, &mut out);
    }

    /// A frame without rows, for values that do not depend on the batch.
    fn static_frame(&mut self, now: &Now) -> Frame<'_> {
        let trainer = self.shared.trainer;
        Frame {
            isa: trainer.isa,
            program: &trainer.program,
            work: Arena::default(),
            batch: Arena::default(),
            statics: self.worker.statics.arena(),
            params: &self.shared.params,
            group: Arena::default(),
            totals: &mut [],
            packs: Packs::Own(&mut self.worker.packs),
            columns: Columns::default(),
            first_row: 0,
            rows: 0,
            batch_rows: now.cut.rows,
            moment: Moment { seed: trainer.seed, epoch: self.shared.range.epoch, step: now.step as u32 },
            fresh: true,
            sides: Sides::default(),
        }
    }

    fn frame(&mut self, now: &Now, group: usize, shard: usize) -> Frame<'_> {
        let Shared { trainer, user, item, negative, parts, batch, work, .. } = self.shared;
        let program = &trainer.program;
        let (first_row, rows) = now.cut.shard(program, shard);
        let area = if program.phases.len() > 1 { shard } else { self.thread };
        // SAFETY: one thread works on a shard at a time; its rows are read by others only after a barrier.
        let (columns, totals) = unsafe {
            let user = user.slice(first_row, rows);
            let columns =
                Columns { user, item: item.slice(first_row, rows), negative: negative.slice(first_row, rows) };
            (columns, parts.totals.slice_mut(shard * program.totals, program.totals))
        };
        Frame {
            work: work.part(area * program.work_floats, program.work_floats),
            batch: *batch,
            group: parts.group.part(group * program.group_floats, program.group_floats),
            totals,
            columns,
            first_row,
            rows,
            ..self.static_frame(now)
        }
    }

    /// Adds the parts of this phase's sums that plan or optimizer read as values.
    fn reduce(&mut self, now: &Now, phase: usize) {
        let program = &self.shared.trainer.program;
        for (index, reduction) in program.reductions.iter().enumerate() {
            if let (Some(view), true) = (reduction.value, reduction.phase == phase) {
                let elements = reduced_elements(reduction.kind);
                let arena = self.worker.statics.arena();
                // SAFETY: the statics are this worker's alone.
                let out = unsafe { arena.slice_mut(view.offset, elements) };
                // SAFETY: parts are written before the barrier that precedes this and not until the next phase or step.
                unsafe { self.shared.parts.sum(now.cut, index, 0, out) };
            }
        }
    }

    // ---- updates ----

    fn update(&mut self, now: &Now) {
        let trainer = self.shared.trainer;
        for (set, columns) in trainer.sets.iter().enumerate() {
            let sources: Vec<&[i32]> = columns.iter().map(|&ids| self.shared.ids(ids, now.cut.rows)).collect();
            self.worker.touched[set].build(&sources, self.thread as u32, trainer.threads as u32);
        }
        let scale = if trainer.optimizer.clip_norm > 0.0 { self.clip(now) } else { 1.0 };
        let update = trainer.optimizer.update(now.number, now.rate, scale);
        for index in 0..trainer.learned.len() {
            if let Gradient::Rows { set, sources } = &trainer.learned[index].gradient {
                self.update_rows(now, &update, trainer.learned[index].param, *set, sources);
            }
        }
        loop {
            let chunk = self.shared.chunks.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = trainer.chunks.get(chunk) else { break };
            self.update_chunk(now, &update, chunk);
        }
    }

    fn update_rows(&mut self, now: &Now, update: &Update, param: usize, set: usize, sources: &[Sparse]) {
        let Shared { trainer, params, m, v, batch, .. } = self.shared;
        let (width, rows) = (trainer.program.params[param].width, trainer.program.params[param].rows);
        let touched = &self.worker.touched[set];
        // SAFETY: a row of a table (and of its slots) is used by its owner alone until the step's last barrier, and the
        // chains hold this thread's rows only.
        let whole = |slot: Arena| unsafe { slot.target(0, slot.len()) };
        let table = Table { width, w: whole(params[param]), m: whole(m[param]), v: whole(v[param]) };
        let nothing: &[f32] = &[];
        let mut gradients = [Samples::from(Block::scalar(nothing)); MOST_SOURCES];
        let block = |view: &View| {
            let length = (now.cut.rows - 1) * view.row + view.width;
            // SAFETY: gradients of samples are written before the barrier that precedes the updates, not during them.
            Block::rows(unsafe { batch.source(view.offset, length) }, view.row)
        };
        for (gradient, Sparse { rows, factor }) in gradients.iter_mut().zip(sources) {
            *gradient = Samples { rows: block(rows), factors: factor.as_ref().map(block) };
        }
        let gradients = &gradients[..sources.len()];
        rows::update_rows(trainer.isa, update, table, touched.chains(), gradients, now.cut.rows);
        if trainer.optimizer.moves_everything() {
            let resting = Optimizer::untouched(update);
            // SAFETY: as above.
            let row_of = |slot: Arena, row: usize| unsafe {
                if slot.is_empty() { &mut [][..] } else { slot.slice_mut(row * width, width) }
            };
            for row in 0..rows {
                let mine = owner(row as u32, trainer.threads as u32) as usize == self.thread;
                if mine && !touched.contains(row as u32) {
                    let (w, m, v) = (row_of(params[param], row), row_of(m[param], row), row_of(v[param], row));
                    rows::update(trainer.isa, &resting, w, m, v, Row::Zero);
                }
            }
        }
    }

    fn update_chunk(&mut self, now: &Now, update: &Update, chunk: &Chunk) {
        let Shared { trainer, params, m, v, .. } = self.shared;
        let param = trainer.learned[chunk.learned].param;
        let length = chunk.end - chunk.start;
        self.dense(now, chunk);
        let part = |slot: Arena| {
            // SAFETY: the counter gives each chunk to one thread.
            if slot.is_empty() { &mut [][..] } else { unsafe { slot.slice_mut(chunk.start, length) } }
        };
        let gradient = Row::Row(Source::from(&self.worker.scratch[..length]));
        rows::update(trainer.isa, update, part(params[param]), part(m[param]), part(v[param]), gradient);
    }

    /// The chunk's gradient into the scratch.
    fn dense(&mut self, now: &Now, chunk: &Chunk) {
        let out = &mut self.worker.scratch[..chunk.end - chunk.start];
        match self.shared.trainer.learned[chunk.learned].gradient {
            Gradient::Reduced(reduction) => {
                // SAFETY: parts are written before the barrier that precedes this and not until the next step.
                unsafe { self.shared.parts.sum(now.cut, reduction, chunk.start, out) }
            }
            Gradient::Static { offset } => {
                out.copy_from_slice(&self.worker.statics.as_slice()[offset + chunk.start..offset + chunk.end]);
            }
            Gradient::Rows { .. } => unreachable!("chunks are of dense parameters"),
        }
    }

    /// The factor of clipping: squares of all gradients, added in one order whatever the threads.
    fn clip(&mut self, now: &Now) -> f32 {
        let trainer = self.shared.trainer;
        let norms = self.shared.norms;
        for (index, chunk) in trainer.chunks.iter().enumerate() {
            if index % trainer.threads == self.thread {
                self.dense(now, chunk);
                let gradient = Source::from(&self.worker.scratch[..chunk.end - chunk.start]);
                // SAFETY: this thread alone writes the norm of this chunk; others read it after the barrier.
                unsafe { norms.slice_mut(index, 1)[0] = f64::from(rows::sum_of_squares(trainer.isa, gradient)) };
            }
        }
        let mut base = trainer.chunks.len();
        for learned in &trainer.learned {
            let Gradient::Rows { set, sources } = &learned.gradient else { continue };
            let width = trainer.program.params[learned.param].width;
            let touched = &self.worker.touched[*set];
            for position in 0..touched.rows().len() {
                touched.samples(position, &mut self.worker.samples);
                let scratch = &mut self.worker.scratch[..width];
                let squares = match self.shared.row(now, sources, &self.worker.samples, scratch) {
                    Row::Row(row) => rows::sum_of_squares(trainer.isa, row.from_offset(0)),
                    _ => 0.0,
                };
                for (i, &sample) in self.worker.samples.iter().enumerate() {
                    let square = if i == 0 { f64::from(squares) } else { 0.0 };
                    // SAFETY: the samples of a row belong to its owner.
                    unsafe { norms.slice_mut(base + sample as usize, 1)[0] = square };
                }
            }
            base += sources.len() * now.cut.rows;
        }
        self.shared.barrier.wait();
        // SAFETY: nobody writes norms between this barrier and the one that ends the step.
        let squares: f64 = unsafe { norms.slice(0, base) }.iter().sum();
        trainer.optimizer.clip_scale(squares)
    }

    // ---- the end of a step, on thread 0 ----

    fn finish(&mut self, now: &Now) {
        let shared = self.shared;
        let trainer = shared.trainer;
        for counter in &shared.groups {
            counter.store(0, Ordering::Relaxed);
        }
        for (param, value) in &trainer.assigns {
            // SAFETY: assigned parameters are not learned, so no other thread touches them in this part of the step.
            let out = unsafe { shared.params[*param].slice_mut(0, trainer.program.params[*param].elements()) };
            self.read(now, value, out);
        }
        let loss = match trainer.program.output("loss") {
            // SAFETY: parts are written before the barrier that precedes this and not until the next step.
            Some(&Value::Reduced { reduction, .. }) => unsafe { shared.parts.total(now.cut, reduction) },
            Some(value) => {
                let mut loss = [0.0];
                self.read(now, value, &mut loss);
                f64::from(loss[0])
            }
            None => f64::NAN,
        };
        let sum = f64::from_bits(shared.loss.load(Ordering::Relaxed)) + loss * now.cut.rows as f64;
        shared.loss.store(sum.to_bits(), Ordering::Relaxed);
        shared.rows.fetch_add(now.cut.rows as u64, Ordering::Relaxed);
        shared.done.fetch_add(1, Ordering::Relaxed);
        let last = now.step + 1 == shared.range.to;
        if !last && shared.cancel.load(Ordering::Relaxed) {
            shared.stop.store(true, Ordering::Relaxed);
        }
    }

    fn read(&self, now: &Now, value: &Value, out: &mut [f32]) {
        match value {
            // SAFETY: parts are written before the barrier that precedes this and not until the next step.
            Value::Reduced { reduction, .. } => unsafe { self.shared.parts.sum(now.cut, *reduction, 0, out) },
            Value::Static { view, elements } => {
                let arena = match view.space {
                    Space::Param(param) => self.shared.params[param as usize],
                    _ => Arena::default(),
                };
                if arena.is_empty() {
                    out.copy_from_slice(&self.worker.statics.as_slice()[view.offset..view.offset + elements]);
                } else {
                    // SAFETY: a parameter that nobody learns; see `finish`.
                    out.copy_from_slice(unsafe { arena.slice(view.offset, *elements) });
                }
            }
            _ => {}
        }
    }
}

impl Shared<'_> {
    fn ids(&self, ids: Ids, rows: usize) -> &[i32] {
        let column = match ids {
            Ids::User => self.user,
            Ids::Item => self.item,
            Ids::Negative => self.negative,
        };
        // SAFETY: columns are written before the barrier that precedes the updates, and not during them.
        unsafe { column.slice(0, rows) }
    }

    /// The gradient of a row: the sum of its samples in order.
    fn row<'s>(&self, now: &Now, sources: &[Sparse], samples: &[u32], sum: &'s mut [f32]) -> Row<'s> {
        let width = sum.len();
        let shape = Shape::new(1, width);
        sum.fill(0.0);
        for &sample in samples {
            let (source, i) = (sample as usize / now.cut.rows, sample as usize % now.cut.rows);
            // SAFETY: gradients of samples are written before the barrier that precedes the updates, not during them.
            let at = |view: &View| unsafe { self.batch.source(view.offset + i * view.row, view.width) };
            let Sparse { rows, factor } = &sources[source];
            let (row, area) = (Block::rows(at(rows), width), Area::new(&mut sum[..], width));
            match factor {
                None => kernels::sum_rows(self.trainer.isa, shape, area, row, true),
                Some(factor) => {
                    let factor = Block::scalar(at(factor));
                    kernels::multiply_add(self.trainer.isa, shape, area, factor, row, area.block());
                }
            }
        }
        Row::Row(Source::from(&*sum))
    }
}
