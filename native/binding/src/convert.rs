//! Plain objects that cross, and how they become the core's types.

use crate::failure::to_error;
use napi::bindgen_prelude::{Float32Array, Int32Array, Uint32Array};
use napi_derive::napi;
use penchant_kernels::failure::Failure;
use penchant_kernels::feed::{self, Distribution, FeedSpec};
use penchant_kernels::isa::Isa;
use penchant_kernels::matrix::{DataMatrices, SparseMatrix};
use penchant_kernels::memory;
use penchant_kernels::optimizer::{Kind, Optimizer};
use std::collections::HashMap;
use std::sync::Arc;

/// Named arrays, as parallel lists.
#[napi(object)]
pub struct NamedArrays {
    pub names: Vec<String>,
    pub values: Vec<Float32Array>,
}

impl NamedArrays {
    pub fn to_map(&self) -> HashMap<String, Vec<f32>> {
        self.names.iter().cloned().zip(self.values.iter().map(|values| memory::copied(values))).collect()
    }

    pub fn from_list(list: Vec<(String, Vec<f32>)>) -> Self {
        let (names, values): (Vec<_>, Vec<_>) = list.into_iter().unzip();
        Self { names, values: values.into_iter().map(Float32Array::new).collect() }
    }
}

#[napi(object)]
pub struct Csr {
    pub offsets: Int32Array,
    pub items: Int32Array,
    pub values: Option<Float32Array>,
}

impl Csr {
    pub fn to_rows(&self, what: &str, rows: usize, items: usize) -> Result<feed::Csr, Failure> {
        feed::Csr::new(what, &self.offsets, &self.items, rows, items)
    }

    pub fn to_sparse(&self, what: &str, columns: f64) -> Result<SparseMatrix, Failure> {
        let columns = count("columns", columns)?;
        let rows = self.to_rows(what, self.offsets.len().saturating_sub(1), columns)?;
        SparseMatrix::new(&rows, self.values.as_deref(), columns)
    }
}

/// Named data matrices, as parallel lists.
#[napi(object)]
pub struct NamedMatrices {
    pub names: Vec<String>,
    pub values: Vec<Csr>,
    pub columns: Vec<f64>,
}

impl NamedMatrices {
    pub fn to_map(&self) -> Result<DataMatrices, Failure> {
        let given = self.names.iter().zip(&self.values).zip(&self.columns);
        given.map(|((name, matrix), &columns)| Ok((name.clone(), Arc::new(matrix.to_sparse(name, columns)?)))).collect()
    }
}

#[napi(object)]
pub struct Feed {
    pub kind: String,
    pub negatives: f64,
    /// Alias table; absent for uniform draws.
    pub thresholds: Option<Uint32Array>,
    pub aliases: Option<Int32Array>,
    pub shuffle: bool,
    pub users: f64,
    pub items: f64,
    pub interactions: Csr,
    pub known: Csr,
}

impl Feed {
    pub fn to_spec(&self) -> Result<FeedSpec, Failure> {
        let kind = match self.kind.as_str() {
            "pairs" => feed::Kind::Pairs,
            "triples" => feed::Kind::Triples,
            "ratings" => feed::Kind::Ratings,
            "rows" => feed::Kind::Rows,
            other => return Err(Failure::new("ENGINE_INPUT", "Unknown kind of feed").received(other)),
        };
        let distribution = match (&self.thresholds, &self.aliases) {
            (Some(thresholds), Some(aliases)) => {
                Distribution::Alias { thresholds: memory::copied(thresholds), aliases: memory::copied(aliases) }
            }
            _ => Distribution::Uniform,
        };
        let (users, items) = (count("users", self.users)?, count("items", self.items)?);
        Ok(FeedSpec {
            kind,
            negatives: count("negatives", self.negatives)?,
            distribution,
            shuffle: self.shuffle,
            users,
            items,
            interactions: self.interactions.to_rows("interactions", users, items)?,
            values: self.interactions.values.as_ref().map(|values| memory::copied(values)),
            known: self.known.to_rows("known", users, items)?,
        })
    }
}

#[napi(object)]
pub struct OptimizerOptions {
    pub kind: String,
    pub l2: f64,
    pub clip_norm: f64,
    pub weight_decay: f64,
    pub momentum: Option<f64>,
    pub nesterov: Option<bool>,
    pub epsilon: Option<f64>,
    pub initial_accumulator: Option<f64>,
    pub beta1: Option<f64>,
    pub beta2: Option<f64>,
    pub lazy: Option<bool>,
}

impl OptimizerOptions {
    pub fn to_optimizer(&self) -> Result<Optimizer, Failure> {
        let real = |value: Option<f64>, name: &str| {
            value.ok_or_else(|| Failure::new("ENGINE_INPUT", format!("The optimizer \"{}\" needs {name}", self.kind)))
        };
        let kind = match self.kind.as_str() {
            "sgd" => Kind::Sgd,
            "momentum" => {
                Kind::Momentum { momentum: real(self.momentum, "momentum")?, nesterov: self.nesterov.unwrap_or(false) }
            }
            "adagrad" => Kind::Adagrad {
                epsilon: real(self.epsilon, "epsilon")?,
                initial: self.initial_accumulator.unwrap_or(0.0),
            },
            "adam" => Kind::Adam {
                beta1: real(self.beta1, "beta1")?,
                beta2: real(self.beta2, "beta2")?,
                epsilon: real(self.epsilon, "epsilon")?,
                lazy: self.lazy.unwrap_or(true),
            },
            other => return Err(Failure::new("ENGINE_INPUT", "Unknown optimizer").received(other)),
        };
        let (l2, clip_norm, weight_decay) = (self.l2, self.clip_norm, self.weight_decay);
        Ok(Optimizer { kind, l2, clip_norm, weight_decay })
    }
}

/// A count that came as a JavaScript number.
pub fn count(name: &str, value: f64) -> Result<usize, Failure> {
    if value >= 0.0 && value.fract() == 0.0 && value < 9e15 {
        return Ok(value as usize);
    }
    Err(Failure::new("ENGINE_INPUT", format!("{name} is no count")).expected("an integer >= 0").received(value))
}

/// The wished number of threads; 0 means all processors.
pub fn threads(wished: f64) -> Result<usize, Failure> {
    match count("threads", wished)? {
        0 => Ok(crate::available_threads() as usize),
        wished => Ok(wished),
    }
}

/// The instruction set to use: the one named by `PENCHANT_ISA` where the processor has it, else the best.
pub fn isa() -> Isa {
    let forced = std::env::var("PENCHANT_ISA").ok();
    forced.and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect)
}

pub fn fail<T>(result: Result<T, Failure>) -> napi::Result<T> {
    result.map_err(|failure| to_error(&failure))
}
