//! Sparse matrices of the data: a row of columns and values per user or item.

use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::memory;
use crate::program::{Data, Program};
use std::collections::HashMap;
use std::sync::Arc;

/// By the names that plans give them; shared by all that read them.
pub type DataMatrices = HashMap<String, Arc<SparseMatrix>>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseMatrix {
    pub columns: usize,
    /// Length rows + 1.
    pub offsets: Vec<usize>,
    pub ids: Vec<u32>,
    pub values: Vec<f32>,
    /// Whether the ids of every row ascend; in order of time they need not.
    pub ascends: bool,
}

impl SparseMatrix {
    /// Of checked rows; every value is 1 where there are none. Fails with ENGINE_INPUT where values do not fit or are not finite.
    pub fn new(rows: &Csr, values: Option<&[f32]>, columns: usize) -> Result<Self> {
        let count = rows.items.len();
        let values = values.map_or_else(|| memory::filled(1.0, count), memory::copied);
        if values.len() != count {
            return Err(Failure::input("There is not one value per entry").expected(count).received(values.len()));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Failure::input("A value is not finite").received(value));
        }
        let (mut offsets, mut ids) = (memory::room(rows.offsets.len()), memory::room(count));
        offsets.extend(rows.offsets.iter().map(|&offset| offset as usize));
        ids.extend(rows.items.iter().map(|&item| item as u32));
        Ok(Self { columns, offsets, ids, values, ascends: rows.ascends() })
    }

    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.ids[range.clone()], &self.values[range])
    }

    /// A row that has an id more than once, of ids that ascend, and the id. What looks at entries one by one takes them as they are,
    /// and what looks at whole columns, their lengths above all, would not.
    #[must_use]
    pub fn repeated(&self) -> Option<(usize, u32)> {
        let repeats =
            |row: usize| self.row(row).0.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| (row, pair[0]));
        (0..self.rows()).find_map(repeats)
    }

    /// Entries of some rows.
    pub fn entries(&self, first: usize, rows: usize) -> usize {
        self.offsets[first + rows] - self.offsets[first]
    }

    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut offsets = memory::filled(0, self.columns + 1);
        for &id in &self.ids {
            offsets[id as usize + 1] += 1;
        }
        for column in 0..self.columns {
            offsets[column + 1] += offsets[column];
        }
        let mut next = offsets.clone();
        let (mut ids, mut values) = (memory::filled(0, self.ids.len()), memory::filled(0.0, self.ids.len()));
        for row in 0..self.rows() {
            let (columns, row_values) = self.row(row);
            for (&column, &value) in columns.iter().zip(row_values) {
                let at = &mut next[column as usize];
                (ids[*at], values[*at]) = (row as u32, value);
                *at += 1;
            }
        }
        Self { columns: self.rows(), offsets, ids, values, ascends: true }
    }
}

/// The matrices that a program reads, by its numbers. Fails with ENGINE_INPUT where one is missing or has another shape.
pub fn bind_data(program: &Program, given: DataMatrices) -> Result<Vec<Arc<SparseMatrix>>> {
    let find = |data: &Data| {
        let unfit = || Failure::input(format!("The data matrix \"{}\" does not fit the plan", data.name));
        let expected = format!("{} x {}", data.rows, data.columns);
        match given.get(&data.name) {
            None => Err(unfit().expected(expected).received("nothing")),
            Some(found) if !data.ordered && !found.ascends => {
                Err(unfit().expected("rows that ascend").received("rows in another order"))
            }
            Some(found) if found.rows() == data.rows && found.columns == data.columns => {
                Ok(if data.transpose { Arc::new(found.transposed()) } else { Arc::clone(found) })
            }
            Some(found) => Err(unfit().expected(expected).received(format!("{} x {}", found.rows(), found.columns))),
        }
    };
    program.data.iter().map(find).collect()
}
