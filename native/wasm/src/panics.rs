//! A panic ends in a trap, which carries no text; this keeps the text for whoever asks afterwards.

use crate::message::{Message, answer};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

static LAST: Mutex<Option<String>> = Mutex::new(None);

pub fn remember() {
    std::panic::set_hook(Box::new(|panic| {
        // A panic meanwhile in another thread may be told instead: never wait here.
        if let Ok(mut last) = LAST.try_lock() {
            *last = Some(panic.to_string());
        }
    }));
}

/// The text of the last panic, once; null when there was none (memory that ran out traps without one).
#[unsafe(no_mangle)]
pub extern "C" fn last_panic() -> *mut u32 {
    let text = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer(Ok(Message { value: text.map_or(Value::Null, Value::String), arrays: Vec::new() }))
}
