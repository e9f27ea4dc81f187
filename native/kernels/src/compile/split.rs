//! Rewrites a scoring plan so that as much as possible depends on the user alone or on the item alone: a product over a
//! concatenation becomes the sum of its parts' products, and a weighted inner product moves its weights to the user.

use super::builder::Builder;
use crate::elementwise::Binary;
use crate::plan::{Dims, Instruction, Op, Plan};
use std::collections::HashMap;

/// On which ids a value depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Needs {
    pub user: bool,
    pub item: bool,
}

impl Needs {
    fn both(self) -> bool {
        self.user && self.item
    }
}

/// What each slot depends on.
pub fn needs(instructions: &[Instruction]) -> Vec<Needs> {
    let mut needs: Vec<Needs> = Vec::with_capacity(instructions.len());
    for x in instructions {
        let own = match &x.op {
            Op::Input { name } => Needs { user: name == "user", item: name != "user" },
            _ => x.inputs.iter().fold(Needs::default(), |all, &input| Needs {
                user: all.user || needs[input].user,
                item: all.item || needs[input].item,
            }),
        };
        needs.push(own);
    }
    needs
}

/// The rewritten plan; outputs have the same meaning.
pub fn split(plan: &Plan) -> Plan {
    let mut splitter = Splitter::default();
    let mut slots: Vec<usize> = Vec::with_capacity(plan.instructions.len());
    for x in &plan.instructions {
        let inputs: Vec<usize> = x.inputs.iter().map(|&input| slots[input]).collect();
        slots.push(splitter.rewrite(Instruction { inputs, ..x.clone() }));
    }
    let outputs = plan.outputs.iter().map(|(name, slot)| (name.clone(), slots[*slot])).collect();
    Plan { instructions: splitter.builder.instructions, outputs }
}

/// What a part of a concatenation is: parts of one kind stay together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    User,
    Item,
    /// A product of something of the user with something of the item.
    Bilinear,
    Pair,
}

#[derive(Default)]
struct Splitter {
    builder: Builder,
    /// Terms of each sum that a product was split into.
    sums: HashMap<usize, Vec<usize>>,
    /// The user's and the item's vector of each inner product.
    inner: HashMap<usize, (usize, usize)>,
}

impl Splitter {
    fn rewrite(&mut self, x: Instruction) -> usize {
        match x.op {
            Op::Matmul { transpose_a: false, transpose_b } if x.shape.batch && x.shape.fixed.len() == 1 => {
                self.product(x, transpose_b)
            }
            Op::Binary(Binary::Add) => self.biased(x),
            Op::Reshape { .. } if x.shape.batch => self.renamed(x),
            Op::SumLast => self.inner_product(x),
            _ => self.builder.intern(x),
        }
    }

    /// `[batch]` and `[batch, 1]` are the same inner product.
    fn renamed(&mut self, x: Instruction) -> usize {
        let vectors = self.inner.get(&x.inputs[0]).copied();
        let slot = self.builder.intern(x);
        if let Some(vectors) = vectors {
            self.inner.insert(slot, vectors);
        }
        slot
    }

    /// Notes the vectors where the sum is an inner product of something of the user with something of the item.
    fn inner_product(&mut self, x: Instruction) -> usize {
        let product = x.inputs[0];
        let slot = self.builder.intern(x);
        if self.builder.instructions[product].shape.fixed.len() == 1
            && let Some(vectors) = self.factors(product, &needs(&self.builder.instructions))
        {
            self.inner.insert(slot, vectors);
        }
        slot
    }

    /// An inner product plus a number of the user or of the item alone is an inner product of longer vectors.
    fn lengthened(&mut self, x: &Instruction) -> Option<usize> {
        let (a, b) = (x.inputs[0], x.inputs[1]);
        let found = [(a, b), (b, a)].into_iter().find_map(|(sum, term)| Some((*self.inner.get(&sum)?, term)));
        let ((user, item), term) = found?;
        let term_shape = self.builder.instructions[term].shape.clone();
        let wanted = needs(&self.builder.instructions)[term];
        if wanted.both() || x.shape.elements() != 1 || !x.shape.batch || term_shape.elements() != 1 {
            return None;
        }
        let own = if term_shape.batch {
            self.builder.new_row(Op::Reshape { shape: Dims::new(true, &[1]) }, &[term], &[1])
        } else {
            let scalar = self.builder.new_node(Op::Reshape { shape: Dims::default() }, &[term], &[]);
            self.broadcast(scalar)
        };
        let one = self.builder.new_node(Op::Constant { value: 1.0 }, &[], &[]);
        let one = self.broadcast(one);
        let (more_user, more_item) = if wanted.item { (one, own) } else { (own, one) };
        let width = self.width(user) + 1;
        let vectors = (self.concat(&[user, more_user], width), self.concat(&[item, more_item], width));
        let product = self.builder.binary(Binary::Mul, vectors.0, vectors.1);
        let sum = self.builder.new_row(Op::SumLast, &[product], &[]);
        self.inner.insert(sum, vectors);
        if x.shape.fixed.is_empty() {
            return Some(sum);
        }
        let slot = self.builder.new_row(Op::Reshape { shape: x.shape.clone() }, &[sum], &x.shape.fixed);
        self.inner.insert(slot, vectors);
        Some(slot)
    }

    fn broadcast(&mut self, scalar: usize) -> usize {
        let shape = Dims::new(true, &[1]);
        self.builder.new_row(Op::BroadcastTo { shape, mean: false }, &[scalar], &[1])
    }

    /// `(a + b + …) + bias` becomes `(a + bias) + b + …`: the bias is added once for each user.
    fn biased(&mut self, x: Instruction) -> usize {
        if let Some(slot) = self.lengthened(&x) {
            return slot;
        }
        let (sum, bias) = (x.inputs[0], x.inputs[1]);
        let is_static = !self.builder.instructions[bias].shape.batch;
        match self.sums.get(&sum).cloned() {
            Some(mut terms) if is_static => {
                let first = Instruction { inputs: vec![terms[0], bias], ..x };
                terms[0] = self.lengthened(&first).unwrap_or_else(|| self.builder.intern(first));
                self.sum(terms)
            }
            _ => self.builder.intern(x),
        }
    }

    fn sum(&mut self, terms: Vec<usize>) -> usize {
        let add = |builder: &mut Builder, a: usize, b: usize| builder.binary(Binary::Add, a, b);
        let sum = terms.iter().skip(1).fold(terms[0], |sum, &term| add(&mut self.builder, sum, term));
        self.sums.insert(sum, terms);
        sum
    }

    fn product(&mut self, x: Instruction, transpose_b: bool) -> usize {
        let (a, b, n) = (x.inputs[0], x.inputs[1], x.shape.fixed[0]);
        let segments = self.segments(a, n == 1);
        if let [(kind, _, _)] = segments[..]
            && kind != Kind::Bilinear
        {
            return self.builder.intern(x);
        }
        let mut terms: Vec<(Kind, usize)> = Vec::new();
        for (kind, parts, start) in segments {
            let width: usize = parts.iter().map(|&part| self.width(part)).sum();
            let weights = self.part_of(b, transpose_b, start, width);
            let part = self.concat(&parts, width);
            let term = if kind == Kind::Bilinear {
                self.bilinear(part, weights)
            } else {
                self.builder.intern(Instruction { inputs: vec![part, weights], ..x.clone() })
            };
            terms.push((kind, term));
        }
        terms.sort_by_key(|&(kind, _)| kind);
        self.sum(terms.into_iter().map(|(_, term)| term).collect())
    }

    fn width(&self, slot: usize) -> usize {
        self.builder.instructions[slot].shape.fixed[0]
    }

    /// Neighbouring parts of one kind, with the column where each group starts.
    fn segments(&self, a: usize, inner: bool) -> Vec<(Kind, Vec<usize>, usize)> {
        let x = &self.builder.instructions[a];
        let parts = if x.op == Op::Concat { x.inputs.clone() } else { vec![a] };
        let mut segments: Vec<(Kind, Vec<usize>, usize)> = Vec::new();
        let mut start = 0;
        for part in parts {
            let kind = self.kind(part, inner);
            match segments.last_mut() {
                Some((last, list, _)) if *last == kind && kind != Kind::Bilinear => list.push(part),
                _ => segments.push((kind, vec![part], start)),
            }
            start += self.width(part);
        }
        segments
    }

    fn kind(&self, slot: usize, inner: bool) -> Kind {
        let needs = needs(&self.builder.instructions);
        match needs[slot] {
            Needs { user: true, item: false } => Kind::User,
            Needs { user: false, .. } => Kind::Item,
            _ if inner && self.factors(slot, &needs).is_some() => Kind::Bilinear,
            _ => Kind::Pair,
        }
    }

    /// The user's and the item's factor of a product of rows.
    fn factors(&self, slot: usize, needs: &[Needs]) -> Option<(usize, usize)> {
        let x = &self.builder.instructions[slot];
        let whole = |factor: usize| self.builder.instructions[factor].shape == x.shape;
        if x.op != Op::Binary(Binary::Mul) || !x.inputs.iter().all(|&factor| whole(factor)) {
            return None;
        }
        let pure = |factor: usize| !needs[factor].both();
        let (a, b) = (x.inputs[0], x.inputs[1]);
        let found = [(a, b), (b, a)].into_iter().find(|&(user, item)| needs[user].user && needs[item].item);
        found.filter(|&(user, item)| pure(user) && pure(item))
    }

    fn bilinear(&mut self, product: usize, weights: usize) -> usize {
        let found = needs(&self.builder.instructions);
        let Some((user, item)) = self.factors(product, &found) else { unreachable!("a bilinear part") };
        let width = self.width(product);
        let row = self.builder.new_node(Op::Reshape { shape: Dims::new(false, &[width]) }, &[weights], &[width]);
        let weighted = self.builder.binary(Binary::Mul, user, row);
        let terms = self.builder.binary(Binary::Mul, weighted, item);
        let sum = self.builder.new_row(Op::SumLast, &[terms], &[]);
        let slot = self.builder.new_row(Op::Reshape { shape: Dims::new(true, &[1]) }, &[sum], &[1]);
        for same in [sum, slot] {
            self.inner.insert(same, (weighted, item));
        }
        slot
    }

    fn concat(&mut self, parts: &[usize], width: usize) -> usize {
        match parts {
            &[only] => only,
            _ => self.builder.new_row(Op::Concat, parts, &[width]),
        }
    }

    /// The weights of columns `[start, start + size)` of the left operand.
    fn part_of(&mut self, b: usize, transposed: bool, start: usize, size: usize) -> usize {
        let fixed = self.builder.instructions[b].shape.fixed.clone();
        if transposed {
            return self.builder.new_node(Op::Slice { start, size }, &[b], &[fixed[0], size]);
        }
        self.builder.new_node(Op::Rows { start, size }, &[b], &[size, fixed[1]])
    }
}
