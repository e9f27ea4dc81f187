//! 8 lanes in one 256-bit register: narrow matrices under AVX2 and AVX-512, and half of [`super::avx2`].

use super::{Kernel, Simd};
use std::arch::x86_64::*;

/// Proof of AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2Half(());

impl Avx2Half {
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
fn mask(n: usize) -> __m256i {
    let n = n as i32;
    op!(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))
}

#[inline(always)]
fn int(a: __m256) -> __m256i {
    op!(_mm256_castps_si256(a))
}

#[inline(always)]
fn float(a: __m256i) -> __m256 {
    op!(_mm256_castsi256_ps(a))
}

impl Simd for Avx2Half {
    const LANES: usize = 8;
    const TILE_ROWS: usize = 12;
    const TILE_VECTORS: usize = 1;
    type V = __m256;
    type M = __m256;
    type Half = Self;

    #[inline(always)]
    fn half(self) -> Self {
        self
    }

    #[inline(always)]
    fn outline<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: the token proves the features.
        unsafe { super::run_half(kernel) }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        op!(_mm256_set1_ps(x))
    }

    #[inline(always)]
    fn int_splat(self, x: u32) -> __m256 {
        float(op!(_mm256_set1_epi32(x as i32)))
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m256 {
        // SAFETY: the caller vouches for 8 floats.
        unsafe { _mm256_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> __m256 {
        // SAFETY: masked lanes are not touched, the caller vouches for the others.
        unsafe { _mm256_maskload_ps(p, mask(n)) }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: __m256) {
        // SAFETY: the caller vouches for 8 floats.
        unsafe { _mm256_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn store_part(self, mut p: *mut f32, v: __m256, n: usize) {
        // Masked stores are slow on AMD before AVX-512; four, two and one lane are quick.
        // SAFETY: the caller vouches for n floats.
        unsafe {
            let mut v = v;
            if n >= 8 {
                return self.store(p, v);
            }
            if n & 4 != 0 {
                _mm_storeu_ps(p, _mm256_castps256_ps128(v));
                p = p.add(4);
                v = _mm256_permute2f128_ps::<0x81>(v, v);
            }
            let mut low = _mm256_castps256_ps128(v);
            if n & 2 != 0 {
                _mm_storel_epi64(p.cast(), _mm_castps_si128(low));
                p = p.add(2);
                low = _mm_movehl_ps(low, low);
            }
            if n & 1 != 0 {
                _mm_store_ss(p, low);
            }
        }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_add_ps(a, b))
    }

    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_sub_ps(a, b))
    }

    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_mul_ps(a, b))
    }

    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_div_ps(a, b))
    }

    #[inline(always)]
    fn fma(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        op!(_mm256_fmadd_ps(a, b, c))
    }

    #[inline(always)]
    fn fnma(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        op!(_mm256_fnmadd_ps(a, b, c))
    }

    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_min_ps(a, b))
    }

    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_max_ps(a, b))
    }

    #[inline(always)]
    fn sqrt(self, a: __m256) -> __m256 {
        op!(_mm256_sqrt_ps(a))
    }

    #[inline(always)]
    fn gt(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_cmp_ps::<_CMP_GT_OQ>(a, b))
    }

    #[inline(always)]
    fn ge(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_cmp_ps::<_CMP_GE_OQ>(a, b))
    }

    #[inline(always)]
    fn eq(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_cmp_ps::<_CMP_EQ_OQ>(a, b))
    }

    #[inline(always)]
    fn bits(self, m: __m256) -> u32 {
        op!(_mm256_movemask_ps(m)) as u32
    }

    #[inline(always)]
    fn select(self, m: __m256, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_blendv_ps(b, a, m))
    }

    #[inline(always)]
    fn int_and(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_and_ps(a, b))
    }

    #[inline(always)]
    fn int_or(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_or_ps(a, b))
    }

    #[inline(always)]
    fn int_xor(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_xor_ps(a, b))
    }

    #[inline(always)]
    fn int_add(self, a: __m256, b: __m256) -> __m256 {
        float(op!(_mm256_add_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_sub(self, a: __m256, b: __m256) -> __m256 {
        float(op!(_mm256_sub_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_mul(self, a: __m256, b: __m256) -> __m256 {
        float(op!(_mm256_mullo_epi32(int(a), int(b))))
    }

    #[inline(always)]
    fn int_shl<const N: u32>(self, a: __m256) -> __m256 {
        float(op!(_mm256_sll_epi32(int(a), _mm_cvtsi32_si128(N as i32))))
    }

    #[inline(always)]
    fn int_shr<const N: u32>(self, a: __m256) -> __m256 {
        float(op!(_mm256_srl_epi32(int(a), _mm_cvtsi32_si128(N as i32))))
    }

    #[inline(always)]
    fn int_to_float(self, a: __m256) -> __m256 {
        op!(_mm256_cvtepi32_ps(int(a)))
    }

    #[inline(always)]
    fn sum(self, a: __m256) -> f32 {
        op!({
            let four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }

    #[inline(always)]
    fn transpose(self, [a, b, c, d, e, f, g, h]: [__m256; 8]) -> [__m256; 8] {
        // Pairs of rows, then quadruples, each within 128 bits; then the 128-bit halves.
        op!({
            let (ab0, ab1) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let (cd0, cd1) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            let (ef0, ef1) = (_mm256_unpacklo_ps(e, f), _mm256_unpackhi_ps(e, f));
            let (gh0, gh1) = (_mm256_unpacklo_ps(g, h), _mm256_unpackhi_ps(g, h));
            let (abcd0, abcd1) = (_mm256_shuffle_ps::<0x44>(ab0, cd0), _mm256_shuffle_ps::<0xee>(ab0, cd0));
            let (abcd2, abcd3) = (_mm256_shuffle_ps::<0x44>(ab1, cd1), _mm256_shuffle_ps::<0xee>(ab1, cd1));
            let (efgh0, efgh1) = (_mm256_shuffle_ps::<0x44>(ef0, gh0), _mm256_shuffle_ps::<0xee>(ef0, gh0));
            let (efgh2, efgh3) = (_mm256_shuffle_ps::<0x44>(ef1, gh1), _mm256_shuffle_ps::<0xee>(ef1, gh1));
            [
                _mm256_permute2f128_ps::<0x20>(abcd0, efgh0),
                _mm256_permute2f128_ps::<0x20>(abcd1, efgh1),
                _mm256_permute2f128_ps::<0x20>(abcd2, efgh2),
                _mm256_permute2f128_ps::<0x20>(abcd3, efgh3),
                _mm256_permute2f128_ps::<0x31>(abcd0, efgh0),
                _mm256_permute2f128_ps::<0x31>(abcd1, efgh1),
                _mm256_permute2f128_ps::<0x31>(abcd2, efgh2),
                _mm256_permute2f128_ps::<0x31>(abcd3, efgh3),
            ]
        })
    }

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
}
