//! Rows that are drawn once a step, for the whole batch.

use super::Frame;
use crate::elementwise as kernels;
use crate::elementwise::Binary;
use crate::program::View;
use crate::random::{self, stream};
use crate::view::{Block, Shape};

impl Frame<'_> {
    /// Number k falls on a row evenly, or on where its weight is in the sum of all: a matrix's values add up.
    pub(super) fn draw(&self, count: usize, rows: usize, id: u32, weights: Option<usize>, out: &View) {
        let out = self.target(out, count);
        let prefix = self.draws(id, 0).prefix(stream::DRAWN);
        for k in 0..count {
            let draw = random::extend(prefix, k as u32);
            let number = match weights.map(|weights| self.data[weights].row(0)) {
                None => random::below(draw, rows as u32),
                Some((columns, sums)) => {
                    let place = random::unit(draw) * sums.last().copied().unwrap_or(0.0);
                    let found = sums.partition_point(|&sum| sum <= place);
                    columns.get(found).or(columns.last()).copied().unwrap_or(0)
                }
            };
            out.set(k, number as f32);
        }
    }

    pub(super) fn pick(&self, rows: usize, table: &View, numbers: &View, out: &View) {
        let (numbers, out, row) = (self.source(numbers, rows), self.area(out, rows), Shape::new(1, table.width));
        for k in 0..rows {
            let offset = table.offset + numbers.get(k) as usize * table.row;
            // SAFETY: see Frame: tables are parameters, statics of this thread, or written before threads met.
            let picked = unsafe { self.arena(table.space).source(offset, table.width) };
            let picked = Block { data: picked, row_stride: 0, column_stride: 1 };
            kernels::copy(self.isa, row, out.from_row(k), picked);
        }
    }

    /// The rows at hand; each is added to in the order of the draw.
    pub(super) fn put_back(&self, rows: usize, numbers: &View, count: usize, x: &View, out: &View) {
        let (isa, width) = (self.isa, out.width);
        let first = if self.by_table { self.first_row } else { 0 };
        let (numbers, x, out) = (self.all(numbers, count), self.all(x, count), self.area(out, rows));
        kernels::fill(isa, Shape::new(rows, width), out, 0.0);
        for k in 0..count {
            let number = numbers.get(k) as usize;
            if (first..first + rows).contains(&number) {
                let sum = out.from_row(number - first);
                let x = Block::rows(x.from_offset(k * width), width);
                kernels::binary(isa, Binary::Add, Shape::new(1, width), sum, sum.block(), x);
            }
        }
    }
}
