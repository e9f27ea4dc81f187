//! Updates: rows of tables by the threads that own them, dense parameters by the chunk.

use super::{Now, Shared, Thread};
use crate::buffer::Arena;
use crate::elementwise as kernels;
use crate::optimizer::Optimizer;
use crate::profile::Piece;
use crate::program::{Ids, Param, Sparse, View};
use crate::rows::{self, Gradient as Row, Samples, Table};
use crate::sparse::{BLOCK_ROWS, owner};
use crate::trainer::{Chunk, Gradient};
use crate::view::{Area, Block, Shape, Source};

/// Id columns are three, and each occurs once in the gradient of a table.
const MOST_SOURCES: usize = 3;

impl Thread<'_> {
    pub(super) fn update(&mut self, now: &Now) {
        let trainer = self.shared.trainer;
        for set in 0..trainer.sets.len() {
            self.touch(now, set);
        }
        let scale = if trainer.optimizer.clip_norm > 0.0 { self.clip(now) } else { 1.0 };
        self.worker.updates.clear();
        self.worker.updates.extend(trainer.learned.iter().map(|learned| {
            let Param { optimizer, l2, .. } = trainer.program.params[learned.param];
            trainer.optimizer.update(optimizer, l2, now.number, now.rate, scale)
        }));
        for index in 0..trainer.learned.len() {
            if let Gradient::Rows { set, sources } = &trainer.learned[index].gradient {
                self.update_rows(now, index, *set, sources);
                if let Some(laps) = &mut self.worker.laps {
                    laps.update(index, self.worker.touched[*set].rows().len());
                }
            }
        }
        while let Some(chunk) = self.shared.chunks.take(self.thread, trainer.chunks.len()) {
            let chunk = &trainer.chunks[chunk];
            self.update_chunk(now, chunk);
            if let Some(laps) = &mut self.worker.laps {
                laps.update(chunk.learned, chunk.end - chunk.start);
            }
        }
    }

    /// Finds the rows of a set that the batch touches and this thread owns, once a step.
    pub(super) fn touch(&mut self, now: &Now, set: usize) {
        let (shared, thread) = (self.shared, self.thread);
        if std::mem::replace(&mut self.worker.touched_in[set], now.number) == now.number {
            return;
        }
        let columns = &shared.trainer.sets[set];
        let parts = columns.iter().zip(0..).flat_map(|(&ids, source)| {
            (0..now.cut.shards).map(move |shard| shared.owned(now, ids, source, shard, thread))
        });
        self.worker.touched[set].build(columns.len() * now.cut.rows, parts);
        self.lap(Piece::Touch);
    }

    fn update_rows(&mut self, now: &Now, learned: usize, set: usize, sources: &[Sparse]) {
        let Shared { trainer, params, m, v, batch, .. } = self.shared;
        let param = trainer.learned[learned].param;
        let update = &self.worker.updates[learned];
        let &Param { width, rows, .. } = &trainer.program.params[param];
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
        if trainer.kind(&trainer.program.params[param]).moves_everything() {
            let resting = Optimizer::untouched(update);
            let own = (0..rows.div_ceil(BLOCK_ROWS))
                .filter(|&block| owner((block * BLOCK_ROWS) as u32, trainer.threads as u32) as usize == self.thread);
            for block in own {
                let (mut row, end) = (block * BLOCK_ROWS, rows.min((block + 1) * BLOCK_ROWS));
                while row < end {
                    let length = (row..end).take_while(|&row| !touched.contains(row as u32)).count();
                    // SAFETY: as above.
                    let run = |slot: Arena| unsafe {
                        if slot.is_empty() { &mut [][..] } else { slot.slice_mut(row * width, length * width) }
                    };
                    if length > 0 {
                        let (w, m, v) = (run(params[param]), run(m[param]), run(v[param]));
                        rows::update(trainer.isa, &resting, w, m, v, Row::Zero);
                    }
                    row += length + 1;
                }
            }
        }
    }

    fn update_chunk(&mut self, now: &Now, chunk: &Chunk) {
        let Shared { trainer, params, m, v, .. } = self.shared;
        let param = trainer.learned[chunk.learned].param;
        let length = chunk.end - chunk.start;
        self.dense(now, chunk);
        let part = |slot: Arena| {
            // SAFETY: the counter gives each chunk to one thread.
            if slot.is_empty() { &mut [][..] } else { unsafe { slot.slice_mut(chunk.start, length) } }
        };
        let gradient = Row::Row(Source::from(&self.worker.scratch[..length]));
        let update = &self.worker.updates[chunk.learned];
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
            Gradient::Table { offset } => {
                // SAFETY: tables are written before the barrier that precedes this and not until the next step.
                out.copy_from_slice(unsafe { self.shared.tables.slice(offset + chunk.start, out.len()) });
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
        self.wait();
        // SAFETY: nobody writes norms between this barrier and the one that ends the step.
        let squares: f64 = unsafe { norms.slice(0, base) }.iter().sum();
        trainer.optimizer.clip_scale(squares)
    }
}

impl Shared<'_> {
    /// Ids of the rows `[first, first + rows)`.
    pub(super) fn ids(&self, ids: Ids, first: usize, rows: usize) -> &[i32] {
        let column = match ids {
            Ids::User => self.user,
            Ids::Item => self.item,
            Ids::Negative => self.negative,
            Ids::Event => self.event,
            Ids::Entry | Ids::Next | Ids::Position => unreachable!("what entries add to a table is a dense sum"),
        };
        // SAFETY: a shard's ids are written by the thread that works on it, and read by it; by others only after the barrier
        // that precedes the updates.
        unsafe { column.slice(first, rows) }
    }

    /// A shard's samples of a source whose rows a thread owns: the number of the shard's first sample, ids, and which.
    fn owned(&self, now: &Now, ids: Ids, source: usize, shard: usize, thread: usize) -> (u32, &[i32], &[u32]) {
        let (first, rows) = now.cut.shard(&self.trainer.program, shard);
        // SAFETY: written before the barrier that precedes the updates, and not during them.
        let (order, ends) = unsafe {
            let ends = self.ends[ids as usize].slice(shard * self.trainer.threads, self.trainer.threads);
            (self.order[ids as usize].slice(first, rows), ends)
        };
        let start = if thread == 0 { 0 } else { ends[thread - 1] };
        let wanted = &order[start as usize..ends[thread] as usize];
        ((source * now.cut.rows + first) as u32, self.ids(ids, first, rows), wanted)
    }

    /// The gradient of a row: the sum of its samples in order.
    pub(super) fn row<'s>(&self, now: &Now, sources: &[Sparse], samples: &[u32], sum: &'s mut [f32]) -> Row<'s> {
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
