//! Selection from rows of scores.

use crate::isa::Isa;

/// The k best items seen so far: score descending, ties by lower item index. NaN is never selected.
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
        Self { k, scores: Vec::with_capacity(k + 1), items: Vec::with_capacity(k + 1) }
    }

    /// Forgets all items.
    pub fn clear(&mut self) {
        self.scores.clear();
        self.items.clear();
    }

    /// Offers the scores of items `first`, `first + 1`, …; calls must go up in items.
    pub fn scan(&mut self, _isa: Isa, scores: &[f32], first: u32) {
        for (offset, &score) in scores.iter().enumerate() {
            let full = self.scores.len() == self.k;
            if score.is_nan() || score == f32::NEG_INFINITY || full && score <= self.scores[self.k - 1] {
                continue;
            }
            let place = self.scores.partition_point(|&other| other >= score);
            self.scores.insert(place, score);
            self.items.insert(place, first + offset as u32);
            self.scores.truncate(self.k);
            self.items.truncate(self.k);
        }
    }

    /// Writes the best, unused places as -1 and -infinity. Panics unless both slices have length k.
    pub fn write(&self, items: &mut [i32], scores: &mut [f32]) {
        assert!(items.len() == self.k && scores.len() == self.k);
        for place in 0..self.k {
            items[place] = self.items.get(place).map_or(-1, |&item| item as i32);
            scores[place] = self.scores.get(place).copied().unwrap_or(f32::NEG_INFINITY);
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

/// How many scores are greater than the target and how many equal to it.
pub fn count_greater_equal(_isa: Isa, scores: &[f32], target: f32) -> (u32, u32) {
    let greater = scores.iter().filter(|&&score| score > target).count();
    let equal = scores.iter().filter(|&&score| score == target).count();
    (greater as u32, equal as u32)
}
