//! Elements that change their place only: repeated, side by side, cut, padded.

use super::Emitter;
use crate::plan::{EntryDropout, Op};
use crate::program::{Action, Entries, Mean, Over, Rows, Table, View};

impl Emitter<'_, '_> {
    pub(super) fn gather(&mut self, slot: usize) {
        let x = self.graph.at(slot);
        let table_dims = self.graph.dims(x.inputs[0]);
        let table = self.matrix_view(x.inputs[0], table_dims.last());
        let ids = self.ids(x.inputs[1], table_dims.fixed[0]);
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::Gather { table, ids, out });
    }

    pub(super) fn bag(&mut self, slot: usize) {
        let graph = self.graph;
        let inputs = &graph.at(slot).inputs;
        let table = graph.root(inputs[0]);
        let table = match self.data.get(&table) {
            Some(&data) => Table::Data(data),
            None => Table::Rows(self.matrix_view(table, graph.dims(table).last())),
        };
        let Op::Bag { dropout } = graph.at(slot).op else { unreachable!("a bag") };
        let entries = self.entries(inputs, dropout);
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::Bag { table, entries, out });
    }

    pub(super) fn dense_rows(&mut self, slot: usize) {
        let &[matrix, ids] = &self.graph.at(slot).inputs[..] else { unreachable!("a data matrix and ids") };
        let rows = self.graph.dims(matrix).fixed[0];
        let matrix = self.data[&self.graph.root(matrix)];
        let entries = Entries { matrix, ids: self.ids(ids, rows), without: None, dropout: None };
        let out = self.row_out(slot);
        self.own(slot, self.rows_of(slot), Action::Bag { table: Table::Entries, entries, out });
    }

    /// What a bag adds up, and what flows back from it goes to: a data matrix, ids of its rows, and perhaps of columns left out.
    pub(super) fn entries(&mut self, inputs: &[usize], dropout: Option<EntryDropout>) -> Entries {
        let graph = self.graph;
        let (rows, columns) = (graph.dims(inputs[1]).fixed[0], graph.dims(inputs[1]).fixed[1]);
        Entries {
            matrix: self.data[&graph.root(inputs[1])],
            ids: self.ids(inputs[2], rows),
            without: inputs.get(3).map(|&without| self.ids(without, columns)),
            dropout,
        }
    }

    /// A repeated static value needs no memory in a row; only its scale does.
    pub(super) fn broadcast(&mut self, slot: usize, mean: bool) {
        let input = self.graph.at(slot).inputs[0];
        let (elements, width, class) = (self.graph.width(input), self.graph.width(slot), self.graph.class[input]);
        if self.graph.is_table[slot] {
            return self.broadcast_table(slot, mean);
        }
        let mut source = View { row: elements, width: elements, ..self.view(input) };
        if mean {
            let out = self.statics(elements, elements);
            let mean = Mean { count: width / elements, over: self.over(slot) };
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

    fn broadcast_table(&mut self, slot: usize, mean: bool) {
        let input = self.graph.at(slot).inputs[0];
        let (elements, all) = (self.graph.width(input), self.graph.width(slot));
        let width = if elements == 1 { self.graph.dims(slot).last() } else { elements };
        let rows = Rows::Fixed(all / width);
        let x = self.operand(input, rows, width);
        let out = View { row: width, width, ..self.out(slot) };
        let mean = if mean { Mean { count: all / elements, over: Over::Nothing } } else { Mean::ONE };
        self.own(slot, rows, Action::Affine { x, scale: 1.0, offset: 0.0, mean, out });
    }

    pub(super) fn expand_last(&mut self, slot: usize, size: usize) {
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
            self.own(slot, self.rows_of(slot), Action::Copy { x, out: out.narrow(column * size, size) });
        }
    }

    /// For each leading index of a row (once for a static value): source and target columns.
    pub(super) fn concat(&mut self, slot: usize) {
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
                        self.own(slot, self.rows_of(slot), Action::Copy { x, out });
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

    pub(super) fn slice(&mut self, slot: usize, start: usize) {
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
            self.own(slot, self.rows_of(slot), Action::Copy { x, out });
        }
    }

    pub(super) fn pad(&mut self, slot: usize, before: usize) {
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
            self.own(slot, self.rows_of(slot), Action::Copy { x, out });
        }
    }
}
