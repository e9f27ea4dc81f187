//! Values without a batch: small ones by every thread for itself, tables by all together.

use super::{Now, Thread};
use crate::program::{Action, Ids, Sparse, Step, TABLE_ROWS, View, runs, shares};

impl Thread<'_> {
    /// Runs a list of steps: 0 is the prologue, the others follow the phases. `first`: the number of its first step in profiles.
    pub(super) fn whole(&mut self, now: &Now, list: usize, steps: &[Step], first: usize) {
        let shared = self.shared;
        let mut number = first;
        for (steps, claims) in runs(steps).zip(&shared.runs[list]) {
            if steps[0].meet {
                self.wait();
            }
            if let Action::ScatterRows { sources, out } = &steps[0].action {
                self.scatter_rows(now, sources, out);
                if let Some(laps) = &mut self.worker.laps {
                    laps.lap(number, sources.len() * now.cut.rows / shared.trainer.threads);
                }
            } else if let Some(rows) = steps[0].table_rows() {
                while let Some(chunk) = claims.take(self.thread, rows.div_ceil(TABLE_ROWS)) {
                    self.static_frame(now, number).run_chunk(steps, chunk);
                }
            } else {
                self.static_frame(now, number).run(steps);
            }
            number += steps.len();
        }
        if shares(steps) {
            self.wait();
        }
    }

    /// The rows that this thread owns; nobody has touched the others since they were zeroed.
    fn scatter_rows(&mut self, now: &Now, sources: &[(Ids, Sparse)], out: &View) {
        let shared = self.shared;
        let set = shared.trainer.set_of(sources);
        self.touch(now, set);
        let parts: Vec<Sparse> = sources.iter().map(|&(_, part)| part).collect();
        let touched = &self.worker.touched[set];
        for (position, &row) in touched.rows().iter().enumerate() {
            touched.samples(position, &mut self.worker.samples);
            // SAFETY: a row belongs to its owner until threads meet.
            let sum = unsafe { shared.tables.slice_mut(out.offset + row as usize * out.row, out.width) };
            shared.row(now, &parts, &self.worker.samples, sum);
        }
    }
}
