//! Arrays of floats; compilers turn the loops into whatever vectors the target has (SSE2, NEON, WebAssembly SIMD).

use super::{Kernel, Simd};

/// L lanes in a plain array.
#[derive(Clone, Copy)]
pub(crate) struct Portable<const L: usize>;

#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Lanes<const L: usize>([f32; L]);

#[inline(always)]
fn map<const L: usize>(a: Lanes<L>, f: impl Fn(f32) -> f32) -> Lanes<L> {
    let mut out = a;
    for i in 0..L {
        out.0[i] = f(a.0[i]);
    }
    out
}

#[inline(always)]
fn zip<const L: usize>(a: Lanes<L>, b: Lanes<L>, f: impl Fn(f32, f32) -> f32) -> Lanes<L> {
    let mut out = a;
    for i in 0..L {
        out.0[i] = f(a.0[i], b.0[i]);
    }
    out
}

#[inline(always)]
fn compare<const L: usize>(a: Lanes<L>, b: Lanes<L>, f: impl Fn(&f32, &f32) -> bool) -> [bool; L] {
    std::array::from_fn(|i| f(&a.0[i], &b.0[i]))
}

#[inline(always)]
fn int<const L: usize>(a: Lanes<L>, b: Lanes<L>, f: impl Fn(u32, u32) -> u32) -> Lanes<L> {
    zip(a, b, |x, y| f32::from_bits(f(x.to_bits(), y.to_bits())))
}

impl<const L: usize> Simd for Portable<L> {
    const LANES: usize = L;
    const TILE_ROWS: usize = 2;
    const TILE_VECTORS: usize = 1;
    type V = Lanes<L>;
    type M = [bool; L];
    type Half = Portable<8>;

    #[inline(always)]
    fn half(self) -> Portable<8> {
        Portable
    }

    #[inline(never)]
    fn outline<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Lanes<L> {
        Lanes([x; L])
    }

    #[inline(always)]
    fn int_splat(self, x: u32) -> Lanes<L> {
        Lanes([f32::from_bits(x); L])
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Lanes<L> {
        // SAFETY: the caller vouches for L floats at p.
        Lanes(unsafe { p.cast::<[f32; L]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> Lanes<L> {
        let mut out = Lanes([0.0; L]);
        for i in 0..n.min(L) {
            // SAFETY: the caller vouches for n floats at p.
            out.0[i] = unsafe { *p.add(i) };
        }
        out
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: Lanes<L>) {
        // SAFETY: the caller vouches for L floats at p.
        unsafe { p.cast::<[f32; L]>().write_unaligned(v.0) }
    }

    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: Lanes<L>, n: usize) {
        for i in 0..n.min(L) {
            // SAFETY: the caller vouches for n floats at p.
            unsafe { *p.add(i) = v.0[i] }
        }
    }

    #[inline(always)]
    fn add(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| x + y)
    }

    #[inline(always)]
    fn sub(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| x - y)
    }

    #[inline(always)]
    fn mul(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| x * y)
    }

    #[inline(always)]
    fn div(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| x / y)
    }

    #[inline(always)]
    fn fma(self, a: Lanes<L>, b: Lanes<L>, c: Lanes<L>) -> Lanes<L> {
        zip(zip(a, b, |x, y| x * y), c, |x, y| x + y)
    }

    #[inline(always)]
    fn fnma(self, a: Lanes<L>, b: Lanes<L>, c: Lanes<L>) -> Lanes<L> {
        zip(c, zip(a, b, |x, y| x * y), |x, y| x - y)
    }

    #[inline(always)]
    fn min(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| if x < y { x } else { y })
    }

    #[inline(always)]
    fn max(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        zip(a, b, |x, y| if x > y { x } else { y })
    }

    #[inline(always)]
    fn sqrt(self, a: Lanes<L>) -> Lanes<L> {
        map(a, f32::sqrt)
    }

    #[inline(always)]
    fn gt(self, a: Lanes<L>, b: Lanes<L>) -> [bool; L] {
        compare(a, b, f32::gt)
    }

    #[inline(always)]
    fn ge(self, a: Lanes<L>, b: Lanes<L>) -> [bool; L] {
        compare(a, b, f32::ge)
    }

    #[inline(always)]
    fn eq(self, a: Lanes<L>, b: Lanes<L>) -> [bool; L] {
        compare(a, b, f32::eq)
    }

    #[inline(always)]
    fn bits(self, m: [bool; L]) -> u32 {
        let mut out = 0;
        for (i, &set) in m.iter().enumerate() {
            out |= u32::from(set) << i;
        }
        out
    }

    #[inline(always)]
    fn select(self, m: [bool; L], a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        let mut out = a;
        for (i, &chosen) in m.iter().enumerate() {
            out.0[i] = if chosen { a.0[i] } else { b.0[i] };
        }
        out
    }

    #[inline(always)]
    fn int_and(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, |x, y| x & y)
    }

    #[inline(always)]
    fn int_or(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, |x, y| x | y)
    }

    #[inline(always)]
    fn int_xor(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, |x, y| x ^ y)
    }

    #[inline(always)]
    fn int_add(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, u32::wrapping_add)
    }

    #[inline(always)]
    fn int_sub(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, u32::wrapping_sub)
    }

    #[inline(always)]
    fn int_mul(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        int(a, b, u32::wrapping_mul)
    }

    #[inline(always)]
    fn int_shl<const N: u32>(self, a: Lanes<L>) -> Lanes<L> {
        map(a, |x| f32::from_bits(x.to_bits() << N))
    }

    #[inline(always)]
    fn int_shr<const N: u32>(self, a: Lanes<L>) -> Lanes<L> {
        map(a, |x| f32::from_bits(x.to_bits() >> N))
    }

    #[inline(always)]
    fn int_to_float(self, a: Lanes<L>) -> Lanes<L> {
        map(a, |x| x.to_bits() as i32 as f32)
    }

    #[inline(always)]
    fn sum(self, a: Lanes<L>) -> f32 {
        let mut lanes = a.0;
        let mut half = L / 2;
        while half > 0 {
            for i in 0..half {
                lanes[i] += lanes[i + half];
            }
            half /= 2;
        }
        lanes[0]
    }

    #[inline(always)]
    fn prefetch(self, _p: *const f32) {}
}
