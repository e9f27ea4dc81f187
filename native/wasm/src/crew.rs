//! Threads of the host: workers that wait in `crew_help` and do what the thread in charge of a call hands them.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work for threads 1 to `threads - 1`; valid until they all have ended it.
#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    threads: usize,
}

// SAFETY: the function is Sync, and `run` keeps it alive until every thread has ended it.
unsafe impl Send for Job {}

#[derive(Default)]
struct State {
    job: Option<Job>,
    /// Jobs handed out so far.
    jobs: usize,
    /// Threads that have not ended the current one.
    busy: usize,
    closed: bool,
}

/// The helpers of one call.
#[derive(Default)]
pub struct Crew {
    state: Mutex<State>,
    changed: Condvar,
}

thread_local! {
    /// The crew of the call that this thread is in charge of.
    static CURRENT: Cell<*const Crew> = const { Cell::new(std::ptr::null()) };
}

impl Crew {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, threads: usize, work: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes; nobody uses the job after `busy` has become 0, for which this waits.
        let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        let mut state = self.lock();
        state.job = Some(Job { work, threads });
        state.jobs += 1;
        state.busy = threads - 1;
        drop(state);
        self.changed.notify_all();
        work(0);
        let mut state = self.lock();
        while state.busy > 0 {
            state = self.wait(state);
        }
        state.job = None;
    }

    fn help(&self, thread: usize) {
        let mut done = 0;
        let mut state = self.lock();
        loop {
            if state.closed {
                return;
            }
            let job = state.job.filter(|job| state.jobs != done && thread < job.threads);
            let Some(job) = job else {
                state = self.wait(state);
                continue;
            };
            done = state.jobs;
            drop(state);
            // SAFETY: alive until this thread has counted itself out below.
            unsafe { (*job.work)(thread) };
            state = self.lock();
            state.busy -= 1;
            if state.busy == 0 {
                self.changed.notify_all();
            }
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// What the kernels call to run on several threads: only ever inside [`in_charge`].
pub fn run(threads: usize, work: &(dyn Fn(usize) + Sync)) {
    let crew = CURRENT.get();
    assert!(!crew.is_null(), "a call on {threads} threads has no crew");
    // SAFETY: `in_charge` set it, and its crew outlives it.
    unsafe { &*crew }.run(threads, work);
}

/// Runs a call with a crew (null: alone), which is dismissed afterwards.
///
/// # Safety
/// `crew` is null or from `crew_new`, and is not freed before this returns.
pub unsafe fn in_charge<T>(crew: *const Crew, call: impl FnOnce() -> T) -> T {
    CURRENT.set(crew);
    let result = call();
    CURRENT.set(std::ptr::null());
    // SAFETY: the caller's promise.
    if let Some(crew) = unsafe { crew.as_ref() } {
        crew.close();
    }
    result
}

#[unsafe(no_mangle)]
pub extern "C" fn crew_new() -> *mut Crew {
    Box::into_raw(Box::default())
}

/// Works as thread `thread` (1, 2 …) of the crew until it is dismissed.
///
/// # Safety
/// `crew` comes from `crew_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crew_help(crew: *const Crew, thread: usize) {
    // SAFETY: the caller's promise.
    unsafe { &*crew }.help(thread);
}

/// # Safety
/// `crew` comes from `crew_new`; everybody has left it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crew_free(crew: *mut Crew) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(crew) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_thread_of_a_job_runs_once_and_spare_helpers_rest() {
        let crew = Crew::default();
        let sums: Vec<AtomicUsize> = (0..4).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for thread in 1..4 {
                let crew = &crew;
                scope.spawn(move || crew.help(thread));
            }
            // SAFETY: the crew outlives the call.
            unsafe {
                in_charge(&raw const crew, || {
                    for job in 0..100 {
                        run(2 + job % 3, &|thread| {
                            sums[thread].fetch_add(1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        let sums: Vec<usize> = sums.into_iter().map(AtomicUsize::into_inner).collect();
        assert_eq!(sums, [100, 100, 66, 33]);
    }
}
