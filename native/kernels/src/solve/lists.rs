//! A square sparse matrix whose rows are made by all threads.

use super::Job;
use crate::failure::Result;
use crate::matrix::SparseMatrix;
use std::sync::{Mutex, PoisonError};

/// Columns and their values.
pub(super) type List = Vec<(u32, f32)>;

/// Row i is `list(state, i)`; a thread makes `block` of them before it asks for more.
pub(super) fn collect<T>(
    job: &Job,
    size: usize,
    block: usize,
    make: impl Fn() -> T + Sync,
    list: impl Fn(&mut T, usize) -> List + Sync,
) -> Result<SparseMatrix> {
    let blocks = size.div_ceil(block);
    let found: Vec<Mutex<Vec<List>>> = (0..blocks).map(|_| Mutex::new(Vec::new())).collect();
    job.share(blocks, (0.0, 1.0), make, |state, piece| {
        let lists = (piece * block..size.min((piece + 1) * block)).map(|row| list(state, row)).collect();
        *found[piece].lock().unwrap_or_else(PoisonError::into_inner) = lists;
    })?;
    let mut result = SparseMatrix { columns: size, offsets: vec![0], ..SparseMatrix::default() };
    for lists in found {
        for list in lists.into_inner().unwrap_or_else(PoisonError::into_inner) {
            for (id, value) in list {
                result.ids.push(id);
                result.values.push(value);
            }
            result.offsets.push(result.ids.len());
        }
    }
    Ok(result)
}

/// Keeps the largest values, of equal ones those of lower columns, in ascending order of the columns.
pub(super) fn best(list: &mut List, count: usize) {
    if list.len() > count {
        list.select_nth_unstable_by(count - 1, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(count);
    }
    list.sort_unstable_by_key(|&(id, _)| id);
}
