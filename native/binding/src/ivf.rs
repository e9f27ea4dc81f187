//! An index of item vectors as a JavaScript object.

use crate::convert::{Csr, count, fail, isa, threads};
use crate::failure::guarded;
use crate::job::{Job, start};
use crate::scorer::TopK;
use crate::upload::Upload;
use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::ivf::{Ivf, IvfSpec, Search};
use penchant_kernels::memory;
use penchant_kernels::scorer;
use std::sync::{Arc, Mutex, PoisonError};

#[napi]
pub struct NativeIndex(Mutex<Option<Arc<Ivf>>>);

#[napi(object)]
pub struct IndexParts {
    pub centroids: Float32Array,
    pub cell_of: Int32Array,
}

/// `options`: as `Request::ivf_spec` of the kernels (threads 0: all processors), and its arrays.
#[napi]
pub fn load_index(options: String, upload: &Upload) -> AsyncTask<Job<Ivf, NativeIndex>> {
    let request = upload.request(options);
    let work = move || {
        let spec = request()?.ivf_spec(isa())?;
        Ivf::new(IvfSpec { threads: threads(spec.threads), ..spec })
    };
    start(work, |ivf| NativeIndex(Mutex::new(Some(Arc::new(ivf)))))
}

#[napi]
impl NativeIndex {
    fn ivf(&self) -> Result<Arc<Ivf>, Failure> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone().ok_or_else(|| Failure::new("ENGINE_DISPOSED", "The index was disposed"))
    }

    #[napi]
    pub fn parts(&self) -> napi::Result<IndexParts> {
        fail(guarded(|| {
            let ivf = self.ivf()?;
            let (centroids, cell_of) = (memory::copied(ivf.centroids()), memory::copied(ivf.cell_of()));
            Ok(IndexParts { centroids: Float32Array::new(centroids), cell_of: Int32Array::new(cell_of) })
        }))
    }

    #[napi]
    pub fn search(
        &self,
        queries: Float32Array,
        rows: f64,
        k: f64,
        effort: f64,
        exclude: Option<Csr>,
        candidates: Option<Int32Array>,
    ) -> napi::Result<AsyncTask<Job<scorer::TopK, TopK>>> {
        fail(guarded(|| {
            let (ivf, queries, k) = (self.ivf()?, memory::copied(&queries), count("k", k)?);
            let (effort, rows) = (count("effort", effort)?, count("rows", rows)?);
            let exclude = exclude.map(|csr| csr.to_rows("exclude", rows, ivf.items())).transpose()?;
            let candidates = candidates.map(|candidates| memory::copied(&candidates));
            let work = move || {
                let (exclude, candidates) = (exclude.as_ref(), candidates.as_deref());
                ivf.search(&Search { queries: &queries, k, effort, exclude, candidates })
            };
            Ok(start(work, |top| TopK { items: Int32Array::new(top.items), scores: Float32Array::new(top.scores) }))
        }))
    }

    /// Frees the memory: now, or when the running searches have ended.
    #[napi]
    pub fn dispose(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
