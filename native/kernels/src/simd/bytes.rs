//! Sums of products of bytes, 16 at a time: integers, so that every instruction set gives the same.

use super::{PORTABLE, Simd};
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};
use crate::isa::{Isa, Level};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// What a code in memory is larger than what it stands for.
pub(crate) const CODE_ZERO: u8 = 128;

/// Instructions for bytes beside those for floats.
pub(crate) trait Bytes: Copy {
    type Floats: Simd;
    /// Queries whose sums are kept in registers together.
    const TILE: usize;

    fn floats(self) -> Self::Floats;
    /// With what the 16 sums (i32) of a query begin; `total` is the sum of its codes.
    fn begin(self, total: i32) -> <Self::Floats as Simd>::V;
    /// Adds the products of four codes of each lane (bytes 4 i to 4 i + 3 of lane i) with the query's four signed bytes.
    /// # Safety
    /// 64 bytes can be read at `codes`.
    unsafe fn add(self, sums: <Self::Floats as Simd>::V, codes: *const u8, four: [i8; 4]) -> <Self::Floats as Simd>::V;
}

/// A computation on bytes that is compiled for every instruction set. `run` must be `#[inline(always)]`.
pub(crate) trait ByteKernel {
    fn run<B: Bytes>(self, b: B);
}

impl Isa {
    /// Whether sums of products of bytes are quicker than those of as many floats.
    pub(crate) fn likes_bytes(self) -> bool {
        !matches!(self.level(), Level::Portable)
    }

    /// Runs a kernel with the instructions for bytes that go with this set.
    pub(crate) fn run_bytes<K: ByteKernel>(self, kernel: K) {
        match self.level() {
            // SAFETY: both sets were detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if is_x86_feature_detected!("avx512vnni") => unsafe { run_vnni(kernel) },
            // SAFETY: an `Isa` of either level exists only where AVX2 was detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 | Level::Avx2 => unsafe { run_avx2(kernel) },
            Level::Portable => run_plain(kernel),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run_vnni<K: ByteKernel>(kernel: K) {
    // SAFETY: the caller of this function vouched for its features.
    kernel.run(Vnni(unsafe { Avx512::assume() }));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run_avx2<K: ByteKernel>(kernel: K) {
    // SAFETY: the caller of this function vouched for its features.
    kernel.run(Avx2Bytes(unsafe { Avx2::assume() }));
}

#[inline(never)]
fn run_plain<K: ByteKernel>(kernel: K) {
    kernel.run(Plain(PORTABLE));
}

/// AVX-512 with VNNI: one instruction for four products of each lane.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Vnni(Avx512);

#[cfg(target_arch = "x86_64")]
impl Bytes for Vnni {
    type Floats = Avx512;
    const TILE: usize = 8;

    #[inline(always)]
    fn floats(self) -> Avx512 {
        self.0
    }

    /// The instruction multiplies codes as they are in memory.
    #[inline(always)]
    fn begin(self, total: i32) -> __m512 {
        self.0.int_splat((-i32::from(CODE_ZERO) * total).cast_unsigned())
    }

    #[inline(always)]
    unsafe fn add(self, sums: __m512, codes: *const u8, four: [i8; 4]) -> __m512 {
        // SAFETY: the token proves the features; the caller vouches for 64 bytes.
        unsafe {
            let (codes, four) = (_mm512_loadu_si512(codes.cast()), _mm512_set1_epi32(i32::from_ne_bytes(bits(four))));
            _mm512_castsi512_ps(_mm512_dpbusd_epi32(_mm512_castps_si512(sums), codes, four))
        }
    }
}

/// AVX2: products of pairs fit 16 bits, since no code is below -127.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Avx2Bytes(Avx2);

#[cfg(target_arch = "x86_64")]
impl Bytes for Avx2Bytes {
    type Floats = Avx2;
    const TILE: usize = 2;

    #[inline(always)]
    fn floats(self) -> Avx2 {
        self.0
    }

    #[inline(always)]
    fn begin(self, _: i32) -> (__m256, __m256) {
        self.0.zero()
    }

    #[inline(always)]
    unsafe fn add(self, sums: (__m256, __m256), codes: *const u8, four: [i8; 4]) -> (__m256, __m256) {
        // SAFETY: the token proves the features; the caller vouches for twice 32 bytes.
        unsafe {
            let four = _mm256_set1_epi32(i32::from_ne_bytes(bits(four)));
            (half(sums.0, codes, four), half(sums.1, codes.add(32), four))
        }
    }
}

/// # Safety
/// AVX2 is there, and 32 bytes can be read at `codes`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn half(sums: __m256, codes: *const u8, four: __m256i) -> __m256 {
    // SAFETY: passed on to the caller.
    unsafe {
        let codes = _mm256_xor_si256(_mm256_loadu_si256(codes.cast()), _mm256_set1_epi8(CODE_ZERO.cast_signed()));
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(four, codes));
        let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
        _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(sums), fours))
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn bits(four: [i8; 4]) -> [u8; 4] {
    four.map(i8::cast_unsigned)
}

/// Plain arithmetic.
#[derive(Clone, Copy)]
struct Plain<S: Simd>(S);

impl<S: Simd> Bytes for Plain<S> {
    type Floats = S;
    const TILE: usize = 1;

    #[inline(always)]
    fn floats(self) -> S {
        self.0
    }

    #[inline(always)]
    fn begin(self, _: i32) -> S::V {
        self.0.zero()
    }

    #[inline(always)]
    unsafe fn add(self, sums: S::V, codes: *const u8, four: [i8; 4]) -> S::V {
        assert!(S::LANES == 16, "a block has 16 rows");
        let mut lanes = [0.0_f32; 16];
        // SAFETY: 16 lanes; the caller vouches for 64 bytes.
        let codes = unsafe {
            self.0.store(lanes.as_mut_ptr(), sums);
            codes.cast::<[[u8; 4]; 16]>().read_unaligned()
        };
        for (lane, codes) in lanes.iter_mut().zip(codes) {
            let product = |i: usize| (i32::from(codes[i]) - i32::from(CODE_ZERO)) * i32::from(four[i]);
            let sum = lane.to_bits().cast_signed() + (product(0) + product(1) + product(2) + product(3));
            *lane = f32::from_bits(sum.cast_unsigned());
        }
        // SAFETY: 16 lanes.
        unsafe { self.0.load(lanes.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::hash;

    struct Sums<'a> {
        codes: &'a [u8],
        query: &'a [[i8; 4]],
        out: &'a mut [i32; 16],
    }

    impl ByteKernel for Sums<'_> {
        #[inline(always)]
        fn run<B: Bytes>(self, b: B) {
            let mut sums = b.begin(self.query.iter().flatten().map(|&x| i32::from(x)).sum());
            for (g, &four) in self.query.iter().enumerate() {
                // SAFETY: 64 codes for each four of the query.
                sums = unsafe { b.add(sums, self.codes[64 * g..][..64].as_ptr(), four) };
            }
            let mut lanes = [0.0; 16];
            // SAFETY: 16 lanes.
            unsafe { b.floats().store(lanes.as_mut_ptr(), sums) };
            *self.out = lanes.map(|x: f32| x.to_bits().cast_signed());
        }
    }

    /// Codes from -127 to 127, every third one an end.
    fn code(seed: u32, i: usize) -> i8 {
        let x = hash(seed, [i as u32]);
        if x.is_multiple_of(3) { [127, -127][x as usize / 3 % 2] } else { ((x >> 8) % 255) as i32 as u8 as i8 }
            .max(-127)
    }

    #[test]
    fn every_instruction_set_adds_the_products_of_bytes_exactly() {
        for (seed, groups) in [(1, 1), (2, 3), (3, 16), (4, 256)] {
            let codes: Vec<i8> = (0..64 * groups).map(|i| code(seed, i)).collect();
            let query: Vec<[i8; 4]> = (0..groups).map(|g| std::array::from_fn(|i| code(seed + 9, 4 * g + i))).collect();
            let stored: Vec<u8> = codes.iter().map(|&x| (i32::from(x) + i32::from(CODE_ZERO)) as u8).collect();
            let expected: [i32; 16] = std::array::from_fn(|lane| {
                let of = |g: usize, i: usize| i32::from(codes[64 * g + 4 * lane + i]) * i32::from(query[g][i]);
                (0..groups).flat_map(|g| (0..4).map(move |i| (g, i))).map(|(g, i)| of(g, i)).sum()
            });
            for isa in Isa::available() {
                let mut out = [0; 16];
                isa.run_bytes(Sums { codes: &stored, query: &query, out: &mut out });
                assert_eq!(out, expected, "{isa:?}, {groups} groups");
            }
        }
    }
}
