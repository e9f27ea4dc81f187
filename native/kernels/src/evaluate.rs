//! One evaluation of a plan on explicit inputs: all outputs, nothing learned.

use crate::buffer::{Arena, Buffer};
use crate::compile::compile;
use crate::execute::{Columns, Frame, Moment, Packs, Sides, statics_of};
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::matmul::PackedB;
use crate::matrix::{DataMatrices, SparseMatrix, bind_data};
use crate::memory;
use crate::plan::Plan;
use crate::program::{Action, Ids, Program, Space, Sparse, Step, TABLE_ROWS, Unroll, Value, View, runs};
use crate::ragged::EntryIds;
use crate::sums::{Cut, Parts};
use crate::trainer::{bind, reduced_elements};
use std::collections::HashMap;
use std::sync::Arc;

/// Named arrays with one entry per row.
#[derive(Clone, Debug, Default)]
pub struct Feeds {
    pub ids: HashMap<String, Vec<i32>>,
    pub floats: HashMap<String, Vec<f32>>,
}

/// Groups of the sums; any fixed number would do.
const GROUPS: usize = 8;

pub fn evaluate(
    plan: &Plan,
    parameters: HashMap<String, Vec<f32>>,
    data: DataMatrices,
    feeds: &Feeds,
    seed: u32,
    isa: Isa,
) -> Result<Vec<(String, Vec<f32>)>> {
    let rows = rows_of(feeds)?;
    let program = compile(plan, rows)?;
    let mut params = bind(&program, parameters)?;
    let data = bind_data(&program, data)?;
    let mut run = Run::new(&program, rows, isa, params.iter_mut().map(Buffer::arena).collect(), &data);
    run.feed(feeds)?;
    run.phases(seed);
    Ok(program.outputs.iter().map(|(name, value)| (name.clone(), run.output(value))).collect())
}

/// Rows of the batch: every input has one entry per row.
fn rows_of(feeds: &Feeds) -> Result<usize> {
    let ids = feeds.ids.values().map(Vec::len);
    let mut lengths = ids.chain(feeds.floats.values().map(Vec::len));
    let rows = lengths.next().unwrap_or(1);
    if let Some(other) = lengths.find(|&length| length != rows) {
        let (least, most) = (rows.min(other), rows.max(other));
        return Err(Failure::input("The inputs have different lengths")
            .expected("one entry per row of the batch in each")
            .received(format!("{least} and {most}")));
    }
    if rows == 0 {
        return Err(Failure::input("The inputs are empty").expected("at least one row"));
    }
    Ok(rows)
}

struct Run<'a> {
    program: &'a Program,
    cut: Cut,
    isa: Isa,
    params: Vec<Arena>,
    data: &'a [Arc<SparseMatrix>],
    batch: Buffer,
    work: Buffer,
    statics: Buffer,
    tables: Buffer,
    group: Buffer,
    totals: Vec<f64>,
    packs: Vec<PackedB>,
    columns: HashMap<Ids, Vec<i32>>,
    /// Of each shard.
    entries: Vec<EntryIds>,
}

impl<'a> Run<'a> {
    fn new(program: &'a Program, rows: usize, isa: Isa, params: Vec<Arena>, data: &'a [Arc<SparseMatrix>]) -> Self {
        let cut = Cut::new(program, rows, GROUPS);
        Self {
            program,
            cut,
            isa,
            params,
            data,
            batch: Buffer::zeroed(program.batch_floats),
            work: Buffer::zeroed(cut.shards * program.work_floats),
            statics: statics_of(program),
            tables: Buffer::zeroed(program.table_floats),
            group: Buffer::zeroed(cut.groups * program.group_floats),
            totals: memory::filled(0.0, cut.shards * program.totals),
            packs: vec![PackedB::default(); program.packs],
            columns: HashMap::new(),
            entries: (0..cut.shards).map(|_| EntryIds::default()).collect(),
        }
    }

    fn feed(&mut self, feeds: &Feeds) -> Result<()> {
        let rows = self.cut.rows;
        let unfit = |name: &str, length: Option<usize>| {
            Failure::input(format!("\"{name}\" does not fit the plan"))
                .expected(format!("{rows} values"))
                .received(length.map_or("nothing".to_owned(), |length| format!("{length} values")))
        };
        for &(ids, table_rows) in &self.program.ids {
            let name = match ids {
                Ids::User => "user",
                Ids::Item => "item",
                Ids::Negative => "negative",
                Ids::Event => "event",
                Ids::Entry | Ids::Next | Ids::Position => unreachable!("entries are not fed"),
            };
            let values = feeds.ids.get(name);
            let column = values.filter(|values| values.len() == rows);
            let column = column.ok_or_else(|| unfit(name, values.map(Vec::len)))?;
            check_ids(name, column, table_rows)?;
            self.columns.insert(ids, memory::copied(column));
        }
        for (name, view) in &self.program.inputs {
            let values = feeds.floats.get(name);
            let column = values.filter(|values| values.len() == rows);
            let column = column.ok_or_else(|| unfit(name, values.map(Vec::len)))?;
            self.batch.as_mut_slice()[view.offset..view.offset + rows].copy_from_slice(column);
        }
        self.unroll();
        Ok(())
    }

    fn unroll(&mut self) {
        let Some(Unroll { matrix, ids, unrolled }) = self.program.unroll else { return };
        for (shard, entries) in self.entries.iter_mut().enumerate() {
            let (first, rows) = self.cut.shard(self.program, shard);
            entries.fill(unrolled, &self.data[matrix], &self.columns[&ids][first..first + rows]);
            self.cut.entries += entries.view().count();
        }
    }

    fn phases(&mut self, seed: u32) {
        let program = self.program;
        self.whole(seed, &program.prologue);
        for (number, phase) in program.phases.iter().enumerate() {
            for group in 0..self.cut.groups {
                let shards = self.cut.group(group);
                for shard in shards.clone() {
                    let mut frame = self.frame(seed, Some((group, shard)));
                    frame.fresh = shard == shards.start;
                    frame.run(&phase.rows);
                }
            }
            for (index, reduction) in program.reductions.iter().enumerate() {
                if let (Some(view), true) = (reduction.value, reduction.phase == number) {
                    let mut sum = memory::filled(0.0, reduced_elements(reduction.kind));
                    self.sum(index, &mut sum);
                    self.statics.as_mut_slice()[view.offset..view.offset + sum.len()].copy_from_slice(&sum);
                }
            }
            self.whole(seed, &phase.after);
        }
    }

    /// Values without a batch.
    fn whole(&mut self, seed: u32, steps: &[Step]) {
        for steps in runs(steps) {
            if let Action::ScatterRows { sources, out } = &steps[0].action {
                let sum = self.scattered(sources, out.width);
                self.tables.as_mut_slice()[out.offset..][..sum.len()].copy_from_slice(&sum);
            } else if let Some(rows) = steps[0].table_rows() {
                (0..rows.div_ceil(TABLE_ROWS)).for_each(|chunk| self.frame(seed, None).run_chunk(steps, chunk));
            } else {
                self.frame(seed, None).run(steps);
            }
        }
    }

    /// Rows of samples, added up at their ids: as much of the table as is touched.
    fn scattered(&self, sources: &[(Ids, Sparse)], width: usize) -> Vec<f32> {
        let ids = sources.iter().flat_map(|(ids, _)| &self.columns[ids]);
        let rows = ids.fold(0, |rows, &id| rows.max(id as usize + 1));
        let mut dense = memory::filled(0.0, rows * width);
        for (ids, source) in sources {
            for (i, (&id, values)) in self.columns[ids].iter().zip(self.rows(&source.rows)).enumerate() {
                let factor = source.factor.map_or(1.0, |view| self.batch.as_slice()[view.offset + i * view.row]);
                let sums = &mut dense[id as usize * width..][..width];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
            }
        }
        dense
    }

    fn frame(&mut self, seed: u32, place: Option<(usize, usize)>) -> Frame<'_> {
        let (program, empty) = (self.program, Arena::default());
        let mut frame = Frame {
            isa: self.isa,
            program,
            work: empty,
            batch: self.batch.arena(),
            statics: self.statics.arena(),
            tables: self.tables.arena(),
            params: &self.params,
            data: self.data,
            group: empty,
            totals: &mut [],
            packs: Packs::Own(&mut self.packs),
            columns: Columns::default(),
            batch_columns: Columns::default(),
            first_row: 0,
            rows: 0,
            extent: self.cut.extent(),
            moment: Moment { seed, epoch: 0, step: 0 },
            fresh: true,
            sides: Sides::default(),
            by_feature: false,
            by_table: false,
            laps: None,
        };
        if let Some((group, shard)) = place {
            let (first, rows) = self.cut.shard(program, shard);
            let entries = self.entries[shard].view();
            let of = |first: usize, rows: usize| {
                let column = |ids: Ids| self.columns.get(&ids).map_or(&[][..], |column| &column[first..first + rows]);
                let (user, item) = (column(Ids::User), column(Ids::Item));
                Columns { user, item, negative: column(Ids::Negative), event: column(Ids::Event), entries }
            };
            (frame.columns, frame.batch_columns) = (of(first, rows), of(0, self.cut.rows));
            frame.work = self.work.arena().part(shard * program.work_floats, program.work_floats);
            frame.group = self.group.arena().part(group * program.group_floats, program.group_floats);
            frame.totals = &mut self.totals[shard * program.totals..(shard + 1) * program.totals];
            (frame.first_row, frame.rows) = (first, rows);
        }
        frame
    }

    fn sum(&mut self, reduction: usize, out: &mut [f32]) {
        let (group, totals) = (self.group.arena(), Arena::of(&mut self.totals));
        let parts = Parts { isa: self.isa, program: self.program, group, totals };
        // SAFETY: one thread, and nothing runs meanwhile.
        unsafe { parts.sum(self.cut, reduction, 0, out) };
    }

    fn output(&mut self, value: &Value) -> Vec<f32> {
        match value {
            Value::Rows(view) => {
                let rows = if view.space == Space::Entries { self.cut.entries } else { self.cut.rows };
                let mut all = memory::room(rows * view.width);
                self.rows(view).for_each(|row| all.extend_from_slice(row));
                all
            }
            Value::Static { view, elements } => {
                memory::copied(&self.statics.as_slice()[view.offset..view.offset + elements])
            }
            Value::Table { view, elements } => {
                memory::copied(&self.tables.as_slice()[view.offset..view.offset + elements])
            }
            Value::Reduced { reduction, elements } => {
                let mut sum = memory::filled(0.0, *elements);
                self.sum(*reduction, &mut sum);
                sum
            }
            Value::Ids(ids) if ids.are_of_entries() => {
                let columns = self.entries.iter().flat_map(|entries| {
                    let entries = entries.view();
                    Columns { entries, ..Columns::default() }.get(*ids)
                });
                columns.map(|&id| id as f32).collect()
            }
            Value::Ids(ids) => self.columns.get(ids).into_iter().flatten().map(|&id| id as f32).collect(),
            Value::Sparse { rows, width, sources } => {
                let mut dense = self.scattered(sources, *width);
                memory::reserve(&mut dense, rows * width);
                dense.resize(rows * width, 0.0);
                dense
            }
        }
    }

    fn rows(&self, view: &View) -> impl Iterator<Item = &[f32]> {
        let (batch, view) = (self.batch.as_slice(), *view);
        let shards = self.entries.iter().enumerate().flat_map(move |(shard, entries)| {
            let (first, rows) = self.cut.shard(self.program, shard);
            match view.space {
                Space::Entries => {
                    let first = first * self.program.longest();
                    first..first + entries.view().count()
                }
                _ => first..first + rows,
            }
        });
        shards.map(move |row| &batch[view.offset + row * view.row..][..view.width])
    }
}

pub(crate) fn check_ids(name: &str, ids: &[i32], count: usize) -> Result<()> {
    match ids.iter().find(|&&id| id < 0 || id as usize >= count) {
        None => Ok(()),
        Some(id) => Err(Failure::input(format!("There is no {name} {id}"))
            .expected(format!("0 to {}", count as i64 - 1))
            .received(id)),
    }
}
