//! One step, or none, for each node.

mod arrange;
mod barrier;
mod cross_attention;
mod crosses;
mod drawn;
mod fusion;
mod outputs;
mod places;
mod pointwise;
mod products;
mod ragged;
mod reductions;
mod softmax;
mod sums;
mod tables;
mod windows;

use super::graph::{Class, Graph};
use super::layout::Buffer;
use super::{entry_ids, ids_of};
use crate::plan::{DType, Op};
use crate::program::{Action, After, Data, Ids, Param, Phase, Program, Rows, Space, Sparse, Step, Unroll, View};
use std::collections::HashMap;
use tables::Written;

/// Floats of a group's arena start on a cache line.
const LINE: usize = 16;

pub struct Emitter<'g, 'p> {
    graph: &'g Graph<'p>,
    pub program: Program,
    pub buffers: Vec<Buffer>,
    place: Vec<Option<View>>,
    /// Computed by the step of its only user.
    fused: Vec<bool>,
    done: Vec<bool>,
    reduction: HashMap<usize, usize>,
    /// Sums over the batch that are parts of a larger one.
    joined: HashMap<usize, usize>,
    /// Additions that happen where the parts of such a sum are added up.
    inside: Vec<bool>,
    packs: HashMap<(usize, usize, bool), usize>,
    sparse: HashMap<usize, Sparse>,
    /// Number of each data matrix in the program.
    data: HashMap<usize, usize>,
    /// The same of those that are read transposed.
    transposed: HashMap<usize, usize>,
    /// Where each table starts.
    tables: Vec<usize>,
    /// What threads have not seen of each other's tables: before the first phase, and after each.
    written: Vec<Written>,
}

impl<'g, 'p> Emitter<'g, 'p> {
    pub fn new(graph: &'g Graph<'p>, batch_rows: usize) -> Self {
        let count = graph.plan.instructions.len();
        Self {
            graph,
            program: Program { batch_rows, mode: graph.mode, ..Program::default() },
            buffers: Vec::new(),
            place: vec![None; count],
            fused: vec![false; count],
            done: vec![false; count],
            reduction: HashMap::new(),
            joined: HashMap::new(),
            inside: vec![false; count],
            packs: HashMap::new(),
            sparse: HashMap::new(),
            data: HashMap::new(),
            transposed: HashMap::new(),
            tables: Vec::new(),
            written: Vec::new(),
        }
    }

    pub fn run(&mut self) {
        self.bind_params();
        self.find_fusions();
        self.find_joins();
        self.assign_concats();
        for slot in 0..self.place.len() {
            let graph = self.graph;
            if graph.root(slot) != slot || !graph.needed[slot] || self.done[slot] || self.fused[slot] {
                continue;
            }
            if self.is_reduction(slot) {
                self.reduce_when_ready(slot);
                continue;
            }
            if self.inside[slot] {
                self.done[slot] = true;
                continue;
            }
            self.emit(slot);
            self.done[slot] = true;
            for &user in graph.users(slot) {
                if self.is_reduction(user) {
                    self.reduce_when_ready(user);
                }
            }
        }
    }

    fn bind_params(&mut self) {
        for (slot, x) in self.graph.plan.instructions.iter().enumerate() {
            if let Op::Data { name, ordered } = &x.op {
                let (rows, columns) = (x.shape.lead(), x.shape.last());
                self.data.insert(slot, self.program.data.len());
                self.program.data.push(Data { name: name.clone(), ordered: *ordered, rows, columns, transpose: false });
            }
            if let Op::Unroll(unrolled, _) = x.op {
                let matrix = self.data[&x.inputs[0]];
                let ids = self.ids(x.inputs[1], self.graph.dims(x.inputs[0]).fixed[0]);
                self.program.unroll = Some(Unroll { matrix, ids, unrolled });
            }
            let Op::Param { name, l2, optimizer, .. } = &x.op else { continue };
            let (rows, width) = (x.shape.lead(), x.shape.last());
            let space = Space::Param(self.program.params.len() as u32);
            self.program.params.push(Param { name: name.clone(), rows, width, l2: *l2, optimizer: *optimizer });
            self.place[slot] = Some(View { space, offset: 0, row: width, column: 1, width });
        }
    }

    fn push(&mut self, class: Class, slot: usize, rows: Rows, action: Action) {
        let step = Step { action, rows, slot, meet: false };
        match class {
            Class::Static => {
                let step = self.shared_out(0, step);
                self.program.prologue.push(step);
            }
            Class::Row(phase) => self.phase(phase).rows.push(step),
            Class::Reduced(phase) => {
                let step = self.shared_out(phase + 1, step);
                self.phase(phase).after.push(step);
            }
        }
    }

    fn phase(&mut self, phase: usize) -> &mut Phase {
        while self.program.phases.len() <= phase {
            self.program.phases.push(Phase::default());
        }
        &mut self.program.phases[phase]
    }

    fn own(&mut self, slot: usize, rows: Rows, action: Action) {
        self.push(self.graph.class[slot], slot, rows, action);
    }

    fn emit(&mut self, slot: usize) {
        let graph = self.graph;
        let x = graph.at(slot);
        match &x.op {
            Op::Data { .. } | Op::Unroll(..) => {}
            Op::EntryValues { part } => self.entry_values(slot, *part),
            Op::Last => self.last(slot),
            Op::AtLast => self.at_last(slot),
            Op::Shift { by } => self.shift(slot, *by),
            Op::Gru => self.gru(slot),
            Op::GruGrad => self.gru_gradient(slot),
            Op::LayerNorm { epsilon } => self.layer_norm(slot, *epsilon),
            Op::LayerNormGrad { epsilon } => self.layer_norm_gradient(slot, *epsilon),
            Op::Attention(heads) => self.attention(slot, *heads),
            Op::AttentionGrad(heads) => self.attention_gradient(slot, *heads),
            Op::Param { .. } | Op::ScatterAdd { .. } | Op::ScatterBag { .. } | Op::SparseSum => self.note_sparse(slot),
            Op::Rows { start, .. } => {
                let width = x.shape.last();
                let whole = self.matrix_view(x.inputs[0], width);
                self.place[slot] = Some(View { offset: whole.offset + start * width, ..whole });
            }
            Op::Input { name } => self.input(slot, name, x.dtype),
            Op::Constant { value } => {
                let out = self.out(slot);
                self.program.constants.push((out.offset, *value));
            }
            Op::Gather => self.gather(slot),
            Op::Bag { .. } => self.bag(slot),
            Op::DenseRows => self.dense_rows(slot),
            Op::Through { transpose } => self.through(slot, *transpose),
            Op::Spmm { transpose } => self.spmm(slot, *transpose),
            Op::ToDense => self.scatter_rows(slot),
            Op::Matmul { .. } => self.product(slot, slot, |_| After::Nothing),
            Op::BatchMatmul { transpose_a, transpose_b } => self.row_products(slot, *transpose_a, *transpose_b),
            Op::Binary(op) => self.binary(slot, *op),
            Op::ReduceTo { rank: _, mean } => self.reduce_static(slot, *mean),
            Op::BroadcastTo { mean, .. } => self.broadcast(slot, *mean),
            Op::SumLast => self.sum_last(slot),
            Op::ExpandLast { size } => self.expand_last(slot, *size),
            Op::Affine { scale, offset } => self.affine(slot, *scale, *offset),
            Op::Unary(f) => self.unary(slot, *f),
            Op::UnaryGrad(f) => self.unary_gradient(slot, *f),
            Op::Concat => self.concat(slot),
            Op::Slice { start, .. } => self.slice(slot, *start),
            Op::Pad { before, .. } => self.pad(slot, *before),
            Op::Dropout { rate, id } => self.dropout(slot, *rate, *id),
            Op::AddAt | Op::AddBag { .. } => unreachable!("a sum over the batch"),
            Op::CrossBag { .. } => self.cross_bag(slot),
            Op::CrossBagGrad { .. } => unreachable!("a sum over the batch"),
            Op::CrossAttention(_) => self.cross_attention(slot),
            Op::CrossAttentionGrad(..) => self.cross_attention_gradient(slot),
            Op::BatchLogSumExp => self.batch_log_sum_exp(slot),
            Op::BatchLogSumExpGrad(side) => self.batch_log_sum_exp_gradient(slot, *side),
            Op::Normal { id, .. } => {
                let out = self.row_out(slot);
                self.own(slot, Rows::Shard, Action::Normal { id: *id, out });
            }
            Op::Bernoulli { id } => {
                let (rows, x) = (self.rows_of(slot), self.whole(x.inputs[0]));
                let out = self.row_out(slot);
                self.own(slot, rows, Action::Bernoulli { id: *id, x, out });
            }
            Op::Categorical { id } => {
                let (rows, x) = (self.rows_of(slot), self.whole(x.inputs[0]));
                let out = self.row_out(slot);
                self.own(slot, rows, Action::Categorical { id: *id, x, out });
            }
            Op::Draw { rows, id, .. } => self.draw(slot, *rows, *id),
            Op::Pick => self.pick(slot),
            Op::PutBack { .. } => self.put_back(slot),
            Op::TableLogSumExp => self.log_sum_exp(slot),
            Op::TableLogSumExpGrad { .. } => self.log_sum_exp_gradient(slot),
            Op::Unfold(parts) => self.unfold(slot, *parts),
            Op::Fold(parts, ..) => self.fold(slot, *parts),
            Op::Pool(pooled, parts) => self.pool(slot, *pooled, *parts),
            Op::PoolGrad(pooled, parts) => self.pool_gradient(slot, *pooled, *parts),
            Op::StopGradient | Op::Reshape { .. } => unreachable!("another name of its operand"),
        }
    }

    fn input(&mut self, slot: usize, name: &str, dtype: DType) {
        if dtype == DType::I32 {
            return;
        }
        let offset = self.program.batch_floats;
        self.program.batch_floats += self.program.batch_rows.next_multiple_of(LINE);
        let view = View { space: Space::Batch, offset, row: 1, column: 1, width: 1 };
        self.program.inputs.push((name.to_owned(), view));
        self.place[slot] = Some(view);
    }

    fn ids(&mut self, slot: usize, rows: usize) -> Ids {
        let name = match &self.graph.at(self.graph.root(slot)).op {
            Op::Input { name } => name,
            Op::Unroll(_, part) => return entry_ids(*part),
            _ => unreachable!("inputs and entries alone have dtype i32"),
        };
        let ids = ids_of(name).unwrap_or_else(|| unreachable!("inputs are checked before"));
        match self.program.ids.iter_mut().find(|(other, _)| *other == ids) {
            Some((_, least)) => *least = rows.min(*least),
            None => self.program.ids.push((ids, rows)),
        }
        ids
    }
}
