//! How alike one candidate is to all of them.

use super::Traits;
use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// Candidates of a block: side by side, so that each is a lane of its own.
const BLOCK: usize = 8;
/// Sums of each candidate, which do not wait for one another.
const SUMS: usize = 4;

pub(super) enum Likeness {
    Cosines(Cosines),
    Jaccard(Jaccard),
}

impl Likeness {
    pub(super) fn new(traits: Traits, size: usize, isa: Isa) -> Result<Self> {
        match traits {
            Traits::Vectors { values, width } => Cosines::new(&values, width, size, isa).map(Self::Cosines),
            Traits::Sets(sets) if sets.offsets.len() == size + 1 => Ok(Self::Jaccard(Jaccard::new(sets))),
            Traits::Sets(sets) => Err(Failure::input("The sets are not one for each score")
                .expected(size)
                .received(sets.offsets.len() - 1)),
        }
    }

    /// Of one candidate to each.
    pub(super) fn row(&mut self, one: usize, row: &mut [f64]) {
        match self {
            Self::Cosines(cosines) => cosines.row(one, row),
            Self::Jaccard(jaccard) => jaccard.row(one, row),
        }
    }

    /// Of each to itself: 1 of those that have anything at all.
    pub(super) fn own(&self, row: &mut [f64]) {
        match self {
            Self::Cosines(cosines) => cosines.own(row),
            Self::Jaccard(jaccard) => jaccard.own(row),
        }
    }
}

/// Rows of vectors in blocks: number by number, each of eight candidates.
pub(super) struct Cosines {
    values: Vec<[f32; BLOCK]>,
    width: usize,
    /// Inner products with themselves, and 1 over their roots; 0 of a row of zeros.
    squares: Vec<f64>,
    inverse: Vec<f64>,
    /// The numbers of the one that is compared.
    query: Vec<f64>,
    isa: Isa,
}

impl Cosines {
    fn new(vectors: &[f32], width: usize, size: usize, isa: Isa) -> Result<Self> {
        if width == 0 || vectors.len() != width * size {
            return Err(Failure::input("The vectors are not one for each score")
                .expected(format!("{size} rows of {width} numbers"))
                .received(vectors.len()));
        }
        let blocks = size.div_ceil(BLOCK);
        let mut values = vec![[0.0; BLOCK]; blocks * width];
        for (rows, block) in vectors.chunks(BLOCK * width).zip(values.chunks_exact_mut(width)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (slot, &x) in block.iter_mut().zip(row) {
                    slot[lane] = x;
                }
            }
        }
        let mut squares = vec![0.0; size];
        isa.run(Squares { values: &values, width, sums: &mut squares });
        let inverse = squares.iter().map(|&square| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }).collect();
        Ok(Self { values, width, squares, inverse, query: Vec::with_capacity(width), isa })
    }

    fn row(&mut self, one: usize, row: &mut [f64]) {
        let own = self.values.chunks_exact(self.width).nth(one / BLOCK).unwrap_or_default();
        self.query.clear();
        self.query.extend(own.iter().map(|lanes| f64::from(lanes[one % BLOCK])));
        self.isa.run(Products { values: &self.values, query: &self.query, sums: row });
        let length = self.inverse[one];
        row.iter_mut().zip(&self.inverse).for_each(|(x, other)| *x *= length * other);
    }

    fn own(&self, row: &mut [f64]) {
        for ((x, square), inverse) in row.iter_mut().zip(&self.squares).zip(&self.inverse) {
            *x = square * (inverse * inverse);
        }
    }
}

type Lanes = [f64; BLOCK];

#[inline(always)]
fn total(sums: &[Lanes; SUMS], lane: usize) -> f64 {
    sums[0][lane] + sums[1][lane] + (sums[2][lane] + sums[3][lane])
}

/// Inner products of each with the query.
struct Products<'a> {
    values: &'a [[f32; BLOCK]],
    query: &'a [f64],
    sums: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (block, out) in self.values.chunks_exact(self.query.len()).zip(self.sums.chunks_mut(BLOCK)) {
            let mut sums = [[0.0; BLOCK]; SUMS];
            let (fours, rest) = block.as_chunks::<SUMS>();
            let (queries, last) = self.query.as_chunks::<SUMS>();
            for (rows, query) in fours.iter().zip(queries) {
                for i in 0..SUMS {
                    for lane in 0..BLOCK {
                        sums[i][lane] += query[i] * f64::from(rows[i][lane]);
                    }
                }
            }
            for (row, query) in rest.iter().zip(last) {
                for lane in 0..BLOCK {
                    sums[0][lane] += query * f64::from(row[lane]);
                }
            }
            out.iter_mut().enumerate().for_each(|(lane, x)| *x = total(&sums, lane));
        }
    }
}

/// Inner products of each with itself.
struct Squares<'a> {
    values: &'a [[f32; BLOCK]],
    width: usize,
    sums: &'a mut [f64],
}

impl Kernel for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (block, out) in self.values.chunks_exact(self.width).zip(self.sums.chunks_mut(BLOCK)) {
            let mut sums = [[0.0; BLOCK]; SUMS];
            let (fours, rest) = block.as_chunks::<SUMS>();
            for rows in fours {
                for i in 0..SUMS {
                    for lane in 0..BLOCK {
                        sums[i][lane] += f64::from(rows[i][lane]) * f64::from(rows[i][lane]);
                    }
                }
            }
            for row in rest {
                for lane in 0..BLOCK {
                    sums[0][lane] += f64::from(row[lane]) * f64::from(row[lane]);
                }
            }
            out.iter_mut().enumerate().for_each(|(lane, x)| *x = total(&sums, lane));
        }
    }
}

pub(super) struct Jaccard {
    sets: Csr,
    /// Whether the one that is compared has it.
    has: Vec<bool>,
}

impl Jaccard {
    fn new(sets: Csr) -> Self {
        let most = sets.items.iter().max().map_or(0, |&most| most as usize + 1);
        Self { sets, has: vec![false; most] }
    }

    fn row(&mut self, one: usize, row: &mut [f64]) {
        for &id in self.sets.row(one) {
            self.has[id as usize] = true;
        }
        let first = self.sets.row(one).len();
        for (other, x) in row.iter_mut().enumerate() {
            let second = self.sets.row(other);
            let common = second.iter().filter(|&&id| self.has[id as usize]).count();
            let all = first + second.len() - common;
            *x = if all == 0 { 0.0 } else { common as f64 / all as f64 };
        }
        for &id in self.sets.row(one) {
            self.has[id as usize] = false;
        }
    }

    fn own(&self, row: &mut [f64]) {
        for (one, x) in row.iter_mut().enumerate() {
            *x = if self.sets.row(one).is_empty() { 0.0 } else { 1.0 };
        }
    }
}
