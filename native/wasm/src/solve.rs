//! Solutions.

use crate::crew::{Crew, in_charge};
use crate::message::{Message, answer, from_floats};
use penchant_kernels::isa::Isa;
use penchant_kernels::solve::{Job, Solution, Task};
use serde_json::{Value, json};

/// A job on so many threads, for one solution.
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_new(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|request| {
        let job = Job::new(Isa::detect(), request.count("threads")?);
        Ok(Message { value: json!({ "handle": Box::into_raw(Box::new(job)) as usize }), arrays: Vec::new() })
    }))
}

/// A request for [`Task::of`]. Answers the solution's values; of a sparse one offsets and items first.
///
/// # Safety
/// As [`Message::take`] and [`in_charge`]; `job` comes from `solver_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn solver_run(job: *const Job, request: *mut u32, crew: *const Crew) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (job, request) = unsafe { (&*job, Message::request(request)) };
    let run = || {
        let arrays = match Task::of(&mut request?)?.run(job)? {
            Solution::Dense(values) => vec![from_floats(values)],
            Solution::Sparse(found) => {
                vec![found.offsets.iter().map(|&offset| offset as u32).collect(), found.ids, from_floats(found.values)]
            }
        };
        Ok(Message { value: Value::Null, arrays })
    };
    // SAFETY: the caller's promise.
    answer(unsafe { in_charge(crew, run) })
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
