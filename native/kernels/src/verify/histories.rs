//! Shapes of what looks at rows of histories.

use super::{STATIC, sized, wrong};
use crate::failure::Result;
use crate::plan::{Dims, Instruction, Op, Part, Unrolled};

/// Of a query, keys and values, and a matrix with ids.
pub(super) fn cross_attention(operands: &[&Instruction], rows: &[&Instruction]) -> Result<Dims> {
    let (query, keys, values, matrix) = (&operands[0].shape, &operands[1].shape, &operands[2].shape, rows[0]);
    let column = Dims::new(true, &[]);
    let is_table =
        |x: &Dims| !x.batch && x.rank() == 2 && !matrix.shape.fixed.is_empty() && x.fixed[0] == matrix.shape.last();
    let is_data =
        matches!(matrix.op, Op::Data { .. }) && matrix.shape.fixed.iter().all(|&size| i32::try_from(size).is_ok());
    let are_inputs = rows[1..].iter().all(|ids| ids.shape == column && matches!(ids.op, Op::Input { .. }));
    let fits = is_data && are_inputs && is_table(keys) && is_table(values);
    if fits && *query == column.with(keys.fixed[1..].to_vec()) {
        return Ok(column.with(values.fixed[1..].to_vec()));
    }
    Err(wrong("[batch,d], [columns,d], [columns,width], a data matrix [rows,columns] and ids", operands))
}

/// Of crosses, and of what flows back to their table: operands are something, two matrices, ids of their rows, and perhaps of columns.
pub(super) fn crossed(op: &Op, operands: &[&Instruction]) -> Result<Dims> {
    let is_data = |x: &&Instruction| {
        matches!(x.op, Op::Data { .. }) && x.shape.fixed.iter().all(|&size| i32::try_from(size).is_ok())
    };
    let column = Dims::new(true, &[]);
    let are_ids = |x: &&Instruction| x.shape == column && matches!(x.op, Op::Input { .. });
    let first = &operands[0].shape;
    let (buckets, fits) = match *op {
        Op::CrossBagGrad { rows, .. } => (rows, first.leads_as(&column) && first.fixed.len() == 1),
        _ => (first.fixed.first().copied().unwrap_or(0), !first.batch && first.fixed.len() == 2),
    };
    let are_crossed = operands[1..3].iter().all(is_data) && operands[3..].iter().all(are_ids);
    if !fits || !are_crossed || !(1..=i32::MAX as usize).contains(&buckets) {
        return Err(wrong("a table [buckets,width] (dy [batch,width]), two data matrices and ids", operands));
    }
    match op {
        Op::CrossBag { .. } => Ok(column.with(vec![first.last()])),
        _ => sized(&STATIC, vec![buckets, first.last()], operands),
    }
}

pub(super) fn unroll(x: &Instruction, part: Part, operands: &[&Instruction]) -> Result<Dims> {
    let Op::Unroll(Unrolled { ahead, .. }, _) = x.op else { unreachable!("an unroll") };
    let is_ordered = matches!(operands[0].op, Op::Data { ordered: true, .. });
    let matrix = &operands[0].shape;
    if !is_ordered || matrix.fixed.iter().any(|&size| size > i32::MAX as usize) {
        return Err(wrong("an ordered data matrix [rows,columns] and ids", operands));
    }
    if !matches!(operands[1].op, Op::Input { .. }) {
        return Err(wrong("ids that are an input", operands));
    }
    if part == Part::Next && !ahead {
        return Err(wrong("entries ahead of a next one", operands));
    }
    Ok(Dims::of_entries(&[]))
}

/// Of ids of entries that stand for a column: places have no values.
pub(super) fn entry_values(part: Part, operands: &[&Instruction]) -> Result<Dims> {
    match operands[0].op {
        Op::Unroll(_, of) if of == part && part != Part::Position => Ok(Dims::of_entries(&[])),
        _ => Err(wrong("columns of entries, or those that follow", operands)),
    }
}
