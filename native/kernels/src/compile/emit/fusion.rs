//! Which nodes are computed by the step of their only user.

use super::super::graph::is_relu;
use super::Emitter;
use crate::elementwise::Binary;
use crate::plan::Op;

impl Emitter<'_, '_> {
    /// Marks products that end in the step of their bias, activation or mask.
    pub(super) fn find_fusions(&mut self) {
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
    pub(super) fn scaled_row(&self, slot: usize) -> Option<(usize, usize)> {
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
    pub(super) fn biased_product(&self, slot: usize) -> Option<(usize, usize)> {
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
    pub(super) fn added_term(&self, slot: usize) -> Option<(usize, usize)> {
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
}
