//! How it is asked for: `{method, weight, window, k, width}` and arrays: scores (two words each), then vectors; or, with `sets` instead of
//! `width`, how many different things there are, offsets and what each has.

use super::{DiversitySpec, Method, Traits};
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::request::{Request, Words};

impl DiversitySpec {
    pub fn of(request: &mut Request, isa: Isa) -> Result<Self> {
        let scores = reals(&request.words()?)?;
        let traits = if request.flag("sets") {
            Traits::Sets(request.rows("sets", scores.len(), request.count("things")?)?)
        } else {
            Traits::Vectors { values: request.floats()?, width: request.count("width")? }
        };
        let weight = request.value["weight"].as_f64().ok_or_else(|| Failure::input("There is no weight"))?;
        let method = match request.value["method"].as_str() {
            Some("mmr") => Method::Mmr { lambda: weight },
            Some("msd") => Method::Msd { lambda: weight },
            Some("dpp") => Method::Dpp { lambda: weight },
            Some("ssd") => Method::Ssd { gamma: weight, window: request.count("window")? },
            _ => return Err(Failure::input("Unknown method of diversity").received(&request.value["method"])),
        };
        Ok(Self { scores, traits, method, k: request.count("k")?, isa })
    }
}

fn reals(words: &Words) -> Result<Vec<f64>> {
    let (pairs, rest) = words.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Failure::input("Scores are numbers of 64 bits").received(format!("{} words", words.len())));
    }
    Ok(pairs.iter().map(|&[low, high]| f64::from_bits(u64::from(low) | u64::from(high) << 32)).collect())
}
