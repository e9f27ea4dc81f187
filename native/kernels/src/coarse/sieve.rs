//! Rows that may be among the best.

use crate::memory;

/// Rows kept before the worst are sifted out, for each that is wanted, and at least.
const ROOM: usize = 4;
const LEAST_ROOM: usize = 1024;

/// A row whose score lies between these.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub least: f32,
    pub most: f32,
    pub row: u32,
}

/// Keeps every row that may be among the k best; of others as few as it takes to be quick.
pub(crate) struct Sieve {
    k: usize,
    pub(super) kept: Vec<Kept>,
    room: usize,
    /// Rows from which on it gives up.
    limit: usize,
    /// k rows surely have this score or more.
    threshold: f32,
}

impl Sieve {
    /// Panics when k is 0. Gives up where more than `limit` rows may be among the best.
    pub fn new(k: usize, limit: usize) -> Self {
        assert!(k > 0, "the best 0 rows");
        let room = (k * ROOM).max(LEAST_ROOM);
        Self { k, kept: memory::room(room), room, limit: limit.max(room), threshold: f32::NEG_INFINITY }
    }

    /// What the most that a score may be must reach.
    #[inline(always)]
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Takes a row; its score is `score`, wrong by `error` or less.
    pub fn take(&mut self, row: u32, score: f32, error: f32) {
        let most = score + error;
        if most < self.threshold || self.gave_up() {
            return;
        }
        self.kept.push(Kept { least: score - error, most, row });
        if self.kept.len() < self.room {
            return;
        }
        self.sift();
        if self.kept.len() > self.room / 2 {
            self.room *= 2;
        }
        if self.kept.len() > self.limit {
            // Nothing reaches this.
            self.threshold = f32::INFINITY;
        } else {
            memory::reserve(&mut self.kept, self.room);
        }
    }

    /// Whether k rows were taken.
    pub fn has_enough(&self) -> bool {
        // What is let go of lies below k others.
        self.kept.len() >= self.k
    }

    pub fn gave_up(&self) -> bool {
        self.threshold == f32::INFINITY
    }

    /// Lets go of rows that k others surely lie above.
    fn sift(&mut self) {
        if self.kept.len() < self.k {
            return;
        }
        let mut least = memory::room(self.kept.len());
        least.extend(self.kept.iter().map(|kept| kept.least));
        let (_, &mut kth, _) = least.select_nth_unstable_by(self.k - 1, |a: &f32, b| b.total_cmp(a));
        self.threshold = self.threshold.max(kth);
        let threshold = self.threshold;
        self.kept.retain(|kept| kept.most >= threshold);
    }

    /// The rows that may be among the k best, ascending; None where they are too many.
    pub fn rows(mut self) -> Option<Vec<u32>> {
        if self.gave_up() {
            return None;
        }
        self.sift();
        let mut rows = memory::room(self.kept.len());
        rows.extend(self.kept.iter().map(|kept| kept.row));
        rows.sort_unstable();
        Some(rows)
    }
}
