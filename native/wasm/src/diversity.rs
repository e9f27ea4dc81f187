//! Lists that differ within themselves.

use crate::message::{Message, answer, from_ints};
use penchant_kernels::diversity::{self, DiversitySpec};
use penchant_kernels::isa::Isa;
use serde_json::Value;

/// A request for [`DiversitySpec::of`]. Answers the places of those chosen.
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diversify(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|mut request| {
        let places = diversity::diversify(DiversitySpec::of(&mut request, Isa::detect())?)?;
        Ok(Message { value: Value::Null, arrays: vec![from_ints(places)] })
    }))
}
