//! Large values without a batch: where they lie, and before which steps the threads that share them out must meet.

use super::super::graph::Class;
use super::outputs::scatters;
use super::{Emitter, LINE};
use crate::plan::Op;
use crate::program::{Access, Action, Data, Rows, Space, Step, View};
use std::collections::HashMap;

/// What has been written in a list of steps since threads met.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// By number of the table, in which run.
    tables: HashMap<usize, usize>,
    /// A run is of steps on equally many rows that follow each other: a thread does all of them for its rows.
    run: usize,
    /// Rows of the run that is open.
    rows: Option<usize>,
}

impl Emitter<'_, '_> {
    /// Room that all threads see.
    pub(super) fn table(&mut self, elements: usize, width: usize) -> View {
        let offset = self.program.table_floats;
        self.program.table_floats = offset.saturating_add(elements.next_multiple_of(LINE));
        self.tables.push(offset);
        View { space: Space::Table, offset, row: width, column: 1, width }
    }

    /// The number of the table that a view lies in.
    fn table_of(&self, view: View) -> usize {
        self.tables.partition_point(|&start| start <= view.offset) - 1
    }

    /// A step as the last of a list: shared out where it writes a table, after a meeting where it reads what others wrote.
    pub(super) fn shared_out(&mut self, list: usize, mut step: Step) -> Step {
        let (mut reads, mut target) = (Vec::new(), None);
        step.action.views(&mut |view, access| match (view.space, access) {
            (Space::Table, Access::Read) => reads.push(*view),
            (Space::Table, Access::Write) => target = Some(*view),
            _ => {}
        });
        if let (Some(_), Rows::Fixed(rows)) = (target, step.rows) {
            step.rows = Rows::Table(rows);
        }
        let reads: Vec<(usize, bool)> =
            reads.into_iter().map(|view| (self.table_of(view), view.row != 0 && !step.action.looks_around())).collect();
        let target = target.map(|view| self.table_of(view));
        if self.written.len() <= list {
            self.written.resize(list + 1, Written::default());
        }
        let written = &mut self.written[list];
        let rows = step.table_rows();
        let goes_on = rows.is_some() && written.rows == rows;
        step.meet = reads.iter().any(|(table, own_rows)| {
            written.tables.get(table).is_some_and(|run| !(*own_rows && goes_on && *run == written.run))
        });
        if step.meet {
            written.tables.clear();
        }
        if step.meet || !goes_on {
            written.run += 1;
        }
        written.rows = rows;
        if let Some(table) = target {
            written.tables.insert(table, written.run);
        }
        step
    }

    pub(super) fn spmm(&mut self, slot: usize, transpose: bool) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let matrix = self.matrix_of_data(graph.root(inputs[0]), transpose);
        let table = self.matrix_view(inputs[1], graph.dims(inputs[1]).last());
        let out = self.out(slot);
        self.own(slot, Rows::Fixed(graph.dims(slot).lead()), Action::Spmm { matrix, table, out });
    }

    pub(super) fn through(&mut self, slot: usize, transpose: bool) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let matrix = self.matrix_of_data(graph.root(inputs[1]), transpose);
        let x = self.solid(self.view(inputs[0]), graph.class[slot], slot);
        let (rows, out) = (self.rows_of(slot), self.out(slot));
        self.own(slot, rows, Action::Through { x, matrix, out });
    }

    /// The number of a data matrix, or of its transpose.
    fn matrix_of_data(&mut self, slot: usize, transpose: bool) -> usize {
        let number = self.data[&slot];
        if !transpose {
            return number;
        }
        if let Some(&number) = self.transposed.get(&slot) {
            return number;
        }
        let given = self.program.data[number].clone();
        self.program.data.push(Data { transpose, ..given });
        let number = self.program.data.len() - 1;
        self.transposed.insert(slot, number);
        number
    }

    /// Rows that nothing is added to are zero: all are before the batch is there.
    pub(super) fn scatter_rows(&mut self, slot: usize) {
        let graph = self.graph;
        let (out, rows) = (self.out(slot), Rows::Fixed(graph.dims(slot).lead()));
        self.push(Class::Static, slot, rows, Action::Fill { value: 0.0, out });
        let source = graph.root(graph.at(slot).inputs[0]);
        let parts = if graph.at(source).op == Op::SparseSum { scatters(graph, source) } else { vec![source] };
        let sources = parts.into_iter().map(|part| (self.ids_of_part(part), self.sparse[&part])).collect();
        self.own(slot, rows, Action::ScatterRows { sources, out });
    }
}
