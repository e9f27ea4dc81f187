//! Models that are solved for instead of trained: item-item similarities, the closed form of EASE, SLIM, alternating
//! least squares, singular vectors.
//!
//! As in training, results depend neither on the number of threads nor on the width of vectors: each piece of an output is
//! computed by one thread, and every sum has one order.

mod als;
mod ease;
mod eigen;
mod factor;
mod gram;
mod inverse;
mod lists;
mod neighbours;
mod slim;
mod svd;
mod task;
#[cfg(test)]
mod tests;

pub use als::{AlsSpec, Method, als_half};
pub use ease::ease;
pub use neighbours::{NeighbourSpec, neighbours};
pub use slim::{SlimSpec, slim};
pub use svd::{SvdSpec, singular_vectors};
pub use task::{Solution, Task};

use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::threads::{self, Barrier};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// How a solution is asked for, watched and stopped while it is computed.
#[derive(Debug)]
pub struct Job {
    pub isa: Isa,
    pub threads: usize,
    cancelled: AtomicBool,
    /// Share that is done, in millionths.
    done: AtomicU64,
}

impl Job {
    pub fn new(isa: Isa, threads: usize) -> Self {
        Self { isa, threads: threads::effective(threads), cancelled: AtomicBool::new(false), done: AtomicU64::new(0) }
    }

    /// Ends the work between two pieces of it, which take milliseconds; the call fails with TRAIN_CANCELLED.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The share of the work that is done, from 0 to 1.
    pub fn progress(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / 1e6
    }

    fn report(&self, share: f64) {
        self.done.fetch_max((share.clamp(0.0, 1.0) * 1e6) as u64, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Failure::new("TRAIN_CANCELLED", "Solving was cancelled")) } else { Ok(()) }
    }

    /// Does `count` pieces on all threads, each with a state of its own; pieces are taken from the first to the last.
    fn share<T>(
        &self,
        count: usize,
        (from, to): (f64, f64),
        make: impl Fn() -> T + Sync,
        work: impl Fn(&mut T, usize) + Sync,
    ) -> Result<()> {
        let next = AtomicUsize::new(0);
        let threads = self.threads.min(count).max(1);
        threads::run(threads, &Barrier::new(threads), |_| {
            let mut state = make();
            while !self.is_cancelled() {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= count {
                    return;
                }
                work(&mut state, piece);
                self.report(from + (to - from) * (piece + 1) as f64 / count as f64);
            }
        });
        self.check()
    }
}

/// Memory for a result of this many floats, or a failure that says what was asked for.
fn reserve(what: &str, floats: Option<usize>) -> Result<Vec<f32>> {
    let wanted = floats.ok_or_else(|| too_large(what, f64::INFINITY))?;
    let mut memory: Vec<f32> = Vec::new();
    memory.try_reserve_exact(wanted).map_err(|_| too_large(what, wanted as f64 * 4.0))?;
    crate::cache::prefer_huge_pages(memory.as_mut_ptr().cast(), wanted * size_of::<f32>());
    memory.resize(wanted, 0.0);
    Ok(memory)
}

fn too_large(what: &str, bytes: f64) -> Failure {
    Failure::new("ENGINE_MEMORY", format!("There is no memory for {what}")).received(format!("{bytes:.0} bytes"))
}
