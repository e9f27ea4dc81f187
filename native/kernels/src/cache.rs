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
