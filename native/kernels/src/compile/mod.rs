//! From a verified plan to a flat program: views instead of copies, fused steps, dead code gone, phases found.

mod builder;
mod emit;
mod graph;
mod layout;
mod simplify;
mod split;

use crate::failure::{Failure, Result};
use crate::plan::{DType, Instruction, MAX_INSTRUCTIONS, Op, Part, Plan};
use crate::program::{Access, Ids, Mode, Phase, Program, ReductionKind, Space, Sparse, Value, View};
use emit::Emitter;
use graph::Graph;
use simplify::{Simplified, simplify};

/// The phases of a scoring program.
pub mod phase {
    pub use super::graph::{ITEM, PAIR, USER};
    /// Where scores come in rows: the only phase.
    pub const ROWS: usize = 0;
}

/// Small nets: activations of a shard stay in the first caches.
const SMALL_SHARD: usize = 64;
/// Large dense layers: weights are read once per shard, so a shard has more rows.
const LARGE_SHARD: usize = 128;
/// From this many floats of dense gradients on, shards are large.
const LARGE_DENSE: usize = 1 << 16;
/// Where rows have entries, a shard has fewer rows: no more than such that their most entries are so many.
const SHARD_ENTRIES: usize = 512;
/// Where rows are images, a shard has no more of them than such that the widest value has so many floats.
const SHARD_FLOATS: usize = 1 << 18;
/// Most steps of a program: four times the instructions of a plan.
const MAX_STEPS: usize = 4 * MAX_INSTRUCTIONS;
/// Most floats of a program: 32 GiB, or 2 GiB where addresses have 32 bits (WebAssembly).
const MAX_FLOATS: usize = match 1_usize.checked_shl(33) {
    Some(floats) => floats,
    None => 1 << 29,
};

/// Pairs scored together: whole vectors, and an odd number of cache lines, so that features do not meet in one set of the cache.
pub const SCORE_BLOCK: usize = 240;

/// Compiles for batches of up to `batch_rows`. Everything that decides the order of sums depends on the plan alone.
pub fn compile(plan: &Plan, batch_rows: usize) -> Result<Program> {
    let Simplified { plan, origins } = simplify(plan);
    let graph = Graph::new(&plan, Mode::Batch);
    check_inputs(&graph)?;
    let mut program = lower(&graph, batch_rows, None)?;
    name_origins(&mut program, &origins);
    Ok(program)
}

/// Users whose rows of scores are computed together.
pub const ROW_BLOCK: usize = 32;

/// Compiles a plan to scores. Of user and item: phases are what items need, what users need, and what pairs need. Of the user
/// alone, with a row of scores per user: a single phase.
pub fn compile_scores(plan: &Plan) -> Result<Program> {
    let plan = simplify(plan).plan;
    check_scores(&plan)?;
    if gives_rows(&plan) {
        let mut program = lower(&Graph::new(&plan, Mode::Batch), ROW_BLOCK, Some(ROW_BLOCK))?;
        program.scores_rows = true;
        return Ok(program);
    }
    let plan = split::split(&plan);
    let graph = Graph::new(&plan, Mode::Scores);
    let mut program = lower(&graph, SCORE_BLOCK, Some(SCORE_BLOCK))?;
    program.phases.resize(3, Phase::default());
    Ok(program)
}

/// Steps say which slot of the given plan they compute, not of the simplified one.
fn name_origins(program: &mut Program, origins: &[usize]) {
    let phases = program.phases.iter_mut().flat_map(|phase| phase.rows.iter_mut().chain(&mut phase.after));
    for step in program.prologue.iter_mut().chain(phases) {
        step.slot = origins[step.slot];
    }
}

fn lower(graph: &Graph<'_>, batch_rows: usize, shard_rows: Option<usize>) -> Result<Program> {
    check_steps(graph)?;
    let mut emitter = Emitter::new(graph, batch_rows);
    emitter.run();
    let outputs = outputs(graph, &mut emitter);
    let Emitter { mut program, buffers, .. } = emitter;
    let default = if program.group_floats > LARGE_DENSE { LARGE_SHARD } else { SMALL_SHARD };
    program.shard_rows = shard_rows.unwrap_or(default);
    if program.unroll.is_some() {
        program.shard_rows = (SHARD_ENTRIES / program.longest()).clamp(1, program.shard_rows);
    }
    if shard_rows.is_none() && graph.plan.instructions.iter().any(|x| matches!(x.op, Op::Unfold(_) | Op::Pool(..))) {
        let widest = buffers.iter().map(|x| x.width).max().unwrap_or(1);
        program.shard_rows = (SHARD_FLOATS / widest.max(1)).clamp(1, program.shard_rows);
    }
    if program.phases.is_empty() {
        program.phases.push(Phase::default());
    }
    check_size(&program, buffers.iter().map(|x| x.width.saturating_mul(x.most_rows(&program, 1)).max(x.width)))?;
    let places = layout::place(&mut program, &buffers);
    program.outputs = outputs;
    for (_, value) in &mut program.outputs {
        resolve(value, &places);
    }
    Ok(program)
}

/// Whether the score has a number per item.
fn gives_rows(plan: &Plan) -> bool {
    plan.output("score").is_some_and(|slot| plan.instructions[slot].shape.fixed.len() == 1)
}

/// A scoring plan reads ids alone and looks at each pair, or each user, by itself.
fn check_scores(plan: &Plan) -> Result<()> {
    let score = plan.output("score").map(|slot| &plan.instructions[slot]);
    if !score.is_some_and(|score| score.shape.batch && score.shape.fixed.len() < 2 && score.dtype == DType::F32) {
        return Err(Failure::input("A scoring plan has an output \"score\" [batch] or [batch, items]"));
    }
    let rows = gives_rows(plan);
    for x in &plan.instructions {
        match &x.op {
            Op::Input { name } if x.dtype != DType::I32 || !(name == "user" || (name == "item" && !rows)) => {
                return Err(Failure::input(format!("A scoring plan cannot read \"{name}\"")).expected("user and item"));
            }
            Op::UnaryGrad(_)
            | Op::ScatterAdd { .. }
            | Op::ScatterBag { .. }
            | Op::SparseSum
            | Op::ToDense
            | Op::Dropout { .. }
            | Op::Normal { .. }
            | Op::Bernoulli { .. }
            | Op::Categorical { .. }
            | Op::Draw { .. }
            | Op::Pick
            | Op::PutBack { .. }
            | Op::TableLogSumExp
            | Op::TableLogSumExpGrad { .. }
            | Op::BatchLogSumExp
            | Op::BatchLogSumExpGrad(_)
            | Op::CrossAttentionGrad(..)
            | Op::CrossBagGrad { .. } => {
                return Err(Failure::input(
                    "A scoring plan has no gradients, no dropout, no noise and no normalization over a table or a batch",
                ));
            }
            Op::AtLast
            | Op::GruGrad
            | Op::LayerNormGrad { .. }
            | Op::AttentionGrad(_)
            | Op::Fold(..)
            | Op::PoolGrad(..) => {
                return Err(Failure::input("A scoring plan has no gradients"));
            }
            Op::Attention(heads) if heads.rate > 0.0 => {
                return Err(Failure::input("A scoring plan has no dropout"));
            }
            Op::Through { .. } if !rows => {
                return Err(Failure::input("A score that goes through a data matrix is a row [batch, items]"));
            }
            Op::EntryValues { .. } => {
                return Err(Failure::input("A scoring plan does not weigh what users did"));
            }
            Op::Unroll(..) if !rows => {
                return Err(Failure::input("A score that unrolls what users did is a row [batch, items]"));
            }
            _ if !x.shape.batch && x.inputs.iter().any(|&input| plan.instructions[input].shape.batch) => {
                return Err(Failure::input("A scoring plan has no sums over the batch"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn resolve(value: &mut Value, places: &[View]) {
    match value {
        Value::Rows(view) => layout::resolve(view, places),
        Value::Sparse { sources, .. } => {
            for (_, Sparse { rows, factor }) in sources {
                layout::resolve(rows, places);
                if let Some(factor) = factor {
                    layout::resolve(factor, places);
                }
            }
        }
        Value::Static { .. } | Value::Table { .. } | Value::Reduced { .. } | Value::Ids(_) => {}
    }
}

/// The id column that an input names.
pub fn ids_of(name: &str) -> Option<Ids> {
    match name {
        "user" => Some(Ids::User),
        "item" => Some(Ids::Item),
        "negative" => Some(Ids::Negative),
        "event" => Some(Ids::Event),
        _ => None,
    }
}

/// The column of entries that tells so much of them.
pub fn entry_ids(part: Part) -> Ids {
    match part {
        Part::Column => Ids::Entry,
        Part::Next => Ids::Next,
        Part::Position => Ids::Position,
    }
}

fn check_inputs(graph: &Graph<'_>) -> Result<()> {
    for (slot, x) in graph.plan.instructions.iter().enumerate() {
        if let Op::Input { name } = &x.op
            && graph.needed[slot]
            && x.dtype == DType::I32
            && ids_of(name).is_none()
        {
            return Err(Failure::plan(format!("Unknown id input \"{name}\"")).expected("user, item, negative or event"));
        }
    }
    Ok(())
}

/// Rows of more than one dimension take a step per leading index: a legal plan may ask for more steps than memory holds.
fn check_steps(graph: &Graph<'_>) -> Result<()> {
    let lead = |x: &Instruction| if x.shape.batch { x.shape.lead() } else { 1 };
    let needed = graph.plan.instructions.iter().zip(&graph.needed).filter(|(_, needed)| **needed);
    let steps = needed.map(|(x, _)| {
        let operands = x.inputs.iter().map(|&input| lead(&graph.plan.instructions[input]));
        let times = match x.op {
            Op::Concat | Op::Slice { .. } | Op::Pad { .. } | Op::SumLast | Op::ExpandLast { .. } => {
                operands.fold(lead(x), usize::max)
            }
            _ => 1,
        };
        times.saturating_mul(x.inputs.len().max(1))
    });
    let steps = steps.fold(0, usize::saturating_add);
    if steps > MAX_STEPS {
        return Err(Failure::input("The plan takes too many steps")
            .expected(format!("at most {MAX_STEPS}"))
            .received(steps));
    }
    Ok(())
}

/// A legal plan may still ask for more memory than anyone has.
fn check_size(program: &Program, widths: impl Iterator<Item = usize>) -> Result<()> {
    let rows = program.batch_rows.max(program.shard_rows);
    let per_row = widths.fold(0_usize, usize::saturating_add);
    let fixed = program.static_floats.saturating_add(program.table_floats).saturating_add(program.group_floats);
    let floats = per_row.saturating_mul(rows).saturating_add(fixed);
    if floats > MAX_FLOATS {
        return Err(Failure::input("The plan needs too much memory for this batch size")
            .expected(format!("at most {} GiB", MAX_FLOATS >> 28))
            .detail("floats", floats));
    }
    Ok(())
}

fn outputs(graph: &Graph<'_>, emitter: &mut Emitter<'_, '_>) -> Vec<(String, Value)> {
    let list = graph.plan.outputs.iter();
    list.map(|(name, slot)| (name.clone(), emitter.output(graph.root(*slot)))).collect()
}

/// Floats that a program adds up per group, for tests and memory estimates.
pub fn dense_elements(program: &Program) -> usize {
    let dense = program.reductions.iter().map(|reduction| match reduction.kind {
        ReductionKind::Dense { elements, .. } => elements,
        ReductionKind::Total { .. } => 1,
    });
    dense.sum()
}

/// Whether any step touches a buffer that has no place: a compiler error, checked in tests.
pub fn is_resolved(program: &mut Program) -> bool {
    let mut resolved = true;
    let mut see = |view: &mut View, _: Access| resolved &= !matches!(view.space, Space::Buffer(_));
    for phase in &mut program.phases {
        for step in phase.rows.iter_mut().chain(&mut phase.after) {
            step.action.views(&mut see);
        }
    }
    resolved
}
