//! What steps read by the entries of data matrices.

use super::{Access, Ids, View};
use crate::plan::{Attending, EntryDropout};

/// The rows that a bag adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Rows(View),
    /// A matrix of the data.
    Data(usize),
    /// None: each entry has a column of its own.
    Entries,
}

/// The entries of data matrix `matrix` in the rows `ids`, but for those in the columns `without`, and those left out at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entries {
    pub matrix: usize,
    pub ids: Ids,
    pub without: Option<Ids>,
    pub dropout: Option<EntryDropout>,
}

/// Every entry of the left side with every one of the right, hashed into so many buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossed {
    pub left: Entries,
    pub right: Entries,
    pub id: u32,
    pub buckets: usize,
}

/// A query per row, and the tables whose rows it looks at: those of the entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub query: View,
    pub keys: View,
    pub values: View,
    pub entries: Entries,
    pub attending: Attending,
}

impl Look {
    pub(super) fn views(&mut self, visit: &mut dyn FnMut(&mut View, Access)) {
        [&mut self.query, &mut self.keys, &mut self.values].into_iter().for_each(|x| visit(x, Access::Read));
    }
}
