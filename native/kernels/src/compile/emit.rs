//! One step, or none, for each node.

use super::graph::{Class, Graph, ITEM, PAIR, USER, is_relu, operands};
use super::ids_of;
use super::layout::Buffer;
use crate::elementwise::{Binary, Unary};
use crate::plan::{DType, Op};
use crate::program::{
    Action, After, Dot, Ids, Matrix, Mean, Mode, Param, Phase, Program, Reduction, ReductionKind, Rows, Space, Sparse,
    Step, Value, View,
};
use std::collections::HashMap;

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
    /// Sums over the batch that are parts of a larger one, and additions inside it.
    joined: HashMap<usize, usize>,
    packs: HashMap<(usize, usize, bool), usize>,
    sparse: HashMap<usize, Sparse>,
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
            packs: HashMap::new(),
            sparse: HashMap::new(),
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
            if self.is_joined(slot) {
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
            let Op::Param { name, .. } = &x.op else { continue };
            let (rows, width) = (x.shape.lead(), x.shape.last());
            let space = Space::Param(self.program.params.len() as u32);
            self.program.params.push(Param { name: name.clone(), rows, width });
            self.place[slot] = Some(View { space, offset: 0, row: width, column: 1, width });
        }
    }

    // ---- analysis before emission ----

    /// Marks products that end in the step of their bias, activation or mask.
    fn find_fusions(&mut self) {
        for slot in 0..self.place.len() {
            let graph = self.graph;
            if graph.root(slot) != slot || !graph.needed[slot] {
                continue;
            }
            if let Op::ScatterAdd { .. } = graph.at(slot).op {
                let dy = graph.root(graph.at(slot).inputs[1]);
                if self.scaled_row(dy).is_some() {
                    self.fused[dy] = true;
                }
            }
            if !graph.is_row(slot) {
                continue;
            }
            match graph.at(slot).op {
                Op::Binary(Binary::Add) => {
                    if let Some((product, _)) = self.biased_product(slot) {
                        self.fused[product] = true;
                    } else if let Some((term, _)) = self.added_term(slot) {
                        self.fused[term] = true;
                    }
                }
                Op::Unary(_) => {
                    let z = graph.root(graph.at(slot).inputs[0]);
                    let is_sum = graph.at(z).op == Op::Binary(Binary::Add) && graph.is_row(z);
                    if is_sum && graph.class[z] == graph.class[slot] && graph.only_user(z) == Some(slot) {
                        self.fused[z] = true;
                        if let (None, Some((term, _))) = (self.biased_product(z), self.added_term(z)) {
                            self.fused[term] = false;
                        }
                    }
                }
                Op::UnaryGrad(f) if is_relu(f) => {
                    let dy = graph.root(graph.at(slot).inputs[2]);
                    if self.is_row_product(dy) && graph.only_user(dy) == Some(slot) {
                        self.fused[dy] = true;
                    }
                }
                Op::SumLast => {
                    let x = graph.root(graph.at(slot).inputs[0]);
                    let product = graph.at(x).op == Op::Binary(Binary::Mul);
                    // The sum is over all of the product's row, in whatever shape that was made.
                    let whole = graph.dims(graph.at(slot).inputs[0]).fixed.len() == 1;
                    if product && whole && graph.only_user(x) == Some(slot) {
                        self.fused[x] = true;
                    }
                }
                _ => {}
            }
        }
    }

    /// The factor per sample and the row that it multiplies, where nothing but scatterAdd reads the product.
    fn scaled_row(&self, slot: usize) -> Option<(usize, usize)> {
        let graph = self.graph;
        let x = graph.at(slot);
        let scattered = graph.users(slot).iter().all(|&user| matches!(graph.at(user).op, Op::ScatterAdd { .. }));
        if x.op != Op::Binary(Binary::Mul) || !graph.is_row(slot) || graph.is_output[slot] || !scattered {
            return None;
        }
        let (a, b) = (graph.root(x.inputs[0]), graph.root(x.inputs[1]));
        [(a, b), (b, a)].into_iter().find_map(|(factor, row)| {
            let expand = graph.at(factor);
            let column = matches!(expand.op, Op::ExpandLast { .. }) && graph.width(expand.inputs[0]) == 1;
            let is_row = graph.is_row(row) && graph.width(row) == graph.width(slot);
            (column && is_row).then(|| (graph.root(expand.inputs[0]), row))
        })
    }

    fn is_row_product(&self, slot: usize) -> bool {
        matches!(self.graph.at(slot).op, Op::Matmul { .. }) && self.graph.is_row(slot)
    }

    /// `add(matmul, bias)`, where nothing else reads the product: the product and the bias.
    fn biased_product(&self, slot: usize) -> Option<(usize, usize)> {
        let graph = self.graph;
        let x = graph.at(slot);
        if x.op != Op::Binary(Binary::Add) || !graph.is_row(slot) {
            return None;
        }
        let (a, b) = (graph.root(x.inputs[0]), graph.root(x.inputs[1]));
        [(a, b), (b, a)].into_iter().find(|&(product, bias)| {
            self.is_row_product(product)
                && graph.only_user(product) == Some(slot)
                && !graph.is_row(bias)
                && graph.width(bias) == graph.width(slot)
        })
    }

    /// `add(mul(a, b), c)`, where nothing else reads the product: the product and c.
    fn added_term(&self, slot: usize) -> Option<(usize, usize)> {
        let graph = self.graph;
        let x = graph.at(slot);
        if x.op != Op::Binary(Binary::Add) || !graph.is_row(slot) {
            return None;
        }
        let (a, b) = (graph.root(x.inputs[0]), graph.root(x.inputs[1]));
        [(b, a), (a, b)].into_iter().find(|&(term, _)| {
            a != b
                && graph.at(term).op == Op::Binary(Binary::Mul)
                && graph.class[term] == graph.class[slot]
                && graph.width(term) == graph.width(slot)
                && graph.only_user(term) == Some(slot)
        })
    }

    /// Sums of sums over the batch that nothing else reads are added up in one place.
    fn find_joins(&mut self) {
        for slot in (0..self.place.len()).rev() {
            let graph = self.graph;
            if graph.root(slot) != slot || !graph.needed[slot] || self.fused[slot] {
                continue;
            }
            let mut parts = Vec::new();
            let joined = self.joined_parts(slot, &mut parts);
            let alike = parts.iter().all(|&part| graph.class[part] == graph.class[slot]);
            if joined && alike && parts.len() > 1 {
                for part in parts {
                    self.joined.insert(part, slot);
                }
            }
        }
    }

    /// Collects the sums below a tree of additions; false when something else is among them.
    fn joined_parts(&mut self, slot: usize, parts: &mut Vec<usize>) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        if self.is_reduction(slot) {
            let plain = match x.op {
                Op::ReduceTo { rank, mean } => rank > 0 && !mean && graph.width(x.inputs[0]) == graph.width(slot),
                _ => true,
            };
            parts.push(slot);
            return plain;
        }
        if x.op != Op::Binary(Binary::Add) || x.shape.batch {
            return false;
        }
        let below: Vec<usize> = x.inputs.iter().map(|&input| graph.root(input)).collect();
        below.iter().all(|&part| {
            graph.only_user(part) == Some(slot)
                && graph.width(part) == graph.width(slot)
                && self.joined_parts(part, parts)
        }) && below[0] != below[1]
    }

    /// Producers write straight into the concatenation that reads them; outer concatenations first.
    fn assign_concats(&mut self) {
        for slot in (0..self.place.len()).rev() {
            let graph = self.graph;
            let x = graph.at(slot);
            let wanted = graph.root(slot) == slot && graph.needed[slot] && graph.is_row(slot);
            if !wanted || x.op != Op::Concat || x.shape.fixed.len() != 1 {
                continue;
            }
            let whole = self.row_out(slot);
            let mut start = 0;
            for &input in &x.inputs {
                let (width, input) = (graph.width(input), graph.root(input));
                let together = graph.class[input] == graph.class[slot];
                if together && self.is_producer(input) && self.place[input].is_none() {
                    self.place[input] = Some(whole.narrow(start, width));
                }
                start += width;
            }
        }
    }

    /// Whether the node's step can write anywhere (it is not a view of something else, nor computed elsewhere).
    fn is_producer(&self, slot: usize) -> bool {
        let is_view = match self.graph.at(slot).op {
            Op::Input { .. } | Op::BroadcastTo { .. } => true,
            Op::Slice { .. } | Op::ExpandLast { .. } => self.graph.dims(slot).fixed.len() == 1,
            _ => false,
        };
        self.graph.is_row(slot) && !is_view && !self.fused[slot]
    }

    // ---- places ----

    fn buffer(&mut self, width: usize, batch: bool) -> View {
        self.buffers.push(Buffer { width, batch, home: None });
        View { space: Space::Buffer(self.buffers.len() as u32 - 1), offset: 0, row: width, column: 1, width }
    }

    fn statics(&mut self, elements: usize, width: usize) -> View {
        let offset = self.program.static_floats;
        self.program.static_floats = offset.saturating_add(elements.next_multiple_of(LINE));
        View { space: Space::Static, offset, row: width, column: 1, width }
    }

    fn row_out(&mut self, slot: usize) -> View {
        if let Some(view) = self.place[slot] {
            return view;
        }
        let view = self.buffer(self.graph.width(slot), false);
        self.place[slot] = Some(view);
        view
    }

    fn out(&mut self, slot: usize) -> View {
        if self.graph.is_row(slot) {
            return self.row_out(slot);
        }
        let dims = self.graph.dims(slot);
        let view = self.statics(dims.elements(), dims.last());
        self.place[slot] = Some(view);
        view
    }

    fn view(&self, slot: usize) -> View {
        let view = self.place[self.graph.root(slot)];
        view.unwrap_or_else(|| unreachable!("slot {slot} is read before it is placed"))
    }

    /// A static value as rows of `width`.
    fn matrix_view(&self, slot: usize, width: usize) -> View {
        View { row: width, column: 1, width, ..self.view(slot) }
    }

    // ---- steps ----

    fn push(&mut self, class: Class, slot: usize, rows: Rows, action: Action) {
        let step = Step { action, rows, slot };
        match class {
            Class::Static => self.program.prologue.push(step),
            Class::Row(phase) => self.phase(phase).rows.push(step),
            Class::Reduced(phase) => self.phase(phase).after.push(step),
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

    /// Rows and width in which an element-wise step on this node works.
    fn shape(&self, slot: usize) -> (Rows, usize) {
        let dims = self.graph.dims(slot);
        if self.graph.is_row(slot) { (Rows::Shard, dims.elements()) } else { (Rows::Fixed(dims.lead()), dims.last()) }
    }

    /// A view whose columns are all there, for kernels that cannot repeat one.
    fn solid(&mut self, view: View, class: Class, slot: usize) -> View {
        if view.column == 1 {
            return view;
        }
        if view.width == 1 {
            return View { column: 1, ..view };
        }
        let out = self.buffer(view.width, false);
        self.push(class, slot, Rows::Shard, Action::Copy { x: view, out });
        out
    }

    /// The operand of an element-wise step that gives `rows x width`, repeated where it is smaller.
    fn operand(&mut self, slot: usize, rows: Rows, width: usize) -> View {
        if rows == Rows::Shard && self.graph.is_row(slot) {
            return self.view(slot);
        }
        let (view, elements) = (self.view(slot), self.graph.width(slot));
        if elements == 1 {
            return View { row: 0, column: 0, width, ..view };
        }
        match rows {
            _ if elements == width => View { row: 0, column: 1, width, ..view },
            Rows::Fixed(_) => View { row: width, column: 1, width, ..view },
            Rows::Shard => {
                let tiled = self.tile(slot, view, elements, width);
                View { row: 0, ..tiled }
            }
        }
    }

    /// `width / elements` copies of a static value side by side.
    fn tile(&mut self, slot: usize, view: View, elements: usize, width: usize) -> View {
        let out = self.statics(width, elements);
        let x = View { row: 0, column: 1, width: elements, ..view };
        self.push(self.graph.class[slot], slot, Rows::Fixed(width / elements), Action::Copy { x, out });
        View { row: width, width, ..out }
    }

    fn emit(&mut self, slot: usize) {
        let graph = self.graph;
        let x = graph.at(slot);
        match &x.op {
            Op::Param { .. } | Op::ScatterAdd { .. } | Op::SparseSum => self.note_sparse(slot),
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
            Op::Matmul { .. } => self.product(slot, slot, |_| After::Nothing),
            Op::Binary(op) => self.binary(slot, *op),
            Op::ReduceTo { rank: _, mean } => self.reduce_static(slot, *mean),
            Op::BroadcastTo { mean, .. } => self.broadcast(slot, *mean),
            Op::SumLast => self.sum_last(slot),
            Op::ExpandLast { size } => self.expand_last(slot, *size),
            Op::Affine { scale, offset } => {
                let (rows, width) = self.shape(slot);
                let x = self.operand(x.inputs[0], rows, width);
                let out = self.out(slot);
                self.own(slot, rows, Action::Affine { x, scale: *scale, offset: *offset, mean: Mean::ONE, out });
            }
            Op::Unary(f) => self.unary(slot, *f),
            Op::UnaryGrad(f) => self.unary_gradient(slot, *f),
            Op::Concat => self.concat(slot),
            Op::Slice { start, .. } => self.slice(slot, *start),
            Op::Pad { before, .. } => self.pad(slot, *before),
            Op::Dropout { rate, id } => {
                let (rows, width) = self.shape(slot);
                let x = self.operand(x.inputs[0], rows, width);
                let x =
                    if rows == Rows::Shard { self.solid(x, graph.class[slot], slot) } else { View { column: 1, ..x } };
                let out = self.out(slot);
                self.own(slot, rows, Action::Dropout { rate: *rate, id: *id, x, out });
            }
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
        let Op::Input { name } = &self.graph.at(self.graph.root(slot)).op else {
            unreachable!("only inputs have dtype i32")
        };
        let ids = ids_of(name).unwrap_or_else(|| unreachable!("inputs are checked before"));
        match self.program.ids.iter_mut().find(|(other, _)| *other == ids) {
            Some((_, least)) => *least = rows.min(*least),
            None => self.program.ids.push((ids, rows)),
        }
        ids
    }

    fn gather(&mut self, slot: usize) {
        let x = self.graph.at(slot);
        let table_dims = self.graph.dims(x.inputs[0]);
        let table = self.matrix_view(x.inputs[0], table_dims.last());
        let ids = self.ids(x.inputs[1], table_dims.fixed[0]);
        let out = self.row_out(slot);
        self.own(slot, Rows::Shard, Action::Gather { table, ids, out });
    }

    /// Emits the product `slot` with its result, after the epilogue, at `target`.
    fn product(&mut self, slot: usize, target: usize, after: impl FnOnce(&mut Self) -> After) {
        let x = self.graph.at(slot);
        let Op::Matmul { transpose_a, transpose_b } = x.op else { unreachable!("a product") };
        let (a_dims, k, n) = (self.graph.dims(x.inputs[0]), self.inner(slot), self.graph.dims(slot).last());
        let (rows, a) = if self.graph.is_row(slot) {
            (Rows::Shard, self.view(x.inputs[0]))
        } else {
            (Rows::Fixed(self.graph.dims(slot).lead()), self.matrix_view(x.inputs[0], a_dims.last()))
        };
        let b = self.matrix(x.inputs[1], transpose_b, k, n);
        let after = after(self);
        let out = self.out(target);
        self.own(target, rows, Action::Gemm { a, transpose_a, k, b, out, after });
    }

    fn inner(&self, slot: usize) -> usize {
        let x = self.graph.at(slot);
        let Op::Matmul { transpose_b, .. } = x.op else { unreachable!("a product") };
        let b = self.graph.dims(x.inputs[1]);
        if transpose_b { b.fixed[1] } else { b.fixed[0] }
    }

    fn matrix(&mut self, slot: usize, transpose: bool, k: usize, n: usize) -> Matrix {
        let source = self.view(slot);
        if !transpose {
            return Matrix::Rows(View { row: n, column: 1, width: n, ..source });
        }
        let key = (self.graph.root(slot), k, transpose);
        if let Some(&pack) = self.packs.get(&key) {
            return Matrix::Packed(pack);
        }
        let into = self.program.packs;
        self.program.packs += 1;
        self.packs.insert(key, into);
        let class = self.graph.class[slot];
        self.push(class, slot, Rows::Fixed(1), Action::Pack { into, k, n, source, row: 1, column: k });
        Matrix::Packed(into)
    }

    fn binary(&mut self, slot: usize, op: Binary) {
        let graph = self.graph;
        let x = graph.at(slot);
        if let Some((product, bias)) = self.biased_product(slot) {
            return self.product(product, slot, |me| After::Bias(me.bias(bias)));
        }
        if let Some((term, other)) = self.added_term(slot).filter(|&(term, _)| self.fused[term]) {
            let (width, factors) = (graph.width(slot), &graph.at(term).inputs);
            let (a, b) = (self.operand(factors[0], Rows::Shard, width), self.operand(factors[1], Rows::Shard, width));
            let c = self.operand(other, Rows::Shard, width);
            let out = self.out(slot);
            return self.own(slot, Rows::Shard, Action::MultiplyAdd { a, b, c, out });
        }
        let (a, b) = (x.inputs[0], x.inputs[1]);
        let (rows, width) = match self.shape(slot) {
            (Rows::Shard, width) => (Rows::Shard, width),
            // The smaller operand repeats: work in rows of its size.
            (Rows::Fixed(_), last) => {
                let elements = self.graph.width(slot);
                let small = self.graph.width(a).min(self.graph.width(b));
                let width = if small == 1 { last } else { small };
                (Rows::Fixed(elements / width), width)
            }
        };
        let (a, b) = (self.operand(a, rows, width), self.operand(b, rows, width));
        let out = View { width, ..self.out(slot) };
        let out = if rows == Rows::Shard { out } else { View { row: width, ..out } };
        self.own(slot, rows, Action::Binary { op, a, b, out });
    }

    fn bias(&mut self, slot: usize) -> View {
        View { row: 0, column: 1, width: self.graph.width(slot), ..self.view(slot) }
    }

    fn unary(&mut self, slot: usize, f: Unary) {
        let z = self.graph.root(self.graph.at(slot).inputs[0]);
        if self.fused[z]
            && let Some((product, bias)) = self.biased_product(z)
        {
            if is_relu(f) {
                return self.product(product, slot, |me| After::BiasRelu(me.bias(bias)));
            }
            self.product(product, slot, |_| After::Nothing);
            let (out, bias) = (self.view(slot), self.bias(bias));
            return self.own(slot, Rows::Shard, Action::BiasUnary { f, x: out, bias, out });
        }
        let (rows, width) = self.shape(slot);
        if self.fused[z] {
            let terms = &self.graph.at(z).inputs;
            let (x, bias) = (self.operand(terms[0], rows, width), self.operand(terms[1], rows, width));
            let out = self.out(slot);
            return self.own(slot, rows, Action::BiasUnary { f, x, bias, out });
        }
        let x = self.operand(z, rows, width);
        let out = self.out(slot);
        self.own(slot, rows, Action::Unary { f, x, out });
    }

    fn unary_gradient(&mut self, slot: usize, f: Unary) {
        let x = self.graph.at(slot);
        let dy = self.graph.root(x.inputs[2]);
        if self.fused[dy] && is_relu(f) {
            let y = self.view(x.inputs[1]);
            let y = self.solid(y, self.graph.class[slot], slot);
            return self.product(dy, slot, |_| After::ReluMask(y));
        }
        let (rows, width) = self.shape(slot);
        let dy = self.operand(dy, rows, width);
        let read = |me: &mut Self, needed: bool, i: usize| {
            if needed { me.operand(x.inputs[i], rows, width) } else { dy }
        };
        let (argument, value) = (read(self, f.needs_x(), 0), read(self, f.needs_y(), 1));
        let out = self.out(slot);
        self.own(slot, rows, Action::UnaryGradient { f, x: argument, y: value, dy, out });
    }

    fn reduce_static(&mut self, slot: usize, mean: bool) {
        let (input, width) = (self.graph.at(slot).inputs[0], self.graph.width(slot));
        let count = self.graph.width(input) / width;
        let x = self.matrix_view(input, width);
        let out = View { row: width, width, ..self.out(slot) };
        self.own(slot, Rows::Fixed(count), Action::SumRows { x, out });
        if mean {
            let mean = Mean { count, batch: false };
            self.own(slot, Rows::Fixed(1), Action::Affine { x: out, scale: 1.0, offset: 0.0, mean, out });
        }
    }

    /// A repeated static value needs no memory in a row; only its scale does.
    fn broadcast(&mut self, slot: usize, mean: bool) {
        let input = self.graph.at(slot).inputs[0];
        let (elements, width, class) = (self.graph.width(input), self.graph.width(slot), self.graph.class[input]);
        let mut source = View { row: elements, width: elements, ..self.view(input) };
        if mean {
            let out = self.statics(elements, elements);
            let mean = Mean { count: width / elements, batch: self.graph.is_row(slot) };
            self.push(class, slot, Rows::Fixed(1), Action::Affine { x: source, scale: 1.0, offset: 0.0, mean, out });
            source = out;
        }
        self.place[slot] = Some(match elements {
            1 if self.graph.is_row(slot) => View { row: 0, column: 0, width, ..source },
            _ if elements == width => View { row: 0, ..source },
            _ => {
                let tiled = self.tile(input, source, elements, width);
                if self.graph.is_row(slot) { View { row: 0, ..tiled } } else { tiled }
            }
        });
    }

    fn sum_last(&mut self, slot: usize) {
        let graph = self.graph;
        let input = graph.root(graph.at(slot).inputs[0]);
        if self.fused[input] {
            let width = graph.width(input);
            let factors = &graph.at(input).inputs;
            if graph.mode == Mode::Scores && graph.class[slot] == Class::Row(PAIR) && self.dot(slot, factors) {
                return;
            }
            let (rows, _) = self.shape(slot);
            let rows = if graph.is_row(slot) { Rows::Shard } else { rows };
            let (a, b) = (self.operand(factors[0], rows, width), self.operand(factors[1], rows, width));
            let (a, b) = (self.solid(a, graph.class[slot], slot), self.solid(b, graph.class[slot], slot));
            let out = self.out(slot);
            return self.own(slot, rows, Action::DotLast { a, b, out });
        }
        let out = self.out(slot);
        let last = graph.dims(graph.at(slot).inputs[0]).last();
        if !graph.is_row(slot) {
            let x = self.matrix_view(input, last);
            let out = View { row: 1, width: 1, ..out };
            return self.own(slot, Rows::Fixed(graph.width(slot)), Action::SumLast { x, out });
        }
        let whole = self.solid(self.view(input), graph.class[slot], slot);
        for column in 0..graph.width(slot) {
            let (x, out) = (whole.narrow(column * last, last), out.narrow(column, 1));
            self.own(slot, Rows::Shard, Action::SumLast { x, out });
        }
    }

    /// An inner product of a user's value with an item's is left to the scorer, which does many at once.
    fn dot(&mut self, slot: usize, factors: &[usize]) -> bool {
        let graph = self.graph;
        let class = |factor: usize| graph.class[graph.root(factor)];
        let (user, item) = match (class(factors[0]), class(factors[1])) {
            (Class::Row(USER), Class::Row(ITEM)) => (factors[0], factors[1]),
            (Class::Row(ITEM), Class::Row(USER)) => (factors[1], factors[0]),
            _ => return false,
        };
        let user = self.stored(self.view(user), Class::Row(USER), slot);
        let item = self.stored(self.view(item), Class::Row(ITEM), slot);
        let offset = self.program.dots.len();
        self.program.dots.push(Dot { user, item });
        self.place[slot] = Some(View { space: Space::Dots, offset, row: 1, column: 1, width: 1 });
        true
    }

    /// The view itself where it lies in a buffer row by row, else a copy.
    fn stored(&mut self, view: View, class: Class, slot: usize) -> View {
        if matches!(view.space, Space::Buffer(_)) && view.row != 0 && (view.column == 1 || view.width == 1) {
            return View { column: 1, ..view };
        }
        let out = self.buffer(view.width, false);
        self.push(class, slot, Rows::Shard, Action::Copy { x: view, out });
        out
    }

    fn expand_last(&mut self, slot: usize, size: usize) {
        let input = self.graph.at(slot).inputs[0];
        if !self.graph.is_row(slot) {
            let x = View { row: 1, column: 0, width: size, ..self.view(input) };
            let out = self.out(slot);
            let out = View { row: size, width: size, ..out };
            return self.own(slot, Rows::Fixed(self.graph.width(input)), Action::Copy { x, out });
        }
        let view = self.view(input);
        if self.graph.dims(slot).fixed.len() == 1 {
            self.place[slot] = Some(View { column: 0, width: size, ..view });
            return;
        }
        let out = self.row_out(slot);
        for column in 0..self.graph.width(input) {
            let x = View { column: 0, width: size, ..view.narrow(column, 1) };
            self.own(slot, Rows::Shard, Action::Copy { x, out: out.narrow(column * size, size) });
        }
    }

    /// For each leading index of a row (once for a static value): source and target columns.
    fn concat(&mut self, slot: usize) {
        let graph = self.graph;
        let x = graph.at(slot);
        let (out, whole) = (self.out(slot), graph.dims(slot).last());
        let mut start = 0;
        for &input in &x.inputs {
            let (part, root) = (graph.dims(input).last(), graph.root(input));
            if graph.is_row(slot) {
                let from = self.row_operand(root, graph.width(input));
                for lead in 0..graph.dims(slot).lead() {
                    let (x, out) = (from.narrow(lead * part, part), out.narrow(lead * whole + start, part));
                    if x != out {
                        self.own(slot, Rows::Shard, Action::Copy { x, out });
                    }
                }
            } else {
                let x = self.matrix_view(input, part);
                let out = View { offset: out.offset + start, row: whole, width: part, ..out };
                self.own(slot, Rows::Fixed(graph.dims(slot).lead()), Action::Copy { x, out });
            }
            start += part;
        }
    }

    fn row_operand(&mut self, slot: usize, width: usize) -> View {
        self.operand(slot, Rows::Shard, width)
    }

    fn slice(&mut self, slot: usize, start: usize) {
        let graph = self.graph;
        let input = graph.at(slot).inputs[0];
        let (whole, part, lead) = (graph.dims(input).last(), graph.dims(slot).last(), graph.dims(slot).lead());
        if !graph.is_row(slot) {
            let x = self.matrix_view(input, whole);
            let x = View { offset: x.offset + start, width: part, ..x };
            let out = self.out(slot);
            return self.own(slot, Rows::Fixed(lead), Action::Copy { x, out });
        }
        let from = self.view(input);
        if graph.dims(slot).fixed.len() == 1 {
            self.place[slot] = Some(from.narrow(start, part));
            return;
        }
        let out = self.row_out(slot);
        for i in 0..lead {
            let (x, out) = (from.narrow(i * whole + start, part), out.narrow(i * part, part));
            self.own(slot, Rows::Shard, Action::Copy { x, out });
        }
    }

    fn pad(&mut self, slot: usize, before: usize) {
        let graph = self.graph;
        let input = graph.at(slot).inputs[0];
        let (part, whole, lead) = (graph.dims(input).last(), graph.dims(slot).last(), graph.dims(slot).lead());
        let (rows, width) = self.shape(slot);
        let out = self.out(slot);
        self.own(slot, rows, Action::Fill { value: 0.0, out: View { width, ..out } });
        if !graph.is_row(slot) {
            let x = self.matrix_view(input, part);
            let out = View { offset: out.offset + before, width: part, ..out };
            return self.own(slot, Rows::Fixed(lead), Action::Copy { x, out });
        }
        let from = self.view(input);
        for i in 0..lead {
            let (x, out) = (from.narrow(i * part, part), out.narrow(i * whole + before, part));
            self.own(slot, Rows::Shard, Action::Copy { x, out });
        }
    }

    // ---- reductions ----

    /// A value without a batch made of values with one.
    fn is_reduction(&self, slot: usize) -> bool {
        let graph = self.graph;
        let x = graph.at(slot);
        matches!(x.op, Op::ReduceTo { .. } | Op::Matmul { .. })
            && !x.shape.batch
            && x.inputs.iter().any(|&input| graph.is_row(input))
    }

    /// Whether the additions of this node happen where its parts are summed.
    fn is_joined(&self, slot: usize) -> bool {
        self.joined.values().any(|&whole| whole == slot || self.is_inside(slot, whole))
    }

    fn is_inside(&self, slot: usize, whole: usize) -> bool {
        let graph = self.graph;
        graph.at(slot).op == Op::Binary(Binary::Add)
            && !graph.at(slot).shape.batch
            && graph.only_user(slot).is_some_and(|user| user == whole || self.is_inside(user, whole))
    }

    fn reduce_when_ready(&mut self, slot: usize) {
        let graph = self.graph;
        let ready = operands(graph.at(slot)).into_iter().all(|input| self.done[graph.root(input)]);
        if !ready || std::mem::replace(&mut self.done[slot], true) {
            return;
        }
        let x = graph.at(slot);
        let Class::Reduced(phase) = graph.class[slot] else { unreachable!("a reduction") };
        let whole = self.joined.get(&slot).copied().unwrap_or(slot);
        let known = self.reduction.get(&whole).copied();
        let (into, first) = (known.unwrap_or(self.program.reductions.len()), known.is_none());
        let source = self.view(x.inputs[0]);
        let (kind, mean, action) = match x.op {
            Op::Matmul { .. } => {
                let other = self.view(x.inputs[1]);
                let (a, b) = (source, self.solid(other, Class::Row(phase), slot));
                (self.dense(first, graph.width(slot)), Mean::ONE, Action::AddProduct { a, b, into, first })
            }
            Op::ReduceTo { mean, .. } => {
                let (width, kept) = (graph.width(x.inputs[0]), graph.width(slot));
                let source = self.solid(source, Class::Row(phase), slot);
                let count = if mean { width / kept } else { 1 };
                let mean = Mean { count, batch: mean };
                if graph.dims(slot).fixed.is_empty() {
                    let index = self.program.totals;
                    self.program.totals += 1;
                    (ReductionKind::Total { index }, mean, Action::AddTotal { x: source, into })
                } else {
                    (self.dense(first, width), mean, Action::AddRows { x: source, into, first })
                }
            }
            _ => unreachable!("a reduction"),
        };
        self.push(Class::Row(phase), slot, Rows::Shard, action);
        if !first {
            return;
        }
        let slot = whole;
        let folded = matches!(kind, ReductionKind::Dense { elements, .. } if elements != graph.width(slot));
        let is_read = !graph.users(slot).is_empty();
        let value = (folded || is_read).then(|| self.reduced_value(slot, kind, folded));
        self.reduction.insert(slot, into);
        self.program.reductions.push(Reduction { slot, kind, mean, phase, value });
    }

    /// Room for a sum in the arena of each group, if it is a new one.
    fn dense(&mut self, is_new: bool, elements: usize) -> ReductionKind {
        let offset = self.program.group_floats;
        let room = if is_new { elements.next_multiple_of(LINE) } else { 0 };
        self.program.group_floats = offset.saturating_add(room);
        ReductionKind::Dense { offset, elements }
    }

    /// Where threads put the finished sum; where the batch is not all that is summed over, the rest follows.
    fn reduced_value(&mut self, slot: usize, kind: ReductionKind, folded: bool) -> View {
        let elements = match kind {
            ReductionKind::Dense { elements, .. } => elements,
            ReductionKind::Total { .. } => 1,
        };
        let width = self.graph.width(slot);
        let sum = self.statics(elements, width);
        if folded {
            let out = View { row: width, width, ..self.out(slot) };
            self.own(slot, Rows::Fixed(elements / width), Action::SumRows { x: sum, out });
        } else {
            self.place[slot] =
                Some(View { width: self.graph.dims(slot).last(), row: self.graph.dims(slot).last(), ..sum });
        }
        sum
    }

    // ---- outputs ----

    /// Row-sparse gradients are not computed: their operands are kept for the optimizer.
    fn note_sparse(&mut self, slot: usize) {
        let graph = self.graph;
        let Op::ScatterAdd { rows } = graph.at(slot).op else { return };
        let dy = graph.root(graph.at(slot).inputs[1]);
        self.ids(graph.at(slot).inputs[0], rows);
        let (row, factor) = match self.scaled_row(dy).filter(|_| self.fused[dy]) {
            Some((factor, row)) => (row, Some(self.keep(self.view(factor), graph.class[factor], slot))),
            None => (dy, None),
        };
        let rows = self.keep(self.view(row), graph.class[row], slot);
        self.sparse.insert(slot, Sparse { rows, factor });
    }

    /// A view that outlives the shard.
    fn keep(&mut self, view: View, class: Class, slot: usize) -> View {
        if let (Space::Buffer(buffer), 1) = (view.space, view.column)
            && view.row != 0
        {
            self.buffers[buffer as usize].batch = true;
            return view;
        }
        let out = self.buffer(view.width, true);
        self.push(class, slot, Rows::Shard, Action::Copy { x: view, out });
        out
    }

    /// Scores are read from the batch, or from inner products where nothing follows them.
    fn score(&mut self, slot: usize) -> Value {
        let view = self.view(slot);
        if view.space == Space::Dots {
            return Value::Rows(view);
        }
        if self.graph.class[slot] == Class::Row(PAIR) {
            return Value::Rows(self.keep(view, Class::Row(PAIR), slot));
        }
        let out = self.buffer(view.width, true);
        self.push(Class::Row(PAIR), slot, Rows::Shard, Action::Copy { x: view, out });
        Value::Rows(out)
    }

    pub fn output(&mut self, slot: usize) -> Value {
        let graph = self.graph;
        let x = graph.at(slot);
        match &x.op {
            Op::Input { name } if x.dtype == DType::I32 => {
                Value::Ids(ids_of(name).unwrap_or_else(|| unreachable!("inputs are checked before")))
            }
            Op::ScatterAdd { .. } | Op::SparseSum => {
                let parts = if x.op == Op::SparseSum { scatters(graph, slot) } else { vec![slot] };
                let sources = parts
                    .into_iter()
                    .map(|part| (self.ids(graph.at(part).inputs[0], graph.dims(part).fixed[0]), self.sparse[&part]))
                    .collect();
                Value::Sparse { rows: graph.dims(slot).fixed[0], width: graph.dims(slot).last(), sources }
            }
            _ if graph.mode == Mode::Scores && graph.is_row(slot) => self.score(slot),
            _ if graph.is_row(slot) => {
                let view = self.view(slot);
                Value::Rows(self.keep(view, graph.class[slot], slot))
            }
            _ => match self.reduction.get(&slot) {
                Some(&reduction) if self.place[slot].is_none() => {
                    Value::Reduced { reduction, elements: graph.width(slot) }
                }
                _ => Value::Static { view: self.view(slot), elements: graph.width(slot) },
            },
        }
    }
}

/// The scatterAdds below a sparseSum, in order.
fn scatters(graph: &Graph<'_>, slot: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for &input in &graph.at(slot).inputs {
        let input = graph.root(input);
        match graph.at(input).op {
            Op::SparseSum => found.extend(scatters(graph, input)),
            _ => found.push(input),
        }
    }
    found
}
