//! One evaluation of a plan.

use crate::convert::{Named, NamedArrays, isa};
use crate::job::{Job, start};
use crate::upload::Upload;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use penchant_kernels::evaluate as kernels;

/// All outputs of the plan, row-sparse ones as dense arrays. `options`: `{plan, parameters, data, ids, floats, seed}` as JSON, and
/// the arrays in this order.
#[napi]
pub fn evaluate(options: String, upload: &Upload) -> AsyncTask<Job<Named, NamedArrays>> {
    let request = upload.request(options);
    let work = move || {
        let mut request = request()?;
        let (plan, seed) = (request.plan()?, request.count("seed")? as u32);
        let (parameters, data) = (request.named_floats("parameters")?, request.data()?);
        kernels::evaluate(&plan, parameters, data, &request.feeds()?, seed, isa())
    };
    start(work, NamedArrays::from_list)
}
