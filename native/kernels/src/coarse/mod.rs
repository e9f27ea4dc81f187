//! Rows of floats told in bytes, and how wrong that is: which rows may have the largest inner products with a query is found by
//! reading a quarter of the memory. Who asks computes those rows' products exactly, so that nothing is ever approximate.
//!
//! A row v is `s c + r`: a scale, whole numbers from -127 to 127, and what is left. A query q is `t d + p`. So
//! `q v = s t (c d) + (t d) r + p v` and by Cauchy-Schwarz `|q v - s t (c d)| <= |q| |r| + |p| |s c|`. Norms are rounded up, and
//! what floats round on the way to either number is added: an exact score never lies outside. A row is out when so many others
//! surely lie above it; where bounds meet it stays, so that ties are broken by who computes exactly.
//!
//! One column may be kept as it is: a bias that is large beside everything else would leave few steps to the rest.

mod query;
mod scan;
mod sieve;
#[cfg(test)]
mod tests;

pub(crate) use query::Query;
pub(crate) use scan::Scan;
pub(crate) use sieve::Sieve;

use crate::buffer::{Arena, Buffer};
use crate::isa::Isa;
use crate::memory;
use crate::simd::{CODE_ZERO, Kernel, ROUND, Simd};

/// Rows of a block: as many as a SIMD vector has lanes.
pub(crate) const BLOCK: usize = 16;
/// Columns: sums of products of their codes are below 2^24, and exact as floats.
pub(crate) const MOST_COLUMNS: usize = 1024;
/// Rows and queries with longer vectors are left to others: no sum overflows below.
const LONGEST: f32 = 1e18;
/// Rows with nothing above this are left whole to the error.
const SHORTEST: f32 = 1e-30;
/// The largest code.
const STEPS: f32 = 127.0;
/// A column is kept whole when its mean square is so many times that of all others.
const APART: f64 = 4.0;

/// Rows in blocks of 16. Of a block: a line (64 bytes) for every four columns, with those codes of each row; the scales; the norms
/// of what is left and of what the codes say, as halves of a word; the column apart, if there is one.
pub(crate) struct CoarseRows {
    lines: Buffer,
    count: usize,
    shape: Shape,
}

/// What all blocks have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    /// Columns.
    pub width: usize,
    /// A column that is kept whole.
    pub apart: Option<usize>,
}

impl Shape {
    /// Of rows such as these; looks whether a column is larger than the others.
    pub fn of<'a>(width: usize, rows: impl Iterator<Item = &'a [f32]>) -> Self {
        let mut squares = memory::filled(0.0_f64, width);
        for row in rows {
            for (sum, &x) in squares.iter_mut().zip(row) {
                *sum += f64::from(x) * f64::from(x);
            }
        }
        let total: f64 = squares.iter().sum();
        let largest = (0..width).max_by(|&a, &b| squares[a].total_cmp(&squares[b]));
        let apart = largest.filter(|&column| {
            let others = (total - squares[column]) / (width - 1).max(1) as f64;
            width > 1 && squares[column] > APART * others
        });
        Self { width, apart }
    }

    pub fn groups(self) -> usize {
        self.width.div_ceil(4)
    }

    /// Floats of a block.
    pub fn block_floats(self) -> usize {
        (self.groups() + 2 + usize::from(self.apart.is_some())) * BLOCK
    }
}

impl CoarseRows {
    /// Room for so many rows, the last block filled up.
    pub fn new(shape: Shape, count: usize) -> Self {
        Self { lines: Buffer::zeroed(count.div_ceil(BLOCK) * shape.block_floats()), count, shape }
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    pub fn blocks(&self) -> usize {
        self.count.div_ceil(BLOCK)
    }

    /// For threads that fill blocks of their own.
    pub fn arena(&mut self) -> Arena {
        self.lines.arena()
    }

    #[inline(always)]
    fn block(&self, block: usize) -> &[f32] {
        let floats = self.shape.block_floats();
        &self.lines.as_slice()[block * floats..][..floats]
    }
}

/// Writes rows into blocks, from the first of `blocks` on; rows beyond the last are zeros. Says whether all of them can be told in bytes: they
/// are finite and not too long.
pub(crate) fn fill<'a>(
    isa: Isa,
    shape: Shape,
    blocks: &mut [f32],
    rows: impl ExactSizeIterator<Item = &'a [f32]>,
) -> bool {
    let floats = shape.block_floats();
    assert!(rows.len() <= blocks.len() / floats * BLOCK, "room for {} rows", rows.len());
    let mut row = memory::filled(0.0_f32, shape.width.next_multiple_of(BLOCK));
    let mut codes = memory::filled(CODE_ZERO, row.len());
    let mut fine = true;
    let whole = rows.len().next_multiple_of(BLOCK);
    for (i, values) in rows.map(Some).chain(std::iter::repeat(None)).take(whole).enumerate() {
        match values {
            Some(values) => row[..shape.width].copy_from_slice(values),
            None => row.fill(0.0),
        }
        let block = &mut blocks[i / BLOCK * floats..][..floats];
        let apart = shape.apart.map(|column| std::mem::take(&mut row[column]));
        let mut told = Told::default();
        isa.run(Tell { row: &row, codes: &mut codes, told: &mut told });
        fine &= told.fine && apart.is_none_or(|x| x.abs() <= LONGEST);
        let lane = i % BLOCK;
        for (group, four) in codes.chunks_exact(4).take(shape.groups()).enumerate() {
            block[group * BLOCK + lane] = f32::from_ne_bytes([four[0], four[1], four[2], four[3]]);
        }
        let at = shape.groups() * BLOCK + lane;
        block[at] = told.scale;
        block[at + BLOCK] = f32::from_bits(upper_half(told.left) << 16 | upper_half(told.norm));
        if let Some(x) = apart {
            block[at + 2 * BLOCK] = x;
        }
    }
    fine
}

/// The upper 16 bits of a float that is not below `x`, which is no negative number.
fn upper_half(x: f32) -> u32 {
    (x.to_bits() + 0xffff) >> 16
}

/// What the codes of a row leave out.
#[derive(Default)]
struct Told {
    fine: bool,
    scale: f32,
    /// At least the norm of what is left.
    left: f32,
    /// At least the norm of what the codes say.
    norm: f32,
}

/// Finds the codes of a row; its length and theirs are the same whole vectors.
struct Tell<'a> {
    row: &'a [f32],
    codes: &'a mut [u8],
    told: &'a mut Told,
}

impl Kernel for Tell<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { row, codes, told } = self;
        let mut most = [0.0_f32; BLOCK];
        let mut strange = [0.0_f32; BLOCK];
        for part in row.chunks_exact(BLOCK) {
            for i in 0..BLOCK {
                most[i] = if part[i].abs() > most[i] { part[i].abs() } else { most[i] };
                // 0 for finite numbers alone.
                strange[i] += part[i] * 0.0;
            }
        }
        let most = most.iter().fold(0.0_f32, |a, &b| a.max(b));
        let root = (row.len() as f32).sqrt();
        // NaN is not at most anything.
        *told = Told { fine: strange.iter().sum::<f32>() == 0.0 && most * root <= LONGEST, ..Told::default() };
        if !told.fine || most < SHORTEST {
            codes.fill(CODE_ZERO);
            told.left = if told.fine { 1.001 * most * root } else { 0.0 };
            return;
        }
        let (scale, steps) = (most / STEPS, STEPS / most);
        let (mut left, mut norm) = ([0.0_f32; BLOCK], [0.0_f32; BLOCK]);
        for (part, codes) in row.chunks_exact(BLOCK).zip(codes.chunks_exact_mut(BLOCK)) {
            for i in 0..BLOCK {
                let x = part[i] * steps;
                let rounded = x + ROUND;
                let code = rounded - ROUND;
                codes[i] = rounded.to_bits() as u8 ^ CODE_ZERO;
                left[i] += (x - code) * (x - code);
                norm[i] += code * code;
            }
        }
        // `x` is wrong by at most 127 times three roundings, 2.3e-5; sums of squares by less than a ten-thousandth.
        let (left, norm) = (left.iter().sum::<f32>().sqrt(), norm.iter().sum::<f32>().sqrt());
        told.scale = scale;
        told.left = scale * (1.0001 * left + 3e-5 * root);
        told.norm = scale * (1.0001 * norm);
    }
}
