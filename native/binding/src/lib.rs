//! The Node addon: converts arguments, owns memory, runs long work off the main thread, and returns errors as data.
//!
//! Every JavaScript array is copied before work leaves the main thread, because JavaScript may change it meanwhile.

// Without Node nothing calls these functions.
#![cfg_attr(test, allow(dead_code))]

mod convert;
mod diversity;
mod evaluate;
mod failure;
mod ivf;
mod job;
mod scorer;
mod solve;
mod trainer;
mod upload;

use napi_derive::napi;
use penchant_kernels::isa::Isa;

/// Name of the instruction set that kernels use: `avx512`, `avx2` or `portable`; `PENCHANT_ISA` forces one.
#[napi]
pub fn isa() -> String {
    convert::isa().name().to_owned()
}

/// Instruction sets of this processor, the fastest first.
#[napi]
pub fn available_isas() -> Vec<String> {
    Isa::available().into_iter().map(|isa| isa.name().to_owned()).collect()
}

/// Processors that this process may use.
#[napi]
pub fn available_threads() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}
