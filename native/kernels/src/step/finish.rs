//! The end of a step, on thread 0: assigned parameters, the loss, whether to stop.

use super::{Now, Thread};
use crate::program::Value;
use crate::threads::Claims;
use std::sync::atomic::Ordering;

impl Thread<'_> {
    pub(super) fn finish(&mut self, now: &Now) {
        let shared = self.shared;
        let trainer = shared.trainer;
        let claims = shared.groups.iter().chain(shared.runs.iter().flatten()).chain([&shared.draws]);
        claims.for_each(Claims::reset);
        for (param, value) in &trainer.assigns {
            // SAFETY: assigned parameters are not learned (`Trainer::new` refuses that), so no other thread touches them
            // between the barrier before the updates and the one that ends the step.
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
                out.copy_from_slice(&self.worker.statics.as_slice()[view.offset..view.offset + elements]);
            }
            Value::Table { view, elements } => {
                // SAFETY: tables are written before the barrier that precedes this and not until the next step.
                out.copy_from_slice(unsafe { self.shared.tables.slice(view.offset, *elements) });
            }
            _ => {}
        }
    }
}
