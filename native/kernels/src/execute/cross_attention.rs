//! Attention to entries of a data matrix: views become memory.

use super::Frame;
use crate::cross_attention::{self, Gradient, Strided};
use crate::program::{Look, View};

/// The gradients that a step gives, and where they go.
pub(super) struct Wanted<'v> {
    pub value: &'v View,
    pub dy: &'v View,
    pub query: Option<&'v View>,
    pub keys: Option<(usize, bool)>,
    pub values: Option<(usize, bool)>,
}

impl Frame<'_> {
    pub(super) fn cross_attention(&self, rows: usize, look: &Look, out: &View) {
        let View { row, column, .. } = self.placed(out);
        let out = Strided { data: self.target(out, rows), row, column };
        cross_attention::cross_attention(self.isa, &self.look(rows, look), out);
    }

    pub(super) fn cross_attention_gradient(&self, rows: usize, look: &Look, wanted: &Wanted<'_>) {
        let sum = |into: Option<(usize, bool)>| into.map(|(into, first)| self.begun_sum(into, first));
        let gradient = Gradient {
            out: self.block(wanted.value, rows),
            dy: self.block(wanted.dy, rows),
            query: wanted.query.map(|view| self.area(view, rows)),
            keys: sum(wanted.keys),
            values: sum(wanted.values),
        };
        cross_attention::cross_attention_gradient(self.isa, &self.look(rows, look), &gradient);
    }

    fn look(&self, rows: usize, look: &Look) -> cross_attention::Look<'_> {
        let Look { query, keys, values, entries, attending } = look;
        let columns = self.data[entries.matrix].columns;
        let View { row, column, .. } = self.placed(query);
        cross_attention::Look {
            rows,
            width: query.width,
            value_width: values.width,
            query: Strided { data: self.placed_source(&self.placed(query), rows), row, column },
            keys: self.source(keys, columns),
            values: self.source(values, columns),
            entries: self.entries(entries, rows),
            attending: *attending,
        }
    }
}
