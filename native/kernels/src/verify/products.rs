//! Products of matrices.

use super::{STATIC, sized, wrong};
use crate::failure::Result;
use crate::plan::{Dims, Instruction};

/// Rows times a static matrix, a product over the batch, or two static matrices. Rows may be of several dimensions: each of theirs is
/// then as a row of the batch.
pub(super) fn matmul(operands: &[&Instruction], transpose_a: bool, transpose_b: bool) -> Result<Dims> {
    let (a, b) = (&operands[0].shape, &operands[1].shape);
    match (a.batch, b.batch) {
        (true, true) if transpose_a && !transpose_b && a.leads_as(b) => {
            let (Some((m, above)), Some((n, below))) = (a.fixed.split_last(), b.fixed.split_last()) else {
                return Err(wrong("rows of numbers", operands));
            };
            if above == below { sized(&STATIC, vec![*m, *n], operands) } else { Err(wrong("equal rows", operands)) }
        }
        (true, false) if !transpose_a => {
            let (Some((width, above)), &[k, n]) = (a.fixed.split_last(), &turned(b, transpose_b)[..]) else {
                return Err(wrong("rows and a matrix", operands));
            };
            if k != *width {
                return Err(wrong("inner dimensions to agree", operands));
            }
            sized(a, above.iter().copied().chain([n]).collect(), operands)
        }
        (false, false) => {
            let (&[m, k], &[k2, n]) = (&turned(a, transpose_a)[..], &turned(b, transpose_b)[..]) else {
                return Err(wrong("two matrices", operands));
            };
            if k == k2 {
                sized(&STATIC, vec![m, n], operands)
            } else {
                Err(wrong("inner dimensions to agree", operands))
            }
        }
        _ => Err(wrong("the batch first on the left, or on both sides with transposeA", operands)),
    }
}

/// A matrix for each row of both.
pub(super) fn of_rows(operands: &[&Instruction], transpose_a: bool, transpose_b: bool) -> Result<Dims> {
    let (a, b) = (&operands[0].shape, &operands[1].shape);
    match (&turned(a, transpose_a)[..], &turned(b, transpose_b)[..]) {
        (&[m, k], &[k2, n]) if a.batch && a.leads_as(b) && k == k2 => sized(a, vec![m, n], operands),
        _ => Err(wrong("[batch,m,k] and [batch,k,n]", operands)),
    }
}

fn turned(x: &Dims, transpose: bool) -> Vec<usize> {
    let mut sizes = x.fixed.clone();
    if transpose {
        sizes.reverse();
    }
    sizes
}
