//! Hints to the memory system; none of them changes a result.

/// Asks for a cache line that is about to be written. A plain prefetch leaves it shared with the core that used it last,
/// and the first store then waits for that core.
#[inline(always)]
pub(crate) fn prefetch_write(place: *const f32) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction never faults and has no effect but on caches; processors without it ignore it.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) place, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = place;
}

/// The same for every line of `floats` floats.
#[inline(always)]
pub(crate) fn prefetch_lines_for_writing(start: *const f32, floats: usize) {
    for line in (0..floats).step_by(16) {
        prefetch_write(start.wrapping_add(line));
    }
}

/// Bytes of a huge page.
pub(crate) const HUGE_PAGE: usize = 2 << 20;

/// Tells the system that a block of memory nobody has touched yet is worth huge pages: rows are read from all over it, and
/// with small pages the processor looks up addresses longer than it waits for the data.
pub(crate) fn prefer_huge_pages(start: *mut u8, bytes: usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        unsafe extern "C" {
            fn madvise(address: *mut u8, length: usize, advice: i32) -> i32;
        }
        const MADV_HUGEPAGE: i32 = 14;
        const PAGE: usize = 4096;
        let lead = start.addr().next_multiple_of(PAGE) - start.addr();
        if bytes >= HUGE_PAGE {
            // SAFETY: whole pages inside the caller's block; the advice changes no contents. A system without it says so,
            // which does not matter.
            unsafe { madvise(start.wrapping_add(lead), (bytes - lead) / PAGE * PAGE, MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(all(target_os = "linux", not(miri))))]
    let _ = (start, bytes);
}

/// An empty list with room for `count` elements, in huge pages where that is much.
pub(crate) fn roomy<T>(count: usize) -> Vec<T> {
    let mut list: Vec<T> = crate::memory::room(count);
    prefer_huge_pages(list.as_mut_ptr().cast(), count * size_of::<T>());
    list
}
