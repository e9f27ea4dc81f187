//! Worker threads that meet at barriers. Without the `threads` feature they are the host's, or there is none but the
//! calling one.

#[cfg(not(feature = "threads"))]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Spins this often before it lets other threads of the machine run. WebAssembly has no instruction that makes a spin long.
const SPINS: u32 = if cfg!(target_arch = "wasm32") { 100_000 } else { 4000 };

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

/// A reusable meeting point: spins, since steps take microseconds, and yields when others need the processor.
#[derive(Debug)]
pub struct Barrier {
    threads: usize,
    waiting: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
}

impl Barrier {
    pub const fn new(threads: usize) -> Self {
        Self { threads, waiting: AtomicUsize::new(0), round: AtomicUsize::new(0), broken: AtomicBool::new(false) }
    }

    /// Returns when all threads have called it. Everything written before is seen after. Panics when a thread is gone.
    pub fn wait(&self) {
        if self.threads == 1 {
            return;
        }
        let round = self.round.load(Ordering::Acquire);
        if self.waiting.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.waiting.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut spins = 0;
        while self.round.load(Ordering::Acquire) == round {
            assert!(!self.broken.load(Ordering::Relaxed), "another worker failed");
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { give_way() }
        }
    }

    fn break_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

/// Lets other threads of the machine run.
fn give_way() {
    #[cfg(target_arch = "wasm32")]
    std::thread::sleep(std::time::Duration::from_micros(20));
    #[cfg(not(target_arch = "wasm32"))]
    std::thread::yield_now();
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

/// Runs `work(thread)` on each thread, with the calling one as thread 0. A panic in one is passed on after all have ended.
pub fn run(threads: usize, barrier: &Barrier, work: impl Fn(usize) + Sync) {
    let guarded = |thread: usize| {
        let guard = Guard(barrier);
        work(thread);
        drop(guard);
    };
    #[cfg(feature = "threads")]
    if threads > 1 {
        std::thread::scope(|scope| {
            for thread in 1..threads {
                let guarded = &guarded;
                scope.spawn(move || guarded(thread));
            }
            guarded(0);
        });
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
