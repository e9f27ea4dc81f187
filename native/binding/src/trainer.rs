//! A training run as a JavaScript object.

use crate::convert::{Feed, NamedArrays, NamedMatrices, OptimizerOptions, count, fail, isa, threads};
use crate::failure::{guarded, to_error};
use napi::bindgen_prelude::{AsyncTask, Float32Array};
use napi::{Env, Task};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::memory;
use penchant_kernels::plan::Plan;
use penchant_kernels::profile::Entry;
use penchant_kernels::trainer::{Range, Report, TrainSpec, Trainer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Instant;

#[napi(object)]
pub struct TrainOptions {
    /// The plan as JSON.
    pub plan: String,
    pub parameters: NamedArrays,
    pub data: NamedMatrices,
    pub feed: Feed,
    pub optimizer: OptimizerOptions,
    pub batch_size: f64,
    pub seed: u32,
    /// 0: all processors.
    pub threads: f64,
}

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
}

#[napi]
pub struct NativeTrainer {
    slot: Arc<Slot>,
    #[napi(readonly)]
    pub rows_per_epoch: f64,
    #[napi(readonly)]
    pub steps_per_epoch: f64,
}

fn disposed() -> Failure {
    Failure::new("ENGINE_DISPOSED", "The trainer was disposed")
}

#[napi]
impl NativeTrainer {
    #[napi(constructor)]
    pub fn new(options: TrainOptions) -> napi::Result<Self> {
        let trainer = fail(guarded(|| {
            Trainer::new(TrainSpec {
                plan: Plan::from_json(&options.plan)?,
                parameters: options.parameters.to_map(),
                data: options.data.to_map()?,
                feed: options.feed.to_spec()?,
                optimizer: options.optimizer.to_optimizer()?,
                batch: count("batchSize", options.batch_size)?,
                seed: options.seed,
                threads: threads(options.threads)?,
                isa: isa(),
            })
        }))?;
        let (rows, steps) = (trainer.rows_per_epoch() as f64, trainer.steps_per_epoch() as f64);
        let slot = Slot {
            trainer: Mutex::new(Some(trainer)),
            cancel: AtomicBool::new(false),
            disposed: AtomicBool::new(false),
        };
        Ok(Self { slot: Arc::new(slot), rows_per_epoch: rows, steps_per_epoch: steps })
    }

    /// Runs steps `[from, to)` of an epoch on worker threads.
    #[napi]
    pub fn run(&self, epoch: u32, from: f64, to: f64, rates: Float32Array) -> napi::Result<AsyncTask<Run>> {
        let (from, to) = (fail(count("from", from))? as u64, fail(count("to", to))? as u64);
        self.slot.cancel.store(false, Ordering::Relaxed);
        let range = Range { epoch, from, to, rates: rates.to_vec() };
        Ok(AsyncTask::new(Run { slot: Arc::clone(&self.slot), range }))
    }

    /// Runs steps `[from, to)` of an epoch and tells, as JSON, where the time went.
    #[napi]
    pub fn profile(&self, epoch: u32, from: f64, to: f64, rate: f64) -> napi::Result<AsyncTask<ProfiledRun>> {
        let (from, to) = (fail(count("from", from))? as u64, fail(count("to", to))? as u64);
        self.slot.cancel.store(false, Ordering::Relaxed);
        let range = Range { epoch, from, to, rates: vec![rate as f32] };
        Ok(AsyncTask::new(ProfiledRun { slot: Arc::clone(&self.slot), range }))
    }

    #[napi]
    pub fn cancel(&self) {
        self.slot.cancel.store(true, Ordering::Relaxed);
    }

    /// A copy of one parameter.
    #[napi]
    pub fn parameter(&self, name: String) -> napi::Result<Float32Array> {
        let slot = self.slot.lock();
        let trainer = fail(slot.as_ref().ok_or_else(disposed))?;
        fail(guarded(|| trainer.parameter(&name).map(|values| Float32Array::new(memory::copied(values)))))
    }

    #[napi]
    pub fn parameters(&self) -> napi::Result<NamedArrays> {
        let slot = self.slot.lock();
        let trainer = fail(slot.as_ref().ok_or_else(disposed))?;
        let copies = || trainer.parameters().map(|(name, values)| (name.to_owned(), memory::copied(values))).collect();
        fail(guarded(|| Ok(NamedArrays::from_list(copies()))))
    }

    #[napi]
    pub fn state(&self) -> napi::Result<NamedArrays> {
        let slot = self.slot.lock();
        let trainer = fail(slot.as_ref().ok_or_else(disposed))?;
        fail(guarded(|| Ok(NamedArrays::from_list(trainer.state()))))
    }

    #[napi]
    pub fn restore(&self, state: NamedArrays) -> napi::Result<()> {
        let mut slot = self.slot.lock();
        let trainer = fail(slot.as_mut().ok_or_else(disposed))?;
        fail(guarded(|| trainer.restore(&state.to_map())))
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

pub struct Run {
    slot: Arc<Slot>,
    range: Range,
}

impl Slot {
    /// Works on the trainer for seconds that are counted, on a thread of Node's pool; frees it when it was disposed or broke
    /// meanwhile.
    fn work<T>(
        &self,
        work: impl FnOnce(&mut Trainer) -> penchant_kernels::failure::Result<T>,
    ) -> napi::Result<(T, f64)> {
        let mut slot = self.lock();
        let started = Instant::now();
        let result = match slot.as_mut() {
            None => Err(disposed()),
            Some(trainer) => guarded(|| work(trainer)),
        };
        let failed = result.as_ref().is_err_and(|failure| failure.code == "ENGINE_FAILURE");
        if failed || self.disposed.load(Ordering::Relaxed) {
            *slot = None;
        }
        result.map(|report| (report, started.elapsed().as_secs_f64())).map_err(|failure| to_error(&failure))
    }
}

impl Task for Run {
    type Output = (Report, f64);
    type JsValue = StepReport;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.slot.work(|trainer| trainer.run(&self.range, &self.slot.cancel))
    }

    fn resolve(&mut self, _env: Env, (report, seconds): Self::Output) -> napi::Result<Self::JsValue> {
        Ok(StepReport { loss: report.loss, rows: report.rows as f64, seconds })
    }
}

pub struct ProfiledRun {
    slot: Arc<Slot>,
    range: Range,
}

impl Task for ProfiledRun {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let ((report, entries), seconds) =
            self.slot.work(|trainer| trainer.profile(&self.range, &self.slot.cancel, nanoseconds))?;
        Ok(to_json(&report, seconds, &entries))
    }

    fn resolve(&mut self, _env: Env, json: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(json)
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
