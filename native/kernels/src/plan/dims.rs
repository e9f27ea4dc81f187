//! Shapes of values.

use std::fmt;

/// The shape of a value: an optional leading dimension known at run time only, then fixed ones.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Dims {
    /// There is a row for each row of the batch, or for each of their entries.
    pub batch: bool,
    /// For each of their entries.
    pub entries: bool,
    pub fixed: Vec<usize>,
}

impl Dims {
    pub fn new(batch: bool, fixed: &[usize]) -> Self {
        Self { batch, entries: false, fixed: fixed.to_vec() }
    }

    /// A row for each entry of the batch's rows.
    pub fn of_entries(fixed: &[usize]) -> Self {
        Self { batch: true, entries: true, fixed: fixed.to_vec() }
    }

    /// With the same leading dimension, if any.
    #[must_use]
    pub fn with(&self, fixed: Vec<usize>) -> Self {
        Self { fixed, ..*self }
    }

    /// Whether both have the same leading dimension, or none.
    pub fn leads_as(&self, other: &Self) -> bool {
        (self.batch, self.entries) == (other.batch, other.entries)
    }

    pub fn rank(&self) -> usize {
        usize::from(self.batch) + self.fixed.len()
    }

    /// Elements of a static value, or per batch row.
    pub fn elements(&self) -> usize {
        self.fixed.iter().fold(1, |product, &size| product.saturating_mul(size))
    }

    /// The last fixed dimension; 1 for scalars and `[batch]`.
    pub fn last(&self) -> usize {
        self.fixed.last().copied().unwrap_or(1)
    }

    /// Product of the fixed dimensions before the last one.
    pub fn lead(&self) -> usize {
        self.fixed.iter().rev().skip(1).product()
    }

    pub fn is_suffix_of(&self, other: &Self) -> bool {
        if self.batch {
            return self == other;
        }
        other.fixed.ends_with(&self.fixed)
    }
}

impl fmt::Display for Dims {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = self.fixed.iter().map(usize::to_string).collect();
        if self.batch {
            names.insert(0, if self.entries { "entries" } else { "batch" }.to_owned());
        }
        write!(out, "[{}]", names.join(","))
    }
}
