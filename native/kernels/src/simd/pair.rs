//! Twice as many lanes from two registers.

/// Implements [`super::Simd`] for a token around a token of half as many lanes.
macro_rules! pair {
    ($name:ident of $base:ident, half $half:ident by $to_half:expr, tiles of $rows:literal x $vectors:literal, run by $run:path) => {
        impl Simd for $name {
            const LANES: usize = 2 * <$base as Simd>::LANES;
            const TILE_ROWS: usize = $rows;
            const TILE_VECTORS: usize = $vectors;
            type V = (<$base as Simd>::V, <$base as Simd>::V);
            type M = (<$base as Simd>::M, <$base as Simd>::M);
            type Half = $half;

            #[inline(always)]
            fn half(self) -> $half {
                let to_half: fn(Self) -> $half = $to_half;
                to_half(self)
            }

            #[inline(always)]
            fn outline<K: Kernel>(self, kernel: K) -> K::Output {
                // SAFETY: the token proves the features.
                unsafe { $run(kernel) }
            }

            #[inline(always)]
            fn splat(self, x: f32) -> Self::V {
                let v = self.0.splat(x);
                (v, v)
            }

            #[inline(always)]
            fn int_splat(self, x: u32) -> Self::V {
                let v = self.0.int_splat(x);
                (v, v)
            }

            #[inline(always)]
            unsafe fn load(self, p: *const f32) -> Self::V {
                // SAFETY: the caller vouches for LANES floats.
                unsafe { (self.0.load(p), self.0.load(p.add(Self::LANES / 2))) }
            }

            #[inline(always)]
            unsafe fn load_part(self, p: *const f32, n: usize) -> Self::V {
                let half = Self::LANES / 2;
                // SAFETY: the caller vouches for n floats.
                unsafe {
                    if n >= half {
                        (self.0.load(p), self.0.load_part(p.add(half), n - half))
                    } else {
                        (self.0.load_part(p, n), self.0.zero())
                    }
                }
            }

            #[inline(always)]
            unsafe fn store(self, p: *mut f32, v: Self::V) {
                // SAFETY: the caller vouches for LANES floats.
                unsafe {
                    self.0.store(p, v.0);
                    self.0.store(p.add(Self::LANES / 2), v.1);
                }
            }

            #[inline(always)]
            unsafe fn store_part(self, p: *mut f32, v: Self::V, n: usize) {
                let half = Self::LANES / 2;
                // SAFETY: the caller vouches for n floats.
                unsafe {
                    if n >= half {
                        self.0.store(p, v.0);
                        self.0.store_part(p.add(half), v.1, n - half);
                    } else {
                        self.0.store_part(p, v.0, n);
                    }
                }
            }

            crate::simd::pair::both! {
                add(a: V, b: V) -> V;
                sub(a: V, b: V) -> V;
                mul(a: V, b: V) -> V;
                div(a: V, b: V) -> V;
                fma(a: V, b: V, c: V) -> V;
                fnma(a: V, b: V, c: V) -> V;
                min(a: V, b: V) -> V;
                max(a: V, b: V) -> V;
                sqrt(a: V) -> V;
                gt(a: V, b: V) -> M;
                ge(a: V, b: V) -> M;
                eq(a: V, b: V) -> M;
                select(m: M, a: V, b: V) -> V;
                int_and(a: V, b: V) -> V;
                int_or(a: V, b: V) -> V;
                int_xor(a: V, b: V) -> V;
                int_add(a: V, b: V) -> V;
                int_sub(a: V, b: V) -> V;
                int_mul(a: V, b: V) -> V;
                int_to_float(a: V) -> V;
            }

            #[inline(always)]
            fn int_shl<const N: u32>(self, a: Self::V) -> Self::V {
                (self.0.int_shl::<N>(a.0), self.0.int_shl::<N>(a.1))
            }

            #[inline(always)]
            fn int_shr<const N: u32>(self, a: Self::V) -> Self::V {
                (self.0.int_shr::<N>(a.0), self.0.int_shr::<N>(a.1))
            }

            #[inline(always)]
            fn bits(self, m: Self::M) -> u32 {
                self.0.bits(m.0) | self.0.bits(m.1) << (Self::LANES / 2)
            }

            #[inline(always)]
            fn sum(self, a: Self::V) -> f32 {
                self.0.sum(self.0.add(a.0, a.1))
            }

            #[inline(always)]
            fn prefetch(self, p: *const f32) {
                self.0.prefetch(p);
            }
        }
    };
}

/// Methods that do the same to both halves.
macro_rules! both {
    ($($name:ident($($x:ident: $t:ident),+) -> $r:ident;)+) => {
        $(#[inline(always)]
        fn $name(self, $($x: Self::$t),+) -> Self::$r {
            (self.0.$name($($x.0),+), self.0.$name($($x.1),+))
        })+
    };
}

pub(super) use {both, pair};
