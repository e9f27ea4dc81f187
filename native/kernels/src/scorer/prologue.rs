//! Values of parameters alone: computed once for a scorer, tables by all threads.

use super::pairs::frame;
use crate::buffer::{Arena, Buffer};
use crate::execute::{Packs, statics_of};
use crate::isa::Isa;
use crate::matmul::PackedB;
use crate::matrix::SparseMatrix;
use crate::program::{Program, TABLE_ROWS, runs, shares};
use crate::threads::{self, Barrier, Claims};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Prologue {
    pub statics: Buffer,
    pub tables: Buffer,
    pub packs: Vec<PackedB>,
}

pub(super) fn prologue(
    program: &Program,
    params: &[Arena],
    data: &[Arc<SparseMatrix>],
    isa: Isa,
    threads: usize,
) -> Prologue {
    let threads = if shares(&program.prologue) { threads } else { 1 };
    let (barrier, mut tables) = (Barrier::new(threads), Buffer::zeroed(program.table_floats));
    let claims: Vec<Claims> = runs(&program.prologue).map(|_| Claims::new(threads)).collect();
    let (shared, first) = (tables.arena(), Mutex::new(None));
    threads::run(threads, &barrier, |thread| {
        let mut statics = statics_of(program);
        let mut packs = vec![PackedB::default(); program.packs];
        for (steps, claims) in runs(&program.prologue).zip(&claims) {
            if steps[0].meet {
                barrier.wait();
            }
            let mut frame = frame(program, params, data, (statics.arena(), shared), isa, Packs::Own(&mut packs));
            match steps[0].table_rows() {
                None => frame.run(steps),
                Some(rows) => {
                    while let Some(chunk) = claims.take(thread, rows.div_ceil(TABLE_ROWS)) {
                        frame.run_chunk(steps, chunk);
                    }
                }
            }
        }
        if thread == 0 {
            *first.lock().unwrap_or_else(PoisonError::into_inner) = Some((statics, packs));
        }
    });
    // Every thread has computed the same small values.
    let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (statics, packs) = first.unwrap_or_else(|| unreachable!("thread 0 leaves its own"));
    Prologue { statics, tables, packs }
}
