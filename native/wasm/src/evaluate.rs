//! One evaluation of a plan, on the calling thread.

use crate::message::{Message, answer};
use crate::trainer::named;
use penchant_kernels::evaluate as kernels;
use penchant_kernels::isa::Isa;

/// `{plan, parameters, data, ids, floats, seed}` and arrays: parameters, data, ids, floats. Answers all outputs by name.
///
/// # Safety
/// As [`crate::message::Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluate(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|mut request| {
        let (plan, seed) = (request.plan()?, request.count("seed")? as u32);
        let (parameters, data) = (request.named_floats("parameters")?, request.data()?);
        let feeds = request.feeds()?;
        kernels::evaluate(&plan, parameters, data, &feeds, seed, Isa::detect()).map(named)
    }))
}
