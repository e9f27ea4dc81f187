//! Runs the steps of a program on one shard: resolves views to memory and calls the kernels.

mod batch;
mod cross_attention;
mod crosses;
mod drawn;
mod products;
mod ragged;

use crate::attention;
use crate::buffer::{Arena, Buffer};
use crate::elementwise as kernels;
use crate::isa::Isa;
use crate::matmul::PackedB;
use crate::matrix::SparseMatrix;
use crate::plan::EntryDropout;
use crate::profile::Laps;
use crate::program::{
    Action, Entries, Extent, Ids, Matrix, Program, ReductionKind, Rows, Space, Step, TABLE_ROWS, Table, View,
};
use crate::ragged::Ragged;
use crate::softmax;
use crate::view::{Area, Block, Shape, Source, Target};
use crate::window::{self, Lie};
use products::Product;
use std::sync::Arc;

/// With which random masks a step runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    pub seed: u32,
    pub epoch: u32,
    pub step: u32,
}

/// The id columns of the batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    pub user: &'a [i32],
    pub item: &'a [i32],
    pub negative: &'a [i32],
    pub event: &'a [i32],
    pub entries: Ragged<'a>,
}

impl<'a> Columns<'a> {
    pub fn get(&self, ids: Ids) -> &'a [i32] {
        match ids {
            Ids::User => self.user,
            Ids::Item => self.item,
            Ids::Negative => self.negative,
            Ids::Event => self.event,
            Ids::Entry => self.entries.columns,
            Ids::Next => self.entries.next,
            Ids::Position => self.entries.positions,
        }
    }
}

/// Memory of a thread for small values without a batch, with those that never change.
pub fn statics_of(program: &Program) -> Buffer {
    let mut statics = Buffer::zeroed(program.static_floats);
    for &(offset, value) in &program.constants {
        statics.as_mut_slice()[offset] = value;
    }
    statics
}

/// All memory that one thread sees while it runs a program on one shard.
///
/// No two threads hold overlapping `work`, `statics`, `group` or `totals`. They share `batch`, of which each uses the rows
/// `[first_row, first_row + rows)` of its shard alone, and `params`, which nobody writes while steps run.
pub struct Frame<'a> {
    pub isa: Isa,
    pub program: &'a Program,
    pub work: Arena,
    pub batch: Arena,
    pub statics: Arena,
    /// Of these a run of steps writes the rows at hand alone; it reads others only after threads have met.
    pub tables: Arena,
    pub params: &'a [Arena],
    pub data: &'a [Arc<SparseMatrix>],
    pub group: Arena,
    pub totals: &'a mut [f64],
    pub packs: Packs<'a>,
    /// Ids of the shard's rows.
    pub columns: Columns<'a>,
    /// Those of the whole batch, from the second phase on: in the first one they are still being written.
    pub batch_columns: Columns<'a>,
    pub first_row: usize,
    pub rows: usize,
    /// Of the whole batch: by what means divide.
    pub extent: Extent,
    pub moment: Moment,
    /// The first shard of its group: sums start from zero.
    pub fresh: bool,
    pub sides: Sides,
    /// Scoring pairs: values lie feature by feature, so kernels see features as rows and pairs as columns. A product's right
    /// operand is then as wide as the block, however narrow the layer is.
    pub by_feature: bool,
    /// Rows are those of a table: operands are, too, where they do not repeat.
    pub by_table: bool,
    /// Where steps are timed, and the number of the first one.
    pub laps: Option<(&'a mut Laps, usize)>,
}

/// Packed matrices: a worker's own, or those that scoring threads share.
pub enum Packs<'a> {
    Own(&'a mut [PackedB]),
    Shared(&'a [PackedB]),
}

/// Scoring: what pairs read of items and users.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sides {
    pub items: Arena,
    /// Where the items of row 0 and following start: pairs read a block, feature by feature.
    pub first_item: usize,
    pub users: Arena,
    pub first_user: usize,
    /// All pairs are of the same user; else `users` is a block as `items` is.
    pub one_user: bool,
    /// Per inner product one value per row.
    pub dots: Arena,
    pub dot_stride: usize,
}

impl<'a> Frame<'a> {
    pub fn run(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            self.step(step);
            if let Some((laps, first)) = &mut self.laps {
                let rows = match &step.action {
                    Action::Spmm { matrix, .. } => self.data[*matrix].entries(self.first_row, self.rows),
                    _ => self.rows,
                };
                laps.lap(*first + index, rows);
            }
        }
    }

    /// Runs steps on a chunk of a table's rows.
    pub fn run_chunk(&mut self, steps: &[Step], chunk: usize) {
        let rows = steps[0].table_rows().unwrap_or(0);
        self.first_row = chunk * TABLE_ROWS;
        self.rows = TABLE_ROWS.min(rows - self.first_row);
        self.by_table = true;
        self.run(steps);
    }

    /// Asks for the lines of the batch that the phase will write: other threads read them in the last step.
    pub fn claim(&self, phase: usize) {
        for view in &self.program.phases[phase].claims {
            let View { offset, row, .. } = self.placed(view);
            for r in 0..self.rows {
                self.batch.prefetch_write(offset + r * row, view.width);
            }
        }
    }

    fn arena(&self, space: Space) -> Arena {
        match space {
            Space::Work => self.work,
            Space::Batch | Space::Entries => self.batch,
            Space::Static => self.statics,
            Space::Table => self.tables,
            Space::Param(index) => self.params[index as usize],
            Space::Items => self.sides.items,
            Space::Users => self.sides.users,
            Space::Dots => self.sides.dots,
            Space::Buffer(_) => unreachable!("views are placed by the compiler"),
        }
    }

    /// The view with its offset, rows and columns as they are in memory now.
    #[inline(always)]
    fn placed(&self, view: &View) -> View {
        let Sides { first_item, first_user, one_user, dot_stride, .. } = self.sides;
        let block = self.program.shard_rows;
        let side = |first: usize, width: usize| match self.by_feature {
            true => View {
                offset: view.offset * block + first * width,
                row: view.row.min(1),
                column: view.column * block,
                ..*view
            },
            false => View { offset: view.offset + first * view.row, ..*view },
        };
        match view.space {
            _ if self.by_table => View { offset: view.offset + self.first_row * view.row, ..*view },
            Space::Work | Space::Static | Space::Table | Space::Param(_) => *view,
            Space::Batch => View { offset: view.offset + self.first_row * view.row, ..*view },
            Space::Entries => {
                View { offset: view.offset + self.first_row * self.program.longest() * view.row, ..*view }
            }
            Space::Items => side(first_item, self.program.item_floats),
            Space::Users if one_user => View { offset: view.offset + first_user * view.row, row: 0, ..*view },
            Space::Users => side(first_user, self.program.user_floats),
            Space::Dots => View { offset: view.offset * dot_stride, ..*view },
            Space::Buffer(_) => unreachable!("views are placed by the compiler"),
        }
    }

    fn source(&self, view: &View, rows: usize) -> Source<'a> {
        self.placed_source(&self.placed(view), rows)
    }

    fn placed_source(&self, view: &View, rows: usize) -> Source<'a> {
        // SAFETY: see Frame: parameters are not written while steps run, others' rows of tables only before threads met; everything
        // else belongs to this thread.
        unsafe { self.arena(view.space).source(view.offset, span(view, rows)) }
    }

    /// Rows of a value that are the same for every chunk of a table.
    fn all(&self, view: &View, rows: usize) -> Source<'a> {
        let view = if self.by_table { *view } else { self.placed(view) };
        self.placed_source(&view, rows)
    }

    fn target(&self, view: &View, rows: usize) -> Target<'a> {
        self.placed_target(&self.placed(view), rows)
    }

    fn placed_target(&self, view: &View, rows: usize) -> Target<'a> {
        assert!(!matches!(view.space, Space::Param(_)), "a step that writes a parameter");
        // SAFETY: see Frame: this memory belongs to this thread.
        unsafe { self.arena(view.space).target(view.offset, span(view, rows)) }
    }

    fn lie(&self, rows: usize) -> Lie {
        Lie { rows, by_feature: self.by_feature }
    }

    fn block(&self, view: &View, rows: usize) -> Block<'a> {
        let view = self.placed(view);
        let (row_stride, column_stride) =
            if self.by_feature { (view.column, view.row) } else { (view.row, view.column) };
        Block { data: self.placed_source(&view, rows), row_stride, column_stride }
    }

    fn area(&self, view: &View, rows: usize) -> Area<'a> {
        Area { data: self.target(view, rows), row_stride: if self.by_feature { view.column } else { view.row } }
    }

    /// How kernels see `rows` rows of `width`.
    fn shape(&self, rows: usize, width: usize) -> Shape {
        if self.by_feature { Shape::new(width, rows) } else { Shape::new(rows, width) }
    }

    fn step(&mut self, step: &Step) {
        let rows = match step.rows {
            Rows::Shard | Rows::Table(_) => self.rows,
            Rows::Entries => self.columns.entries.count(),
            Rows::Fixed(rows) => rows,
        };
        let (isa, width) = (self.isa, step.action.width());
        if rows == 0 {
            return self.empty(&step.action);
        }
        match &step.action {
            Action::Gather { table, ids, out } => {
                let ids = &self.columns.get(*ids)[..rows];
                let arena = self.arena(table.space);
                let length = arena.len() - table.offset;
                // SAFETY: see Frame: tables are parameters, statics of this thread, or written before threads met.
                let data = unsafe { arena.source(table.offset, length) };
                let from = kernels::Lookup { table: data, row_stride: table.row, ids };
                kernels::gather(isa, self.shape(rows, out.width), self.area(out, rows), from);
            }
            Action::Bag { table, entries, out } => {
                let (shape, entries) = (Shape::new(rows, out.width), self.entries(entries, rows));
                match table {
                    Table::Rows(table) => {
                        let table = self.source(table, entries.matrix.columns);
                        kernels::bag(isa, shape, self.area(out, rows), table, entries);
                    }
                    Table::Data(table) => {
                        kernels::sparse_bag(shape, self.area(out, rows), &self.data[*table], entries);
                    }
                    Table::Entries => kernels::dense_rows(isa, shape, self.area(out, rows), entries),
                }
            }
            Action::AddAt { x, ids, into, first } => {
                let (sum, ids) = (self.begun_sum(*into, *first), &self.columns.get(*ids)[..rows]);
                kernels::add_at(isa, Shape::new(rows, x.width), sum, self.block(x, rows), ids);
            }
            Action::AddBag { x, entries, into, first } => {
                let (sum, entries) = (self.begun_sum(*into, *first), self.entries(entries, rows));
                kernels::add_bag(isa, Shape::new(rows, x.width), sum, self.block(x, rows), entries);
            }
            Action::Spmm { matrix, table, out } => {
                let (shape, matrix) = (Shape::new(rows, out.width), &self.data[*matrix]);
                let table = self.all(table, matrix.columns);
                kernels::spmm(isa, shape, self.area(out, rows), table, matrix, self.first_row);
            }
            Action::Through { x, matrix, out } => {
                kernels::through(
                    Shape::new(rows, width),
                    self.area(out, rows),
                    self.block(x, rows),
                    &self.data[*matrix],
                );
            }
            Action::ScatterRows { .. } => unreachable!("rows have owners, which no shard knows"),
            Action::Gemm { a, transpose_a, lead, k, b, out, after } => {
                let product = Product { lead: *lead, a, k: *k, b, out, after };
                match b {
                    Matrix::Rows(b) if self.by_feature => self.gemm_by_feature(rows, &product, b),
                    _ => self.gemm(rows, &product, *transpose_a),
                }
            }
            Action::AddProduct { a, b, lead, into, first } => self.add_product(rows, [a, b], *lead, *into, *first),
            Action::RowProducts { sizes, a, b, out } => self.row_products(rows, sizes, [a, b], out),
            Action::Unfold { window: at, x, out } => {
                window::unfold(isa, at, self.lie(rows), self.area(out, rows), self.block(x, rows));
            }
            Action::Fold { window: at, x, out } => {
                window::fold(isa, at, self.lie(rows), self.area(out, rows), self.block(x, rows));
            }
            Action::Pool { window: at, pooled, x, out } => {
                window::pool(isa, at, *pooled, self.lie(rows), self.area(out, rows), self.block(x, rows));
            }
            Action::PoolGradient { window: at, pooled, x, dy, out } => {
                let (x, dy) = (self.block(x, rows), self.block(dy, rows));
                window::pool_gradient(isa, at, *pooled, rows, self.area(out, rows), x, dy);
            }
            Action::AddRows { x, into, first } => {
                let out = Area::new(self.sum(*into), x.width);
                kernels::sum_rows(isa, Shape::new(rows, x.width), out, self.block(x, rows), !(self.fresh && *first));
            }
            Action::AddTotal { x, into } => {
                let ReductionKind::Total { index } = self.program.reductions[*into].kind else { return };
                self.totals[index] = f64::from(kernels::sum_all(isa, Shape::new(rows, x.width), self.block(x, rows)));
            }
            Action::Binary { op, a, b, out } => {
                let shape = self.shape(rows, out.width);
                kernels::binary(isa, *op, shape, self.area(out, rows), self.block(a, rows), self.block(b, rows));
            }
            Action::MultiplyAdd { a, b, c, out } => {
                let (a, b, c) = (self.block(a, rows), self.block(b, rows), self.block(c, rows));
                kernels::multiply_add(isa, self.shape(rows, out.width), self.area(out, rows), a, b, c);
            }
            Action::Affine { x, scale, offset, mean, out } => {
                let (shape, scale) = (self.shape(rows, out.width), scale * mean.factor(self.extent));
                kernels::affine(isa, shape, self.area(out, rows), self.block(x, rows), scale, *offset);
            }
            Action::Unary { f, x, out } => {
                kernels::unary(isa, *f, self.shape(rows, out.width), self.area(out, rows), self.block(x, rows));
            }
            Action::BiasUnary { f, x, bias, out } => {
                let (x, bias) = (self.block(x, rows), self.block(bias, rows));
                kernels::bias_unary(isa, *f, self.shape(rows, out.width), self.area(out, rows), x, bias);
            }
            Action::UnaryGradient { f, x, y, dy, out } => {
                let (x, y, dy) = (self.block(x, rows), self.block(y, rows), self.block(dy, rows));
                kernels::unary_gradient(isa, *f, self.shape(rows, out.width), self.area(out, rows), x, y, dy);
            }
            Action::SumLast { x, out } => {
                let (shape, out, x) = (self.shape(rows, x.width), self.area(out, rows), self.block(x, rows));
                if self.by_feature {
                    kernels::sum_rows(isa, shape, out, x, false);
                } else {
                    kernels::sum_last(isa, shape, out, x);
                }
            }
            Action::DotLast { a, b, out } => {
                let (shape, out) = (self.shape(rows, a.width), self.area(out, rows));
                let dot = if self.by_feature { kernels::dot_rows } else { kernels::dot_last };
                dot(isa, shape, out, self.block(a, rows), self.block(b, rows));
            }
            Action::Dropout { rate, id, x, out } => self.numbered(step.rows, rows, [x, out], |first, rows, out, x| {
                let dropout = kernels::Dropout { rate: *rate, draws: self.draws(*id, first) };
                kernels::dropout(isa, dropout, self.shape(rows, width), out, x);
            }),
            Action::EntryValues { ahead, out } => self.entry_values(*ahead, out),
            Action::Last { x, out } => self.last(rows, x, out),
            Action::AtLast { x, out } => self.at_last(rows, x, out),
            Action::LayerNorm { epsilon, x, out } => {
                kernels::layer_norm(isa, Shape::new(rows, width), self.area(out, rows), self.block(x, rows), *epsilon);
            }
            Action::LayerNormGradient { epsilon, x, dy, out } => {
                let (x, dy) = (self.block(x, rows), self.block(dy, rows));
                kernels::layer_norm_gradient(isa, Shape::new(rows, width), self.area(out, rows), x, dy, *epsilon);
            }
            Action::Attention { heads, q, k, v, scratch, out } => {
                let operands = self.operands([q, k, v], scratch, out);
                self.attend(*heads, q.width, |head| attention::forward(isa, &operands, head));
            }
            Action::AttentionGradient { heads, q, k, v, dy, scratch, out } => {
                let operands = self.operands([q, k, v], scratch, out);
                let dy = self.block(dy, self.columns.entries.count());
                self.attend(*heads, q.width, |head| attention::backward(isa, &operands, dy, head));
            }
            Action::Shift { by, x, out } => self.shift(*by, x, out),
            Action::Gru { x, kernel, bias, scratch, out } => self.gru(x, kernel, bias, scratch, out),
            Action::GruGradient { x, product, before, dy, kernel, scratch, out } => {
                self.gru_gradient([x, product, before, dy], kernel, scratch, out);
            }
            Action::Bernoulli { id, x, out } => self.numbered(step.rows, rows, [x, out], |first, rows, out, x| {
                kernels::bernoulli(isa, self.draws(*id, first), Shape::new(rows, width), out, x);
            }),
            Action::Categorical { id, x, out } => self.numbered(step.rows, rows, [x, out], |first, rows, out, x| {
                kernels::categorical(self.draws(*id, first), Shape::new(rows, width), out, x);
            }),
            Action::Normal { id, out } => {
                let draws = self.draws(*id, self.first_row);
                kernels::normal(isa, draws, self.shape(rows, out.width), self.area(out, rows));
            }
            Action::Draw { rows: of, id, weights, out } => self.draw(rows, *of, *id, *weights, out),
            Action::Pick { table, numbers, out } => self.pick(rows, table, numbers, out),
            Action::PutBack { numbers, count, x, out } => self.put_back(rows, numbers, *count, x, out),
            Action::LogSumExp { logits, out } => {
                let (given, scratch) = self.logits(rows, logits);
                softmax::log_sum_exp(isa, &given, self.area(out, rows), scratch);
            }
            Action::LogSumExpGradient { logits, value, dy, out, into } => {
                let (given, scratch) = self.logits(rows, logits);
                let table = into.map(|(into, first)| (self.sum(into), !(self.fresh && first)));
                let (value, dy) = (self.block(value, rows), self.block(dy, rows));
                let gradient = softmax::Gradient { value, dy, x: out.map(|out| self.area(&out, rows)), table };
                softmax::log_sum_exp_gradient(isa, &given, &gradient, scratch);
            }
            Action::Copy { x, out } => {
                kernels::copy(isa, self.shape(rows, out.width), self.area(out, rows), self.block(x, rows));
            }
            Action::Fill { value, out } => {
                kernels::fill(isa, self.shape(rows, out.width), self.area(out, rows), *value);
            }
            Action::SumRows { x, out } => {
                kernels::sum_rows(isa, Shape::new(rows, x.width), self.area(out, 1), self.block(x, rows), false);
            }
            Action::CrossAttention { look, out } => self.cross_attention(rows, look, out),
            Action::CrossAttentionGradient { look, value, dy, query, keys, values } => {
                let query = query.as_ref();
                let wanted = cross_attention::Wanted { value, dy, query, keys: *keys, values: *values };
                self.cross_attention_gradient(rows, look, &wanted);
            }
            Action::CrossBag { table, crossed, out } => self.cross_bag(rows, table, crossed, out),
            Action::AddCrossBag { x, crossed, into, first } => self.add_cross_bag(rows, x, crossed, *into, *first),
            Action::BatchLogSumExp { pairs, out } => self.batch_log_sum_exp(rows, pairs, out),
            Action::BatchLogSumExpGradient { side, pairs, lse, dy, out } => {
                self.batch_log_sum_exp_gradient(rows, *side, pairs, [lse, dy], out);
            }
            Action::Pack { into, k, n, source, row, column } => self.pack(*into, [*k, *n], source, [*row, *column]),
        }
    }

    fn draws(&self, id: u32, first_row: usize) -> kernels::Draws {
        let Moment { seed, epoch, step } = self.moment;
        kernels::Draws { seed, epoch, step, id, first_row }
    }

    fn entries(&self, entries: &Entries, rows: usize) -> kernels::Entries<'_> {
        kernels::Entries {
            matrix: &self.data[entries.matrix],
            ids: &self.columns.get(entries.ids)[..rows],
            without: entries.without.map(|ids| &self.columns.get(ids)[..rows]),
            dropout: entries
                .dropout
                .map(|EntryDropout { rate, id }| kernels::Dropout { rate, draws: self.draws(id, self.first_row) }),
        }
    }

    /// The group's part of a sum.
    fn sum(&self, into: usize) -> Target<'a> {
        let ReductionKind::Dense { offset, elements } = self.program.reductions[into].kind else {
            unreachable!("rows are added in a dense sum")
        };
        // SAFETY: the group's arena belongs to this thread.
        unsafe { self.group.target(offset, elements) }
    }

    /// The same, to add to.
    fn begun_sum(&self, into: usize, first: bool) -> Target<'a> {
        let sum = self.sum(into);
        if self.fresh && first {
            let row = Shape::new(1, sum.len());
            kernels::fill(self.isa, row, Area::new(sum, sum.len()), 0.0);
        }
        sum
    }
}

/// How many floats a placed view covers.
fn span(view: &View, rows: usize) -> usize {
    rows.saturating_sub(1) * view.row + view.width.saturating_sub(1) * view.column + 1
}
