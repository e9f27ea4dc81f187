//! What steps that read the rows of the whole batch read.

use super::{Access, Ids, View};

/// Inner products of the shard's rows with those of the whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPairs {
    pub own: View,
    /// In the batch.
    pub others: View,
    /// Two rows that are equal in one of these do not count, but for a row and itself.
    pub item: Ids,
    pub user: Ids,
    /// Room for a block of products.
    pub scratch: View,
    pub pack: usize,
    /// Most rows of a batch.
    pub batch: usize,
}

impl BatchPairs {
    pub(super) fn views(&mut self, visit: &mut dyn FnMut(&mut View, Access)) {
        visit(&mut self.own, Access::Read);
        visit(&mut self.others, Access::Read);
        visit(&mut self.scratch, Access::Write);
    }
}
