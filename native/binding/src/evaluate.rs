//! One evaluation of a plan, on the calling thread.

use crate::convert::{NamedArrays, NamedMatrices, fail, isa};
use crate::failure::guarded;
use napi::bindgen_prelude::Int32Array;
use napi_derive::napi;
use penchant_kernels::evaluate::{self, Feeds};
use penchant_kernels::memory;
use penchant_kernels::plan::Plan;

/// Named id columns, as parallel lists.
#[napi(object)]
pub struct NamedIds {
    pub names: Vec<String>,
    pub values: Vec<Int32Array>,
}

/// All outputs of the plan, row-sparse ones as dense arrays.
#[napi]
pub fn evaluate(
    plan: String,
    parameters: NamedArrays,
    data: NamedMatrices,
    ids: NamedIds,
    floats: NamedArrays,
    seed: u32,
) -> napi::Result<NamedArrays> {
    fail(guarded(|| {
        let ids = ids.names.iter().cloned().zip(ids.values.iter().map(|values| memory::copied(values))).collect();
        let feeds = Feeds { ids, floats: floats.to_map() };
        evaluate::evaluate(&Plan::from_json(&plan)?, parameters.to_map(), data.to_map()?, &feeds, seed, isa())
    }))
    .map(NamedArrays::from_list)
}
