//! Where values lie, and in which shape a step reads them.

use super::super::graph::Class;
use super::super::layout::Buffer;
use super::{Emitter, LINE};
use crate::plan::Op;
use crate::program::{Action, Over, Rows, Space, View};

impl Emitter<'_, '_> {
    /// Producers write straight into the concatenation that reads them; outer concatenations first.
    pub(super) fn assign_concats(&mut self) {
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

    /// The rows of the shard that a step for this node works on: its own, or those that it sums up.
    pub(super) fn rows_of(&self, slot: usize) -> Rows {
        let x = self.graph.at(slot);
        let summed = || x.inputs.iter().map(|&input| self.graph.dims(input)).find(|dims| dims.batch);
        let dims = if x.shape.batch { Some(&x.shape) } else { summed() };
        if dims.is_some_and(|dims| dims.entries) { Rows::Entries } else { Rows::Shard }
    }

    /// What a value has a row for each of.
    pub(super) fn over(&self, slot: usize) -> Over {
        match self.graph.dims(slot) {
            dims if dims.entries => Over::Entries,
            dims if dims.batch => Over::Batch,
            _ => Over::Nothing,
        }
    }

    pub(super) fn buffer(&mut self, rows: Rows, width: usize, batch: bool) -> View {
        self.buffers.push(Buffer { width, rows, batch, home: None, of_pairs: false });
        View { space: Space::Buffer(self.buffers.len() as u32 - 1), offset: 0, row: width, column: 1, width }
    }

    pub(super) fn statics(&mut self, elements: usize, width: usize) -> View {
        let offset = self.program.static_floats;
        self.program.static_floats = offset.saturating_add(elements.next_multiple_of(LINE));
        View { space: Space::Static, offset, row: width, column: 1, width }
    }

    pub(super) fn row_out(&mut self, slot: usize) -> View {
        if let Some(view) = self.place[slot] {
            return view;
        }
        let view = self.buffer(self.rows_of(slot), self.graph.width(slot), false);
        self.place[slot] = Some(view);
        view
    }

    pub(super) fn out(&mut self, slot: usize) -> View {
        if self.graph.is_row(slot) {
            return self.row_out(slot);
        }
        let dims = self.graph.dims(slot);
        let view = if self.graph.is_table[slot] {
            self.table(dims.elements(), dims.last())
        } else {
            self.statics(dims.elements(), dims.last())
        };
        self.place[slot] = Some(view);
        view
    }

    pub(super) fn view(&self, slot: usize) -> View {
        let view = self.place[self.graph.root(slot)];
        view.unwrap_or_else(|| unreachable!("slot {slot} is read before it is placed"))
    }

    /// A static value as rows of `width`.
    pub(super) fn matrix_view(&self, slot: usize, width: usize) -> View {
        View { row: width, column: 1, width, ..self.view(slot) }
    }

    /// Rows and width in which an element-wise step on this node works.
    pub(super) fn shape(&self, slot: usize) -> (Rows, usize) {
        let dims = self.graph.dims(slot);
        if self.graph.is_row(slot) {
            (self.rows_of(slot), dims.elements())
        } else {
            (Rows::Fixed(dims.lead()), dims.last())
        }
    }

    /// A view whose columns are all there, for kernels that cannot repeat one.
    pub(super) fn solid(&mut self, view: View, class: Class, slot: usize) -> View {
        if view.column == 1 {
            return view;
        }
        if view.width == 1 {
            return View { column: 1, ..view };
        }
        let (rows, width) = (self.rows_of(slot), view.width);
        let out = self.buffer(rows, width, false);
        self.push(class, slot, rows, Action::Copy { x: view, out });
        out
    }

    /// The operand of an element-wise step that gives `rows x width`, repeated where it is smaller.
    pub(super) fn operand(&mut self, slot: usize, rows: Rows, width: usize) -> View {
        if !rows.is_fixed() && self.graph.is_row(slot) {
            return self.view(slot);
        }
        let (view, elements) = (self.view(slot), self.graph.width(slot));
        if elements == 1 {
            return View { row: 0, column: 0, width, ..view };
        }
        match rows {
            _ if elements == width => View { row: 0, column: 1, width, ..view },
            Rows::Fixed(_) | Rows::Table(_) => View { row: width, column: 1, width, ..view },
            Rows::Shard | Rows::Entries => {
                let tiled = self.tile(slot, view, elements, width);
                View { row: 0, ..tiled }
            }
        }
    }

    pub(super) fn row_operand(&mut self, slot: usize, width: usize) -> View {
        self.operand(slot, Rows::Shard, width)
    }

    /// `width / elements` copies of a static value side by side.
    pub(super) fn tile(&mut self, slot: usize, view: View, elements: usize, width: usize) -> View {
        let out = self.statics(width, elements);
        // One number is repeated along a row, which is vectors, not a row for each.
        let (count, part, column) = if elements == 1 { (1, width, 0) } else { (width / elements, elements, 1) };
        let x = View { row: 0, column, width: part, ..view };
        let rows = View { row: part, width: part, ..out };
        self.push(self.graph.class[slot], slot, Rows::Fixed(count), Action::Copy { x, out: rows });
        View { row: width, width, ..out }
    }

    /// The view itself where it lies in a buffer row by row, else a copy.
    pub(super) fn stored(&mut self, view: View, class: Class, slot: usize) -> View {
        if matches!(view.space, Space::Buffer(_)) && view.row != 0 && (view.column == 1 || view.width == 1) {
            return View { column: 1, ..view };
        }
        let (rows, width) = (self.rows_of(slot), view.width);
        let out = self.buffer(rows, width, false);
        self.push(class, slot, rows, Action::Copy { x: view, out });
        out
    }

    /// A view that outlives the shard.
    pub(super) fn keep(&mut self, view: View, class: Class, slot: usize) -> View {
        if let (Space::Buffer(buffer), 1) = (view.space, view.column)
            && view.row != 0
        {
            self.buffers[buffer as usize].batch = true;
            return view;
        }
        let (rows, width) = (self.rows_of(slot), view.width);
        let out = self.buffer(rows, width, true);
        self.push(class, slot, rows, Action::Copy { x: view, out });
        out
    }
}
