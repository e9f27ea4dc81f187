//! Worker threads that meet at barriers. Without the `threads` feature they are the host's, or there is none but the
//! calling one.

#[cfg(feature = "threads")]
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
#[cfg(not(feature = "threads"))]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Spins this often (some tens of microseconds) before it sleeps until it is woken. WebAssembly has no instruction that
/// makes a spin long.
const SPINS: u32 = if cfg!(target_arch = "wasm32") { 30_000 } else { 1000 };

/// Calls the function with 0 on the calling thread and with 1 to `threads - 1` on others at the same time; returns when
/// all have.
#[cfg(not(feature = "threads"))]
pub type Crew = fn(threads: usize, work: &(dyn Fn(usize) + Sync));

#[cfg(not(feature = "threads"))]
static CREW: OnceLock<Crew> = OnceLock::new();

/// Lends threads to all later calls; for hosts where Rust cannot start any.
#[cfg(not(feature = "threads"))]
pub fn lend(crew: Crew) {
    CREW.get_or_init(|| crew);
}

/// A reusable meeting point: spins, since steps take microseconds, and sleeps when the others are kept from running.
#[derive(Debug)]
pub struct Barrier {
    threads: usize,
    waiting: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Barrier {
    pub const fn new(threads: usize) -> Self {
        Self {
            threads,
            waiting: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            bell: Condvar::new(),
        }
    }

    /// Returns when all threads have called it. Everything written before is seen after. Panics when a thread is gone.
    pub fn wait(&self) {
        if self.threads == 1 {
            return;
        }
        let round = self.round.load(Ordering::Acquire);
        if self.waiting.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.waiting.store(0, Ordering::Relaxed);
            // Sequentially consistent with the sleepers' count: either a sleeper sees the new round, or is seen here.
            self.round.store(round.wrapping_add(1), Ordering::SeqCst);
            if self.sleepers.load(Ordering::SeqCst) > 0 {
                self.ring();
            }
            return;
        }
        for _ in 0..SPINS {
            if self.passed(round) {
                return;
            }
            std::hint::spin_loop();
        }
        self.sleep(round);
    }

    fn passed(&self, round: usize) -> bool {
        if self.broken.load(Ordering::Relaxed) {
            left_alone();
        }
        self.round.load(Ordering::Acquire) != round
    }

    #[cold]
    fn sleep(&self, round: usize) {
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.round.load(Ordering::SeqCst) == round && !self.broken.load(Ordering::SeqCst) {
            guard = self.bell.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        drop(guard);
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        self.passed(round);
    }

    #[cold]
    fn ring(&self) {
        // Whoever is between looking and sleeping holds the lock: after it, they sleep and hear the bell.
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_all();
    }

    fn break_up(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.ring();
    }
}

/// Pieces of work that threads share out: each takes those of its own stretch first, the same every time, so that what it
/// wrote is still in its caches; then what others have left.
#[derive(Debug)]
pub struct Claims {
    /// How many of each thread's stretch are taken.
    taken: Vec<Line<AtomicUsize>>,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line<T>(T);

impl Claims {
    pub fn new(threads: usize) -> Self {
        Self { taken: (0..threads).map(|_| Line::default()).collect() }
    }

    /// The next piece of `count` for a thread.
    #[inline]
    pub fn take(&self, thread: usize, count: usize) -> Option<usize> {
        let threads = self.taken.len();
        for other in (thread..threads).chain(0..thread) {
            let (start, end) = (other * count / threads, (other + 1) * count / threads);
            let taken = &self.taken[other].0;
            if taken.load(Ordering::Relaxed) < end - start {
                let piece = start + taken.fetch_add(1, Ordering::Relaxed);
                if piece < end {
                    return Some(piece);
                }
            }
        }
        None
    }

    /// All pieces are there again. Nobody takes any meanwhile.
    pub fn reset(&self) {
        for Line(taken) in &self.taken {
            taken.store(0, Ordering::Relaxed);
        }
    }
}

/// What a thread panics with because another one did.
struct LeftAlone;

#[cold]
fn left_alone() -> ! {
    if cfg!(target_family = "wasm") {
        panic!("another worker failed");
    }
    std::panic::resume_unwind(Box::new(LeftAlone))
}

/// Breaks the barrier when its thread unwinds, so that the others do not wait for ever.
struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.break_up();
        }
    }
}

/// Runs `work(thread)` on each thread, with the calling one as thread 0. A panic in one is passed on as it is, after all have
/// ended.
pub fn run(threads: usize, barrier: &Barrier, work: impl Fn(usize) + Sync) {
    let guarded = |thread: usize| {
        let guard = Guard(barrier);
        work(thread);
        drop(guard);
    };
    #[cfg(feature = "threads")]
    if threads > 1 {
        let ends = std::thread::scope(|scope| {
            let guarded = &guarded;
            let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || guarded(thread))).collect();
            let own = catch_unwind(AssertUnwindSafe(|| guarded(0)));
            let others = others.into_iter().map(std::thread::ScopedJoinHandle::join);
            std::iter::once(own).chain(others).collect::<Vec<_>>()
        });
        let panics: Vec<_> = ends.into_iter().filter_map(Result::err).collect();
        let cause = panics.iter().position(|panic| !panic.is::<LeftAlone>()).unwrap_or(0);
        if let Some(panic) = panics.into_iter().nth(cause) {
            resume_unwind(panic);
        }
        return;
    }
    #[cfg(not(feature = "threads"))]
    if let (Some(crew), true) = (CREW.get(), threads > 1) {
        return crew(threads, &guarded);
    }
    debug_assert!(threads == 1);
    guarded(0);
}

/// The number of threads to use for a wish: at least 1, and 1 where there are none.
pub fn effective(wished: usize) -> usize {
    #[cfg(feature = "threads")]
    let has_others = true;
    #[cfg(not(feature = "threads"))]
    let has_others = CREW.get().is_some();
    if has_others { wished.clamp(1, 256) } else { 1 }
}

#[cfg(all(test, feature = "threads"))]
mod tests {
    use super::*;

    #[test]
    fn nobody_passes_before_all_have_come() {
        let (threads, rounds) = (4, 2000);
        let (barrier, count) = (Barrier::new(threads), AtomicUsize::new(0));
        run(threads, &barrier, |thread| {
            for round in 0..rounds {
                if thread == 3 && round % 500 == 0 {
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                count.fetch_add(1, Ordering::Relaxed);
                barrier.wait();
                assert_eq!(count.load(Ordering::Relaxed), threads * (round + 1));
                barrier.wait();
            }
        });
    }

    #[test]
    fn every_piece_is_taken_once_and_first_by_the_thread_whose_it_is() {
        for (threads, count) in [(1, 5), (2, 7), (4, 3), (3, 0)] {
            let claims = Claims::new(threads);
            for _ in 0..2 {
                for thread in 0..threads {
                    let (first, end) = (thread * count / threads, (thread + 1) * count / threads);
                    if first < end {
                        assert_eq!(Claims::new(threads).take(thread, count), Some(first));
                    }
                }
                let taken: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                run(threads, &Barrier::new(threads), |thread| {
                    while let Some(piece) = claims.take(thread, count) {
                        taken[piece].fetch_add(1, Ordering::Relaxed);
                    }
                });
                assert!(taken.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{threads} threads, {count}");
                claims.reset();
            }
        }
    }

    #[test]
    fn a_panic_in_one_thread_ends_them_all() {
        let barrier = Barrier::new(3);
        let panic = std::panic::catch_unwind(|| {
            run(3, &barrier, |thread| {
                assert!(thread != 1, "thread 1 fails");
                barrier.wait();
            });
        });
        assert_eq!(panic.expect_err("a panic").downcast_ref::<&str>(), Some(&"thread 1 fails"));
    }
}
