//! Rows with entries: row by row, and what a shard without any leaves.

use super::Frame;
use crate::attention::{Head, Operands};
use crate::elementwise as kernels;
use crate::plan::Heads;
use crate::program::{Action, ReductionKind, Rows, Unroll, View};
use crate::recurrent;
use crate::view::{Area, Block, Shape, Source};

impl<'a> Frame<'a> {
    /// A step on a shard without entries: what it adds to a fresh sum is still nothing.
    pub(super) fn empty(&mut self, action: &Action) {
        match action {
            Action::AddProduct { into, first, .. }
            | Action::AddRows { into, first, .. }
            | Action::AddAt { into, first, .. }
            | Action::AddBag { into, first, .. }
            | Action::AddCrossBag { into, first, .. }
            | Action::LogSumExpGradient { into: Some((into, first)), .. } => {
                self.begun_sum(*into, *first);
            }
            Action::AddTotal { into, .. } => {
                let ReductionKind::Total { index } = self.program.reductions[*into].kind else { return };
                self.totals[index] = 0.0;
            }
            _ => {}
        }
    }

    /// Calls `visit` with each row of the shard that has entries: its number, the first of them, and how many.
    pub(super) fn each_row(&self, mut visit: impl FnMut(usize, usize, usize)) {
        for (row, ends) in self.columns.entries.starts.windows(2).enumerate() {
            if ends[1] > ends[0] {
                visit(row, ends[0], ends[1] - ends[0]);
            }
        }
    }

    /// Calls `visit` with rows that are numbered on from a first one: an entry's number does not depend on how many there are of the
    /// rows before.
    pub(super) fn numbered(
        &self,
        of: Rows,
        rows: usize,
        [x, out]: [&View; 2],
        visit: impl Fn(usize, usize, Area<'_>, Block<'_>),
    ) {
        let (out, x) = (self.area(out, rows), self.block(x, rows));
        match of {
            Rows::Shard | Rows::Table(_) => visit(self.first_row, rows, out, x),
            Rows::Fixed(_) => visit(0, rows, out, x),
            Rows::Entries => {
                let longest = self.program.longest();
                self.each_row(|row, start, count| {
                    visit((self.first_row + row) * longest, count, out.from_row(start), x.from_row(start));
                });
            }
        }
    }

    /// The weights of entries, as the matrix has them that they come from.
    pub(super) fn entry_values(&self, ahead: usize, out: &View) {
        let Some(Unroll { matrix, .. }) = self.program.unroll else {
            unreachable!("values of entries without entries")
        };
        let (entries, values) = (self.columns.entries, &self.data[matrix].values);
        let out = self.area(out, entries.count());
        self.each_row(|row, start, count| {
            let first = entries.firsts[row] + ahead;
            let x = Block { data: Source::from(&values[first..first + count]), row_stride: 1, column_stride: 1 };
            kernels::copy(self.isa, Shape::new(count, 1), out.from_row(start), x);
        });
    }

    pub(super) fn last(&self, rows: usize, x: &View, out: &View) {
        let (width, entries) = (x.width, self.columns.entries.count());
        let out = self.area(out, rows);
        kernels::fill(self.isa, Shape::new(rows, width), out, 0.0);
        let x = self.block(x, entries);
        self.each_row(|row, start, count| {
            kernels::copy(self.isa, Shape::new(1, width), out.from_row(row), x.from_row(start + count - 1));
        });
    }

    pub(super) fn at_last(&self, rows: usize, x: &View, out: &View) {
        let (entries, width) = (self.columns.entries.count(), out.width);
        let (out, x) = (self.area(out, entries), self.block(x, rows));
        kernels::fill(self.isa, Shape::new(entries, width), out, 0.0);
        self.each_row(|row, start, count| {
            kernels::copy(self.isa, Shape::new(1, width), out.from_row(start + count - 1), x.from_row(row));
        });
    }

    pub(super) fn shift(&self, by: isize, x: &View, out: &View) {
        let (entries, width, away) = (self.columns.entries.count(), x.width, by.unsigned_abs());
        let (out, x) = (self.area(out, entries), self.block(x, entries));
        kernels::fill(self.isa, Shape::new(entries, width), out, 0.0);
        self.each_row(|_, start, count| {
            let moved = count.saturating_sub(away);
            let (from, to) = if by < 0 { (start + count - moved, start) } else { (start, start + count - moved) };
            if moved > 0 {
                kernels::copy(self.isa, Shape::new(moved, width), out.from_row(to), x.from_row(from));
            }
        });
    }

    pub(super) fn gru(&self, x: &View, kernel: &View, bias: &View, scratch: &View, out: &View) {
        let (entries, width) = (self.columns.entries.count(), out.width);
        if entries == 0 {
            return;
        }
        let rows = recurrent::Rows { starts: self.columns.entries.starts, width };
        let (kernel, bias) = (self.source(kernel, width), self.source(bias, 1));
        let (x, out) = (self.block(x, entries), self.area(out, entries));
        recurrent::forward(self.isa, &rows, x, kernel, bias, self.target(scratch, 1), out);
    }

    /// Of x, products, states before, and the gradient.
    pub(super) fn gru_gradient(&self, [x, product, before, dy]: [&View; 4], kernel: &View, scratch: &View, out: &View) {
        let (entries, width) = (self.columns.entries.count(), before.width);
        if entries == 0 {
            return;
        }
        let rows = recurrent::Rows { starts: self.columns.entries.starts, width };
        let [x, product, before, dy] = [x, product, before, dy].map(|x| self.block(x, entries));
        let (past, kernel) = (recurrent::Past { x, product, before, dy }, self.source(kernel, width));
        recurrent::backward(self.isa, &rows, &past, kernel, self.target(scratch, 1), self.area(out, entries));
    }

    pub(super) fn operands(&self, [q, k, v]: [&View; 3], scratch: &View, out: &View) -> Operands<'a> {
        let entries = self.columns.entries.count();
        let [q, k, v] = [q, k, v].map(|x| self.block(x, entries));
        Operands { q, k, v, scratch: self.target(scratch, 1), out: self.area(out, entries) }
    }

    /// Calls `attend` with each head of each row that has entries.
    pub(super) fn attend(&self, heads: Heads, width: usize, mut attend: impl FnMut(&Head)) {
        let (size, Heads { count: heads, rate, id }) = (width / heads.count, heads);
        self.each_row(|row, start, count| {
            let first_row = (self.first_row + row) * self.program.longest();
            let dropout = kernels::Dropout { rate, draws: self.draws(id, first_row) };
            for head in 0..heads {
                attend(&Head { start, count, width, size, head, heads, dropout });
            }
        });
    }
}
