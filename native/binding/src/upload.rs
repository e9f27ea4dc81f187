//! Arrays on their way in. JavaScript copies them here portion by portion, so that its thread is free in between; the call
//! that takes them reads them on another thread.

use crate::convert::{count, fail};
use crate::failure::guarded;
use napi::bindgen_prelude::Uint32Array;
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::memory;
use penchant_kernels::request::{Request, Words};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[napi]
#[derive(Default)]
pub struct Upload(Mutex<Vec<Words>>);

#[napi]
impl Upload {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Words>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the next array.
    #[napi]
    pub fn begin(&self, length: f64) -> napi::Result<()> {
        fail(guarded(|| {
            self.lock().push(memory::room(count("length", length)?));
            Ok(())
        }))
    }

    /// Copies a part of it.
    #[napi]
    pub fn append(&self, part: Uint32Array) -> napi::Result<()> {
        let mut arrays = self.lock();
        match arrays.last_mut().filter(|array| array.capacity() - array.len() >= part.len()) {
            Some(array) => array.extend_from_slice(&part),
            None => return fail(Err(Failure::input("An array is longer than it was said to be"))),
        }
        Ok(())
    }

    /// What was uploaded, with the facts that come as JSON text; afterwards it is gone.
    pub fn request(&self, options: String) -> impl FnOnce() -> Result<Request, Failure> + use<> {
        let arrays = std::mem::take(&mut *self.lock());
        move || {
            let value = serde_json::from_str(&options)
                .map_err(|error| Failure::input("A request is not JSON").received(error))?;
            Ok(Request::new(value, arrays))
        }
    }
}
