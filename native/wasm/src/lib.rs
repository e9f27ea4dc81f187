//! The WebAssembly module: the kernels behind plain functions on linear memory.
//!
//! Requests and answers are messages (see [`message`]); objects are addresses that JavaScript keeps and gives back. Several
//! instances of the module share one memory: the one on the main thread makes, reads and frees objects, those in workers run
//! what takes long. JavaScript keeps the order: while a call runs on an object, nothing but `trainer_cancel` is asked of it.

mod crew;
mod diversity;
mod evaluate;
mod ivf;
mod message;
mod panics;
mod scorer;
mod solve;
mod trainer;

use message::own;
use std::alloc::{Layout, alloc};

/// Once for the whole memory, before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn setup() {
    panics::remember();
    penchant_kernels::threads::lend(crew::run);
}

/// Memory for `words` words, at least one; null where there is none left.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(words: usize) -> *mut u32 {
    match Layout::array::<u32>(words) {
        // SAFETY: a layout of at least one word.
        Ok(layout) if words > 0 => unsafe { alloc(layout) }.cast(),
        _ => std::ptr::null_mut(),
    }
}

/// # Safety
/// The words come from `allocate` or from an answer and are used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(pointer: *mut u32, words: usize) {
    // SAFETY: the caller's promise.
    drop(unsafe { own(pointer, words) });
}
