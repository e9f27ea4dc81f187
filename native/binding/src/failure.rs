//! Failures as the JSON text of an error's message; TypeScript parses it and throws its own class.

use penchant_kernels::failure::Failure;
use penchant_kernels::memory::NoMemory;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub fn to_error(failure: &Failure) -> napi::Error {
    napi::Error::from_reason(failure.to_json().to_string())
}

/// Runs `work`; a panic becomes ENGINE_FAILURE, as nothing may unwind into Node.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(unexpected(&*panic)))
}

fn unexpected(panic: &(dyn Any + Send)) -> Failure {
    if let Some(NoMemory { bytes }) = panic.downcast_ref() {
        return Failure::new("ENGINE_MEMORY", format!("There is no memory for {} MiB", bytes >> 20))
            .detail("bytes", *bytes);
    }
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Failure::new("ENGINE_FAILURE", "The native core failed").received(text.unwrap_or("a panic"))
}
