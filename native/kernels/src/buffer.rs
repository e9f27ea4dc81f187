//! Owned float memory that threads share by row: aligned to cache lines, large blocks to huge pages.

use crate::cache::{HUGE_PAGE, prefer_huge_pages, prefetch_lines_for_writing};
use crate::memory;
use crate::view::{Source, Target};
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::Arc;

const ALIGN: usize = 64;

/// Memory from the system.
#[derive(Debug)]
struct Block {
    pointer: NonNull<u8>,
    layout: Layout,
}

// SAFETY: plain memory without an owner thread.
unsafe impl Send for Block {}
// SAFETY: as above; a block gives no access by itself.
unsafe impl Sync for Block {}

impl Block {
    /// `floats` zeros, over 0.
    fn zeroed(floats: usize) -> Self {
        let bytes = floats.saturating_mul(size_of::<f32>());
        let align = if bytes >= HUGE_PAGE { HUGE_PAGE } else { ALIGN };
        let Ok(layout) = Layout::from_size_align(bytes, align) else { memory::refuse(bytes) };
        // SAFETY: the layout has a size over 0.
        let start = unsafe { alloc(layout) };
        let Some(pointer) = NonNull::new(start) else { memory::refuse(bytes) };
        prefer_huge_pages(start, bytes);
        // SAFETY: the block is that large and nobody else's.
        unsafe { start.write_bytes(0, bytes) };
        Self { pointer, layout }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with the same layout.
        unsafe { dealloc(self.pointer.as_ptr(), self.layout) }
    }
}

/// A fixed number of floats at a cache-line boundary: a block, or a part of one that no other buffer has.
#[derive(Debug)]
pub struct Buffer {
    /// Keeps the memory alive.
    _block: Option<Arc<Block>>,
    pointer: NonNull<f32>,
    length: usize,
}

// SAFETY: the floats are this buffer's alone; shared access goes through raw pointers of `Arena`, whose users state why they
// do not race.
unsafe impl Send for Buffer {}
// SAFETY: as above; `&Buffer` alone gives only reads.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub fn zeroed(length: usize) -> Self {
        Self::group(&[length]).remove(0)
    }

    /// Buffers of these lengths next to each other: small tables together fill huge pages, one by one they could not.
    pub fn group(lengths: &[usize]) -> Vec<Self> {
        let line = ALIGN / size_of::<f32>();
        let room = |length: usize| length.checked_next_multiple_of(line).unwrap_or(usize::MAX);
        let total = lengths.iter().fold(0_usize, |total, &length| total.saturating_add(room(length)));
        let block = (total > 0).then(|| Arc::new(Block::zeroed(total)));
        let mut offset = 0;
        let buffers = lengths.iter().map(|&length| {
            let pointer = block.as_ref().map_or(NonNull::dangling(), |block| {
                // SAFETY: the lengths, each rounded up, add up to the block's.
                unsafe { block.pointer.cast::<f32>().add(offset) }
            });
            offset += room(length);
            Self { _block: block.clone(), pointer, length }
        });
        buffers.collect()
    }

    pub fn from_slice(values: &[f32]) -> Self {
        let mut buffer = Self::zeroed(values.len());
        buffer.as_mut_slice().copy_from_slice(values);
        buffer
    }

    pub fn as_slice(&self) -> &[f32] {
        // SAFETY: pointer and length describe memory that self keeps alive, initialized by `Block::zeroed`.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.length) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as above, self is borrowed exclusively, and no other buffer has these floats.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr(), self.length) }
    }

    /// A handle for access by row from several threads while `self` is borrowed exclusively.
    pub fn arena(&mut self) -> Arena {
        Arena { pointer: self.pointer.as_ptr(), length: self.length }
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
    use crate::memory::NoMemory;

    #[test]
    fn memory_that_nobody_has_is_a_panic_which_callers_can_catch() {
        // 4 EiB: no system has them.
        for floats in [1 << 60, usize::MAX] {
            let panic = std::panic::catch_unwind(|| Buffer::zeroed(floats)).expect_err("so much memory");
            assert!(panic.is::<NoMemory>());
        }
    }
}
