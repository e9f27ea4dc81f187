//! Rows that are drawn for the whole batch.

use super::{STATIC, sized, wrong};
use crate::failure::Result;
use crate::plan::{Dims, Instruction, Op};

/// The shape of a draw, of the rows drawn, or of what they add up to.
pub(super) fn infer(op: &Op, operands: &[&Instruction]) -> Result<Dims> {
    match op {
        Op::Draw { count, rows, .. } => {
            let fits = |x: &&Instruction| matches!(x.op, Op::Data { .. }) && x.shape == Dims::new(false, &[1, *rows]);
            if !operands.iter().all(fits) {
                return Err(wrong("a data matrix [1,rows]", operands));
            }
            Ok(Dims::new(false, &[*count]))
        }
        Op::Pick => {
            let (table, drawn) = (&operands[0].shape, drawn(operands[1])?);
            if table.batch || table.fixed.len() != 2 || table.fixed[0] != drawn.of {
                return Err(wrong("a table [rows,width] and a draw of its rows", operands));
            }
            sized(&STATIC, vec![drawn.count, table.last()], operands)
        }
        Op::PutBack { rows } => {
            let (drawn, x) = (drawn(operands[0])?, &operands[1].shape);
            if x.batch || x.fixed.len() != 2 || x.fixed[0] != drawn.count || *rows != drawn.of {
                return Err(wrong("a draw and a row for each of it", operands));
            }
            sized(&STATIC, vec![*rows, x.last()], operands)
        }
        _ => unreachable!("an op of drawn rows"),
    }
}

/// How many rows were drawn, and of how many.
struct Drawn {
    count: usize,
    of: usize,
}

fn drawn(x: &Instruction) -> Result<Drawn> {
    match x.op {
        Op::Draw { count, rows, .. } => Ok(Drawn { count, of: rows }),
        _ => Err(wrong("rows that were drawn", &[x])),
    }
}
