//! 8 lanes in two 128-bit vectors of WebAssembly: narrow matrices, and half of [`super::wasm`].

use super::{Kernel, Simd};
use std::arch::wasm32::*;

/// All instances have these instructions: a module that uses them would not have been compiled elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct WasmHalf;

type Pair = (v128, v128);

/// Methods that do the same to both vectors.
macro_rules! both {
    ($($name:ident($($x:ident),+) = $call:expr;)+) => {
        $(#[inline(always)]
        fn $name(self, $($x: Pair),+) -> Pair {
            let call = |$($x: v128),+| $call;
            (call($($x.0),+), call($($x.1),+))
        })+
    };
}

/// # Safety
/// `n` floats can be read at `p`; n <= 4.
#[inline(always)]
unsafe fn load_few(p: *const f32, n: usize) -> v128 {
    // SAFETY: each arm reads n floats.
    unsafe {
        match n {
            0 => f32x4_splat(0.0),
            1 => v128_load32_zero(p.cast()),
            2 => v128_load64_zero(p.cast()),
            3 => v128_load32_lane::<2>(v128_load64_zero(p.cast()), p.add(2).cast()),
            _ => v128_load(p.cast()),
        }
    }
}

/// # Safety
/// `n` floats can be written at `p`; n <= 4.
#[inline(always)]
unsafe fn store_few(p: *mut f32, v: v128, n: usize) {
    // SAFETY: each arm writes n floats.
    unsafe {
        match n {
            0 => {}
            1 => v128_store32_lane::<0>(v, p.cast()),
            2 => v128_store64_lane::<0>(v, p.cast()),
            3 => {
                v128_store64_lane::<0>(v, p.cast());
                v128_store32_lane::<2>(v, p.add(2).cast());
            }
            _ => v128_store(p.cast(), v),
        }
    }
}

/// Exchanges rows and columns of a 4 x 4 block.
#[inline(always)]
fn transpose_block([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let (ab0, ab1) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let (cd0, cd1) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    [
        i64x2_shuffle::<0, 2>(ab0, cd0),
        i64x2_shuffle::<1, 3>(ab0, cd0),
        i64x2_shuffle::<0, 2>(ab1, cd1),
        i64x2_shuffle::<1, 3>(ab1, cd1),
    ]
}

impl Simd for WasmHalf {
    const LANES: usize = 8;
    const TILE_ROWS: usize = 4;
    const TILE_VECTORS: usize = 1;
    type V = Pair;
    type M = Pair;
    type Half = Self;

    #[inline(always)]
    fn half(self) -> Self {
        self
    }

    #[inline(never)]
    fn outline<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Pair {
        (f32x4_splat(x), f32x4_splat(x))
    }

    #[inline(always)]
    fn int_splat(self, x: u32) -> Pair {
        (u32x4_splat(x), u32x4_splat(x))
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Pair {
        // SAFETY: the caller vouches for 8 floats.
        unsafe { (v128_load(p.cast()), v128_load(p.add(4).cast())) }
    }

    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> Pair {
        // SAFETY: the caller vouches for n floats.
        unsafe {
            if n >= 4 { (v128_load(p.cast()), load_few(p.add(4), n - 4)) } else { (load_few(p, n), f32x4_splat(0.0)) }
        }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: Pair) {
        // SAFETY: the caller vouches for 8 floats.
        unsafe {
            v128_store(p.cast(), v.0);
            v128_store(p.add(4).cast(), v.1);
        }
    }

    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: Pair, n: usize) {
        // SAFETY: the caller vouches for n floats.
        unsafe {
            if n >= 4 {
                v128_store(p.cast(), v.0);
                store_few(p.add(4), v.1, n - 4);
            } else {
                store_few(p, v.0, n);
            }
        }
    }

    both! {
        add(a, b) = f32x4_add(a, b);
        sub(a, b) = f32x4_sub(a, b);
        mul(a, b) = f32x4_mul(a, b);
        div(a, b) = f32x4_div(a, b);
        // Rounded twice: there is no fused instruction.
        fma(a, b, c) = f32x4_add(f32x4_mul(a, b), c);
        fnma(a, b, c) = f32x4_sub(c, f32x4_mul(a, b));
        // pmin(x, y) is y < x ? y : x.
        min(a, b) = f32x4_pmin(b, a);
        max(a, b) = f32x4_pmax(b, a);
        sqrt(a) = f32x4_sqrt(a);
        gt(a, b) = f32x4_gt(a, b);
        ge(a, b) = f32x4_ge(a, b);
        eq(a, b) = f32x4_eq(a, b);
        select(m, a, b) = v128_bitselect(a, b, m);
        int_and(a, b) = v128_and(a, b);
        int_or(a, b) = v128_or(a, b);
        int_xor(a, b) = v128_xor(a, b);
        int_add(a, b) = i32x4_add(a, b);
        int_sub(a, b) = i32x4_sub(a, b);
        int_mul(a, b) = i32x4_mul(a, b);
        int_to_float(a) = f32x4_convert_i32x4(a);
    }

    #[inline(always)]
    fn int_shl<const N: u32>(self, a: Pair) -> Pair {
        (i32x4_shl(a.0, N), i32x4_shl(a.1, N))
    }

    #[inline(always)]
    fn int_shr<const N: u32>(self, a: Pair) -> Pair {
        (u32x4_shr(a.0, N), u32x4_shr(a.1, N))
    }

    #[inline(always)]
    fn bits(self, m: Pair) -> u32 {
        u32::from(i32x4_bitmask(m.0)) | u32::from(i32x4_bitmask(m.1)) << 4
    }

    #[inline(always)]
    fn sum(self, a: Pair) -> f32 {
        let four = f32x4_add(a.0, a.1);
        let two = f32x4_add(four, i64x2_shuffle::<1, 1>(four, four));
        f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
    }

    #[inline(always)]
    fn transpose(self, rows: [Pair; 8]) -> [Pair; 8] {
        let [a, b, c, d, e, f, g, h] = rows;
        let [left, right] = [[a.0, b.0, c.0, d.0], [e.0, f.0, g.0, h.0]].map(transpose_block);
        let [low_left, low_right] = [[a.1, b.1, c.1, d.1], [e.1, f.1, g.1, h.1]].map(transpose_block);
        std::array::from_fn(|i| if i < 4 { (left[i], right[i]) } else { (low_left[i - 4], low_right[i - 4]) })
    }

    #[inline(always)]
    fn prefetch(self, _p: *const f32) {}
}
