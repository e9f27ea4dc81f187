//! 16 lanes in two 256-bit registers.

use super::avx2_half::Avx2Half;
use super::{Kernel, Simd};
use std::arch::x86_64::__m256;

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

type Pair = (__m256, __m256);

/// Methods that do the same to both halves.
macro_rules! both {
    ($($name:ident($($x:ident),+);)+) => {
        $(#[inline(always)]
        fn $name(self, $($x: Pair),+) -> Pair {
            (self.0.$name($($x.0),+), self.0.$name($($x.1),+))
        })+
    };
}

impl Simd for Avx2 {
    const LANES: usize = 16;
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 1;
    type V = Pair;
    type M = Pair;
    type Half = Avx2Half;

    #[inline(always)]
    fn half(self) -> Avx2Half {
        self.0
    }

    #[inline(always)]
    fn outline<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: the token proves the features.
        unsafe { super::run_avx2(kernel) }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Pair {
        (self.0.splat(x), self.0.splat(x))
    }

    #[inline(always)]
    fn int_splat(self, x: u32) -> Pair {
        (self.0.int_splat(x), self.0.int_splat(x))
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Pair {
        // SAFETY: the caller vouches for 16 floats.
        unsafe { (self.0.load(p), self.0.load(p.add(8))) }
    }

    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> Pair {
        // SAFETY: the caller vouches for n floats.
        unsafe {
            if n >= 8 {
                (self.0.load(p), self.0.load_part(p.add(8), n - 8))
            } else {
                (self.0.load_part(p, n), self.0.zero())
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: Pair) {
        // SAFETY: the caller vouches for 16 floats.
        unsafe {
            self.0.store(p, v.0);
            self.0.store(p.add(8), v.1);
        }
    }

    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: Pair, n: usize) {
        // SAFETY: the caller vouches for n floats.
        unsafe {
            if n >= 8 {
                self.0.store(p, v.0);
                self.0.store_part(p.add(8), v.1, n - 8);
            } else {
                self.0.store_part(p, v.0, n);
            }
        }
    }

    both! {
        add(a, b);
        sub(a, b);
        mul(a, b);
        div(a, b);
        fma(a, b, c);
        fnma(a, b, c);
        min(a, b);
        max(a, b);
        sqrt(a);
        gt(a, b);
        ge(a, b);
        eq(a, b);
        select(m, a, b);
        int_and(a, b);
        int_or(a, b);
        int_xor(a, b);
        int_add(a, b);
        int_sub(a, b);
        int_mul(a, b);
        int_to_float(a);
    }

    #[inline(always)]
    fn int_shl<const N: u32>(self, a: Pair) -> Pair {
        (self.0.int_shl::<N>(a.0), self.0.int_shl::<N>(a.1))
    }

    #[inline(always)]
    fn int_shr<const N: u32>(self, a: Pair) -> Pair {
        (self.0.int_shr::<N>(a.0), self.0.int_shr::<N>(a.1))
    }

    #[inline(always)]
    fn bits(self, m: Pair) -> u32 {
        self.0.bits(m.0) | self.0.bits(m.1) << 8
    }

    #[inline(always)]
    fn sum(self, a: Pair) -> f32 {
        self.0.sum(self.0.add(a.0, a.1))
    }

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        self.0.prefetch(p);
    }
}
