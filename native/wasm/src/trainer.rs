//! Training runs.

use crate::crew::{Crew, in_charge};
use crate::message::{Message, answer, from_floats, from_real};
use penchant_kernels::failure::{Failure, Result};
use penchant_kernels::isa::Isa;
use penchant_kernels::memory;
use penchant_kernels::request::Words;
use penchant_kernels::trainer::{Range, Trainer};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Slot {
    trainer: Mutex<Trainer>,
    cancel: AtomicBool,
}

impl Slot {
    /// Never waits, since a browser's main thread must not.
    fn with<T>(&self, work: impl FnOnce(&mut Trainer) -> Result<T>) -> Result<T> {
        match self.trainer.try_lock() {
            Ok(mut trainer) => work(&mut trainer),
            Err(_) => Err(Failure::new("TRAIN_BUSY", "The trainer is running already")),
        }
    }
}

/// A request for [`Request::train_spec`](penchant_kernels::request::Request::train_spec).
///
/// # Safety
/// As [`Message::take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_new(request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let request = unsafe { Message::request(request) };
    answer(request.and_then(|mut request| {
        let trainer = Trainer::new(request.train_spec(Isa::detect())?)?;
        let (rows, steps) = (trainer.rows_per_epoch(), trainer.steps_per_epoch());
        let slot = Slot { trainer: Mutex::new(trainer), cancel: AtomicBool::new(false) };
        let handle = Box::into_raw(Box::new(slot)) as usize;
        Ok(Message { value: json!({ "handle": handle, "rows": rows, "steps": steps }), arrays: Vec::new() })
    }))
}

/// `{epoch, from, to}` and an array: the rates. Answers rows, and the bits of the loss as an array.
///
/// # Safety
/// As [`Message::take`] and [`in_charge`]; `slot` comes from `trainer_new` and is not freed before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_run(slot: *const Slot, request: *mut u32, crew: *const Crew) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (slot, request) = unsafe { (&*slot, Message::request(request)) };
    let run = || {
        let mut request = request?;
        let range = Range {
            epoch: request.count("epoch")? as u32,
            from: request.count("from")? as u64,
            to: request.count("to")? as u64,
            rates: request.floats()?,
        };
        let report = slot.with(|trainer| trainer.run(&range, &slot.cancel))?;
        Ok(Message { value: json!({ "rows": report.rows }), arrays: vec![from_real(report.loss)] })
    };
    // SAFETY: the caller's promise.
    answer(unsafe { in_charge(crew, run) })
}

/// From any thread: 1 stops the running call between two steps, 0 takes that back before the next call.
///
/// # Safety
/// `slot` comes from `trainer_new` and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_cancel(slot: *const Slot, cancel: u32) {
    // SAFETY: the caller's promise.
    unsafe { &*slot }.cancel.store(cancel != 0, Ordering::Relaxed);
}

/// `{name}`; answers the values.
///
/// # Safety
/// As [`Message::take`]; `slot` comes from `trainer_new` and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_parameter(slot: *const Slot, request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (slot, request) = unsafe { (&*slot, Message::request(request)) };
    answer(request.and_then(|request| {
        let name = request.value["name"].as_str().unwrap_or_default();
        let values = slot.with(|trainer| trainer.parameter(name).map(memory::copied))?;
        Ok(Message { value: Value::Null, arrays: vec![from_floats(values)] })
    }))
}

/// The list of names, and their arrays.
pub fn named(list: Vec<(String, Vec<f32>)>) -> Message {
    let (names, arrays): (Vec<String>, Vec<Words>) =
        list.into_iter().map(|(name, values)| (name, from_floats(values))).unzip();
    Message { value: json!(names), arrays }
}

/// # Safety
/// `slot` comes from `trainer_new` and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_parameters(slot: *const Slot) -> *mut u32 {
    // SAFETY: the caller's promise.
    let slot = unsafe { &*slot };
    answer(slot.with(|trainer| {
        Ok(named(trainer.parameters().map(|(name, values)| (name.to_owned(), memory::copied(values))).collect()))
    }))
}

/// # Safety
/// `slot` comes from `trainer_new` and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_state(slot: *const Slot) -> *mut u32 {
    // SAFETY: the caller's promise.
    let slot = unsafe { &*slot };
    answer(slot.with(|trainer| Ok(named(trainer.state()))))
}

/// `{state}` and its arrays.
///
/// # Safety
/// As [`Message::take`]; `slot` comes from `trainer_new` and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_restore(slot: *const Slot, request: *mut u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let (slot, request) = unsafe { (&*slot, Message::request(request)) };
    answer(request.and_then(|mut request| {
        let state = request.named_floats("state")?;
        slot.with(|trainer| trainer.restore(&state))?;
        Ok(Message::default())
    }))
}

/// # Safety
/// `slot` comes from `trainer_new`, and nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_free(slot: *mut Slot) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(slot) });
}
