//! Places for buffers: those of a shard share memory when they do not live at the same time.

use super::graph::{ITEM, PAIR, USER};
use crate::program::{Access, Mode, Program, Rows, Space, Step, View};

#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    pub width: usize,
    pub rows: Rows,
    /// Must outlive the shard.
    pub batch: bool,
    /// Scoring: the phase that writes it, when another one reads it.
    pub home: Option<usize>,
    /// Scoring: written for pairs.
    pub of_pairs: bool,
}

impl Buffer {
    /// Rows that it has room for, of so many rows of the batch.
    pub fn most_rows(&self, program: &Program, rows: usize) -> usize {
        match self.rows {
            Rows::Shard => rows,
            Rows::Entries => rows * program.longest(),
            Rows::Fixed(rows) | Rows::Table(rows) => rows,
        }
    }
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
    let mut buffers = buffers.to_vec();
    find_homes(program, &mut buffers);
    let lives = lives(program, buffers.len());
    let mut places = vec![View { space: Space::Work, offset: 0, row: 0, column: 1, width: 0 }; buffers.len()];
    for (place, buffer) in places.iter_mut().zip(&buffers) {
        (place.row, place.width) = (buffer.width, buffer.width);
        if let Some(phase) = buffer.home {
            let (space, used) = match phase {
                ITEM => (Space::Items, &mut program.item_floats),
                _ => (Space::Users, &mut program.user_floats),
            };
            (place.space, place.offset) = (space, *used);
            *used += buffer.width;
        } else if buffer.batch {
            place.space = if buffer.rows == Rows::Entries { Space::Entries } else { Space::Batch };
            place.offset = program.batch_floats;
            let rows = buffer.most_rows(program, program.batch_rows);
            program.batch_floats += (buffer.width * rows).next_multiple_of(LINE);
        }
    }
    for (place, buffer) in places.iter_mut().zip(&buffers) {
        (place.row, place.column) = match place.space {
            Space::Items => (program.item_floats, 1),
            Space::Users => (program.user_floats, 1),
            _ if buffer.of_pairs => (1, program.shard_rows),
            _ => (place.row, 1),
        };
    }
    let in_work = |b: usize| !buffers[b].batch && buffers[b].home.is_none() && lives[b].is_some();
    let mut order: Vec<usize> = (0..buffers.len()).filter(|&b| in_work(b)).collect();
    // Large ones first: the small ones then fill the gaps.
    let size = |b: usize| buffers[b].width * buffers[b].most_rows(program, program.shard_rows);
    order.sort_by_key(|&b| (std::cmp::Reverse(size(b)), b));
    let mut placed: Vec<(usize, usize, Life)> = Vec::new();
    for b in order {
        let size = (buffers[b].width * buffers[b].most_rows(program, program.shard_rows)).next_multiple_of(LINE);
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
    claim(program);
    for dot in &mut program.dots {
        for view in [&mut dot.user, &mut dot.item] {
            self::resolve(view, &places);
        }
    }
    places
}

/// Notes what each phase writes in the batch.
fn claim(program: &mut Program) {
    for phase in &mut program.phases {
        let mut claims: Vec<View> = Vec::new();
        for step in &mut phase.rows {
            step.action.views(&mut |view, access| {
                if access == Access::Write && view.space == Space::Batch && !claims.contains(view) {
                    claims.push(*view);
                }
            });
        }
        phase.claims = claims;
    }
}

/// Scoring: buffers that cross from the item's or the user's phase to the pair's.
fn find_homes(program: &mut Program, buffers: &mut [Buffer]) {
    if program.mode != Mode::Scores {
        return;
    }
    let mut writer: Vec<Option<usize>> = vec![None; buffers.len()];
    for (number, phase) in program.phases.iter_mut().enumerate() {
        for step in &mut phase.rows {
            step.action.views(&mut |view, access| {
                let Space::Buffer(buffer) = view.space else { return };
                match access {
                    Access::Write => writer[buffer as usize] = Some(number),
                    Access::Read if writer[buffer as usize] != Some(number) => {
                        buffers[buffer as usize].home = writer[buffer as usize];
                    }
                    Access::Read => {}
                }
            });
        }
    }
    for (buffer, writer) in buffers.iter_mut().zip(writer) {
        buffer.of_pairs = writer == Some(PAIR);
    }
    for dot in &program.dots {
        for (view, phase) in [(dot.user, USER), (dot.item, ITEM)] {
            if let Space::Buffer(buffer) = view.space {
                buffers[buffer as usize].home = Some(phase);
            }
        }
    }
}

/// A view of a buffer becomes a view of an arena.
pub fn resolve(view: &mut View, places: &[View]) {
    if let Space::Buffer(buffer) = view.space {
        let place = places[buffer as usize];
        (view.space, view.offset) = (place.space, place.offset + view.offset * place.column);
        view.column *= place.column;
        if (matches!(view.space, Space::Items | Space::Users) || place.column > 1) && view.row != 0 {
            view.row = place.row;
        }
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
