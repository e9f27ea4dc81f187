//! Selection from rows of scores.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// The k best items seen so far: score descending, ties by lower item index. NaN and -infinity are never selected.
#[derive(Clone, Debug)]
pub struct Best {
    k: usize,
    scores: Vec<f32>,
    items: Vec<u32>,
}

impl Best {
    /// Panics when k is 0.
    pub fn new(k: usize) -> Self {
        assert!(k > 0, "the best 0 items");
        Self { k, scores: Vec::new(), items: Vec::new() }
    }

    /// Forgets all items.
    pub fn clear(&mut self) {
        self.scores.clear();
        self.items.clear();
    }

    /// Offers the scores of items `first`, `first + 1`, …; calls must go up in items.
    pub fn scan(&mut self, isa: Isa, scores: &[f32], first: u32) {
        isa.run(Scan { best: self, scores, first });
    }

    /// What a score must exceed to be selected.
    #[inline(always)]
    fn threshold(&self) -> f32 {
        if self.scores.len() < self.k { f32::NEG_INFINITY } else { self.scores[self.k - 1] }
    }

    /// Takes an item whose score exceeds the threshold and whose index exceeds all seen so far.
    #[inline(never)]
    fn insert(&mut self, score: f32, item: u32) {
        let place = self.scores.partition_point(|&other| other >= score);
        self.scores.truncate(self.k - 1);
        self.items.truncate(self.k - 1);
        self.scores.insert(place, score);
        self.items.insert(place, item);
    }

    /// Writes the best, unused places as -1 and -infinity. Panics unless both slices have length k.
    pub fn write(&self, items: &mut [i32], scores: &mut [f32]) {
        assert!(items.len() == self.k && scores.len() == self.k, "room for {} items", self.k);
        for place in 0..self.k {
            items[place] = self.items.get(place).map_or(-1, |&item| item as i32);
            scores[place] = self.scores.get(place).copied().unwrap_or(f32::NEG_INFINITY);
        }
    }
}

struct Scan<'a> {
    best: &'a mut Best,
    scores: &'a [f32],
    first: u32,
}

impl Kernel for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Scan { best, scores, first } = self;
        let mut threshold = best.threshold();
        // Four vectors at a time: hardly any holds a better score.
        for (chunk, run) in scores.chunks(4 * S::LANES).enumerate() {
            let at = chunk * 4 * S::LANES;
            let mut hits = 0_u64;
            for (j, part) in run.chunks(S::LANES).enumerate() {
                // SAFETY: as many floats as the part has.
                let v = unsafe {
                    if part.len() == S::LANES { s.load(part.as_ptr()) } else { s.load_part(part.as_ptr(), part.len()) }
                };
                // Lanes beyond the end are 0.
                let exist = (1_u64 << part.len()) - 1;
                hits |= (u64::from(s.bits(s.gt(v, s.splat(threshold)))) & exist) << (j * S::LANES);
            }
            while hits != 0 {
                let offset = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                let score = run[offset];
                if score > threshold {
                    best.insert(score, first + (at + offset) as u32);
                    threshold = best.threshold();
                }
            }
        }
    }
}

/// Marks excluded items (ascending, those outside the slice ignored) with NaN, which neither [`Best::scan`] nor
/// [`count_greater_equal`] counts. `first` is the item of `scores[0]`.
pub fn exclude(scores: &mut [f32], first: u32, excluded: &[i32]) {
    for &item in excluded {
        if let Some(score) = (item as usize).checked_sub(first as usize).and_then(|at| scores.get_mut(at)) {
            *score = f32::NAN;
        }
    }
}

/// The first place that holds NaN or an infinity.
pub fn find_not_finite(isa: Isa, scores: &[f32]) -> Option<usize> {
    if isa.run(AreFinite { scores }) { None } else { scores.iter().position(|score| !score.is_finite()) }
}

struct AreFinite<'a> {
    scores: &'a [f32],
}

impl Kernel for AreFinite<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> bool {
        let mut chunks = self.scores.chunks_exact(S::LANES);
        // 0 * x is 0 for finite x alone; a sum of such zeros and anything else is NaN.
        let mut sum = s.zero();
        for chunk in &mut chunks {
            // SAFETY: LANES floats.
            sum = s.fma(unsafe { s.load(chunk.as_ptr()) }, s.zero(), sum);
        }
        s.bits(s.eq(sum, s.zero())).count_ones() as usize == S::LANES
            && chunks.remainder().iter().all(|x| x.is_finite())
    }
}

/// How many scores are greater than the target and how many equal to it.
pub fn count_greater_equal(isa: Isa, scores: &[f32], target: f32) -> (u32, u32) {
    isa.run(Count { scores, target })
}

struct Count<'a> {
    scores: &'a [f32],
    target: f32,
}

impl Kernel for Count<'_> {
    type Output = (u32, u32);

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> (u32, u32) {
        let target = s.splat(self.target);
        let (mut greater, mut equal) = (0, 0);
        let mut chunks = self.scores.chunks_exact(S::LANES);
        for chunk in &mut chunks {
            // SAFETY: LANES floats.
            let v = unsafe { s.load(chunk.as_ptr()) };
            greater += s.bits(s.gt(v, target)).count_ones();
            equal += s.bits(s.eq(v, target)).count_ones();
        }
        for &score in chunks.remainder() {
            greater += u32::from(score > self.target);
            equal += u32::from(score == self.target);
        }
        (greater, equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{below, hash};

    /// Few different values, so that there are ties, and some that must never be selected.
    fn scores(count: usize, seed: u32) -> Vec<f32> {
        let one = |i| match below(hash(seed, [i]), 60) {
            0 => f32::NAN,
            1 => f32::NEG_INFINITY,
            2 => f32::INFINITY,
            x => x as f32 - 30.0,
        };
        (0..count as u32).map(one).collect()
    }

    #[test]
    fn the_best_are_those_of_a_stable_sort() {
        for isa in Isa::available() {
            for seed in 0..200 {
                let count = below(hash(seed, [1]), 300) as usize;
                let k = 1 + below(hash(seed, [2]), 40) as usize;
                let split = below(hash(seed, [3]), count as u32 + 1) as usize;
                let scores = scores(count, seed);
                let mut best = Best::new(k);
                best.scan(isa, &scores[..split], 0);
                best.scan(isa, &scores[split..], split as u32);
                let (mut items, mut values) = (vec![0; k], vec![0.0; k]);
                best.write(&mut items, &mut values);
                let mut expected: Vec<usize> = (0..count).filter(|&i| scores[i] > f32::NEG_INFINITY).collect();
                expected.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
                for place in 0..k {
                    match expected.get(place) {
                        Some(&item) => assert_eq!((items[place], values[place]), (item as i32, scores[item])),
                        None => assert_eq!((items[place], values[place]), (-1, f32::NEG_INFINITY)),
                    }
                }
            }
        }
    }

    #[test]
    fn a_cleared_selection_starts_anew() {
        let mut best = Best::new(2);
        best.scan(Isa::detect(), &[5.0, 6.0, 7.0], 0);
        best.clear();
        best.scan(Isa::detect(), &[1.0], 9);
        let (mut items, mut values) = ([0; 2], [0.0; 2]);
        best.write(&mut items, &mut values);
        assert_eq!((items, values), ([9, -1], [1.0, f32::NEG_INFINITY]));
    }

    #[test]
    fn excluded_items_neither_win_nor_count() {
        for isa in Isa::available() {
            let mut row = vec![3.0, 9.0, 3.0, 1.0];
            exclude(&mut row, 10, &[2, 11, 13, 99]);
            assert_eq!(count_greater_equal(isa, &row, 3.0), (0, 2));
            let mut best = Best::new(1);
            best.scan(isa, &row, 10);
            let (mut items, mut values) = ([0], [0.0]);
            best.write(&mut items, &mut values);
            assert_eq!((items, values), ([10], [3.0]));
        }
    }

    #[test]
    fn the_first_score_that_is_no_finite_number_is_found() {
        for isa in Isa::available() {
            for count in [0, 1, 7, 16, 33, 240] {
                let mut scores: Vec<f32> = (0..count).map(|i| (i as f32 - 9.0) * 1e37).collect();
                scores.iter_mut().for_each(|score| *score = score.clamp(f32::MIN, f32::MAX));
                assert_eq!(find_not_finite(isa, &scores), None, "{isa:?} {count}");
                for place in (0..count).rev() {
                    scores[place] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][place % 3];
                    assert_eq!(find_not_finite(isa, &scores), Some(place), "{isa:?} {count}");
                }
            }
        }
    }

    #[test]
    fn counts_agree_with_a_loop() {
        for isa in Isa::available() {
            for seed in 0..50 {
                let scores = scores(seed as usize * 7, seed);
                let greater = scores.iter().filter(|&&x| x > 2.0).count() as u32;
                let equal = scores.iter().filter(|&&x| x == 2.0).count() as u32;
                assert_eq!(count_greater_equal(isa, &scores, 2.0), (greater, equal));
            }
        }
    }
}
