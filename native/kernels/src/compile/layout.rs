//! Places for buffers: those of a shard share memory when they do not live at the same time.

use crate::program::{Access, Program, Space, Step, View};

#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    pub width: usize,
    /// Must outlive the shard.
    pub batch: bool,
}

/// First and last step that touch a buffer.
#[derive(Clone, Copy)]
struct Life {
    first: usize,
    last: usize,
}

/// Floats between two buffers start on a cache line.
const LINE: usize = 16;

/// Decides offsets and rewrites every view. Returns the offset of each buffer.
pub fn place(program: &mut Program, buffers: &[Buffer]) -> Vec<View> {
    let lives = lives(program, buffers.len());
    let mut places = vec![View { space: Space::Work, offset: 0, row: 0, column: 1, width: 0 }; buffers.len()];
    for (place, buffer) in places.iter_mut().zip(buffers) {
        (place.row, place.width) = (buffer.width, buffer.width);
        if buffer.batch {
            place.space = Space::Batch;
            place.offset = program.batch_floats;
            program.batch_floats += (buffer.width * program.batch_rows).next_multiple_of(LINE);
        }
    }
    let mut order: Vec<usize> = (0..buffers.len()).filter(|&b| !buffers[b].batch && lives[b].is_some()).collect();
    // Large ones first: the small ones then fill the gaps.
    order.sort_by_key(|&b| (std::cmp::Reverse(buffers[b].width), b));
    let mut placed: Vec<(usize, usize, Life)> = Vec::new();
    for b in order {
        let size = (buffers[b].width * program.shard_rows).next_multiple_of(LINE);
        let life = lives[b].unwrap_or(Life { first: 0, last: 0 });
        let offset = lowest_gap(&placed, size, life);
        placed.push((offset, offset + size, life));
        places[b].offset = offset;
        program.work_floats = program.work_floats.max(offset + size);
    }
    let resolve = &mut |view: &mut View, _: Access| resolve(view, &places);
    for step in program.prologue.iter_mut() {
        step.action.views(resolve);
    }
    for phase in program.phases.iter_mut() {
        for step in phase.rows.iter_mut().chain(&mut phase.after) {
            step.action.views(resolve);
        }
    }
    places
}

/// A view of a buffer becomes a view of an arena.
pub fn resolve(view: &mut View, places: &[View]) {
    if let Space::Buffer(buffer) = view.space {
        let place = places[buffer as usize];
        (view.space, view.offset) = (place.space, place.offset + view.offset);
    }
}

fn lowest_gap(placed: &[(usize, usize, Life)], size: usize, life: Life) -> usize {
    let mut taken: Vec<(usize, usize)> = placed
        .iter()
        .filter(|(_, _, other)| life.first <= other.last && other.first <= life.last)
        .map(|&(start, end, _)| (start, end))
        .collect();
    taken.sort_unstable();
    let mut offset = 0;
    for (start, end) in taken {
        if offset + size <= start {
            break;
        }
        offset = offset.max(end);
    }
    offset
}

fn lives(program: &mut Program, buffers: usize) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; buffers];
    let mut now = 0;
    for phase in program.phases.iter_mut() {
        for step in phase.rows.iter_mut() {
            touch(step, now, &mut lives);
            now += 1;
        }
    }
    lives
}

fn touch(step: &mut Step, now: usize, lives: &mut [Option<Life>]) {
    step.action.views(&mut |view, _| {
        if let Space::Buffer(buffer) = view.space {
            lives[buffer as usize].get_or_insert(Life { first: now, last: now }).last = now;
        }
    });
}
