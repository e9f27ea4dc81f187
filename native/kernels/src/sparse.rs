//! Rows of a table that a batch touches, with the samples that touch each: built by every thread for the rows it owns.

use crate::memory;
use crate::random::{below, mix32};
use crate::rows::Chains;

/// Rows of one block have one owner, so that no cache line of a table has two.
const BLOCK_BITS: u32 = 4;
pub const BLOCK_ROWS: usize = 1 << BLOCK_BITS;
const NONE: u32 = Chains::END;

/// The thread that updates a row. Rows are independent of each other, so results do not depend on it.
#[inline(always)]
pub fn owner(row: u32, threads: u32) -> u32 {
    if threads == 1 { 0 } else { below(mix32(row >> BLOCK_BITS), threads) }
}

/// Sorts the samples `0 .. ids.len()` by the owner of their row: `order` holds each owner's one after the other, and
/// `ends[t]` is where those of thread t end. Both are as long as there are samples and threads.
pub fn sort_by_owner(ids: &[i32], order: &mut [u32], ends: &mut [u32]) {
    let threads = ends.len() as u32;
    if threads == 1 {
        order.iter_mut().zip(0..).for_each(|(slot, i)| *slot = i);
        ends[0] = ids.len() as u32;
        return;
    }
    ends.fill(0);
    for &id in ids {
        ends[owner(id as u32, threads) as usize] += 1;
    }
    let mut start = 0;
    for end in ends.iter_mut() {
        start += std::mem::replace(end, start);
    }
    // `ends` are starts until their samples are there. Whose a row is is a toss: no branch could foretell it.
    for (&id, i) in ids.iter().zip(0..) {
        let end = &mut ends[owner(id as u32, threads) as usize];
        order[*end as usize] = i;
        *end += 1;
    }
}

/// Chains of samples by row. A sample is numbered `source * batch + i`.
#[derive(Debug, Default)]
pub struct Touched {
    /// Distinct rows in the order of their first sample, then rubbish.
    rows: Vec<u32>,
    heads: Vec<u32>,
    tails: Vec<u32>,
    length: usize,
    /// One more than there are samples: see `insert`.
    next: Vec<u32>,
    /// (stamp, position in `rows`): of each row where tables are small, else open addressing by hash.
    table: Vec<(u32, u32)>,
    stamp: u32,
    /// Rows of the tables.
    count: usize,
    by_row: bool,
}

/// Up to this many rows a place for each costs less than hashing.
const FEW_ROWS: usize = 1 << 13;

impl Touched {
    /// For tables of `count` rows.
    pub fn new(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    /// Takes the rows of the samples that this thread owns, all of a step, `samples` at most: for each source its first
    /// sample's number, ids, and which of them (in ascending order) are wanted.
    #[inline(never)]
    pub fn build<'a>(&mut self, samples: usize, parts: impl Iterator<Item = (u32, &'a [i32], &'a [u32])>) {
        self.prepare(samples);
        if self.by_row {
            for (base, ids, wanted) in parts {
                for &i in wanted {
                    let row = ids[i as usize] as u32;
                    self.insert(base + i, row, row as usize);
                }
            }
        } else {
            let mask = self.table.len() - 1;
            for (base, ids, wanted) in parts {
                for &i in wanted {
                    let row = ids[i as usize] as u32;
                    let mut at = mix32(row) as usize & mask;
                    while self.in_use(at).is_some_and(|position| self.rows[position as usize] != row) {
                        at = (at + 1) & mask;
                    }
                    self.insert(base + i, row, at);
                }
            }
        }
    }

    fn prepare(&mut self, samples: usize) {
        self.length = 0;
        if self.next.len() < samples + 1 {
            for list in [&mut self.next, &mut self.rows, &mut self.heads, &mut self.tails] {
                memory::reserve(list, samples + 1);
                list.resize(samples + 1, NONE);
            }
        }
        let by_row = self.count <= FEW_ROWS.max(4 * samples);
        if std::mem::replace(&mut self.by_row, by_row) != by_row {
            self.table.clear();
        }
        let size = if by_row { self.count } else { (2 * samples).next_power_of_two().max(16) };
        if self.table.len() < size {
            // The old one first: there need not be room for both.
            self.table = Vec::new();
            self.table = memory::filled((0, 0), size);
            self.stamp = 0;
        }
        if self.stamp == u32::MAX {
            self.table.fill((0, 0));
            self.stamp = 0;
        }
        self.stamp += 1;
    }

    /// The position of the row noted at a place of the table, if it is one of this batch.
    #[inline(always)]
    fn in_use(&self, at: usize) -> Option<u32> {
        let (stamp, position) = self.table[at];
        (stamp == self.stamp).then_some(position)
    }

    /// Appends a sample to the chain of its row, noted at `at`; the same instructions for a new row and for an old one.
    #[inline(always)]
    fn insert(&mut self, sample: u32, row: u32, at: usize) {
        let (stamp, noted) = self.table[at];
        let is_new = stamp != self.stamp;
        let position = if is_new { self.length } else { noted as usize };
        self.table[at] = (self.stamp, position as u32);
        self.rows[position] = row;
        self.heads[position] = if is_new { sample } else { self.heads[position] };
        // A new chain has no last sample: the spare one takes its place.
        let spare = self.next.len() - 1;
        let last = if is_new { spare } else { self.tails[position] as usize };
        self.next[last] = sample;
        self.next[sample as usize] = NONE;
        self.tails[position] = sample;
        self.length += usize::from(is_new);
    }

    pub fn rows(&self) -> &[u32] {
        &self.rows[..self.length]
    }

    /// Whether a row was touched (and is owned).
    pub fn contains(&self, row: u32) -> bool {
        if self.by_row {
            return self.in_use(row as usize).is_some();
        }
        let mask = self.table.len() - 1;
        let mut at = mix32(row) as usize & mask;
        while let Some(position) = self.in_use(at) {
            if self.rows[position as usize] == row {
                return true;
            }
            at = (at + 1) & mask;
        }
        false
    }

    pub fn chains(&self) -> Chains<'_> {
        Chains { rows: self.rows(), heads: &self.heads[..self.length], next: &self.next }
    }

    /// The samples of a row in ascending order.
    pub fn samples(&self, position: usize, into: &mut Vec<u32>) {
        into.clear();
        let mut sample = self.heads[position];
        while sample != NONE {
            into.push(sample);
            sample = self.next[sample as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::hash;

    /// Samples of each row in order, from all threads together.
    fn chains(count: usize, sources: &[&[i32]], threads: usize) -> Vec<(u32, Vec<u32>)> {
        let mut all = Vec::new();
        for thread in 0..threads {
            let mut touched = Touched::new(count);
            // Built twice: what the first batch left must not be seen.
            for sources in [&[&[1, 1, 2][..]][..], sources] {
                let mut base = 0;
                let mut parts = Vec::new();
                for ids in sources {
                    for shard in ids.chunks(64) {
                        let (mut order, mut ends) = (vec![0; shard.len()], vec![0; threads]);
                        sort_by_owner(shard, &mut order, &mut ends);
                        let start = if thread == 0 { 0 } else { ends[thread - 1] };
                        parts.push((base, shard, order[start as usize..ends[thread] as usize].to_vec()));
                        base += shard.len() as u32;
                    }
                }
                touched.build(base as usize, parts.iter().map(|(base, ids, wanted)| (*base, *ids, &wanted[..])));
            }
            for position in 0..touched.rows().len() {
                let mut samples = Vec::new();
                touched.samples(position, &mut samples);
                all.push((touched.rows()[position], samples));
            }
        }
        all.sort();
        all
    }

    #[test]
    fn every_row_has_its_samples_in_order_whatever_the_threads_and_the_table() {
        let ids: Vec<i32> = (0..500).map(|i| (i * i * 31 % 97) * 100).collect();
        let more: Vec<i32> = (0..500).map(|i| i % 7 * 100).collect();
        let mut expected = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        for (sample, &id) in ids.iter().chain(&more).enumerate() {
            expected.entry(id as u32).or_default().push(sample as u32);
        }
        let expected: Vec<_> = expected.into_iter().collect();
        for count in [9_700, 1 << 20] {
            for threads in [1, 2, 5] {
                assert_eq!(chains(count, &[&ids, &more], threads), expected, "{count} rows, {threads} threads");
            }
        }
    }

    /// Builds one batch and tells each row's samples.
    fn built(touched: &mut Touched, ids: &[i32]) -> Vec<(u32, Vec<u32>)> {
        let wanted: Vec<u32> = (0..ids.len() as u32).collect();
        touched.build(ids.len(), std::iter::once((0, ids, &wanted[..])));
        let mut samples = Vec::new();
        let rows = touched.rows().to_vec();
        let all = rows.iter().enumerate().map(|(position, &row)| {
            touched.samples(position, &mut samples);
            (row, samples.clone())
        });
        all.collect()
    }

    fn expected(ids: &[i32]) -> Vec<(u32, Vec<u32>)> {
        let mut rows: Vec<(u32, Vec<u32>)> = Vec::new();
        for (sample, &id) in ids.iter().enumerate() {
            match rows.iter_mut().find(|(row, _)| *row == id as u32) {
                Some((_, samples)) => samples.push(sample as u32),
                None => rows.push((id as u32, vec![sample as u32])),
            }
        }
        rows
    }

    /// Rows of a table of `count`, some repeated; the last one among them.
    fn batch(count: usize, samples: usize, seed: u32) -> Vec<i32> {
        let mut ids: Vec<i32> =
            (0..samples as u32).map(|i| below(hash(seed, [i]), count as u32) as i32 / 3 * 3).collect();
        if let Some(last) = ids.last_mut() {
            *last = count as i32 - 1;
        }
        ids
    }

    #[test]
    fn batches_of_any_size_follow_each_other_in_tables_of_any_size() {
        // A place for each row up to 8192 rows or four times the samples, hashes beyond: small and large batches switch.
        for count in [FEW_ROWS - 1, FEW_ROWS, FEW_ROWS + 1, 4 * 2500, 4 * 2500 + 1, 1 << 20] {
            let mut touched = Touched::new(count);
            for (step, samples) in [40, 2500, 1, 2501, 2499, 7, 1300, 2500, 3, 0, 40].into_iter().enumerate() {
                let ids = batch(count, samples, step as u32);
                let rows = expected(&ids);
                assert_eq!(built(&mut touched, &ids), rows, "{count} rows, {samples} samples");
                for row in (0..count as u32).step_by(97).chain(ids.iter().map(|&id| id as u32)) {
                    assert_eq!(
                        touched.contains(row),
                        rows.iter().any(|(other, _)| *other == row),
                        "row {row} of {count}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_table_full_of_one_place_is_searched_to_its_end() {
        // As many rows as samples whose hashes meet in few places: probing goes round the end of the table.
        let mut touched = Touched::new(1 << 24);
        let size = 16;
        let meeting: Vec<i32> =
            (0..1 << 24).filter(|&row| mix32(row as u32) as usize & (size - 1) == size - 1).take(8).collect();
        assert_eq!(built(&mut touched, &meeting), expected(&meeting));
        let other = (0..1 << 24).filter(|row| mix32(*row as u32) as usize & (size - 1) == size - 1).nth(8);
        assert!(!touched.contains(other.expect("a ninth") as u32));
        assert!(meeting.iter().all(|&row| touched.contains(row as u32)));
    }

    #[test]
    fn stamps_start_anew_before_they_repeat() {
        let mut touched = Touched::new(100);
        assert_eq!(built(&mut touched, &[7, 8]), expected(&[7, 8]));
        touched.stamp = u32::MAX - 1;
        for ids in [[1, 2], [2, 3], [3, 3], [9, 7]] {
            assert_eq!(built(&mut touched, &ids), expected(&ids));
            assert_eq!(touched.contains(1), ids[0] == 1);
        }
        assert!(touched.stamp < 10);
    }

    #[test]
    fn every_sample_has_one_owner_and_rows_of_a_block_have_the_same() {
        let ids: Vec<i32> = (0..300).map(|i| i * 7 % 256).collect();
        for threads in [1, 2, 3, 8] {
            let (mut order, mut ends) = (vec![9; ids.len()], vec![9; threads]);
            sort_by_owner(&ids, &mut order, &mut ends);
            let mut start = 0;
            let mut seen = Vec::new();
            for (thread, &end) in ends.iter().enumerate() {
                let own = &order[start as usize..end as usize];
                assert!(own.windows(2).all(|pair| pair[0] < pair[1]), "in order");
                for &sample in own {
                    let id = ids[sample as usize] as u32;
                    assert_eq!(owner(id, threads as u32) as usize, thread);
                    assert_eq!(owner(id / 16 * 16, threads as u32) as usize, thread, "its block");
                }
                seen.extend_from_slice(own);
                start = end;
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..ids.len() as u32).collect::<Vec<_>>());
            let shares: Vec<usize> = (0..threads)
                .map(|thread| (0..4096).filter(|row| owner(*row, threads as u32) as usize == thread).count())
                .collect();
            assert!(shares.iter().all(|&share| share > 4096 / threads / 2), "{shares:?}");
        }
    }
}
