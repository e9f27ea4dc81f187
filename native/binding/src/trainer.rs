//! A training run as a JavaScript object.

use crate::convert::{Named, NamedArrays, count, fail, isa, threads};
use crate::failure::guarded;
use crate::job::{Job, start};
use crate::upload::Upload;
use napi::bindgen_prelude::{AsyncTask, Float32Array, Undefined};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::memory;
use penchant_kernels::profile::Entry;
use penchant_kernels::trainer::{Range, Report, TrainSpec, Trainer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Instant;

#[napi(object)]
pub struct StepReport {
    pub loss: f64,
    pub rows: f64,
    pub seconds: f64,
}

struct Slot {
    trainer: Mutex<Option<Trainer>>,
    cancel: AtomicBool,
    disposed: AtomicBool,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Trainer>> {
        self.trainer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the trainer for seconds that are counted; frees it when it was disposed or broke meanwhile.
    fn work<T>(&self, work: impl FnOnce(&mut Trainer) -> Result<T, Failure>) -> Result<(T, f64), Failure> {
        let mut slot = self.lock();
        let started = Instant::now();
        let result = match slot.as_mut() {
            None => Err(Failure::new("ENGINE_DISPOSED", "The trainer was disposed")),
            Some(trainer) => guarded(|| work(trainer)),
        };
        let failed = result.as_ref().is_err_and(|failure| failure.code == "ENGINE_FAILURE");
        if failed || self.disposed.load(Ordering::Relaxed) {
            *slot = None;
        }
        result.map(|result| (result, started.elapsed().as_secs_f64()))
    }
}

#[napi]
pub struct NativeTrainer {
    slot: Arc<Slot>,
    #[napi(readonly)]
    pub rows_per_epoch: f64,
    #[napi(readonly)]
    pub steps_per_epoch: f64,
}

impl NativeTrainer {
    fn of(trainer: Trainer) -> Self {
        let (rows, steps) = (trainer.rows_per_epoch() as f64, trainer.steps_per_epoch() as f64);
        let slot = Slot {
            trainer: Mutex::new(Some(trainer)),
            cancel: AtomicBool::new(false),
            disposed: AtomicBool::new(false),
        };
        Self { slot: Arc::new(slot), rows_per_epoch: rows, steps_per_epoch: steps }
    }
}

/// `options`: `{plan, parameters, feed, optimizer, batchSize, seed, threads}` as JSON (threads 0: all processors), and the
/// arrays of the parameters and of the feed.
#[napi]
pub fn load_trainer(options: String, upload: &Upload) -> AsyncTask<Job<Trainer, NativeTrainer>> {
    let request = upload.request(options);
    let work = move || {
        let spec = request()?.train_spec(isa())?;
        Trainer::new(TrainSpec { threads: threads(spec.threads), ..spec })
    };
    start(work, NativeTrainer::of)
}

#[napi]
impl NativeTrainer {
    /// Steps `[from, to)` of an epoch, not cancelled yet.
    fn range(&self, epoch: u32, from: f64, to: f64, rates: &[f32]) -> napi::Result<Range> {
        self.slot.cancel.store(false, Ordering::Relaxed);
        fail(guarded(|| {
            let (from, to) = (count("from", from)? as u64, count("to", to)? as u64);
            Ok(Range { epoch, from, to, rates: memory::copied(rates) })
        }))
    }

    /// Runs steps `[from, to)` of an epoch on worker threads.
    #[napi]
    pub fn run(
        &self,
        epoch: u32,
        from: f64,
        to: f64,
        rates: Float32Array,
    ) -> napi::Result<AsyncTask<Job<(Report, f64), StepReport>>> {
        let (slot, range) = (Arc::clone(&self.slot), self.range(epoch, from, to, &rates)?);
        let work = move || slot.work(|trainer| trainer.run(&range, &slot.cancel));
        Ok(start(work, |(report, seconds)| StepReport { loss: report.loss, rows: report.rows as f64, seconds }))
    }

    /// Runs steps `[from, to)` of an epoch and tells, as JSON, where the time went.
    #[napi]
    pub fn profile(&self, epoch: u32, from: f64, to: f64, rate: f64) -> napi::Result<AsyncTask<Job<String, String>>> {
        let (slot, range) = (Arc::clone(&self.slot), self.range(epoch, from, to, &[rate as f32])?);
        let work = move || {
            let profile = slot.work(|trainer| trainer.profile(&range, &slot.cancel, nanoseconds));
            profile.map(|((report, entries), seconds)| to_json(&report, seconds, &entries))
        };
        Ok(start(work, |json| json))
    }

    #[napi]
    pub fn cancel(&self) {
        self.slot.cancel.store(true, Ordering::Relaxed);
    }

    /// A copy of one parameter.
    #[napi]
    pub fn parameter(&self, name: String) -> AsyncTask<Job<Vec<f32>, Float32Array>> {
        let slot = Arc::clone(&self.slot);
        let work = move || Ok(slot.work(|trainer| trainer.parameter(&name).map(memory::copied))?.0);
        start(work, Float32Array::new)
    }

    #[napi]
    pub fn parameters(&self) -> AsyncTask<Job<Named, NamedArrays>> {
        let slot = Arc::clone(&self.slot);
        let copies = |trainer: &Trainer| {
            trainer.parameters().map(|(name, values)| (name.to_owned(), memory::copied(values))).collect()
        };
        start(move || Ok(slot.work(|trainer| Ok(copies(trainer)))?.0), NamedArrays::from_list)
    }

    #[napi]
    pub fn state(&self) -> AsyncTask<Job<Named, NamedArrays>> {
        let slot = Arc::clone(&self.slot);
        start(move || Ok(slot.work(|trainer| Ok(trainer.state()))?.0), NamedArrays::from_list)
    }

    /// `options`: `{state}`, the names, as JSON, and the arrays, as `state` gave them.
    #[napi]
    pub fn restore(&self, options: String, upload: &Upload) -> AsyncTask<Job<(), Undefined>> {
        let (slot, request) = (Arc::clone(&self.slot), upload.request(options));
        let work = move || {
            let state = request()?.named_floats("state")?;
            slot.work(|trainer| trainer.restore(&state)).map(|_| ())
        };
        start(work, |()| ())
    }

    /// Frees the memory: now, or when the running call has stopped.
    #[napi]
    pub fn dispose(&self) {
        self.slot.disposed.store(true, Ordering::Relaxed);
        self.slot.cancel.store(true, Ordering::Relaxed);
        match self.slot.trainer.try_lock() {
            Ok(mut trainer) => *trainer = None,
            Err(TryLockError::Poisoned(trainer)) => *trainer.into_inner() = None,
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

/// Since the first call.
fn nanoseconds() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

fn to_json(report: &Report, seconds: f64, entries: &[Entry]) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "what": entry.what,
                "slot": entry.slot,
                "parameter": entry.parameter,
                "seconds": entry.seconds,
                "calls": entry.calls,
                "flops": entry.flops,
                "bytes": entry.bytes,
            })
        })
        .collect();
    serde_json::json!({ "loss": report.loss, "rows": report.rows, "seconds": seconds, "entries": entries }).to_string()
}
