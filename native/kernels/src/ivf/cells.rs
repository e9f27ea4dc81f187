//! The vectors of items, cell after cell.

use super::BLOCK;
use crate::coarse::{self, CoarseRows, Shape, fill};
use crate::isa::Isa;
use crate::memory;
use crate::threads::{self, Barrier};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Vectors that tell the shape of all.
const SAMPLE: usize = 4096;
/// Blocks of one piece of work.
const PIECE: usize = 64;

pub(super) struct Cells {
    /// The blocks of each cell; the last block of a cell is filled up.
    pub blocks: Vec<Range<usize>>,
    /// The item of each row of the blocks, ascending in a cell; -1 where there is none.
    pub items: Vec<i32>,
    pub vectors: Vectors,
}

pub(super) enum Vectors {
    /// Element after element, of all vectors of a block.
    Blocks(Blocks),
    /// In bytes, which say whose products are computed; and whole, item after item.
    Told { rows: CoarseRows, whole: Vec<f32> },
}

/// Vectors in blocks: element after element, of all vectors of a block; the last block is filled up with zeros.
pub(super) struct Blocks(pub Vec<f32>);

impl Blocks {
    pub fn of<'a>(count: usize, width: usize, row: impl Fn(usize) -> Option<&'a [f32]>) -> Self {
        let mut values = memory::filled(0.0, count.div_ceil(BLOCK) * BLOCK * width);
        for i in 0..count {
            let block = &mut values[i / BLOCK * BLOCK * width..];
            for (c, &x) in row(i).unwrap_or_default().iter().enumerate() {
                block[c * BLOCK + i % BLOCK] = x;
            }
        }
        Self(values)
    }
}

impl Cells {
    pub fn new(isa: Isa, threads: usize, whole: Vec<f32>, width: usize, count: usize, cell_of: &[i32]) -> Self {
        let mut sizes = memory::filled(0_usize, count);
        cell_of.iter().for_each(|&cell| sizes[cell as usize] += 1);
        let mut blocks = memory::room(count);
        let mut end = 0;
        for size in &sizes {
            let start = end;
            end += size.div_ceil(BLOCK);
            blocks.push(start..end);
        }
        let mut next: Vec<usize> = memory::room(count);
        next.extend(blocks.iter().map(|blocks| blocks.start * BLOCK));
        let mut items = memory::filled(-1, end * BLOCK);
        for (item, &cell) in cell_of.iter().enumerate() {
            let place = &mut next[cell as usize];
            items[*place] = item as i32;
            *place += 1;
        }
        let row = |item: i32| usize::try_from(item).ok().map(|item| &whole[item * width..][..width]);
        let rows = if isa.likes_bytes() { told(isa, threads, width, &items, row) } else { None };
        let vectors = match rows {
            Some(rows) => Vectors::Told { rows, whole },
            None => Vectors::Blocks(Blocks::of(items.len(), width, |place| row(items[place]))),
        };
        Self { blocks, items, vectors }
    }
}

/// The vectors in bytes; None where one of them cannot be told so.
fn told<'a>(
    isa: Isa,
    threads: usize,
    width: usize,
    items: &[i32],
    row: impl Fn(i32) -> Option<&'a [f32]> + Sync,
) -> Option<CoarseRows> {
    if width > coarse::MOST_COLUMNS {
        return None;
    }
    let sample = items.iter().step_by(items.len().div_ceil(SAMPLE).max(1)).filter_map(|&item| row(item));
    let shape = Shape::of(width, sample);
    let mut rows = CoarseRows::new(shape, items.len());
    let (blocks, floats, lines) = (rows.blocks(), shape.block_floats(), rows.arena());
    let (fine, next, zeros) = (AtomicBool::new(true), AtomicUsize::new(0), vec![0.0; width]);
    let threads = threads.min(blocks).max(1);
    threads::run(threads, &Barrier::new(threads), |_| {
        loop {
            let first = next.fetch_add(PIECE, Ordering::Relaxed);
            if first >= blocks {
                return;
            }
            let last = blocks.min(first + PIECE);
            // SAFETY: each piece is done by one thread.
            let lines = unsafe { lines.slice_mut(first * floats, (last - first) * floats) };
            let of = items[first * BLOCK..last * BLOCK].iter().map(|&item| row(item).unwrap_or(&zeros));
            if !fill(isa, shape, lines, of) {
                fine.store(false, Ordering::Relaxed);
            }
        }
    });
    fine.into_inner().then_some(rows)
}
