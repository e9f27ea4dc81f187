//! 16 lanes in one 512-bit register.

use super::avx2_half::Avx2Half;
use super::{Kernel, Simd};
use std::arch::x86_64::*;

/// Proof of AVX-512 F, VL, DQ and BW, of AVX2 and of FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor has these features and the caller is compiled with them.
    #[inline(always)]
    pub(super) unsafe fn assume() -> Self {
        Self(())
    }
}

/// An intrinsic that touches registers only.
macro_rules! op {
    ($call:expr) => {{
        // SAFETY: the token proves the features; no memory is touched.
        unsafe { $call }
    }};
}

#[inline(always)]
fn mask(n: usize) -> __mmask16 {
    op!(_bzhi_u32(0xffff, n as u32)) as __mmask16
}

#[inline(always)]
fn int(a: __m512) -> __m512i {
    op!(_mm512_castps_si512(a))
}

#[inline(always)]
fn float(a: __m512i) -> __m512 {
    op!(_mm512_castsi512_ps(a))
}

impl Simd for Avx512 {
    const LANES: usize = 16;
    const TILE_ROWS: usize = 8;
    const TILE_VECTORS: usize = 2;
    type V = __m512;
    type M = __mmask16;
    type Half = Avx2Half;

    #[inline(always)]
    fn half(self) -> Avx2Half {
        // SAFETY: this token proves AVX2 and FMA too.
        unsafe { Avx2Half::assume() }
    }

    #[inline(always)]
    fn outline<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: the token proves the features.
        unsafe { super::run_avx512(kernel) }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        op!(_mm512_set1_ps(x))
    }

    #[inline(always)]
    fn int_splat(self, x: u32) -> __m512 {
        float(op!(_mm512_set1_epi32(x as i32)))
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m512 {
        // SAFETY: the caller vouches for 16 floats.
        unsafe { _mm512_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> __m512 {
        // SAFETY: masked lanes are not touched, the caller vouches for the others.
        unsafe { _mm512_maskz_loadu_ps(mask(n), p) }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: __m512) {
        // SAFETY: the caller vouches for 16 floats.
        unsafe { _mm512_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: __m512, n: usize) {
        // SAFETY: masked lanes are not touched, the caller vouches for the others.
        unsafe { _mm512_mask_storeu_ps(p, mask(n), v) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_add_ps(a, b))
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_sub_ps(a, b))
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_mul_ps(a, b))
    }

    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_div_ps(a, b))
    }

    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        op!(_mm512_fmadd_ps(a, b, c))
    }

    #[inline(always)]
    fn fnma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        op!(_mm512_fnmadd_ps(a, b, c))
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_min_ps(a, b))
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_max_ps(a, b))
    }

    #[inline(always)]
    fn sqrt(self, a: __m512) -> __m512 {
        op!(_mm512_sqrt_ps(a))
    }

    #[inline(always)]
    fn scale(self, a: __m512, n: __m512) -> __m512 {
        op!(_mm512_scalef_ps(a, n))
    }

    #[inline(always)]
    fn gt(self, a: __m512, b: __m512) -> __mmask16 {
        op!(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b))
    }

    #[inline(always)]
    fn ge(self, a: __m512, b: __m512) -> __mmask16 {
        op!(_mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b))
    }

    #[inline(always)]
    fn eq(self, a: __m512, b: __m512) -> __mmask16 {
        op!(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b))
    }

    #[inline(always)]
    fn bits(self, m: __mmask16) -> u32 {
        u32::from(m)
    }

    #[inline(always)]
    fn select(self, m: __mmask16, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_mask_blend_ps(m, b, a))
    }

    #[inline(always)]
    fn int_and(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_and_ps(a, b))
    }

    #[inline(always)]
    fn int_or(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_or_ps(a, b))
    }

    #[inline(always)]
    fn int_xor(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_xor_ps(a, b))
    }

    #[inline(always)]
    fn int_add(self, a: __m512, b: __m512) -> __m512 {
        float(op!(_mm512_add_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_sub(self, a: __m512, b: __m512) -> __m512 {
        float(op!(_mm512_sub_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_mul(self, a: __m512, b: __m512) -> __m512 {
        float(op!(_mm512_mullo_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_shl<const N: u32>(self, a: __m512) -> __m512 {
        float(op!(_mm512_slli_epi32::<N>(int(a))))
    }

    #[inline(always)]
    fn int_shr<const N: u32>(self, a: __m512) -> __m512 {
        float(op!(_mm512_srli_epi32::<N>(int(a))))
    }

    #[inline(always)]
    fn int_to_float(self, a: __m512) -> __m512 {
        op!(_mm512_cvtepi32_ps(int(a)))
    }

    #[inline(always)]
    fn sum(self, a: __m512) -> f32 {
        let half = op!(_mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps::<1>(a)));
        self.half().sum(half)
    }

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
}
