//! Counter-based randomness: every draw is a pure function of a seed and its coordinates. The definition is
//! `src/core/random.ts`; the arithmetic is u32 only and the two must agree bit for bit.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// First coordinate of every draw.
pub mod stream {
    pub const INIT: u32 = 1;
    pub const SHUFFLE: u32 = 2;
    pub const NEGATIVE: u32 = 3;
    pub const DROPOUT: u32 = 4;
    pub const NOISE: u32 = 12;
    pub const COIN: u32 = 14;
    pub const DRAWN: u32 = 15;
    pub const CATEGORY: u32 = 16;
}

/// Bijective avalanche on 32 bits.
#[inline(always)]
pub const fn mix32(value: u32) -> u32 {
    let mut x = value;
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// One more word of a hash: `hash(seed, [a, b]) = extend(extend(start(seed), a), b)`.
#[inline(always)]
pub const fn extend(h: u32, word: u32) -> u32 {
    mix32((h ^ word).wrapping_add(0x9e37_79b9))
}

/// The hash of no words.
#[inline(always)]
pub const fn start(seed: u32) -> u32 {
    mix32(seed ^ 0x9e37_79b9)
}

/// A u32 that depends on the seed and every word.
#[inline(always)]
pub fn hash<const N: usize>(seed: u32, words: [u32; N]) -> u32 {
    words.into_iter().fold(start(seed), extend)
}

/// Maps a u32 evenly onto [0, n): floor(x * n / 2^32).
#[inline(always)]
pub const fn below(x: u32, n: u32) -> u32 {
    ((x as u64 * n as u64) >> 32) as u32
}

/// Maps a u32 onto [0, 1) with 24 bits, exact in f32.
#[inline(always)]
pub const fn unit(x: u32) -> f32 {
    (x >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A pseudo-random permutation of [0, n), n up to 2^53, that needs no memory.
#[derive(Clone, Copy, Debug)]
pub struct Permutation {
    n: u64,
    a: u32,
    b: u32,
    keys: [u32; 4],
}

impl Permutation {
    /// The permutation of [0, n) chosen by `key`. Panics when n is 0 or over 2^53.
    pub fn new(n: u64, key: u32) -> Self {
        assert!((1..=1 << 53).contains(&n), "a permutation of {n} elements");
        // The same double arithmetic as the definition: n <= 2^53 is exact in f64 and sqrt is correctly rounded.
        let a = (n as f64).sqrt().ceil();
        let b = (n as f64 / a).ceil();
        Self { n, a: a as u32, b: b as u32, keys: [0, 1, 2, 3].map(|round| hash(key, [round])) }
    }

    /// The image of `index` < n.
    pub fn at(&self, index: u64) -> u64 {
        assert!(index < self.n, "index {index} of a permutation of {}", self.n);
        self.walk(index)
    }

    /// Turns of the network until the value lies in range.
    fn walk(&self, mut x: u64) -> u64 {
        loop {
            let mut left = (x / u64::from(self.b)) as u32;
            let mut right = (x % u64::from(self.b)) as u32;
            for round in [0, 2] {
                left = wrap(left + below(mix32(right ^ self.keys[round]), self.a), self.a);
                right = wrap(right + below(mix32(left ^ self.keys[round + 1]), self.b), self.b);
            }
            x = u64::from(left) * u64::from(self.b) + u64::from(right);
            if x < self.n {
                return x;
            }
        }
    }

    /// The images of `first`, `first + 1`, … into `out`. Panics when the run leaves [0, n).
    pub fn fill(&self, isa: Isa, first: u64, out: &mut [u64]) {
        let end = first.checked_add(out.len() as u64);
        assert!(end.is_some_and(|end| end <= self.n), "{} images from {first} on of {}", out.len(), self.n);
        isa.run(FillImages { permutation: self, first, out });
    }
}

/// Plain loops over 16 lanes, which the compiler turns into vectors of the instruction set.
struct FillImages<'a> {
    permutation: &'a Permutation,
    first: u64,
    out: &'a mut [u64],
}

impl Kernel for FillImages<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _s: S) {
        let &Permutation { n, a, b, keys } = self.permutation;
        let mut left = (self.first / u64::from(b)) as u32;
        let mut right = (self.first % u64::from(b)) as u32;
        for chunk in self.out.chunks_mut(16) {
            let mut lefts = [0_u32; 16];
            let mut rights = [0_u32; 16];
            // Neighbours differ by one in the last digit: no divisions.
            for i in 0..16 {
                (lefts[i], rights[i]) = (left, right);
                right += 1;
                if right == b {
                    (left, right) = (left + 1, 0);
                }
            }
            for round in [0, 2] {
                for i in 0..16 {
                    lefts[i] = wrap(lefts[i] + below(mix32(rights[i] ^ keys[round]), a), a);
                }
                for i in 0..16 {
                    rights[i] = wrap(rights[i] + below(mix32(lefts[i] ^ keys[round + 1]), b), b);
                }
            }
            for (i, slot) in chunk.iter_mut().enumerate() {
                let x = u64::from(lefts[i]) * u64::from(b) + u64::from(rights[i]);
                // Walking on from outside the range is what `at` does in further turns.
                *slot = if x < n { x } else { self.permutation.walk(x) };
            }
        }
    }
}

/// x mod n for x < 2 n.
#[inline(always)]
const fn wrap(x: u32, n: u32) -> u32 {
    if x >= n { x - n } else { x }
}

/// The draws for negatives of one epoch: `hash(seed, NEGATIVE, epoch, low word of row, high word of row, attempt)`.
#[derive(Clone, Copy, Debug)]
pub struct NegativeDraws {
    prefix: u32,
}

impl NegativeDraws {
    pub fn new(seed: u32, epoch: u32) -> Self {
        Self { prefix: hash(seed, [stream::NEGATIVE, epoch]) }
    }

    #[inline]
    pub fn at(&self, row: u64, attempt: u32) -> u32 {
        extend(extend(extend(self.prefix, row as u32), (row >> 32) as u32), attempt)
    }

    /// The draws of many rows. Panics when the lengths differ.
    pub fn fill(&self, isa: Isa, rows: &[u64], attempt: u32, out: &mut [u32]) {
        assert_eq!(rows.len(), out.len(), "one draw per row");
        isa.run(FillDraws { draws: *self, rows, attempt, out });
    }
}

struct FillDraws<'a> {
    draws: NegativeDraws,
    rows: &'a [u64],
    attempt: u32,
    out: &'a mut [u32],
}

impl Kernel for FillDraws<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _s: S) {
        for (slot, &row) in self.out.iter_mut().zip(self.rows) {
            *slot = self.draws.at(row, self.attempt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_repeat_the_definition() {
        // Printed by src/core/random.ts.
        assert_eq!([0, 1, 0xdead_beef, u32::MAX].map(mix32), GOLDEN_MIX);
        assert_eq!(
            [hash(0, []), hash(42, [1]), hash(42, [3, 7, 123_456, 0, 2]), hash(u32::MAX, [u32::MAX, 0])],
            GOLDEN_HASH
        );
        assert_eq!(
            [below(0, 10), below(u32::MAX, 10), below(0x8000_0000, 3706), below(123_456_789, u32::MAX)],
            GOLDEN_BELOW
        );
        assert_eq!([unit(0), unit(u32::MAX), unit(0x1234_5678)].map(f64::from), GOLDEN_UNIT);
    }

    #[test]
    fn permutations_repeat_the_definition() {
        for (n, key, expected) in GOLDEN_PERMUTE {
            let permutation = Permutation::new(n, key);
            let images: Vec<u64> = (0..8).map(|i| permutation.at(i * n / 8)).collect();
            assert_eq!(images, expected, "n = {n}, key = {key}");
        }
    }

    #[test]
    fn a_permutation_reaches_everything_once() {
        for n in (1..70).chain([1000, 4096, 10_007]) {
            let permutation = Permutation::new(n, 99);
            let mut images: Vec<u64> = (0..n).map(|i| permutation.at(i)).collect();
            images.sort_unstable();
            assert!(images.into_iter().eq(0..n), "n = {n}");
        }
    }

    #[test]
    fn batches_equal_single_draws() {
        for isa in Isa::available() {
            for n in [1, 2, 17, 100, 4_970_845, 500_000_000, (1 << 53) - 1] {
                let permutation = Permutation::new(n, 5);
                for first in [0, n / 3, n.saturating_sub(100)] {
                    let mut out = vec![0; 100.min(n - first) as usize];
                    permutation.fill(isa, first, &mut out);
                    let single: Vec<u64> = (0..out.len() as u64).map(|i| permutation.at(first + i)).collect();
                    assert_eq!(out, single, "{isa:?}, n = {n}, first = {first}");
                    let draws = NegativeDraws::new(7, 3);
                    let mut hashes = vec![0; out.len()];
                    draws.fill(isa, &out, 2, &mut hashes);
                    for (&row, &got) in out.iter().zip(&hashes) {
                        assert_eq!(got, hash(7, [stream::NEGATIVE, 3, row as u32, (row >> 32) as u32, 2]));
                    }
                }
            }
        }
    }

    const GOLDEN_MIX: [u32; 4] = [0x0000_0000, 0x6889_90c0, 0xe628_c683, 0x6768_824a];
    const GOLDEN_HASH: [u32; 4] = [0x01fc_e552, 0x5f77_1b81, 0xe6a1_502a, 0xec8f_243d];
    const GOLDEN_BELOW: [u32; 4] = [0, 9, 1853, 123_456_788];
    const GOLDEN_UNIT: [f64; 3] = [0.0, 0.999_999_940_395_355_2, 0.071_111_083_030_700_68];
    const GOLDEN_PERMUTE: [(u64, u32, [u64; 8]); 5] = [
        (8, 1, [5, 1, 4, 3, 0, 7, 2, 6]),
        (1000, 0, [841, 611, 936, 931, 799, 278, 573, 729]),
        (4_970_845, 12345, [2_690_339, 4_789_768, 2_612_487, 2_012_415, 879_870, 2_431_879, 3_277_879, 4_698_493]),
        (
            500_000_000,
            7,
            [439_285_083, 109_969_534, 244_965_838, 360_252_620, 293_030_206, 93_617_509, 152_198_072, 347_361_631],
        ),
        (
            1_099_511_640_121,
            99,
            [
                1_014_043_014_369,
                355_930_005_011,
                31_104_473_312,
                600_626_245_994,
                238_827_942_242,
                116_826_140_716,
                235_725_809_080,
                179_451_562_895,
            ],
        ),
    ];
}
