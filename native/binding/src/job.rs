//! Work on a thread of Node's pool, with a promise for what comes of it.

use crate::convert::fail;
use crate::failure::guarded;
use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};
use penchant_kernels::failure::Failure;

type Work<T> = Box<dyn FnOnce() -> Result<T, Failure> + Send>;

/// Work, and how its result becomes JavaScript's, which happens on the main thread.
pub struct Job<T, J> {
    work: Option<Work<T>>,
    finish: fn(T) -> J,
}

pub fn start<T, J>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    finish: fn(T) -> J,
) -> AsyncTask<Job<T, J>>
where
    Job<T, J>: Task,
{
    AsyncTask::new(Job { work: Some(Box::new(work)), finish })
}

impl<T: Send + 'static, J: ToNapiValue + TypeName + 'static> Task for Job<T, J> {
    type Output = T;
    type JsValue = J;

    fn compute(&mut self) -> napi::Result<T> {
        let work = self.work.take();
        fail(guarded(|| work.map_or_else(|| Err(Failure::new("ENGINE_FAILURE", "A job ran twice")), |work| work())))
    }

    fn resolve(&mut self, _env: Env, result: T) -> napi::Result<J> {
        Ok((self.finish)(result))
    }
}
