//! Counter-based randomness: every draw is a pure function of a seed and its coordinates. The definition is
//! `src/core/random.ts`; the arithmetic is u32 only and the two must agree bit for bit.

use crate::isa::Isa;

/// First coordinate of every draw.
pub mod stream {
    pub const INIT: u32 = 1;
    pub const SHUFFLE: u32 = 2;
    pub const NEGATIVE: u32 = 3;
    pub const DROPOUT: u32 = 4;
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
        let mut x = index;
        loop {
            let mut left = (x / u64::from(self.b)) as u32;
            let mut right = (x % u64::from(self.b)) as u32;
            for round in [0, 2] {
                left = (left + below(mix32(right ^ self.keys[round]), self.a)) % self.a;
                right = (right + below(mix32(left ^ self.keys[round + 1]), self.b)) % self.b;
            }
            x = u64::from(left) * u64::from(self.b) + u64::from(right);
            if x < self.n {
                return x;
            }
        }
    }

    /// The images of `first`, `first + 1`, … into `out`. Panics when the run leaves [0, n).
    pub fn fill(&self, _isa: Isa, first: u64, out: &mut [u64]) {
        for (offset, slot) in out.iter_mut().enumerate() {
            *slot = self.at(first + offset as u64);
        }
    }
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
    pub fn fill(&self, _isa: Isa, rows: &[u64], attempt: u32, out: &mut [u32]) {
        assert_eq!(rows.len(), out.len());
        for (slot, &row) in out.iter_mut().zip(rows) {
            *slot = self.at(row, attempt);
        }
    }
}
