//! Solutions.

use crate::crew::{Crew, in_charge};
use crate::message::{Message, answer, from_floats, from_ints};
use crate::request::Request;
use penchant_kernels::failure::{Failure, Result};
use penchant_kernels::isa::Isa;
use penchant_kernels::solve::{self, AlsSpec, Job, Method, NeighbourSpec};
use serde_json::{Value, json};

/// A job on so many threads, for one solution.
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_new(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Request::take(request) };
    answer(request.and_then(|request| {
        let job = Job::new(Isa::detect(), request.count("threads")?);
        Ok(Message { value: json!({ "handle": Box::into_raw(Box::new(job)) as usize }), arrays: Vec::new() })
    }))
}

/// `{kind, matrix, …}` and arrays: the matrix, then those of the kind. Answers the solution's arrays.
///
/// # Safety
/// As [`Message::take`] and [`in_charge`]; `job` comes from `solver_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_run(job: *const Job, request: *mut u32, crew: *const Crew) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (job, request) = unsafe { (&*job, Request::take(request)) };
    // SAFETY: the caller's promise.
    answer(unsafe { in_charge(crew, || run(job, request?)) })
}

fn run(job: &Job, mut request: Request) -> Result<Message> {
    let entry = request.value["matrix"].clone();
    let matrix = request.sparse(&entry)?;
    let arrays = match request.value["kind"].as_str() {
        Some("ease") => vec![from_floats(solve::ease(job, &matrix, request.real("l2")?)?)],
        Some("neighbours") => {
            let normalize = request.flag("normalize");
            let spec =
                NeighbourSpec { count: request.count("count")?, normalize, shrinkage: request.real("shrinkage")? };
            let found = solve::neighbours(job, &matrix, spec)?;
            let offsets = found.offsets.iter().map(|&offset| offset as u32).collect();
            vec![offsets, from_ints(found.ids.iter().map(|&id| id as i32).collect()), from_floats(found.values)]
        }
        Some("als") => {
            let (fixed, mut factors, l2) = (request.floats()?, request.floats()?, request.floats()?);
            let steps = request.count("steps")?;
            let spec = AlsSpec {
                matrix: &matrix,
                fixed: &fixed,
                width: request.count("width")?,
                unobserved: request.real("unobserved")?,
                offset: request.real("offset")?,
                l2: &l2,
                method: if steps == 0 { Method::Exact } else { Method::ConjugateGradient(steps) },
            };
            solve::als_half(job, &spec, &mut factors)?;
            vec![from_floats(factors)]
        }
        _ => return Err(Failure::input("Unknown kind of solution").received(&request.value["kind"])),
    };
    Ok(Message { value: Value::Null, arrays })
}

/// # Safety
/// `job` comes from `solver_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_cancel(job: *const Job) {
    // SAFETY: the caller's promise.
    unsafe { (*job).cancel() }
}

/// # Safety
/// As [`solver_cancel`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_progress(job: *const Job) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { (*job).progress() }
}

/// # Safety
/// `job` comes from `solver_new`, and nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_free(job: *mut Job) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(job) });
}
