//! A scorer as a JavaScript object.

use crate::convert::{Csr, count, fail, isa, threads};
use crate::failure::guarded;
use crate::job::{Job, start};
use crate::upload::Upload;
use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::memory;
use penchant_kernels::scorer::{self, ScoreSpec, Scorer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

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
    fn with<T>(&self, work: impl FnOnce(&mut Scorer) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut slot: MutexGuard<'_, Option<Scorer>> = self.scorer.lock().unwrap_or_else(PoisonError::into_inner);
        let result = match slot.as_mut() {
            None => Err(Failure::new("ENGINE_DISPOSED", "The scorer was disposed")),
            Some(scorer) => guarded(|| work(scorer)),
        };
        if self.disposed.load(Ordering::Relaxed) {
            *slot = None;
        }
        result
    }
}

#[napi]
pub struct NativeScorer {
    slot: Arc<Slot>,
    items: usize,
}

impl NativeScorer {
    fn of(scorer: Scorer) -> Self {
        let items = scorer.items;
        Self { slot: Arc::new(Slot { scorer: Mutex::new(Some(scorer)), disposed: AtomicBool::new(false) }), items }
    }
}

/// `options`: `{plan, parameters, data, users, items, threads}` as JSON (threads 0: all processors), and their arrays.
#[napi]
pub fn load_scorer(options: String, upload: &Upload) -> AsyncTask<Job<Scorer, NativeScorer>> {
    let request = upload.request(options);
    let work = move || {
        let spec = request()?.score_spec(isa())?;
        Scorer::new(ScoreSpec { threads: threads(spec.threads), ..spec })
    };
    start(work, NativeScorer::of)
}

#[napi]
impl NativeScorer {
    /// Scores of the pairs (users[i], items[i]).
    #[napi]
    pub fn score(&self, users: Int32Array, items: Int32Array) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        fail(guarded(|| {
            let (slot, users, items) = (Arc::clone(&self.slot), memory::copied(&users), memory::copied(&items));
            Ok(start(move || slot.with(|scorer| scorer.score(&users, &items)), Float32Array::new))
        }))
    }

    #[napi]
    pub fn top_k(
        &self,
        users: Int32Array,
        k: f64,
        exclude: Option<Csr>,
        candidates: Option<Int32Array>,
    ) -> napi::Result<AsyncTask<Job<scorer::TopK, TopK>>> {
        fail(guarded(|| {
            let (slot, users, k) = (Arc::clone(&self.slot), memory::copied(&users), count("k", k)?);
            let exclude = exclude.map(|csr| csr.to_rows("exclude", users.len(), self.items)).transpose()?;
            let candidates = candidates.map(|candidates| memory::copied(&candidates));
            let work = move || slot.with(|scorer| scorer.top_k(&users, k, exclude.as_ref(), candidates.as_deref()));
            Ok(start(work, |top| TopK { items: Int32Array::new(top.items), scores: Float32Array::new(top.scores) }))
        }))
    }

    #[napi]
    pub fn ranks(
        &self,
        users: Int32Array,
        targets: Csr,
        exclude: Option<Csr>,
    ) -> napi::Result<AsyncTask<Job<scorer::Ranks, Ranks>>> {
        fail(guarded(|| {
            let (slot, users) = (Arc::clone(&self.slot), memory::copied(&users));
            let targets = targets.to_rows("targets", users.len(), self.items)?;
            let exclude = exclude.map(|csr| csr.to_rows("exclude", users.len(), self.items)).transpose()?;
            let work = move || slot.with(|scorer| scorer.ranks(&users, &targets, exclude.as_ref()));
            Ok(start(work, |ranks| Ranks {
                greater: Int32Array::new(ranks.greater),
                equal: Int32Array::new(ranks.equal),
                candidates: Int32Array::new(ranks.candidates),
            }))
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
