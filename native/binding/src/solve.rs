//! Solutions as a JavaScript object: one job, watched and cancelled while it runs.

use crate::convert::{count, fail, isa, threads};
use crate::job::{self, start};
use crate::upload::Upload;
use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi_derive::napi;
use penchant_kernels::solve::{Job, Solution, Task};
use std::sync::Arc;

#[napi]
pub struct NativeSolver {
    job: Arc<Job>,
}

/// Values; of a sparse solution offsets and items, too.
#[napi(object)]
pub struct SolutionArrays {
    pub values: Float32Array,
    pub offsets: Option<Int32Array>,
    pub items: Option<Int32Array>,
}

pub struct Arrays {
    values: Vec<f32>,
    rows: Option<(Vec<i32>, Vec<i32>)>,
}

impl Arrays {
    fn of(solution: Solution) -> Self {
        match solution {
            Solution::Dense(values) => Self { values, rows: None },
            Solution::Sparse(found) => {
                let offsets = found.offsets.iter().map(|&offset| offset as i32).collect();
                let items = found.ids.iter().map(|&id| id as i32).collect();
                Self { values: found.values, rows: Some((offsets, items)) }
            }
        }
    }

    fn cross(self) -> SolutionArrays {
        let (offsets, items) = self.rows.unzip();
        SolutionArrays {
            values: Float32Array::new(self.values),
            offsets: offsets.map(Int32Array::new),
            items: items.map(Int32Array::new),
        }
    }
}

#[napi]
impl NativeSolver {
    /// `threads` 0: all processors.
    #[napi(constructor)]
    pub fn new(wished: f64) -> napi::Result<Self> {
        Ok(Self { job: Arc::new(Job::new(isa(), threads(fail(count("threads", wished))?))) })
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

    /// `options`: `{kind, matrix, …}` as JSON, see `Task` of the kernels, and the arrays.
    #[napi]
    pub fn solve(&self, options: String, upload: &Upload) -> AsyncTask<job::Job<Arrays, SolutionArrays>> {
        let (job, request) = (Arc::clone(&self.job), upload.request(options));
        start(move || Task::of(&mut request()?)?.run(&job).map(Arrays::of), Arrays::cross)
    }
}
