//! 16 lanes in two 256-bit registers.

use super::avx2_half::Avx2Half;
use super::pair::pair;
use super::{Kernel, Simd, run_avx2};

/// Proof of AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(Avx2Half);

impl Avx2 {
    /// # Safety
    /// The processor has these features and the caller is compiled with them.
    #[inline(always)]
    pub(super) unsafe fn assume() -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { Avx2Half::assume() })
    }
}

pair!(Avx2 of Avx2Half, half Avx2Half by |token| token.0, tiles of 6 x 1, run by run_avx2);
