//! One evaluation of a plan, on the calling thread.

use crate::message::answer;
use crate::request::Request;
use crate::trainer::named;
use penchant_kernels::evaluate::{self as kernels, Feeds};
use penchant_kernels::isa::Isa;

/// `{plan, parameters, data, ids, floats, seed}` and arrays: parameters, data, ids, floats. Answers all outputs by name.
///
/// # Safety
/// As [`crate::message::Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluate(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Request::take(request) };
    answer(request.and_then(|mut request| {
        let (plan, seed) = (request.plan()?, request.count("seed")? as u32);
        let parameters = request.named_floats("parameters")?;
        let data = request.data()?;
        let feeds = Feeds { ids: request.named_ints("ids")?, floats: request.named_floats("floats")? };
        kernels::evaluate(&plan, parameters, data, &feeds, seed, Isa::detect()).map(named)
    }))
}
