//! The vector vocabulary of all kernels: 16 lanes of f32 whatever the machine, so that results do not depend on it.
//!
//! A kernel is written once over a token `S: Simd` in `#[inline(always)]` functions and instantiated per instruction set
//! by [`Isa::run`], inside a function compiled with the features of that set. A token is the proof that the features are
//! there, which makes the arithmetic methods safe to call.
//!
//! AVX-512 and AVX2 give the same bits for every operation. The portable set has no fused multiply-add (it would be a
//! library call), so `fma` rounds twice there and its results differ in the last bits. On WebAssembly the portable set is
//! written with vector instructions: same operations, same bits.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_half;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
#[cfg(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))]
mod pair;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_half;

pub(crate) use bytes::{ByteKernel, Bytes, CODE_ZERO};

use crate::isa::{Isa, Level};

/// Added to a float below 2^22 it leaves the nearest integer in the low bits; subtracted again, that integer.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// Operations on a vector of [`Simd::LANES`] floats. Vectors also stand for their bits as u32 where a name says `int`.
pub(crate) trait Simd: Copy {
    const LANES: usize;
    /// Registers for accumulators: a matrix kernel holds `TILE_ROWS x TILE_VECTORS` of them.
    const TILE_ROWS: usize;
    const TILE_VECTORS: usize;
    type V: Copy;
    /// The result of a comparison.
    type M: Copy;
    /// Eight lanes, for narrow matrices.
    type Half: Simd;

    fn half(self) -> Self::Half;
    /// Runs a kernel with these instructions as a function of its own, which keeps the caller small.
    fn outline<K: Kernel>(self, kernel: K) -> K::Output;

    fn splat(self, x: f32) -> Self::V;
    fn int_splat(self, x: u32) -> Self::V;
    /// # Safety
    /// LANES floats can be read at `p`.
    unsafe fn load(self, p: *const f32) -> Self::V;
    /// The first `n` lanes, the others 0.
    /// # Safety
    /// `n` floats can be read at `p`; n <= LANES.
    unsafe fn load_part(self, p: *const f32, n: usize) -> Self::V;
    /// # Safety
    /// LANES floats can be written at `p`.
    unsafe fn store(self, p: *mut f32, v: Self::V);
    /// The first `n` lanes.
    /// # Safety
    /// `n` floats can be written at `p`; n <= LANES.
    unsafe fn store_part(self, p: *mut f32, v: Self::V, n: usize);

    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b + c
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// c - a * b
    fn fnma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// a < b ? a : b, so b when either is NaN
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// a > b ? a : b, so b when either is NaN
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    fn sqrt(self, a: Self::V) -> Self::V;
    /// a * 2^n for integral n in [-250, 250] and a in (2^-2, 2^2), rounded once.
    #[inline(always)]
    fn scale(self, a: Self::V, n: Self::V) -> Self::V {
        // Two factors, since 2^n itself may be out of range. The first product is exact.
        let half = self.add(self.mul(n, self.splat(0.5)), self.splat(ROUND));
        let rest = self.add(self.sub(n, self.sub(half, self.splat(ROUND))), self.splat(ROUND));
        let bias = self.int_splat(127 << 23);
        let first = self.int_add(self.int_shl::<23>(half), bias);
        let second = self.int_add(self.int_shl::<23>(rest), bias);
        self.mul(self.mul(a, first), second)
    }

    fn gt(self, a: Self::V, b: Self::V) -> Self::M;
    fn ge(self, a: Self::V, b: Self::V) -> Self::M;
    fn eq(self, a: Self::V, b: Self::V) -> Self::M;
    /// One bit per lane, lane 0 lowest.
    fn bits(self, m: Self::M) -> u32;
    /// m ? a : b
    fn select(self, m: Self::M, a: Self::V, b: Self::V) -> Self::V;

    fn int_and(self, a: Self::V, b: Self::V) -> Self::V;
    fn int_or(self, a: Self::V, b: Self::V) -> Self::V;
    fn int_xor(self, a: Self::V, b: Self::V) -> Self::V;
    fn int_add(self, a: Self::V, b: Self::V) -> Self::V;
    fn int_sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// Low 32 bits of the product.
    fn int_mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn int_shl<const N: u32>(self, a: Self::V) -> Self::V;
    /// Logical.
    fn int_shr<const N: u32>(self, a: Self::V) -> Self::V;
    /// The value of a non-negative i32 as float.
    fn int_to_float(self, a: Self::V) -> Self::V;

    /// The sum of the lanes, halves first: lane i with i + 8, then with i + 4, i + 2, i + 1.
    fn sum(self, a: Self::V) -> f32;

    /// Exchanges rows and columns of an 8 x 8 block; for 8 lanes only.
    #[inline(always)]
    fn transpose(self, rows: [Self::V; 8]) -> [Self::V; 8] {
        assert!(Self::LANES == 8, "a block of 8 x 8");
        let mut from = [[0.0_f32; 8]; 8];
        let mut to = from;
        for (row, v) in from.iter_mut().zip(rows) {
            // SAFETY: eight lanes.
            unsafe { self.store(row.as_mut_ptr(), v) }
        }
        for (i, row) in from.iter().enumerate() {
            for (j, &x) in row.iter().enumerate() {
                to[j][i] = x;
            }
        }
        // SAFETY: eight lanes.
        to.map(|row| unsafe { self.load(row.as_ptr()) })
    }

    /// Asks for the cache line of `p`, which need not be valid.
    fn prefetch(self, p: *const f32);

    #[inline(always)]
    fn zero(self) -> Self::V {
        self.splat(0.0)
    }

    #[inline(always)]
    fn abs(self, a: Self::V) -> Self::V {
        self.int_and(a, self.int_splat(0x7fff_ffff))
    }

    #[inline(always)]
    fn neg(self, a: Self::V) -> Self::V {
        self.int_xor(a, self.int_splat(0x8000_0000))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
const PORTABLE: portable::Portable<16> = portable::Portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
const PORTABLE: wasm::Wasm = wasm::WASM;

/// A computation that is compiled for every instruction set. `run` must be `#[inline(always)]`.
pub(crate) trait Kernel {
    type Output;
    fn run<S: Simd>(self, s: S) -> Self::Output;
}

impl Isa {
    /// Runs a kernel with this instruction set.
    #[inline]
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.level() {
            // SAFETY: an `Isa` of this level exists only where its features were detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { run_avx512(kernel) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { run_avx2(kernel) },
            Level::Portable => PORTABLE.outline(kernel),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller of this function vouched for its features.
    kernel.run(unsafe { avx512::Avx512::assume() })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run_half<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller of this function vouched for its features.
    kernel.run(unsafe { avx2_half::Avx2Half::assume() })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller of this function vouched for its features.
    kernel.run(unsafe { avx2::Avx2::assume() })
}
