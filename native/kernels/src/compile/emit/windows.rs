//! What looks at images part by part.

use super::Emitter;
use crate::program::Action;
use crate::window::{Parts, Pooled, Window};

impl Emitter<'_, '_> {
    pub(super) fn unfold(&mut self, slot: usize, parts: Parts) {
        let input = self.graph.at(slot).inputs[0];
        let (rows, window, x) = (self.rows_of(slot), self.window(input, parts), self.whole(input));
        let out = self.row_out(slot);
        self.own(slot, rows, Action::Unfold { window, x, out });
    }

    pub(super) fn fold(&mut self, slot: usize, parts: Parts) {
        let input = self.graph.at(slot).inputs[0];
        let (rows, window, x) = (self.rows_of(slot), self.window(slot, parts), self.whole(input));
        let out = self.row_out(slot);
        self.own(slot, rows, Action::Fold { window, x, out });
    }

    pub(super) fn pool(&mut self, slot: usize, pooled: Pooled, parts: Parts) {
        let input = self.graph.at(slot).inputs[0];
        let (rows, window, x) = (self.rows_of(slot), self.window(input, parts), self.whole(input));
        let out = self.row_out(slot);
        self.own(slot, rows, Action::Pool { window, pooled, x, out });
    }

    pub(super) fn pool_gradient(&mut self, slot: usize, pooled: Pooled, parts: Parts) {
        let [input, gradient] = self.graph.at(slot).inputs[..] else { unreachable!("two operands") };
        let (rows, window) = (self.rows_of(slot), self.window(input, parts));
        let (x, dy) = (self.whole(input), self.whole(gradient));
        let out = self.row_out(slot);
        self.own(slot, rows, Action::PoolGradient { window, pooled, x, dy, out });
    }

    fn window(&self, image: usize, parts: Parts) -> Window {
        let [height, width, channels] = self.graph.dims(image).fixed[..] else { unreachable!("an image") };
        Window { height, width, channels, parts }
    }
}
