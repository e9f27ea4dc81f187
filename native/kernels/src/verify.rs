//! What a legal plan is: operands before their use, shapes and dtypes as inferred, unique names, attributes in range.

mod drawn;
mod histories;
mod products;
mod windows;

use crate::failure::{Failure, Result};
use crate::plan::{Attended, DType, Dims, Instruction, MAX_ELEMENTS, Op, Part, Plan, Unrolled};
use histories::{cross_attention, crossed, entry_values, unroll};
use std::collections::HashSet;

/// Refuses a plan that the compiler could not trust.
pub fn verify(plan: &Plan) -> Result<()> {
    let mut names = HashSet::new();
    for (slot, x) in plan.instructions.iter().enumerate() {
        check(plan, slot, x, &mut names).map_err(|error| error.detail("slot", slot))?;
    }
    for (name, slot) in &plan.outputs {
        if *slot >= plan.instructions.len() {
            return Err(Failure::plan(format!("Output \"{name}\" does not exist"))
                .expected(format!("a slot below {}", plan.instructions.len()))
                .received(slot));
        }
    }
    check_sparse_uses(plan)?;
    check_bag_uses(plan)?;
    check_data_uses(plan)?;
    check_entries(plan)?;
    check_ranges(plan)
}

fn check<'a>(plan: &'a Plan, slot: usize, x: &'a Instruction, names: &mut HashSet<&'a str>) -> Result<()> {
    if let Some(later) = x.inputs.iter().find(|&&input| input >= slot) {
        return Err(Failure::plan("An operand comes after its use").received(format!("%{later} in slot {slot}")));
    }
    if let Op::Input { name } | Op::Param { name, .. } | Op::Data { name, .. } = &x.op
        && !names.insert(name)
    {
        return Err(Failure::plan(format!("The name \"{name}\" is used twice")));
    }
    let operands: Vec<&Instruction> = x.inputs.iter().map(|&input| &plan.instructions[input]).collect();
    let (shape, dtype) = infer(x, &operands)?;
    if shape != x.shape || dtype != x.dtype {
        return Err(Failure::plan("A shape or dtype is not what the operation gives")
            .expected(format!("{dtype:?}{shape}"))
            .received(format!("{:?}{}", x.dtype, x.shape)));
    }
    let is_dense = !matches!(x.op, Op::Data { .. });
    if is_dense && x.shape.elements() > MAX_ELEMENTS {
        return Err(Failure::plan("A value is too large").received(&x.shape));
    }
    Ok(())
}

/// Row-sparse gradients may be summed, made dense and returned, nothing else.
fn check_sparse_uses(plan: &Plan) -> Result<()> {
    for (slot, x) in plan.instructions.iter().enumerate() {
        for &input in &x.inputs {
            if is_sparse(&plan.instructions[input].op) && !matches!(x.op, Op::SparseSum | Op::ToDense) {
                return Err(Failure::plan("A row-sparse gradient is used as a dense value").detail("slot", slot));
            }
        }
    }
    Ok(())
}

/// Gradients of bags and of entries have no form by rows: they are made dense, alone or in a sum.
fn check_bag_uses(plan: &Plan) -> Result<()> {
    let mut has_bag = vec![false; plan.instructions.len()];
    for (slot, x) in plan.instructions.iter().enumerate() {
        let of_entries = || plan.instructions[x.inputs[0]].shape.entries;
        has_bag[slot] = matches!(x.op, Op::ScatterBag { .. })
            || matches!(x.op, Op::ScatterAdd { .. }) && of_entries()
            || x.op == Op::SparseSum && x.inputs.iter().any(|&input| has_bag[input]);
    }
    match plan.outputs.iter().find(|(_, slot)| has_bag[*slot]) {
        Some((name, _)) => {
            Err(Failure::plan(format!("Output \"{name}\" is a gradient of a bag, or of entries, by rows")))
        }
        None => Ok(()),
    }
}

/// Data matrices have no dense form: those in order of time are unrolled, bags and products read all others.
fn check_data_uses(plan: &Plan) -> Result<()> {
    let is_data = |slot: usize| matches!(plan.instructions[slot].op, Op::Data { .. });
    for (slot, x) in plan.instructions.iter().enumerate() {
        let refused = x.inputs.iter().any(|&input| match plan.instructions[input].op {
            Op::Data { ordered: true, .. } => !matches!(x.op, Op::Unroll(..)),
            Op::Data { .. } => {
                let reads = matches!(x.op, Op::Bag { .. } | Op::ScatterBag { .. } | Op::Spmm { .. } | Op::Draw { .. });
                let looks = matches!(x.op, Op::CrossAttention(_) | Op::CrossAttentionGrad(..));
                let crosses = matches!(x.op, Op::CrossBag { .. } | Op::CrossBagGrad { .. });
                !reads && !looks && !crosses && !matches!(x.op, Op::Through { .. } | Op::DenseRows)
            }
            _ => false,
        });
        if refused {
            return Err(Failure::plan("A data matrix is used as another kind of value").detail("slot", slot));
        }
    }
    match plan.outputs.iter().find(|(_, slot)| is_data(*slot)) {
        Some((name, _)) => Err(Failure::plan(format!("Output \"{name}\" is a data matrix"))),
        None => Ok(()),
    }
}

/// All entries of a plan are of the same rows of the same matrix.
fn check_entries(plan: &Plan) -> Result<()> {
    let mut kind: Option<(Unrolled, &[usize])> = None;
    for (slot, x) in plan.instructions.iter().enumerate() {
        if let Op::Unroll(unrolled, _) = x.op
            && *kind.get_or_insert((unrolled, &x.inputs)) != (unrolled, &x.inputs[..])
        {
            return Err(Failure::plan("A plan has one kind of entries").detail("slot", slot));
        }
    }
    match plan.instructions.iter().any(|x| x.shape.entries) && kind.is_none() {
        true => Err(Failure::plan("Nothing says which entries there are").expected("an unroll")),
        false => Ok(()),
    }
}

/// Ids of entries are known to be below a number; those of inputs are looked at when they come.
fn check_ranges(plan: &Plan) -> Result<()> {
    let at = |slot: usize| &plan.instructions[slot];
    for (slot, x) in plan.instructions.iter().enumerate() {
        let (ids, rows) = match x.op {
            Op::Gather | Op::DenseRows => (at(x.inputs[1]), at(x.inputs[0]).shape.fixed[0]),
            Op::Bag { .. } => (at(x.inputs[2]), at(x.inputs[1]).shape.fixed[0]),
            Op::ScatterAdd { rows } => (at(x.inputs[0]), rows),
            _ => continue,
        };
        let bound = match ids.op {
            Op::Unroll(Unrolled { newest, .. }, Part::Position) => newest,
            Op::Unroll(..) => at(ids.inputs[0]).shape.fixed[1],
            _ => continue,
        };
        if rows < bound {
            return Err(Failure::new("GRAPH_SHAPE", "A table has too few rows for the entries that look it up")
                .expected(bound)
                .received(rows)
                .detail("slot", slot));
        }
    }
    Ok(())
}

pub fn is_sparse(op: &Op) -> bool {
    matches!(op, Op::ScatterAdd { .. } | Op::ScatterBag { .. } | Op::SparseSum)
}

fn infer(x: &Instruction, operands: &[&Instruction]) -> Result<(Dims, DType)> {
    let arity = match &x.op {
        Op::Input { .. } | Op::Param { .. } | Op::Data { .. } | Op::Constant { .. } | Op::Normal { .. } => 0..=0,
        Op::Gather | Op::Spmm { .. } | Op::ScatterAdd { .. } | Op::Matmul { .. } | Op::Binary(_) => 2..=2,
        Op::BatchMatmul { .. } | Op::PoolGrad(..) => 2..=2,
        Op::Unroll(..) | Op::LayerNormGrad { .. } | Op::TableLogSumExp => 2..=2,
        Op::Draw { .. } => 0..=1,
        Op::Pick | Op::PutBack { .. } | Op::Through { .. } | Op::DenseRows => 2..=2,
        Op::UnaryGrad(_) | Op::Attention(_) | Op::Gru => 3..=3,
        Op::GruGrad => 5..=5,
        Op::Bag { .. } | Op::ScatterBag { .. } => 3..=4,
        Op::AttentionGrad(_) | Op::TableLogSumExpGrad { .. } | Op::BatchLogSumExp => 4..=4,
        Op::BatchLogSumExpGrad(_) => 6..=6,
        Op::CrossAttention(_) | Op::CrossBag { .. } | Op::CrossBagGrad { .. } => 5..=6,
        Op::CrossAttentionGrad(..) => 7..=8,
        Op::SparseSum | Op::Concat => 1..=usize::MAX,
        _ => 1..=1,
    };
    if !arity.contains(&operands.len()) {
        return Err(Failure::plan("Wrong number of operands").received(operands.len()));
    }
    let ids_at = match x.op {
        Op::Gather | Op::DenseRows | Op::Unroll(..) => 1..2,
        Op::Bag { .. } | Op::ScatterBag { .. } | Op::BatchLogSumExp => 2..4,
        Op::BatchLogSumExpGrad(_) | Op::CrossAttention(_) => 4..6,
        Op::CrossAttentionGrad(..) => 6..8,
        Op::CrossBag { .. } | Op::CrossBagGrad { .. } => 3..6,
        Op::ScatterAdd { .. } | Op::EntryValues { .. } => 0..1,
        _ => 0..0,
    };
    for (i, operand) in operands.iter().enumerate() {
        let wanted = if ids_at.contains(&i) { DType::I32 } else { DType::F32 };
        if operand.dtype != wanted {
            return Err(Failure::plan("An operand has the wrong dtype").expected(format!("{wanted:?}")));
        }
    }
    if let Op::Input { .. } = x.op {
        let fits = x.shape == Dims::new(true, &[]);
        return if fits { Ok((x.shape.clone(), x.dtype)) } else { Err(wrong("an input of shape [batch]", &[])) };
    }
    if let Op::Unroll(_, part) = x.op {
        return unroll(x, part, operands).map(|shape| (shape, DType::I32));
    }
    infer_f32(x, operands).map(|shape| (shape, DType::F32))
}

/// The shape of a value without rows.
const STATIC: Dims = Dims { batch: false, entries: false, fixed: Vec::new() };

fn wrong(expected: &str, operands: &[&Instruction]) -> Failure {
    let shapes: Vec<String> = operands.iter().map(|x| x.shape.to_string()).collect();
    Failure::new("GRAPH_SHAPE", "An operation cannot take these operands")
        .expected(expected)
        .received(shapes.join(" and "))
}

fn infer_f32(x: &Instruction, operands: &[&Instruction]) -> Result<Dims> {
    let first = operands.first().map(|operand| &operand.shape);
    let shape = |i: usize| &operands[i].shape;
    Ok(match &x.op {
        Op::Input { .. } | Op::Unroll(..) => unreachable!("handled by infer"),
        Op::Param { .. } if x.shape.batch => return Err(wrong("a parameter without a batch dimension", &[])),
        Op::Param { .. } => x.shape.clone(),
        Op::Data { .. } if x.shape.batch || x.shape.fixed.len() != 2 => {
            return Err(wrong("a matrix [rows,columns]", &[]));
        }
        Op::Data { .. } => x.shape.clone(),
        Op::Constant { .. } => Dims::default(),
        Op::Bag { .. } => {
            let (table, matrix) = (shape(0), matrix_of(operands)?);
            if table.batch || table.fixed.len() != 2 || table.fixed[0] != matrix.fixed[1] {
                return Err(wrong("a table [columns,width], a data matrix [rows,columns] and ids", operands));
            }
            shape(2).with(table.fixed[1..].to_vec())
        }
        Op::DenseRows => {
            let matrix = shape(0);
            let is_data = matches!(operands[0].op, Op::Data { ordered: false, .. });
            if !is_data || matrix.fixed.iter().any(|&size| size > i32::MAX as usize) {
                return Err(wrong("a data matrix [rows,columns] and ids", operands));
            }
            sized(shape(1), vec![matrix.fixed[1]], operands)?
        }
        Op::ScatterBag { .. } => {
            let (dy, matrix) = (shape(0), matrix_of(operands)?);
            if !dy.batch || dy.fixed.len() != 1 {
                return Err(wrong("dy [batch,width], a data matrix and ids", operands));
            }
            sized(&STATIC, vec![matrix.fixed[1], dy.fixed[0]], operands)?
        }
        Op::Spmm { transpose } => {
            let (matrix, table) = (shape(0), shape(1));
            let is_data = matches!(operands[0].op, Op::Data { .. });
            let size = |side: bool| matrix.fixed[usize::from(side)];
            if !is_data || table.batch || table.fixed.len() != 2 || table.fixed[0] != size(!transpose) {
                return Err(wrong("a data matrix [rows,columns] and a table [columns,width]", operands));
            }
            sized(&STATIC, vec![size(*transpose), table.fixed[1]], operands)?
        }
        Op::Through { transpose } => {
            let (x, matrix) = (shape(0), matrix_of(operands)?);
            let size = |side: bool| matrix.fixed[usize::from(side)];
            if !x.batch || x.fixed != [size(*transpose)] {
                return Err(wrong("rows [batch,rows] and a data matrix [rows,columns]", operands));
            }
            sized(x, vec![size(!transpose)], operands)?
        }
        Op::Gather => {
            let table = shape(0);
            if table.batch || table.fixed.len() != 2 || table.fixed[0] > i32::MAX as usize {
                return Err(wrong("a table [rows,width] and ids", operands));
            }
            shape(1).with(table.fixed[1..].to_vec())
        }
        Op::ScatterAdd { rows } => {
            let dy = shape(1);
            if !dy.batch || dy.fixed.len() != 1 || !shape(0).leads_as(dy) || *rows == 0 || *rows > i32::MAX as usize {
                return Err(wrong("ids [batch] and dy [batch,width]", operands));
            }
            sized(&STATIC, vec![*rows, dy.fixed[0]], operands)?
        }
        Op::SparseSum => {
            let same = operands.iter().all(|o| is_sparse(&o.op) && o.shape == operands[0].shape);
            if same { shape(0).clone() } else { return Err(wrong("row-sparse gradients of one table", operands)) }
        }
        Op::Matmul { transpose_a, transpose_b } => products::matmul(operands, *transpose_a, *transpose_b)?,
        Op::BatchMatmul { transpose_a, transpose_b } => products::of_rows(operands, *transpose_a, *transpose_b)?,
        Op::Unfold(_) | Op::Fold(..) | Op::Pool(..) | Op::PoolGrad(..) => windows::infer(&x.op, operands)?,
        Op::Binary(_) => match (shape(0), shape(1)) {
            (a, b) if b.is_suffix_of(a) => a.clone(),
            (a, b) if a.is_suffix_of(b) => b.clone(),
            _ => return Err(wrong("equal shapes, or one the suffix of the other", operands)),
        },
        Op::ReduceTo { rank, .. } => {
            let x = shape(0);
            if *rank >= x.rank() {
                return Err(wrong(&format!("more than {rank} dimensions"), operands));
            }
            Dims::new(false, &x.fixed[x.fixed.len() - rank..])
        }
        Op::BroadcastTo { shape: target, .. } if shape(0).is_suffix_of(target) => target.clone(),
        Op::BroadcastTo { .. } => return Err(wrong("a suffix of the target shape", operands)),
        Op::SumLast => {
            let (_, lead) = shape(0).fixed.split_last().ok_or_else(|| wrong("a width", operands))?;
            shape(0).with(lead.to_vec())
        }
        Op::ExpandLast { size } => {
            let mut fixed = shape(0).fixed.clone();
            fixed.push(*size);
            sized(shape(0), fixed, operands)?
        }
        Op::UnaryGrad(_) => {
            let same = operands.iter().all(|o| o.shape == operands[0].shape);
            if same { shape(0).clone() } else { return Err(wrong("three equal shapes", operands)) }
        }
        Op::Concat => concat(operands)?,
        Op::Slice { start, size } => {
            let x = shape(0);
            let inside = start.checked_add(*size).is_some_and(|end| end <= x.last());
            if x.fixed.is_empty() || *size == 0 || !inside {
                return Err(wrong(&format!("a width that holds {size} from {start}"), operands));
            }
            with_last(x, *size)
        }
        Op::Pad { before, after } => {
            let x = shape(0);
            let width = before.checked_add(x.last()).and_then(|w| w.checked_add(*after));
            match width {
                Some(width) if !x.fixed.is_empty() => sized(x, with_last(x, width).fixed, operands)?,
                _ => return Err(wrong("a width", operands)),
            }
        }
        Op::Reshape { shape: target } => {
            let x = shape(0);
            if !x.leads_as(target) || x.elements() != target.elements() {
                return Err(wrong("as many elements as the target", operands));
            }
            target.clone()
        }
        Op::Dropout { rate, .. } => {
            self::rate(*rate)?;
            shape(0).clone()
        }
        Op::Categorical { .. } if shape(0).batch && shape(0).fixed.len() == 1 => shape(0).clone(),
        Op::Categorical { .. } => return Err(wrong("rows of weights", operands)),
        Op::Bernoulli { .. } if shape(0).batch => shape(0).clone(),
        Op::Bernoulli { .. } => return Err(wrong("rows of probabilities", operands)),
        Op::BatchLogSumExp | Op::BatchLogSumExpGrad(_) => {
            let column = Dims::new(true, &[]);
            let are_rows = shape(0).leads_as(&column) && shape(0).fixed.len() == 1 && shape(0) == shape(1);
            if !are_rows || operands[2..].iter().any(|operand| operand.shape != column) {
                return Err(wrong("two [batch,width] and columns [batch]", operands));
            }
            if x.op == Op::BatchLogSumExp { column } else { shape(0).clone() }
        }
        Op::CrossAttention(_) => cross_attention(operands, &operands[3..])?,
        Op::CrossAttentionGrad(_, of) => {
            let value = cross_attention(operands, &operands[5..])?;
            if *shape(3) != value || *shape(4) != value {
                return Err(wrong("operands, their value and its gradient", operands));
            }
            let operand = match of {
                Attended::Query => 0,
                Attended::Keys => 1,
                Attended::Values => 2,
            };
            shape(operand).clone()
        }
        Op::CrossBag { .. } | Op::CrossBagGrad { .. } => crossed(&x.op, operands)?,
        Op::Normal { shape, .. } if shape.batch => shape.clone(),
        Op::Normal { .. } => return Err(wrong("a shape with a batch", operands)),
        Op::Draw { .. } | Op::Pick | Op::PutBack { .. } => drawn::infer(&x.op, operands)?,
        Op::TableLogSumExp => table_log_sum_exp(operands)?,
        Op::TableLogSumExpGrad { of_table } => {
            let value = table_log_sum_exp(operands)?;
            if *shape(2) != value || *shape(3) != value {
                return Err(wrong("rows, a table, their value and its gradient", operands));
            }
            shape(usize::from(*of_table)).clone()
        }
        Op::EntryValues { part } => entry_values(*part, operands)?,
        Op::Last if shape(0).entries && shape(0).fixed.len() == 1 => Dims::new(true, &shape(0).fixed),
        Op::Last => return Err(wrong("entries [entries,width]", operands)),
        Op::AtLast if shape(0).batch && !shape(0).entries && shape(0).fixed.len() == 1 => {
            Dims::of_entries(&shape(0).fixed)
        }
        Op::AtLast => return Err(wrong("rows [batch,width]", operands)),
        Op::Shift { .. } if shape(0).entries && shape(0).fixed.len() == 1 => shape(0).clone(),
        Op::Shift { .. } => return Err(wrong("entries [entries,width]", operands)),
        Op::Gru => gru(operands, &[0])?,
        Op::GruGrad => {
            let states = gru(operands, &[0, 1])?;
            if *shape(2) != states || *shape(4) != states {
                return Err(wrong("states [entries,width] and their gradient", operands));
            }
            sized(shape(0), vec![4 * states.last()], operands)?
        }
        Op::LayerNorm { .. } | Op::LayerNormGrad { .. } => {
            let same = operands.iter().all(|o| o.shape == operands[0].shape);
            let fits = same && shape(0).batch && shape(0).fixed.len() == 1;
            if fits { shape(0).clone() } else { return Err(wrong("equal shapes [batch,width]", operands)) }
        }
        Op::Attention(heads) | Op::AttentionGrad(heads) => {
            let same = operands.iter().all(|o| o.shape == operands[0].shape);
            let fits = same && shape(0).entries && shape(0).fixed.len() == 1;
            if !fits || !shape(0).last().is_multiple_of(heads.count) {
                return Err(wrong(&format!("equal shapes [entries,width] of {} heads", heads.count), operands));
            }
            self::rate(heads.rate)?;
            let times = if matches!(x.op, Op::Attention(_)) { 1 } else { 3 };
            sized(shape(0), vec![times * shape(0).last()], operands)?
        }
        Op::Rows { .. } | Op::AddAt | Op::AddBag { .. } => {
            return Err(Failure::plan("An operation of the compiler in a plan"));
        }
        Op::ToDense if !is_sparse(&operands[0].op) => return Err(wrong("a row-sparse gradient", operands)),
        Op::ToDense | Op::Affine { .. } | Op::Unary(_) | Op::StopGradient => {
            first.cloned().ok_or_else(|| wrong("an operand", operands))?
        }
    })
}

/// The states `[entries,width]` of gates `[entries,3 width]`: those of the operands `gates`, beside a kernel and, forward, a bias.
fn gru(operands: &[&Instruction], gates: &[usize]) -> Result<Dims> {
    let shape = |i: usize| &operands[i].shape;
    let kernel = shape(if gates.len() == 1 { 1 } else { 3 });
    let width = kernel.fixed.first().copied().unwrap_or(0);
    let wide = width.checked_mul(3).unwrap_or(0);
    let are_gates = |&i: &usize| shape(i).entries && shape(i).fixed == [wide];
    let is_bias = gates.len() > 1 || (!shape(2).batch && shape(2).fixed == [wide]);
    if width == 0 || kernel.batch || kernel.fixed != [width, wide] || !gates.iter().all(are_gates) || !is_bias {
        return Err(wrong("gates [entries,3 width], a kernel [width,3 width] and a bias [3 width]", operands));
    }
    Ok(Dims::of_entries(&[width]))
}

/// The data matrix that a bag, or its gradient, reads.
fn matrix_of<'a>(operands: &[&'a Instruction]) -> Result<&'a Dims> {
    let matrix = &operands[1];
    let is_data = matches!(matrix.op, Op::Data { .. });
    if !is_data || matrix.shape.fixed.iter().any(|&size| size > i32::MAX as usize) {
        return Err(wrong("a data matrix [rows,columns] as the second operand", operands));
    }
    Ok(&matrix.shape)
}

pub fn rate(rate: f32) -> Result<()> {
    if (0.0..1.0).contains(&rate) {
        return Ok(());
    }
    Err(Failure::plan("A dropout rate is out of range").expected("0 <= rate < 1").received(rate))
}

fn table_log_sum_exp(operands: &[&Instruction]) -> Result<Dims> {
    let (x, table) = (&operands[0].shape, &operands[1].shape);
    let fits = x.batch && x.rank() == 2 && !table.batch && table.rank() == 2 && x.last() == table.last();
    if fits { Ok(x.with(Vec::new())) } else { Err(wrong("rows [batch,width] and a table [items,width]", operands)) }
}

fn with_last(x: &Dims, width: usize) -> Dims {
    let mut fixed = x.fixed.clone();
    if let Some(last) = fixed.last_mut() {
        *last = width;
    }
    x.with(fixed)
}

fn sized(lead: &Dims, fixed: Vec<usize>, operands: &[&Instruction]) -> Result<Dims> {
    let elements = fixed.iter().try_fold(1_usize, |product, &d| product.checked_mul(d));
    match elements {
        Some(elements) if (1..=MAX_ELEMENTS).contains(&elements) => Ok(lead.with(fixed)),
        _ => Err(wrong("a smaller, non-empty result", operands)),
    }
}

fn concat(operands: &[&Instruction]) -> Result<Dims> {
    let first = &operands[0].shape;
    let mut width = 0_usize;
    for operand in operands {
        let x = &operand.shape;
        let fits = !x.fixed.is_empty() && with_last(x, 1) == with_last(first, 1);
        width =
            width.checked_add(x.last()).filter(|_| fits).ok_or_else(|| wrong("equal leading dimensions", operands))?;
    }
    sized(first, with_last(first, width).fixed, operands)
}
