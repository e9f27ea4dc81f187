//! What a host asks to be solved.

use super::{
    AlsSpec, Job, Method, NeighbourSpec, SlimSpec, SvdSpec, als_half, ease, neighbours, singular_vectors, slim,
};
use crate::failure::{Failure, Result};
use crate::matrix::SparseMatrix;
use crate::request::Request;

/// A problem with all that it is about.
pub struct Task {
    matrix: SparseMatrix,
    problem: Problem,
}

enum Problem {
    Ease { l2: f32 },
    Neighbours(NeighbourSpec, Option<Vec<f32>>),
    Slim(SlimSpec),
    SingularVectors(SvdSpec),
    Als(Als),
}

struct Als {
    fixed: Vec<f32>,
    factors: Vec<f32>,
    l2: Vec<f32>,
    width: usize,
    unobserved: f32,
    offset: f32,
    method: Method,
}

pub enum Solution {
    Dense(Vec<f32>),
    Sparse(SparseMatrix),
}

impl Task {
    /// `{kind, matrix, …}` and arrays: the matrix, then those of the kind.
    pub fn of(request: &mut Request) -> Result<Self> {
        let entry = request.value["matrix"].clone();
        let matrix = request.sparse(&entry)?;
        if let Some((row, id)) = matrix.repeated() {
            return Err(Failure::input("A row of the matrix that is solved for has a column twice")
                .expected("distinct columns in a row")
                .received(format!("column {id} twice in row {row}")));
        }
        let problem = match request.value["kind"].as_str() {
            Some("ease") => Problem::Ease { l2: request.real("l2")? },
            Some("neighbours") => {
                let spec = NeighbourSpec {
                    count: request.count("count")?,
                    normalize: request.flag("normalize"),
                    shrinkage: request.real("shrinkage")?,
                };
                Problem::Neighbours(spec, if request.flag("weighted") { Some(request.floats()?) } else { None })
            }
            Some("slim") => Problem::Slim(SlimSpec {
                count: request.count("count")?,
                l1: request.real("l1")?,
                l2: request.real("l2")?,
                passes: request.count("passes")?,
                tolerance: request.real("tolerance")?,
            }),
            Some("singularVectors") => Problem::SingularVectors(SvdSpec {
                count: request.count("count")?,
                iterations: request.count("iterations")?,
            }),
            Some("als") => Problem::Als(Als::of(request)?),
            _ => return Err(Failure::input("Unknown kind of solution").received(&request.value["kind"])),
        };
        Ok(Self { matrix, problem })
    }

    pub fn run(self, job: &Job) -> Result<Solution> {
        let matrix = &self.matrix;
        match self.problem {
            Problem::Ease { l2 } => ease(job, matrix, l2).map(Solution::Dense),
            Problem::Neighbours(spec, weights) => {
                neighbours(job, matrix, spec, weights.as_deref()).map(Solution::Sparse)
            }
            Problem::SingularVectors(spec) => singular_vectors(job, matrix, spec).map(Solution::Dense),
            Problem::Slim(spec) => slim(job, matrix, spec).map(Solution::Sparse),
            Problem::Als(als) => als.run(job, matrix).map(Solution::Dense),
        }
    }
}

impl Als {
    /// `{width, unobserved, offset, steps}` (0 steps of conjugate gradients: exact) and arrays: fixed, factors, l2.
    fn of(request: &mut Request) -> Result<Self> {
        let steps = request.count("steps")?;
        Ok(Self {
            fixed: request.floats()?,
            factors: request.floats()?,
            l2: request.floats()?,
            width: request.count("width")?,
            unobserved: request.real("unobserved")?,
            offset: request.real("offset")?,
            method: if steps == 0 { Method::Exact } else { Method::ConjugateGradient(steps) },
        })
    }

    fn run(self, job: &Job, matrix: &SparseMatrix) -> Result<Vec<f32>> {
        let Self { fixed, mut factors, l2, width, unobserved, offset, method } = self;
        let spec = AlsSpec { matrix, fixed: &fixed, width, unobserved, offset, l2: &l2, method };
        als_half(job, &spec, &mut factors)?;
        Ok(factors)
    }
}
