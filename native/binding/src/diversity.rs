//! Lists that differ within themselves. `options` and the arrays: as `DiversitySpec::of` of the kernels.

use crate::convert::{fail, isa};
use crate::failure::guarded;
use crate::job::{Job, start};
use crate::upload::Upload;
use napi::bindgen_prelude::{AsyncTask, Int32Array};
use napi_derive::napi;
use penchant_kernels::diversity::{self, DiversitySpec};

/// Places of those chosen.
#[napi]
pub fn diversify(options: String, upload: &Upload) -> AsyncTask<Job<Vec<i32>, Int32Array>> {
    let request = upload.request(options);
    start(move || diversity::diversify(DiversitySpec::of(&mut request()?, isa())?), Int32Array::new)
}

/// The same on the calling thread: a page is chosen sooner than another thread wakes up.
#[napi]
pub fn diversify_here(options: String, upload: &Upload) -> napi::Result<Int32Array> {
    let request = upload.request(options);
    let list = fail(guarded(|| diversity::diversify(DiversitySpec::of(&mut request()?, isa())?)))?;
    Ok(Int32Array::new(list))
}
