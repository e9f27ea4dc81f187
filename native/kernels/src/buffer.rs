//! Owned float memory that threads share by row: aligned to cache lines and zeroed lazily by the system.

use crate::cache::prefetch_lines_for_writing;
use crate::view::{Source, Target};
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

const ALIGN: usize = 64;

/// A fixed number of floats at a cache-line boundary.
#[derive(Debug)]
pub struct Buffer {
    pointer: NonNull<f32>,
    length: usize,
}

// SAFETY: the memory is owned and plain floats; shared access goes through raw pointers of `Arena`, whose users state
// why they do not race.
unsafe impl Send for Buffer {}
// SAFETY: as above; `&Buffer` alone gives only reads.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub fn zeroed(length: usize) -> Self {
        if length == 0 {
            return Self { pointer: NonNull::dangling(), length };
        }
        let layout = Self::layout(length);
        // SAFETY: the layout has a size over 0; all-zero bytes are valid floats.
        let memory = unsafe { alloc_zeroed(layout) };
        match NonNull::new(memory.cast::<f32>()) {
            Some(pointer) => Self { pointer, length },
            // There the host tells want of memory from other traps by this call.
            None if cfg!(target_family = "wasm") => handle_alloc_error(layout),
            // A plan may ask for more than there is: that ends a call, not the process.
            None => panic!("there is no memory for {} MiB", layout.size() >> 20),
        }
    }

    pub fn from_slice(values: &[f32]) -> Self {
        let mut buffer = Self::zeroed(values.len());
        buffer.as_mut_slice().copy_from_slice(values);
        buffer
    }

    fn layout(length: usize) -> Layout {
        let bytes = length.checked_mul(size_of::<f32>()).expect("a buffer that fits the address space");
        Layout::from_size_align(bytes, ALIGN).expect("a buffer that fits the address space")
    }

    pub fn as_slice(&self) -> &[f32] {
        // SAFETY: pointer and length describe memory owned by self, initialized by alloc_zeroed.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.length) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as above, and self is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr(), self.length) }
    }

    /// A handle for access by row from several threads while `self` is borrowed exclusively.
    pub fn arena(&mut self) -> Arena {
        Arena { pointer: self.pointer.as_ptr(), length: self.length }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: allocated in `zeroed` with the same layout.
            unsafe { dealloc(self.pointer.as_ptr().cast(), Self::layout(self.length)) }
        }
    }
}

/// Memory that several threads share by part, from which views are cut. Copyable: who makes a view says why it is alone.
#[derive(Debug)]
pub struct Arena<T = f32> {
    pointer: *mut T,
    length: usize,
}

impl<T> Clone for Arena<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Arena<T> {}

/// No memory.
impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { pointer: std::ptr::dangling_mut(), length: 0 }
    }
}

// SAFETY: an address and a length; every use of them is an unsafe function with its own conditions.
unsafe impl<T: Send> Send for Arena<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Arena<T> {}

impl<T> Arena<T> {
    /// The elements of a slice, as long as it is borrowed.
    pub fn of(slice: &mut [T]) -> Self {
        Self { pointer: slice.as_mut_ptr(), length: slice.len() }
    }

    pub fn len(self) -> usize {
        self.length
    }

    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    #[inline]
    fn check(self, offset: usize, length: usize) {
        assert!(
            offset <= self.length && length <= self.length - offset,
            "{length} elements at {offset} of an arena of {}",
            self.length
        );
    }

    /// # Safety
    /// The memory is alive for `'a`, and nothing else uses these elements meanwhile.
    #[inline]
    pub unsafe fn slice_mut<'a>(self, offset: usize, length: usize) -> &'a mut [T] {
        self.check(offset, length);
        // SAFETY: inside the arena by the check; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.add(offset), length) }
    }

    /// # Safety
    /// The memory is alive for `'a`, and nothing writes these elements meanwhile.
    #[inline]
    pub unsafe fn slice<'a>(self, offset: usize, length: usize) -> &'a [T] {
        self.check(offset, length);
        // SAFETY: inside the arena by the check; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.pointer.add(offset), length) }
    }

    /// The `length` elements from `offset` on.
    pub fn part(self, offset: usize, length: usize) -> Self {
        self.check(offset, length);
        // SAFETY: offset is at most the arena's length, so the address stays inside or one past the allocation.
        Self { pointer: unsafe { self.pointer.add(offset) }, length }
    }
}

impl Arena<f32> {
    /// Asks for the cache lines of floats that are about to be written.
    #[inline]
    pub(crate) fn prefetch_write(self, offset: usize, length: usize) {
        prefetch_lines_for_writing(self.pointer.wrapping_add(offset), length);
    }

    /// Memory that is only read through the arena: cutting a target from it breaks the promise of that function.
    pub fn reading(slice: &[f32]) -> Self {
        Self { pointer: slice.as_ptr().cast_mut(), length: slice.len() }
    }

    /// # Safety
    /// The memory is alive for `'a`, and no other thread writes these floats meanwhile.
    #[inline]
    pub unsafe fn source<'a>(self, offset: usize, length: usize) -> Source<'a> {
        self.check(offset, length);
        // SAFETY: inside the arena by the check; the rest is the caller's promise.
        unsafe { Source::from_raw(self.pointer.add(offset), length) }
    }

    /// # Safety
    /// The memory is alive for `'a`, and no other thread uses these floats meanwhile.
    #[inline]
    pub unsafe fn target<'a>(self, offset: usize, length: usize) -> Target<'a> {
        self.check(offset, length);
        // SAFETY: inside the arena by the check; the rest is the caller's promise.
        unsafe { Target::from_raw(self.pointer.add(offset), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn memory_that_nobody_has_is_a_panic_which_callers_can_catch() {
        // 4 EiB: no system has them.
        let panic = std::panic::catch_unwind(|| Buffer::zeroed(1 << 60)).expect_err("so much memory");
        let text = panic.downcast_ref::<String>().expect("a message");
        assert!(text.contains("no memory for"), "{text}");
    }
}
