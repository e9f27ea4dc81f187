//! Plain objects that cross, and how they become the core's types.

use crate::failure::to_error;
use napi::bindgen_prelude::{Float32Array, Int32Array};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::feed;
use penchant_kernels::isa::Isa;

/// Named arrays.
pub type Named = Vec<(String, Vec<f32>)>;

/// The same as parallel lists.
#[napi(object)]
pub struct NamedArrays {
    pub names: Vec<String>,
    pub values: Vec<Float32Array>,
}

impl NamedArrays {
    pub fn from_list(list: Named) -> Self {
        let (names, values): (Vec<_>, Vec<_>) = list.into_iter().unzip();
        Self { names, values: values.into_iter().map(Float32Array::new).collect() }
    }
}

#[napi(object)]
pub struct Csr {
    pub offsets: Int32Array,
    pub items: Int32Array,
}

impl Csr {
    pub fn to_rows(&self, what: &str, rows: usize, items: usize) -> Result<feed::Csr, Failure> {
        feed::Csr::new(what, &self.offsets, &self.items, rows, items)
    }
}

/// A count that came as a JavaScript number.
pub fn count(name: &str, value: f64) -> Result<usize, Failure> {
    if value >= 0.0 && value.fract() == 0.0 && value < 9e15 {
        return Ok(value as usize);
    }
    Err(Failure::new("ENGINE_INPUT", format!("{name} is no count")).expected("an integer >= 0").received(value))
}

/// The wished number of threads; 0 means all processors.
pub fn threads(wished: usize) -> usize {
    if wished == 0 { crate::available_threads() as usize } else { wished }
}

/// The instruction set to use: the one named by `PENCHANT_ISA` where the processor has it, else the best.
pub fn isa() -> Isa {
    let forced = std::env::var("PENCHANT_ISA").ok();
    forced.and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect)
}

pub fn fail<T>(result: Result<T, Failure>) -> napi::Result<T> {
    result.map_err(|failure| to_error(&failure))
}
