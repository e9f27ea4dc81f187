//! Which of a few candidates make a list, so that it differs within itself: greedy choices by maximal marginal relevance, max-sum
//! diversification, a determinantal point process and sliding spectrum decomposition. The definition is `src/rerank`, where the sources are
//! named; here the same operations are done in the same order, so that the same places are chosen on every instruction set.

mod alike;
mod methods;
mod request;
#[cfg(test)]
mod tests;

use crate::failure::{Failure, Result};
use crate::feed::Csr;
use crate::isa::Isa;
use alike::Likeness;

/// What is known of the candidates.
pub enum Traits {
    /// Rows of so many numbers: alike by their cosine.
    Vectors { values: Vec<f32>, width: usize },
    /// What each has, ascending: alike by Jaccard, what two have in common as a share of all that either has.
    Sets(Csr),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    Mmr { lambda: f64 },
    Msd { lambda: f64 },
    Dpp { lambda: f64 },
    Ssd { gamma: f64, window: usize },
}

pub struct DiversitySpec {
    /// One for each candidate, higher is better.
    pub scores: Vec<f64>,
    pub traits: Traits,
    pub method: Method,
    /// Length of the list.
    pub k: usize,
    pub isa: Isa,
}

/// Places of the candidates that were chosen, in the order of the list; fewer candidates give a shorter one.
pub fn diversify(spec: DiversitySpec) -> Result<Vec<i32>> {
    let DiversitySpec { scores, traits, method, k, isa } = spec;
    let size = scores.len();
    if size > i32::MAX as usize {
        return Err(Failure::input("There are too many candidates").expected("at most 2147483647"));
    }
    let likeness = Likeness::new(traits, size, isa)?;
    let relevance = scaled(&scores);
    let list = match method {
        Method::Mmr { lambda } => methods::mmr(&relevance, likeness, k, lambda),
        Method::Msd { lambda } => methods::msd(&relevance, likeness, k, lambda),
        Method::Dpp { lambda } => methods::dpp(&relevance, likeness, k, lambda),
        Method::Ssd { gamma, window } => methods::ssd(&relevance, likeness, k, gamma, window),
    };
    Ok(list.into_iter().map(|place| place as i32).collect())
}

/// Scores moved and stretched into [0, 1]; all equal: all 1.
fn scaled(scores: &[f64]) -> Vec<f64> {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for &score in scores {
        least = if score < least || score.is_nan() { score } else { least };
        most = if score > most || score.is_nan() { score } else { most };
    }
    let width = most - least;
    scores.iter().map(|score| if width > 0.0 { (score - least) / width } else { 1.0 }).collect()
}
