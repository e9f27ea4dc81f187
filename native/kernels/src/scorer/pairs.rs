//! One thread's memory for scoring, and the three parts of a scoring program run on it.

use super::Model;
use super::dot::{Rows, dots};
use super::side::{ItemBlock, ItemSide};
use crate::buffer::{Arena, Buffer};
use crate::compile::phase::{ITEM, PAIR, ROWS, USER};
use crate::execute::{Columns, Frame, Moment, Packs, Sides};
use crate::isa::Isa;
use crate::matmul::{self, Epilogue, Gemm, Right, transpose};
use crate::matrix::SparseMatrix;
use crate::memory;
use crate::program::{Extent, Program, Space, View};
use crate::ragged::EntryIds;
use crate::view::{Shape, Source, Target};
use std::sync::Arc;

/// A frame without rows, over statics and tables.
pub(super) fn frame<'f>(
    program: &'f Program,
    params: &'f [Arena],
    data: &'f [Arc<SparseMatrix>],
    (statics, tables): (Arena, Arena),
    isa: Isa,
    packs: Packs<'f>,
) -> Frame<'f> {
    Frame {
        isa,
        program,
        work: Arena::default(),
        batch: Arena::default(),
        statics,
        tables,
        params,
        data,
        group: Arena::default(),
        totals: &mut [],
        packs,
        columns: Columns::default(),
        batch_columns: Columns::default(),
        first_row: 0,
        rows: 0,
        extent: Extent::default(),
        moment: Moment::default(),
        fresh: true,
        sides: Sides::default(),
        by_feature: false,
        by_table: false,
        laps: None,
    }
}

pub(crate) struct Local<'a> {
    model: Model<'a>,
    work: Buffer,
    batch: Buffer,
    /// Rows of the users at hand (or of each pair's).
    users: Buffer,
    /// Rows of a block's items (or of each pair's).
    items: Buffer,
    /// The same of pairs, feature by feature.
    user_features: Buffer,
    item_features: Buffer,
    /// For each inner product and each user a row of `block` values.
    dots: Buffer,
    dot_stride: usize,
    block: usize,
    /// Elements of rows of scores, side by side.
    picked: Buffer,
    entries: EntryIds,
    /// The users at hand.
    user_ids: Vec<i32>,
    /// The user and the item of each pair, where pairs are filled up to whole vectors.
    pair_users: Vec<i32>,
    pair_items: Vec<i32>,
}

impl<'a> Local<'a> {
    pub fn new(model: Model<'a>, users: usize) -> Self {
        let program = model.program;
        let block = program.shard_rows;
        let dot_stride = users * block;
        Self {
            model,
            work: Buffer::zeroed(program.work_floats),
            batch: Buffer::zeroed(program.batch_floats),
            users: Buffer::zeroed(users.max(block) * program.user_floats),
            items: Buffer::zeroed(block * program.item_floats),
            user_features: Buffer::zeroed(block * program.user_floats),
            item_features: Buffer::zeroed(block * program.item_floats),
            dots: Buffer::zeroed(program.dots.len() * dot_stride),
            dot_stride,
            block,
            picked: Buffer::zeroed(if program.scores_rows { super::ROW_PAIRS } else { 0 }),
            entries: EntryIds::default(),
            user_ids: memory::room(users),
            pair_users: memory::filled(0, block),
            pair_items: memory::filled(0, block),
        }
    }

    fn run(&mut self, phase: usize, columns: Columns<'_>, rows: usize, sides: Sides) {
        let Model { program, params, data, statics, tables, packs, isa, .. } = self.model;
        let steps = &program.phases[phase].rows;
        if !steps.is_empty() {
            let mut frame = Frame {
                work: self.work.arena(),
                batch: self.batch.arena(),
                columns,
                rows,
                sides,
                by_feature: phase == PAIR,
                ..frame(program, params, data, (statics, tables), isa, Packs::Shared(packs))
            };
            frame.run(steps);
        }
    }

    /// What looks at both: pairs lie feature by feature, their users and items are told.
    fn run_pairs(&mut self, items: &[i32], sides: Sides) {
        self.pair_items[..items.len()].copy_from_slice(items);
        self.pair_items[items.len()..].fill(items[0]);
        let (users, own) = (std::mem::take(&mut self.pair_users), std::mem::take(&mut self.pair_items));
        let columns = Columns { user: &users, item: &own, ..Columns::default() };
        self.run(PAIR, columns, whole(items.len()), sides);
        (self.pair_users, self.pair_items) = (users, own);
    }

    /// Computes the item's part of a block.
    pub fn fill(&mut self, block: &ItemBlock<'_>) {
        let (isa, n) = (self.model.isa, block.ids.len());
        let Program { dots, item_floats, .. } = self.model.program;
        let sides = Sides { items: self.items.arena(), ..Sides::default() };
        self.run(ITEM, Columns { item: block.ids, ..Columns::default() }, n, sides);
        // SAFETY: each block is filled by one thread.
        let (packed, features) =
            unsafe { (block.packed.slice_mut(0, dots.len()), block.features.slice_mut(0, block.features.len())) };
        for (packed, dot) in packed.iter_mut().zip(dots) {
            let rows = Source::from(self.items.as_slice()).from_offset(dot.item.offset);
            packed.pack(isa, dot.item.width, whole(n), rows, 1, *item_floats);
        }
        by_feature(isa, self.block, n, &self.items, features);
    }

    /// Computes the items' vectors of the only inner product: rows of `width` floats, `item_floats` apart.
    pub fn vectors(&mut self, ids: &[i32]) -> &[f32] {
        let sides = Sides { items: self.items.arena(), ..Sides::default() };
        self.run(ITEM, Columns { item: ids, ..Columns::default() }, ids.len(), sides);
        &self.items.as_slice()[self.model.program.dots[0].item.offset..]
    }

    /// Items of a block.
    pub fn block(&self) -> usize {
        self.block
    }

    /// The vector of one of the users for the only inner product.
    pub fn user_vector(&self, user: usize) -> &[f32] {
        let Program { dots, user_floats, .. } = self.model.program;
        &self.users.as_slice()[user * user_floats + dots[0].user.offset..][..dots[0].user.width]
    }

    /// Scores of one of the users with up to a block of items, where a score is an inner product.
    pub fn scores(&mut self, user: usize, ids: &[i32]) -> &[f32] {
        self.vectors(ids);
        let Program { dots: products, user_floats, item_floats, .. } = self.model.program;
        let (dot, isa) = (&products[0], self.model.isa);
        let user = Rows { data: &self.users.as_slice()[user * user_floats + dot.user.offset..], stride: 0 };
        let items = Rows { data: &self.items.as_slice()[dot.item.offset..], stride: *item_floats };
        let out = &mut self.dots.as_mut_slice()[..ids.len()];
        dots(isa, user, items, dot.user.width, out);
        out
    }

    /// Computes the user's part of up to `users` users; their rows of scores where they come in rows.
    pub fn users(&mut self, ids: &[i32]) {
        if self.model.program.scores_rows {
            return self.rows(ids);
        }
        self.user_ids.clear();
        self.user_ids.extend_from_slice(ids);
        let sides = Sides { users: self.users.arena(), ..Sides::default() };
        self.run(USER, Columns { user: ids, ..Columns::default() }, ids.len(), sides);
    }

    /// Rows of scores, a shard after the other.
    fn rows(&mut self, ids: &[i32]) {
        let Model { program, params, data, statics, tables, packs, isa, .. } = self.model;
        for (shard, ids) in ids.chunks(program.shard_rows).enumerate() {
            if let Some(unroll) = program.unroll {
                self.entries.fill(unroll.unrolled, &data[unroll.matrix], ids);
            }
            let mut frame = Frame {
                work: self.work.arena(),
                batch: self.batch.arena(),
                columns: Columns { user: ids, entries: self.entries.view(), ..Columns::default() },
                first_row: shard * program.shard_rows,
                rows: ids.len(),
                ..frame(program, params, data, (statics, tables), isa, Packs::Shared(packs))
            };
            frame.run(&program.phases[ROWS].rows);
        }
    }

    /// Inner products of the users with the block of items at `start`; returns the items of the block.
    pub fn dots(&mut self, side: &ItemSide, start: usize, users: usize) -> usize {
        let (program, isa, rows) = (self.model.program, self.model.isa, side.count(start));
        for (i, dot) in program.dots.iter().enumerate() {
            let product = Gemm {
                m: users,
                n: whole(rows),
                k: dot.user.width,
                a: Source::from(&self.users.as_slice()[dot.user.offset..]),
                a_row_stride: program.user_floats,
                a_col_stride: 1,
                b: Right::Packed(side.packed(start, i)),
                c: Target::from(&mut self.dots.as_mut_slice()[i * self.dot_stride..][..self.dot_stride]),
                c_row_stride: self.block,
                accumulate: false,
            };
            matmul::gemm(isa, product, Epilogue::None);
        }
        rows
    }

    /// Scores of one of the users with the block of items at `start`; [`Self::dots`] comes first.
    pub fn items(&mut self, side: &ItemSide, start: usize, rows: usize, user: usize) -> &mut [f32] {
        if self.model.program.scores_rows {
            return self.part_of_row(side, start, rows, user);
        }
        let dots = self.dots.arena();
        // Items are only read: the pair's part of a program writes to work and batch alone.
        let items = Arena::reading(side.features());
        let sides = Sides {
            items,
            first_item: start,
            users: self.users.arena(),
            first_user: user,
            one_user: true,
            dots: if dots.is_empty() { dots } else { dots.part(user * self.block, dots.len() - user * self.block) },
            dot_stride: self.dot_stride,
        };
        self.pair_users.fill(self.user_ids[user]);
        self.run_pairs(side.ids(start, rows), sides);
        self.read(rows, user)
    }

    /// What a user's row says of the items at `start`.
    fn part_of_row(&mut self, side: &ItemSide, start: usize, rows: usize, user: usize) -> &mut [f32] {
        let View { offset, width, .. } = self.row(user);
        let scores = &self.batch.as_slice()[offset..offset + width];
        for (i, out) in self.picked.as_mut_slice()[..rows].iter_mut().enumerate() {
            *out = scores[side.id(start + i) as usize];
        }
        &mut self.picked.as_mut_slice()[..rows]
    }

    fn row(&self, user: usize) -> View {
        let score = self.model.score;
        View { offset: score.offset + user * score.row, ..score }
    }

    /// Scores of pairs, each user's row computed once where its pairs follow each other.
    fn pairs_of_rows(&mut self, users: &[i32], items: &[i32]) -> &[f32] {
        let mut first = 0;
        while first < users.len() {
            let user = users[first];
            let count = users[first..].iter().take_while(|&&other| other == user).count();
            self.users(&[user]);
            let View { offset, width, .. } = self.row(0);
            let scores = &self.batch.as_slice()[offset..offset + width];
            let out = &mut self.picked.as_mut_slice()[first..first + count];
            out.iter_mut().zip(&items[first..]).for_each(|(out, &item)| *out = scores[item as usize]);
            first += count;
        }
        &self.picked.as_slice()[..users.len()]
    }

    fn read(&mut self, rows: usize, user: usize) -> &mut [f32] {
        let score = self.model.score;
        match score.space {
            Space::Dots => &mut self.dots.as_mut_slice()[score.offset * self.dot_stride + user * self.block..][..rows],
            _ => &mut self.batch.as_mut_slice()[score.offset..][..rows],
        }
    }

    /// Scores of up to a block of pairs.
    pub fn pairs(&mut self, users: &[i32], items: &[i32]) -> &[f32] {
        if self.model.program.scores_rows {
            return self.pairs_of_rows(users, items);
        }
        let (program, isa, rows) = (self.model.program, self.model.isa, users.len());
        let columns = Columns { user: users, item: items, ..Columns::default() };
        let sides = Sides { users: self.users.arena(), items: self.items.arena(), ..Sides::default() };
        self.run(ITEM, columns, rows, sides);
        self.run(USER, columns, rows, sides);
        for (i, dot) in program.dots.iter().enumerate() {
            let user = Rows { data: &self.users.as_slice()[dot.user.offset..], stride: program.user_floats };
            let item = Rows { data: &self.items.as_slice()[dot.item.offset..], stride: program.item_floats };
            let out = &mut self.dots.as_mut_slice()[i * self.dot_stride..][..rows];
            dots(isa, user, item, dot.user.width, out);
        }
        by_feature(isa, self.block, rows, &self.users, self.user_features.as_mut_slice());
        by_feature(isa, self.block, rows, &self.items, self.item_features.as_mut_slice());
        let sides = Sides {
            users: self.user_features.arena(),
            items: self.item_features.arena(),
            dots: self.dots.arena(),
            dot_stride: self.dot_stride,
            ..Sides::default()
        };
        self.pair_users[..rows].copy_from_slice(users);
        self.pair_users[rows..].fill(users[0]);
        self.run_pairs(items, sides);
        self.read(rows, 0)
    }
}

/// Pairs are computed in whole vectors, whatever the instruction set; the last ones may be left from others.
fn whole(rows: usize) -> usize {
    rows.next_multiple_of(16)
}

/// Writes `n` rows feature by feature, `block` apart.
fn by_feature(isa: Isa, block: usize, n: usize, rows: &Buffer, features: &mut [f32]) {
    let floats = features.len() / block;
    let shape = Shape::new(n, floats);
    transpose(isa, shape, rows.as_slice().into(), floats, features.into(), block);
}
