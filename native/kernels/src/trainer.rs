//! Owns everything a training run needs and runs ranges of steps.

use crate::buffer::Buffer;
use crate::compile::compile;
use crate::failure::{Failure, Result};
use crate::feed::{Feed, FeedSpec, Kind};
use crate::isa::Isa;
use crate::matrix::{DataMatrices, SparseMatrix, bind_data};
use crate::memory;
use crate::optimizer::{self, Optimizer};
use crate::plan::Plan;
use crate::profile::{self, Entry, Laps};
use crate::program::{Action, Ids, Param, Program, ReductionKind, Rows, Sparse, Value};
use crate::step::{self, Worker};
use crate::threads;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// Shards of a batch are spread over at most this many accumulators of dense gradients.
const GROUPS_SMALL: usize = 32;
const GROUPS_LARGE: usize = 8;
/// From this many dense floats on there are fewer groups: each costs a copy of all dense gradients.
const LARGE: usize = 1 << 16;
/// Floats of a dense parameter that one thread updates at a time.
const CHUNK: usize = 1024;

/// Names in a state: what follows a parameter's name for its slots, and the number of steps.
const M: &str = "#m";
const V: &str = "#v";
const STEP: &str = "#step";

pub struct TrainSpec {
    pub plan: Plan,
    pub parameters: HashMap<String, Vec<f32>>,
    pub data: DataMatrices,
    pub feed: FeedSpec,
    pub optimizer: Optimizer,
    pub batch: usize,
    pub seed: u32,
    pub threads: usize,
    pub isa: Isa,
}

/// Steps `[from, to)` of an epoch.
#[derive(Clone, Debug)]
pub struct Range {
    pub epoch: u32,
    pub from: u64,
    pub to: u64,
    /// One rate for all steps, or one per step.
    pub rates: Vec<f32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean over rows.
    pub loss: f64,
    pub rows: u64,
}

/// A parameter and where its gradient comes from.
pub struct Learned {
    pub param: usize,
    pub gradient: Gradient,
}

pub enum Gradient {
    /// A sum over the batch, still in parts.
    Reduced(usize),
    /// In every thread's statics.
    Static { offset: usize },
    /// In the tables.
    Table { offset: usize },
    /// Rows of the batch to add at ids; `set` finds the distinct ones.
    Rows { set: usize, sources: Vec<Sparse> },
}

/// Part of a dense parameter.
pub struct Chunk {
    pub learned: usize,
    pub start: usize,
    pub end: usize,
}

pub struct Trainer {
    pub(crate) program: Program,
    /// Numbers of the phases' first steps in profiles.
    pub(crate) first_steps: Vec<(usize, usize)>,
    pub(crate) feed: Feed,
    pub(crate) optimizer: Optimizer,
    pub(crate) isa: Isa,
    pub(crate) threads: usize,
    pub(crate) batch: usize,
    pub(crate) seed: u32,
    pub(crate) learned: Vec<Learned>,
    /// Distinct lists of id columns that gradients are added at.
    pub(crate) sets: Vec<Vec<Ids>>,
    /// Rows of the largest table of each.
    set_rows: Vec<usize>,
    /// All id columns of `sets`.
    pub(crate) scattered: Vec<Ids>,
    pub(crate) chunks: Vec<Chunk>,
    /// Parameters that take a new value after each step.
    pub(crate) assigns: Vec<(usize, Value)>,
    pub(crate) groups: usize,
    pub(crate) params: Vec<Buffer>,
    pub(crate) data: Vec<Arc<SparseMatrix>>,
    pub(crate) m: Vec<Buffer>,
    pub(crate) v: Vec<Buffer>,
    pub(crate) steps: u64,
    pub(crate) memory: Memory,
    pub(crate) workers: Vec<Mutex<Worker>>,
}

/// Memory that steps share.
pub(crate) struct Memory {
    pub batch: Buffer,
    pub tables: Buffer,
    pub work: Buffer,
    pub group: Buffer,
    pub totals: Vec<f64>,
    pub user: Vec<i32>,
    pub item: Vec<i32>,
    pub negative: Vec<i32>,
    /// Empty where nothing reads it.
    pub event: Vec<i32>,
    /// See [`crate::sparse::sort_by_owner`]; by id column.
    pub order: [Vec<u32>; 4],
    pub ends: [Vec<u32>; 4],
    pub norms: Vec<f64>,
}

impl Trainer {
    pub fn new(spec: TrainSpec) -> Result<Self> {
        if !(1..=1 << 24).contains(&spec.batch) {
            return Err(Failure::input("The batch size is out of range")
                .expected("1 to 16777216")
                .received(spec.batch));
        }
        spec.optimizer.check()?;
        let feed = Feed::new(spec.feed)?;
        let program = compile(&spec.plan, spec.batch)?;
        check_feed(&program, &feed)?;
        let mut trainer = Self {
            learned: Vec::new(),
            sets: Vec::new(),
            set_rows: Vec::new(),
            scattered: Vec::new(),
            chunks: Vec::new(),
            assigns: Vec::new(),
            groups: if program.group_floats > LARGE { GROUPS_LARGE } else { GROUPS_SMALL },
            params: bind(&program, spec.parameters)?,
            data: bind_data(&program, spec.data)?,
            m: Vec::new(),
            v: Vec::new(),
            steps: 0,
            memory: Memory::new(&program, spec.batch, 0, 0, 1),
            workers: Vec::new(),
            threads: threads::effective(spec.threads),
            first_steps: profile::first_steps(&program),
            program,
            feed,
            optimizer: spec.optimizer,
            isa: spec.isa,
            batch: spec.batch,
            seed: spec.seed,
        };
        trainer.bind_outputs()?;
        trainer.find_scatters();
        trainer.allocate();
        Ok(trainer)
    }

    fn bind_outputs(&mut self) -> Result<()> {
        let outputs = self.program.outputs.clone();
        if !matches!(
            self.program.output("loss"),
            Some(
                Value::Reduced { elements: 1, .. }
                    | Value::Static { elements: 1, .. }
                    | Value::Table { elements: 1, .. }
            )
        ) {
            return Err(Failure::input("A training plan has a scalar output \"loss\""));
        }
        for (name, value) in outputs {
            if let Some(name) = name.strip_prefix("grad:") {
                self.learn(name, value)?;
            } else if let Some(name) = name.strip_prefix("assign:") {
                let param = self.find(name)?;
                let fits = matches!(value, Value::Static { elements, .. } | Value::Table { elements, .. }
                    | Value::Reduced { elements, .. }
                    if elements == self.program.params[param].elements());
                if !fits {
                    return Err(Failure::input(format!("The new value of \"{name}\" does not fit it")));
                }
                self.assigns.push((param, value));
            }
        }
        let is_learned = |param: usize| self.learned.iter().any(|learned| learned.param == param);
        match self.assigns.iter().find(|(param, _)| is_learned(*param)) {
            None => Ok(()),
            Some(&(param, _)) => {
                let name = &self.program.params[param].name;
                Err(Failure::input(format!("The plan both learns and assigns \"{name}\"")).expected("one of the two"))
            }
        }
    }

    fn find(&self, name: &str) -> Result<usize> {
        self.program.param(name).ok_or_else(|| Failure::input(format!("The plan has no parameter \"{name}\"")))
    }

    fn learn(&mut self, name: &str, value: Value) -> Result<()> {
        let param = self.find(name)?;
        let shape = self.program.params[param].clone();
        let wrong = || Failure::input(format!("The gradient of \"{name}\" does not fit it"));
        let gradient = match value {
            Value::Reduced { reduction, elements } if elements == shape.elements() => Gradient::Reduced(reduction),
            Value::Static { view, elements } if elements == shape.elements() => {
                Gradient::Static { offset: view.offset }
            }
            Value::Table { view, elements } if elements == shape.elements() => Gradient::Table { offset: view.offset },
            Value::Sparse { rows, width, sources } if rows == shape.rows && width == shape.width => {
                let set = self.add_set(&sources, rows);
                Gradient::Rows { set, sources: sources.into_iter().map(|(_, source)| source).collect() }
            }
            _ => return Err(wrong()),
        };
        if !matches!(gradient, Gradient::Rows { .. }) {
            let (elements, learned) = (shape.elements(), self.learned.len());
            let starts = (0..elements).step_by(CHUNK);
            self.chunks.extend(starts.map(|start| Chunk { learned, start, end: elements.min(start + CHUNK) }));
        }
        self.learned.push(Learned { param, gradient });
        Ok(())
    }

    /// The number of the set of rows that sources add to.
    pub(crate) fn set_of(&self, sources: &[(Ids, Sparse)]) -> usize {
        let is_same = |set: &Vec<Ids>| set.iter().eq(sources.iter().map(|(ids, _)| ids));
        self.sets.iter().position(is_same).unwrap_or(self.sets.len())
    }

    /// As `set_of`, of a table of so many rows.
    fn add_set(&mut self, sources: &[(Ids, Sparse)], rows: usize) -> usize {
        let set = self.set_of(sources);
        if set == self.sets.len() {
            self.sets.push(sources.iter().map(|&(ids, _)| ids).collect());
            self.set_rows.push(0);
        }
        self.set_rows[set] = rows.max(self.set_rows[set]);
        set
    }

    /// Gradients that are added up in tables need to know the rows that the batch touches, too.
    fn find_scatters(&mut self) {
        let found = profile::steps_of(&self.program).filter_map(|step| match (&step.action, step.rows) {
            (Action::ScatterRows { sources, .. }, Rows::Table(rows)) => Some((sources.clone(), rows)),
            _ => None,
        });
        for (sources, rows) in found.collect::<Vec<_>>() {
            self.add_set(&sources, rows);
        }
    }

    fn allocate(&mut self) {
        let mut learns = vec![false; self.params.len()];
        for learned in &self.learned {
            learns[learned.param] = true;
        }
        let sizes: Vec<usize> = self.program.params.iter().map(crate::program::Param::elements).collect();
        let kinds: Vec<optimizer::Kind> = self.program.params.iter().map(|param| self.kind(param)).collect();
        let slots = |has: fn(optimizer::Kind) -> bool| {
            let params = sizes.iter().zip(&learns).zip(&kinds);
            params.map(move |((&size, &learns), &kind)| if has(kind) && learns { size } else { 0 })
        };
        let (m, v) = (slots(optimizer::Kind::has_m), slots(optimizer::Kind::has_v));
        let lengths: Vec<usize> = sizes.iter().copied().chain(m).chain(v).collect();
        let mut w = Buffer::group(&lengths);
        self.v = w.split_off(2 * sizes.len());
        self.m = w.split_off(sizes.len());
        for (to, from) in w.iter_mut().zip(&self.params) {
            to.as_mut_slice().copy_from_slice(from.as_slice());
        }
        self.params = w;
        for (v, kind) in self.v.iter_mut().zip(kinds).filter(|(_, kind)| kind.initial_v() != 0.0) {
            v.as_mut_slice().fill(kind.initial_v());
        }
        let norms = if self.optimizer.clip_norm > 0.0 {
            let samples = self.learned.iter().map(|learned| match &learned.gradient {
                Gradient::Rows { sources, .. } => sources.len() * self.batch,
                _ => 0,
            });
            self.chunks.len() + samples.sum::<usize>()
        } else {
            0
        };
        self.scattered = self.sets.concat();
        self.scattered.sort_unstable();
        self.scattered.dedup();
        self.memory = Memory::new(&self.program, self.batch, self.groups, norms, self.threads);
        self.memory.make_order(
            &self.scattered,
            self.batch,
            self.batch.div_ceil(self.program.shard_rows) * self.threads,
        );
        let workers = (0..self.threads).map(|_| Mutex::new(Worker::new(&self.program, &self.set_rows, CHUNK)));
        self.workers = workers.collect();
    }

    /// What rule a parameter learns by.
    pub(crate) fn kind(&self, param: &Param) -> optimizer::Kind {
        param.optimizer.map_or(self.optimizer.kind, |own| own.kind)
    }

    /// Whether rows tell which interaction they are about.
    pub(crate) fn reads_events(&self) -> bool {
        reads_events(&self.program)
    }

    pub fn rows_per_epoch(&self) -> u64 {
        self.feed.rows_per_epoch()
    }

    pub fn steps_per_epoch(&self) -> u64 {
        self.rows_per_epoch().div_ceil(self.batch as u64)
    }

    /// Runs steps of one epoch. `Err(TRAIN_CANCELLED)` when `cancel` was set between two of them.
    pub fn run(&mut self, range: &Range, cancel: &AtomicBool) -> Result<Report> {
        if range.from > range.to || range.to > self.steps_per_epoch() {
            return Err(Failure::input("There are no such steps in the epoch")
                .expected(format!("0 to {}", self.steps_per_epoch()))
                .received(format!("{} to {}", range.from, range.to)));
        }
        let steps = (range.to - range.from) as usize;
        if range.rates.len() != 1 && range.rates.len() != steps {
            return Err(Failure::input("There is not one learning rate per step")
                .expected(format!("1 or {steps}"))
                .received(range.rates.len()));
        }
        if range.rates.iter().any(|rate| !rate.is_finite()) {
            return Err(Failure::input("A learning rate is not a finite number"));
        }
        if steps == 0 { Ok(Report::default()) } else { step::run(self, range, cancel) }
    }

    /// Runs the steps as `run` does, and tells where the time went. `clock`: nanoseconds since any moment.
    pub fn profile(&mut self, range: &Range, cancel: &AtomicBool, clock: fn() -> u64) -> Result<(Report, Vec<Entry>)> {
        for worker in &self.workers {
            let laps = Laps::new(&self.program, self.learned.len(), clock);
            worker.lock().unwrap_or_else(PoisonError::into_inner).laps = Some(laps);
        }
        let report = self.run(range, cancel);
        let laps: Vec<Laps> = self
            .workers
            .iter()
            .filter_map(|worker| worker.lock().unwrap_or_else(PoisonError::into_inner).laps.take())
            .collect();
        Ok((report?, profile::entries(&self.program, &self.learned, &laps, |param| self.kind(param))))
    }

    pub fn parameter(&self, name: &str) -> Result<&[f32]> {
        self.find(name).map(|param| self.params[param].as_slice())
    }

    pub fn parameters(&self) -> impl Iterator<Item = (&str, &[f32])> {
        let names = self.program.params.iter().map(|param| param.name.as_str());
        names.zip(self.params.iter().map(Buffer::as_slice))
    }

    /// Parameters, slots as `NAME#m` and `NAME#v`, and the number of steps taken as `#step`.
    pub fn state(&self) -> Vec<(String, Vec<f32>)> {
        let parts = self.parts().map(|(name, values)| (name, memory::copied(values)));
        parts.chain([(STEP.to_owned(), vec![self.steps as f32])]).collect()
    }

    /// Takes back what `state` gave. Nothing changes when an array is missing or has another length.
    pub fn restore(&mut self, state: &HashMap<String, Vec<f32>>) -> Result<()> {
        let lengths = self.parts().map(|(name, values)| (name, values.len())).chain([(STEP.to_owned(), 1)]);
        for (name, length) in lengths {
            let given = state.get(&name).map(Vec::len);
            if given != Some(length) {
                return Err(Failure::input(format!("The saved state does not fit at \"{name}\""))
                    .expected(format!("{length} values"))
                    .received(given.map_or("nothing".to_owned(), |length| length.to_string())));
            }
        }
        for (buffers, suffix) in [(&mut self.params, ""), (&mut self.m, M), (&mut self.v, V)] {
            for (param, buffer) in self.program.params.iter().zip(buffers) {
                let target = buffer.as_mut_slice();
                if let Some(values) = state.get(&format!("{}{suffix}", param.name)).filter(|_| !target.is_empty()) {
                    target.copy_from_slice(values);
                }
            }
        }
        self.steps = state[STEP][0] as u64;
        Ok(())
    }

    /// Parameters and the slots that there are, by their names in a state.
    fn parts(&self) -> impl Iterator<Item = (String, &[f32])> {
        [(&self.params, ""), (&self.m, M), (&self.v, V)].into_iter().flat_map(|(buffers, suffix)| {
            let parts = self.program.params.iter().zip(buffers.iter().map(Buffer::as_slice));
            let there = parts.filter(move |(_, part)| suffix.is_empty() || !part.is_empty());
            there.map(move |(param, part)| (format!("{}{suffix}", param.name), part))
        })
    }
}

/// Every parameter of the plan, with the size that the plan says.
pub(crate) fn bind(program: &Program, mut given: HashMap<String, Vec<f32>>) -> Result<Vec<Buffer>> {
    let bound = program.params.iter().map(|param| {
        let values = given.remove(&param.name);
        match values {
            Some(values) if values.len() == param.elements() => Ok(Buffer::from_slice(&values)),
            other => Err(Failure::input(format!("Parameter \"{}\" does not fit the plan", param.name))
                .expected(format!("{} values", param.elements()))
                .received(other.map_or("nothing".to_owned(), |values| format!("{} values", values.len())))),
        }
    });
    bound.collect()
}

fn reads_events(program: &Program) -> bool {
    program.ids.iter().any(|&(ids, _)| ids == Ids::Event)
}

fn check_feed(program: &Program, feed: &Feed) -> Result<()> {
    for &(ids, rows) in &program.ids {
        let (what, count) = match ids {
            Ids::User => ("user", feed.users),
            Ids::Item if feed.kind == Kind::Rows => {
                return Err(Failure::input("The plan reads \"item\", which a feed of rows has not"));
            }
            Ids::Item => ("item", feed.items),
            Ids::Negative if feed.kind == Kind::Triples => ("negative", feed.items),
            Ids::Negative => return Err(Failure::input("The plan reads \"negative\", which only triples have")),
            Ids::Event => match feed.events() {
                Some(events) => ("event", events),
                None => return Err(Failure::input("The plan reads \"event\", which a feed of rows has not")),
            },
            Ids::Entry | Ids::Next | Ids::Position => unreachable!("entries are not fed"),
        };
        if rows < count {
            return Err(Failure::input(format!("A table indexed by \"{what}\" has too few rows"))
                .expected(count)
                .received(rows));
        }
    }
    for (name, _) in &program.inputs {
        match name.as_str() {
            "weight" => {}
            "label" if matches!(feed.kind, Kind::Pairs | Kind::Ratings) => {}
            _ => return Err(Failure::input(format!("This feed has no input \"{name}\""))),
        }
    }
    Ok(())
}

impl Memory {
    fn new(program: &Program, batch: usize, groups: usize, norms: usize, threads: usize) -> Self {
        let shards = batch.div_ceil(program.shard_rows);
        let areas = if program.phases.len() > 1 { shards } else { threads };
        let small = groups == 0;
        Self {
            batch: Buffer::zeroed(if small { 0 } else { program.batch_floats }),
            tables: Buffer::zeroed(if small { 0 } else { program.table_floats }),
            work: Buffer::zeroed(if small { 0 } else { areas * program.work_floats }),
            group: Buffer::zeroed(groups.min(shards) * program.group_floats),
            totals: memory::filled(0.0, shards * program.totals),
            user: memory::filled(0, batch),
            item: memory::filled(0, batch),
            negative: memory::filled(0, batch),
            event: memory::filled(0, if reads_events(program) { batch } else { 0 }),
            order: Default::default(),
            ends: Default::default(),
            norms: memory::filled(0.0, norms),
        }
    }

    fn make_order(&mut self, columns: &[Ids], batch: usize, ends: usize) {
        for &ids in columns {
            self.order[ids as usize] = memory::filled(0, batch);
            self.ends[ids as usize] = memory::filled(0, ends);
        }
    }
}

/// Elements of a reduction.
pub(crate) fn reduced_elements(kind: ReductionKind) -> usize {
    match kind {
        ReductionKind::Dense { elements, .. } => elements,
        ReductionKind::Total { .. } => 1,
    }
}
