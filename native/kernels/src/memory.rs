//! Lists whose length a caller decides. Where there is no memory for one the call ends, not the process: an allocation that
//! fails by the usual ways aborts.

/// What a call panics with when there is no memory for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory {
    pub bytes: usize,
}

/// Ends the call. Who catches the panic makes an `ENGINE_MEMORY` of it.
pub(crate) fn refuse(bytes: usize) -> ! {
    // WebAssembly catches no panics: its host tells want of memory by this text.
    if cfg!(target_family = "wasm") {
        panic!("capacity overflow: there is no memory for {} MiB", bytes >> 20);
    }
    std::panic::resume_unwind(Box::new(NoMemory { bytes }))
}

/// An empty list with room for `count` elements.
pub fn room<T>(count: usize) -> Vec<T> {
    let mut list = Vec::new();
    reserve(&mut list, count);
    list
}

/// Makes room for `count` elements in all.
pub(crate) fn reserve<T>(list: &mut Vec<T>, count: usize) {
    if list.try_reserve_exact(count.saturating_sub(list.len())).is_err() {
        refuse(count.saturating_mul(size_of::<T>()));
    }
}

/// `count` times the same.
pub fn filled<T: Clone>(value: T, count: usize) -> Vec<T> {
    let mut list = room(count);
    list.resize(count, value);
    list
}

pub fn copied<T: Copy>(values: &[T]) -> Vec<T> {
    let mut list = room(values.len());
    list.extend_from_slice(values);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_nobody_has_is_a_panic_which_callers_can_catch() {
        // 4 EiB: no system has them. One more element than can be counted, too.
        for count in [1 << 60, usize::MAX] {
            let panic = std::panic::catch_unwind(|| filled(0.0_f32, count)).expect_err("so much memory");
            let bytes = count.saturating_mul(4);
            assert_eq!(panic.downcast_ref::<NoMemory>(), Some(&NoMemory { bytes }));
        }
    }

    #[test]
    fn lists_hold_what_was_asked_for() {
        assert_eq!(filled(7, 3), [7, 7, 7]);
        assert_eq!(copied(&[1, 2]), [1, 2]);
        let mut list = vec![1, 2, 3];
        reserve(&mut list, 50);
        assert_eq!(list, [1, 2, 3]);
        assert!(list.capacity() >= 50);
    }
}
