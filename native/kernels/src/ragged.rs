//! The entries of a shard's rows: what each user did, one event after the other.

use crate::matrix::SparseMatrix;
use crate::plan::Unrolled;
use std::ops::Range;

/// The entries of row r are `[starts[r], starts[r + 1])` of the columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ragged<'a> {
    pub starts: &'a [usize],
    pub columns: &'a [i32],
    /// Empty unless entries are ahead of a next one.
    pub next: &'a [i32],
    pub positions: &'a [i32],
    /// Where the first entry of each row lies in its matrix.
    pub firsts: &'a [usize],
}

impl Ragged<'_> {
    pub fn count(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }
}

/// Memory for the entries of a shard.
#[derive(Debug, Default)]
pub struct EntryIds {
    starts: Vec<usize>,
    columns: Vec<i32>,
    next: Vec<i32>,
    positions: Vec<i32>,
    firsts: Vec<usize>,
}

impl EntryIds {
    /// Takes the entries of the rows `ids`.
    pub fn fill(&mut self, unrolled: Unrolled, matrix: &SparseMatrix, ids: &[i32]) {
        let Self { starts, columns, next, positions, firsts } = self;
        firsts.clear();
        [&mut *columns, next, positions].into_iter().for_each(Vec::clear);
        starts.clear();
        starts.push(0);
        for &id in ids {
            let range = unrolled.range(matrix, id);
            firsts.push(range.start);
            positions.extend((0..range.len() as i32).rev());
            if unrolled.ahead {
                next.extend(matrix.ids[range.start + 1..range.end + 1].iter().map(|&column| column as i32));
            }
            columns.extend(matrix.ids[range].iter().map(|&column| column as i32));
            starts.push(columns.len());
        }
    }

    pub fn view(&self) -> Ragged<'_> {
        let Self { starts, columns, next, positions, firsts } = self;
        Ragged { starts, columns, next, positions, firsts }
    }
}

impl Unrolled {
    /// Where the entries of a row lie in its matrix.
    fn range(self, matrix: &SparseMatrix, row: i32) -> Range<usize> {
        let (start, end) = (matrix.offsets[row as usize], matrix.offsets[row as usize + 1]);
        let end = if self.ahead { end.saturating_sub(1).max(start) } else { end };
        end.saturating_sub(self.newest).max(start)..end
    }

    /// Entries of these rows.
    pub fn count(self, matrix: &SparseMatrix, ids: &[i32]) -> usize {
        ids.iter().map(|&id| self.range(matrix, id).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Csr;

    #[test]
    fn the_newest_entries_of_each_row_are_taken() {
        let rows = Csr::in_any_order("test", &[0, 4, 4, 5], &[7, 2, 7, 0, 3], 3, 8).expect("rows");
        let matrix = SparseMatrix::new(&rows, None, 8).expect("ones");
        assert!(!matrix.ascends);
        let mut entries = EntryIds::default();
        for _ in 0..2 {
            entries.fill(Unrolled { newest: 3, ahead: false }, &matrix, &[2, 1, 0]);
            let view = entries.view();
            assert_eq!((view.starts, view.columns), (&[0, 1, 1, 4][..], &[3, 2, 7, 0][..]));
            assert_eq!((view.positions, view.next.len()), (&[0, 2, 1, 0][..], 0));
            assert_eq!(view.firsts, [4, 4, 1]);
            let ahead = Unrolled { newest: 2, ahead: true };
            entries.fill(ahead, &matrix, &[2, 1, 0]);
            let view = entries.view();
            assert_eq!((view.starts, view.columns, view.next), (&[0, 0, 0, 2][..], &[2, 7][..], &[7, 0][..]));
            assert_eq!(ahead.count(&matrix, &[2, 1, 0]), 2);
        }
    }
}
