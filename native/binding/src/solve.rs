//! Solutions as a JavaScript object: one job, watched and cancelled while it runs.

use crate::convert::{Csr, count, fail, isa, threads};
use crate::failure::{guarded, to_error};
use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi::{Env, Task};
use napi_derive::napi;
use penchant_kernels::matrix::SparseMatrix;
use penchant_kernels::solve::{self, AlsSpec, Job, Method, NeighbourSpec};
use std::sync::Arc;

#[napi]
pub struct NativeSolver {
    job: Arc<Job>,
}

#[napi(object)]
pub struct NeighbourOptions {
    pub count: f64,
    pub normalize: bool,
    pub shrinkage: f64,
}

#[napi(object)]
pub struct AlsOptions {
    pub width: f64,
    pub unobserved: f64,
    pub offset: f64,
    /// Steps of conjugate gradients; 0: exact.
    pub steps: f64,
}

#[napi]
impl NativeSolver {
    /// `threads` 0: all processors.
    #[napi(constructor)]
    pub fn new(wished: f64) -> napi::Result<Self> {
        Ok(Self { job: Arc::new(Job::new(isa(), fail(threads(wished))?)) })
    }

    #[napi]
    pub fn cancel(&self) {
        self.job.cancel();
    }

    /// The share that is done.
    #[napi]
    pub fn progress(&self) -> f64 {
        self.job.progress()
    }

    #[napi]
    pub fn ease(&self, matrix: Csr, columns: f64, l2: f64) -> napi::Result<AsyncTask<Ease>> {
        Ok(AsyncTask::new(Ease {
            job: Arc::clone(&self.job),
            matrix: fail(matrix.to_sparse("data", columns))?,
            l2: l2 as f32,
        }))
    }

    #[napi]
    pub fn neighbours(
        &self,
        matrix: Csr,
        columns: f64,
        options: NeighbourOptions,
    ) -> napi::Result<AsyncTask<Neighbours>> {
        let spec = NeighbourSpec {
            count: fail(count("count", options.count))?,
            normalize: options.normalize,
            shrinkage: options.shrinkage as f32,
        };
        Ok(AsyncTask::new(Neighbours {
            job: Arc::clone(&self.job),
            matrix: fail(matrix.to_sparse("data", columns))?,
            spec,
        }))
    }

    #[napi]
    pub fn als_half(
        &self,
        matrix: Csr,
        fixed: Float32Array,
        factors: Float32Array,
        l2: Float32Array,
        options: AlsOptions,
    ) -> napi::Result<AsyncTask<AlsHalf>> {
        let width = fail(count("width", options.width))?;
        let columns = fixed.len() / width.max(1);
        let steps = fail(count("steps", options.steps))?;
        Ok(AsyncTask::new(AlsHalf {
            job: Arc::clone(&self.job),
            matrix: fail(matrix.to_sparse("data", columns as f64))?,
            fixed: fixed.to_vec(),
            factors: factors.to_vec(),
            l2: l2.to_vec(),
            width,
            unobserved: options.unobserved as f32,
            offset: options.offset as f32,
            method: if steps == 0 { Method::Exact } else { Method::ConjugateGradient(steps) },
        }))
    }
}

pub struct Ease {
    job: Arc<Job>,
    matrix: SparseMatrix,
    l2: f32,
}

impl Task for Ease {
    type Output = Vec<f32>;
    type JsValue = Float32Array;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        guarded(|| solve::ease(&self.job, &self.matrix, self.l2)).map_err(|failure| to_error(&failure))
    }

    fn resolve(&mut self, _env: Env, weights: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(Float32Array::new(weights))
    }
}

pub struct Neighbours {
    job: Arc<Job>,
    matrix: SparseMatrix,
    spec: NeighbourSpec,
}

impl Task for Neighbours {
    type Output = SparseMatrix;
    type JsValue = Csr;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        guarded(|| solve::neighbours(&self.job, &self.matrix, self.spec)).map_err(|failure| to_error(&failure))
    }

    fn resolve(&mut self, _env: Env, found: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(Csr {
            offsets: Int32Array::new(found.offsets.iter().map(|&offset| offset as i32).collect()),
            items: Int32Array::new(found.ids.iter().map(|&id| id as i32).collect()),
            values: Some(Float32Array::new(found.values)),
        })
    }
}

pub struct AlsHalf {
    job: Arc<Job>,
    matrix: SparseMatrix,
    fixed: Vec<f32>,
    factors: Vec<f32>,
    l2: Vec<f32>,
    width: usize,
    unobserved: f32,
    offset: f32,
    method: Method,
}

impl Task for AlsHalf {
    type Output = Vec<f32>;
    type JsValue = Float32Array;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let Self { job, matrix, fixed, factors, l2, width, unobserved, offset, method } = self;
        let (width, unobserved, offset, method) = (*width, *unobserved, *offset, *method);
        let spec = AlsSpec { matrix, fixed, width, unobserved, offset, l2, method };
        guarded(|| solve::als_half(job, &spec, factors)).map_err(|failure| to_error(&failure))?;
        Ok(std::mem::take(factors))
    }

    fn resolve(&mut self, _env: Env, factors: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(Float32Array::new(factors))
    }
}
