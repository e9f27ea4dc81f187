//! Scoring.

use crate::crew::{Crew, in_charge};
use crate::message::{Message, answer, from_floats, from_ints};
use penchant_kernels::failure::{Failure, Result};
use penchant_kernels::isa::Isa;
use penchant_kernels::request::Request;
use penchant_kernels::scorer::Scorer;
use serde_json::{Value, json};
use std::sync::Mutex;

pub struct Slot(Mutex<Scorer>);

/// A request for [`Request::score_spec`].
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scorer_new(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|mut request| {
        let scorer = Scorer::new(request.score_spec(Isa::detect())?)?;
        let handle = Box::into_raw(Box::new(Slot(Mutex::new(scorer)))) as usize;
        Ok(Message { value: json!({ "handle": handle }), arrays: Vec::new() })
    }))
}

/// # Safety
/// As [`Message::take`] and [`in_charge`]; `slot` comes from `scorer_new` and is not freed before this returns.
unsafe fn call(
    slot: *const Slot,
    request: *mut u32,
    crew: *const Crew,
    work: impl FnOnce(&mut Scorer, Request) -> Result<Message>,
) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (slot, request) = unsafe { (&*slot, Message::request(request)) };
    let call = || match slot.0.try_lock() {
        Ok(mut scorer) => work(&mut scorer, request?),
        Err(_) => Err(Failure::new("ENGINE_FAILURE", "The scorer is in use")),
    };
    // SAFETY: the caller's promise.
    answer(unsafe { in_charge(crew, call) })
}

/// Arrays: users, items. Answers the scores.
///
/// # Safety
/// As [`call`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scorer_score(slot: *const Slot, request: *mut u32, crew: *const Crew) -> *mut u32 {
    let work = |scorer: &mut Scorer, mut request: Request| {
        let scores = scorer.score(&request.ints()?, &request.ints()?)?;
        Ok(Message { value: Value::Null, arrays: vec![from_floats(scores)] })
    };
    // SAFETY: the caller's promise.
    unsafe { call(slot, request, crew, work) }
}

/// `{k, exclude, candidates}` and arrays: users, then the exclusions' offsets and items and the candidates, where the flags
/// say that there are any. Answers items and scores.
///
/// # Safety
/// As [`call`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scorer_top_k(slot: *const Slot, request: *mut u32, crew: *const Crew) -> *mut u32 {
    let work = |scorer: &mut Scorer, mut request: Request| {
        let (users, k) = (request.ints()?, request.count("k")?);
        let exclude = request.optional_rows("exclude", users.len(), scorer.items)?;
        let candidates = if request.flag("candidates") { Some(request.ints()?) } else { None };
        let top = scorer.top_k(&users, k, exclude.as_ref(), candidates.as_deref())?;
        Ok(Message { value: Value::Null, arrays: vec![from_ints(top.items), from_floats(top.scores)] })
    };
    // SAFETY: the caller's promise.
    unsafe { call(slot, request, crew, work) }
}

/// `{exclude}` and arrays: users, the targets' offsets and items, then those of the exclusions where the flag says that there
/// are any. Answers how many score higher, how many equal, and the numbers of candidates.
///
/// # Safety
/// As [`call`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scorer_ranks(slot: *const Slot, request: *mut u32, crew: *const Crew) -> *mut u32 {
    let work = |scorer: &mut Scorer, mut request: Request| {
        let users = request.ints()?;
        let targets = request.rows("targets", users.len(), scorer.items)?;
        let exclude = request.optional_rows("exclude", users.len(), scorer.items)?;
        let ranks = scorer.ranks(&users, &targets, exclude.as_ref())?;
        let arrays = [ranks.greater, ranks.equal, ranks.candidates].map(from_ints);
        Ok(Message { value: Value::Null, arrays: arrays.into() })
    };
    // SAFETY: the caller's promise.
    unsafe { call(slot, request, crew, work) }
}

/// # Safety
/// `slot` comes from `scorer_new`, and nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scorer_free(slot: *mut Slot) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(slot) });
}
