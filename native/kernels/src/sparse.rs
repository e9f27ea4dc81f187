//! Rows of a table that a batch touches, with the samples that touch each: built by every thread for the rows it owns.

use crate::random::{below, mix32};
use crate::rows::Chains;

/// Rows of one block have one owner, so that no cache line of a table has two.
const BLOCK_BITS: u32 = 4;
const NONE: u32 = Chains::END;

/// The thread that updates a row. Rows are independent of each other, so results do not depend on it.
#[inline(always)]
pub fn owner(row: u32, threads: u32) -> u32 {
    if threads == 1 { 0 } else { below(mix32(row >> BLOCK_BITS), threads) }
}

/// Chains of samples by row. A sample is numbered `source * batch + i`.
#[derive(Debug, Default)]
pub struct Touched {
    /// Distinct rows in the order of their first sample.
    pub rows: Vec<u32>,
    heads: Vec<u32>,
    tails: Vec<u32>,
    next: Vec<u32>,
    /// Open-addressing table: (stamp, position in `rows`).
    table: Vec<(u32, u32)>,
    stamp: u32,
}

impl Touched {
    #[inline(never)]
    /// Finds the rows of `sources` that `thread` owns.
    pub fn build(&mut self, sources: &[&[i32]], thread: u32, threads: u32) {
        let samples: usize = sources.iter().map(|ids| ids.len()).sum();
        self.prepare(samples);
        let mask = self.table.len() - 1;
        let mut sample = 0_u32;
        for ids in sources {
            for &id in *ids {
                let row = id as u32;
                if owner(row, threads) == thread {
                    self.insert(row, sample, mask);
                }
                sample += 1;
            }
        }
    }

    fn prepare(&mut self, samples: usize) {
        self.rows.clear();
        self.heads.clear();
        self.tails.clear();
        if self.next.len() < samples {
            self.next.resize(samples, NONE);
        }
        let size = (2 * samples).next_power_of_two().max(16);
        if self.table.len() < size {
            self.table = vec![(0, 0); size];
            self.stamp = 0;
        }
        if self.stamp == u32::MAX {
            self.table.fill((0, 0));
            self.stamp = 0;
        }
        self.stamp += 1;
    }

    #[inline(always)]
    fn insert(&mut self, row: u32, sample: u32, mask: usize) {
        self.next[sample as usize] = NONE;
        let mut at = mix32(row) as usize & mask;
        loop {
            let (stamp, position) = self.table[at];
            if stamp != self.stamp {
                self.table[at] = (self.stamp, self.rows.len() as u32);
                self.rows.push(row);
                self.heads.push(sample);
                self.tails.push(sample);
                return;
            }
            if self.rows[position as usize] == row {
                let tail = &mut self.tails[position as usize];
                self.next[*tail as usize] = sample;
                *tail = sample;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether a row was touched (and is owned).
    pub fn contains(&self, row: u32) -> bool {
        let mask = self.table.len() - 1;
        let mut at = mix32(row) as usize & mask;
        while self.table[at].0 == self.stamp {
            if self.rows[self.table[at].1 as usize] == row {
                return true;
            }
            at = (at + 1) & mask;
        }
        false
    }

    pub fn chains(&self) -> Chains<'_> {
        Chains { rows: &self.rows, heads: &self.heads, next: &self.next }
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
