//! A scorer as a JavaScript object.

use crate::convert::{Csr, NamedArrays, NamedMatrices, count, fail, isa, threads};
use crate::failure::{guarded, to_error};
use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi::{Env, Task};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::feed;
use penchant_kernels::memory;
use penchant_kernels::plan::Plan;
use penchant_kernels::scorer::{self, ScoreSpec, Scorer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

#[napi(object)]
pub struct ScoreOptions {
    /// The plan as JSON.
    pub plan: String,
    pub parameters: NamedArrays,
    pub data: NamedMatrices,
    pub users: f64,
    pub items: f64,
    /// 0: all processors.
    pub threads: f64,
}

#[napi(object)]
pub struct TopK {
    pub items: Int32Array,
    pub scores: Float32Array,
}

#[napi(object)]
pub struct Ranks {
    pub greater: Int32Array,
    pub equal: Int32Array,
    pub candidates: Int32Array,
}

struct Slot {
    scorer: Mutex<Option<Scorer>>,
    disposed: AtomicBool,
}

impl Slot {
    fn with<T>(&self, work: impl FnOnce(&mut Scorer) -> Result<T, Failure>) -> napi::Result<T> {
        let mut slot: MutexGuard<'_, Option<Scorer>> = self.scorer.lock().unwrap_or_else(PoisonError::into_inner);
        let result = match slot.as_mut() {
            None => Err(Failure::new("ENGINE_DISPOSED", "The scorer was disposed")),
            Some(scorer) => guarded(|| work(scorer)),
        };
        if self.disposed.load(Ordering::Relaxed) {
            *slot = None;
        }
        result.map_err(|failure| to_error(&failure))
    }
}

#[napi]
pub struct NativeScorer {
    slot: Arc<Slot>,
    items: usize,
}

#[napi]
impl NativeScorer {
    #[napi(constructor)]
    pub fn new(options: ScoreOptions) -> napi::Result<Self> {
        let scorer = fail(guarded(|| {
            Scorer::new(ScoreSpec {
                plan: Plan::from_json(&options.plan)?,
                parameters: options.parameters.to_map(),
                data: options.data.to_map()?,
                users: count("users", options.users)?,
                items: count("items", options.items)?,
                threads: threads(options.threads)?,
                isa: isa(),
            })
        }))?;
        let items = scorer.items;
        Ok(Self { slot: Arc::new(Slot { scorer: Mutex::new(Some(scorer)), disposed: AtomicBool::new(false) }), items })
    }

    /// Scores of the pairs (users[i], items[i]).
    #[napi]
    pub fn score(&self, users: Int32Array, items: Int32Array) -> napi::Result<AsyncTask<Score>> {
        fail(guarded(|| {
            let (users, items) = (memory::copied(&users), memory::copied(&items));
            Ok(AsyncTask::new(Score { slot: Arc::clone(&self.slot), users, items }))
        }))
    }

    #[napi]
    pub fn top_k(
        &self,
        users: Int32Array,
        k: f64,
        exclude: Option<Csr>,
        candidates: Option<Int32Array>,
    ) -> napi::Result<AsyncTask<TopKTask>> {
        fail(guarded(|| {
            let (users, k) = (memory::copied(&users), count("k", k)?);
            let exclude = exclude.map(|csr| csr.to_rows("exclude", users.len(), self.items)).transpose()?;
            let candidates = candidates.map(|candidates| memory::copied(&candidates));
            Ok(AsyncTask::new(TopKTask { slot: Arc::clone(&self.slot), users, k, exclude, candidates }))
        }))
    }

    #[napi]
    pub fn ranks(&self, users: Int32Array, targets: Csr, exclude: Option<Csr>) -> napi::Result<AsyncTask<RanksTask>> {
        fail(guarded(|| {
            let users = memory::copied(&users);
            let targets = targets.to_rows("targets", users.len(), self.items)?;
            let exclude = exclude.map(|csr| csr.to_rows("exclude", users.len(), self.items)).transpose()?;
            Ok(AsyncTask::new(RanksTask { slot: Arc::clone(&self.slot), users, targets, exclude }))
        }))
    }

    /// Frees the memory: now, or when the running call has ended.
    #[napi]
    pub fn dispose(&self) {
        self.slot.disposed.store(true, Ordering::Relaxed);
        match self.slot.scorer.try_lock() {
            Ok(mut scorer) => *scorer = None,
            Err(TryLockError::Poisoned(scorer)) => *scorer.into_inner() = None,
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

pub struct Score {
    slot: Arc<Slot>,
    users: Vec<i32>,
    items: Vec<i32>,
}

impl Task for Score {
    type Output = Vec<f32>;
    type JsValue = Float32Array;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.slot.with(|scorer| scorer.score(&self.users, &self.items))
    }

    fn resolve(&mut self, _env: Env, scores: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(Float32Array::new(scores))
    }
}

pub struct TopKTask {
    slot: Arc<Slot>,
    users: Vec<i32>,
    k: usize,
    exclude: Option<feed::Csr>,
    candidates: Option<Vec<i32>>,
}

impl Task for TopKTask {
    type Output = scorer::TopK;
    type JsValue = TopK;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let (exclude, candidates) = (self.exclude.as_ref(), self.candidates.as_deref());
        self.slot.with(|scorer| scorer.top_k(&self.users, self.k, exclude, candidates))
    }

    fn resolve(&mut self, _env: Env, top: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(TopK { items: Int32Array::new(top.items), scores: Float32Array::new(top.scores) })
    }
}

pub struct RanksTask {
    slot: Arc<Slot>,
    users: Vec<i32>,
    targets: feed::Csr,
    exclude: Option<feed::Csr>,
}

impl Task for RanksTask {
    type Output = scorer::Ranks;
    type JsValue = Ranks;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.slot.with(|scorer| scorer.ranks(&self.users, &self.targets, self.exclude.as_ref()))
    }

    fn resolve(&mut self, _env: Env, ranks: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(Ranks {
            greater: Int32Array::new(ranks.greater),
            equal: Int32Array::new(ranks.equal),
            candidates: Int32Array::new(ranks.candidates),
        })
    }
}
