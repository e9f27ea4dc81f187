//! Shards forward and backward: the phases of the program, and the sums between them.

use super::{Now, Shared, Thread};
use crate::buffer::Arena;
use crate::execute::{Columns, Frame, Moment, Packs, Sides};
use crate::feed::{Epoch, Out};
use crate::profile::Piece;
use crate::program::{Unroll, shares};
use crate::sparse::sort_by_owner;
use crate::trainer::reduced_elements;

impl Thread<'_> {
    /// Draws the rows of the batch, so that all their entries can be counted: means over entries divide by that number.
    pub(super) fn draw(&mut self, epoch: &Epoch, now: &Now) -> usize {
        let Shared { trainer, draws, .. } = self.shared;
        while let Some(group) = draws.take(self.thread, now.cut.groups) {
            for shard in now.cut.group(group) {
                self.prepare(epoch, now, shard);
            }
        }
        self.wait();
        let Some(Unroll { matrix, ids, unrolled }) = trainer.program.unroll else { return 0 };
        unrolled.count(&trainer.data[matrix], self.shared.ids(ids, 0, now.cut.rows))
    }

    fn prepare(&mut self, epoch: &Epoch, now: &Now, shard: usize) {
        self.feed(epoch, now, shard);
        self.lap(Piece::Sample);
        self.sort_by_owner(now, shard);
        self.lap(Piece::Touch);
    }

    pub(super) fn forward_and_backward(&mut self, epoch: &Epoch, now: &Now) {
        let shared = self.shared;
        let program = &shared.trainer.program;
        if self.thread == 0 {
            shared.chunks.reset();
        }
        self.whole(now, 0, &program.prologue, 0);
        for (number, phase) in program.phases.iter().enumerate() {
            let (_, after) = shared.trainer.first_steps[number];
            while let Some(group) = shared.groups[number].take(self.thread, now.cut.groups) {
                let shards = now.cut.group(group);
                for shard in shards.clone() {
                    if number == 0 && program.unroll.is_none() {
                        self.prepare(epoch, now, shard);
                    }
                    let mut frame = self.frame(now, group, shard, number);
                    frame.fresh = shard == shards.start;
                    frame.claim(number);
                    frame.run(&phase.rows);
                }
            }
            self.lap(Piece::Other);
            self.wait();
            self.reduce(now, number);
            self.lap(Piece::Reduce);
            self.whole(now, number + 1, &phase.after, after);
            if number + 1 == program.phases.len() && !phase.after.is_empty() && !shares(&phase.after) {
                // What follows writes parameters, which `after` may read.
                self.wait();
            }
        }
    }

    fn feed(&mut self, epoch: &Epoch, now: &Now, shard: usize) {
        let Shared { trainer, user, item, negative, event, batch, .. } = self.shared;
        let (first, rows) = now.cut.shard(&trainer.program, shard);
        let reads_events = trainer.reads_events();
        let input = |name: &str| {
            let view = trainer.program.inputs.iter().find(|(other, _)| other == name).map(|(_, view)| view.offset);
            // SAFETY: one thread works on a shard at a time, and an input's rows of the shard are its alone.
            view.map_or(&mut [][..], |offset| unsafe { batch.slice_mut(offset + first, rows) })
        };
        // SAFETY: as above for the id columns; others read them after the barrier.
        let columns =
            unsafe { (user.slice_mut(first, rows), item.slice_mut(first, rows), negative.slice_mut(first, rows)) };
        // SAFETY: as above; without readers there is no such column.
        let event = if reads_events { unsafe { event.slice_mut(first, rows) } } else { &mut [][..] };
        let mut out = Out {
            user: columns.0,
            item: columns.1,
            negative: columns.2,
            event,
            label: input("label"),
            weight: input("weight"),
        };
        trainer.feed.fill(trainer.isa, epoch, now.first + first as u64, &mut out);
    }

    /// Prepares the updates of the rows that the shard touches.
    fn sort_by_owner(&mut self, now: &Now, shard: usize) {
        let Shared { trainer, order, ends, .. } = self.shared;
        let (first, rows) = now.cut.shard(&trainer.program, shard);
        for &ids in &trainer.scattered {
            // SAFETY: one thread works on a shard at a time, and its rows and ends are its alone until the barrier.
            let (order, ends) = unsafe {
                let ends = ends[ids as usize].slice_mut(shard * trainer.threads, trainer.threads);
                (order[ids as usize].slice_mut(first, rows), ends)
            };
            sort_by_owner(self.shared.ids(ids, first, rows), order, ends);
        }
    }

    /// A frame without rows, for values that do not depend on the batch. `first_step`: see [`crate::profile`].
    pub(super) fn static_frame(&mut self, now: &Now, first_step: usize) -> Frame<'_> {
        let trainer = self.shared.trainer;
        Frame {
            isa: trainer.isa,
            program: &trainer.program,
            work: Arena::default(),
            batch: Arena::default(),
            statics: self.worker.statics.arena(),
            tables: self.shared.tables,
            params: &self.shared.params,
            data: &trainer.data,
            group: Arena::default(),
            totals: &mut [],
            packs: Packs::Own(&mut self.worker.packs),
            columns: Columns { entries: self.worker.entries.view(), ..Columns::default() },
            batch_columns: Columns::default(),
            first_row: 0,
            rows: 0,
            extent: now.cut.extent(),
            moment: Moment { seed: trainer.seed, epoch: self.shared.range.epoch, step: now.step as u32 },
            fresh: true,
            sides: Sides::default(),
            by_feature: false,
            by_table: false,
            laps: self.worker.laps.as_mut().map(|laps| (laps, first_step)),
        }
    }

    fn frame(&mut self, now: &Now, group: usize, shard: usize, phase: usize) -> Frame<'_> {
        let Shared { trainer, user, item, negative, event, parts, batch, work, .. } = self.shared;
        let program = &trainer.program;
        let (first_row, rows) = now.cut.shard(program, shard);
        if let Some(Unroll { matrix, ids, unrolled }) = program.unroll {
            self.worker.entries.fill(unrolled, &trainer.data[matrix], self.shared.ids(ids, first_row, rows));
        }
        let area = if program.phases.len() > 1 { shard } else { self.thread };
        let frame = self.static_frame(now, trainer.first_steps[phase].0);
        // SAFETY: one thread works on a shard at a time; its ids are written in the first phase, and read by others only after
        // the barrier that ends it.
        let of = |first: usize, rows: usize| unsafe {
            let (user, item) = (user.slice(first, rows), item.slice(first, rows));
            let event = if trainer.reads_events() { event.slice(first, rows) } else { &[][..] };
            Columns { user, item, negative: negative.slice(first, rows), event, ..frame.columns }
        };
        // SAFETY: as above, for the shard's sums.
        let totals = unsafe { parts.totals.slice_mut(shard * program.totals, program.totals) };
        Frame {
            work: work.part(area * program.work_floats, program.work_floats),
            batch: *batch,
            group: parts.group.part(group * program.group_floats, program.group_floats),
            totals,
            columns: of(first_row, rows),
            batch_columns: if phase > 0 { of(0, now.cut.rows) } else { Columns::default() },
            first_row,
            rows,
            ..frame
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
}
