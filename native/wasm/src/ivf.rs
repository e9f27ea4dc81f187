//! An index of item vectors.

use crate::crew::{Crew, in_charge};
use crate::message::{Message, answer, from_floats, from_ints};
use penchant_kernels::isa::Isa;
use penchant_kernels::ivf::{Ivf, Search};
use penchant_kernels::memory;
use serde_json::{Value, json};

/// A request for `Request::ivf_spec`.
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn index_new(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|mut request| {
        let index = Ivf::new(request.ivf_spec(Isa::detect())?)?;
        Ok(Message { value: json!({ "handle": Box::into_raw(Box::new(index)) as usize }), arrays: Vec::new() })
    }))
}

/// Answers centroids and the cells of items.
///
/// # Safety
/// `index` comes from `index_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn index_parts(index: *const Ivf) -> *mut u32 {
    // SAFETY: the caller's promise.
    let index = unsafe { &*index };
    let arrays = vec![from_floats(memory::copied(index.centroids())), from_ints(memory::copied(index.cell_of()))];
    answer(Ok(Message { value: Value::Null, arrays }))
}

/// `{rows, k, effort, exclude, candidates}` and arrays: queries, then the exclusions' offsets and items and the candidates,
/// where the flags say that there are any. Answers items and scores.
///
/// # Safety
/// As [`Message::take`] and [`in_charge`]; `index` comes from `index_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn index_search(index: *const Ivf, request: *mut u32, crew: *const Crew) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (index, request) = unsafe { (&*index, Message::request(request)) };
    let search = || {
        let mut request = request?;
        let (queries, k, effort) = (request.floats()?, request.count("k")?, request.count("effort")?);
        let exclude = request.optional_rows("exclude", request.count("rows")?, index.items())?;
        let candidates = if request.flag("candidates") { Some(request.ints()?) } else { None };
        let (exclude, candidates) = (exclude.as_ref(), candidates.as_deref());
        let top = index.search(&Search { queries: &queries, k, effort, exclude, candidates })?;
        Ok(Message { value: Value::Null, arrays: vec![from_ints(top.items), from_floats(top.scores)] })
    };
    // SAFETY: the caller's promise.
    answer(unsafe { in_charge(crew, search) })
}

/// # Safety
/// `index` comes from `index_new`, and nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn index_free(index: *mut Ivf) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(index) });
}
