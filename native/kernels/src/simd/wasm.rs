//! 16 lanes in four 128-bit registers of WebAssembly. (Of `portable` compilers make half scalar code there.)

use super::pair::pair;
use super::wasm_half::WasmHalf;
use super::{Kernel, Simd};

/// All instances have these instructions: a module that uses them would not have been compiled elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Wasm(WasmHalf);

pub(super) const WASM: Wasm = Wasm(WasmHalf);

/// Runs a kernel as a function of its own.
///
/// # Safety
/// None needed; `unsafe` is for the likes of it on other machines.
#[inline(never)]
unsafe fn run_wasm<K: Kernel>(kernel: K) -> K::Output {
    kernel.run(WASM)
}

pair!(Wasm of WasmHalf, half WasmHalf by |token| token.0, tiles of 2 x 1, run by run_wasm);
