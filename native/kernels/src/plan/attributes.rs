//! What single attributes of instructions may be.

use super::{MAX_DRAWABLE, MAX_LENGTH, MAX_SIDE, boolean, integer, number, object, text, word};
use crate::elementwise::Unary;
use crate::failure::{Failure, Result};
use crate::window::{Parts, Pooled};
use serde_json::{Map, Value};

/// Entries that a bag leaves out at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryDropout {
    pub rate: f32,
    pub id: u32,
}

/// Which entries of a row there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unrolled {
    /// At most so many, the latest.
    pub newest: usize,
    /// The last event is only the target of the one before, and no entry itself.
    pub ahead: bool,
}

/// What is told of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Column,
    /// The column of the event after it.
    Next,
    /// How many entries of its row come after it.
    Position,
}

/// Heads of an attention, and dropout of its weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heads {
    pub count: usize,
    pub rate: f32,
    pub id: u32,
}

/// The two operands of inner products between the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Queries,
    Keys,
}

/// What cross-attention reads, each with a gradient of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attended {
    Query,
    Keys,
    Values,
}

/// What a logit of cross-attention is made of, and how far its weights sum to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attending {
    /// Power of the sum of exponentials that weights are divided by, in [0, 1]: 1 where they sum to 1.
    pub smoothing: f32,
    /// Logits are what a hidden layer makes of query and key, not inner products.
    pub units: bool,
}

pub(super) fn entry_dropout(attrs: &Map<String, Value>) -> Result<Option<EntryDropout>> {
    let Some(value) = attrs.get("dropout") else { return Ok(None) };
    let x = object(value, "dropout")?;
    let dropout = EntryDropout { rate: number(x.get("rate"), "rate")?, id: word(x.get("id"), "id")? };
    crate::verify::rate(dropout.rate).map(|()| Some(dropout))
}

/// Whether it is the table's.
pub(super) fn side(value: Option<&Value>) -> Result<bool> {
    match text(value, "of")? {
        "rows" => Ok(false),
        "table" => Ok(true),
        other => Err(Failure::plan("Unknown operand").expected("rows or table").received(other)),
    }
}

pub(super) fn part(name: &str) -> Result<Part> {
    Ok(match name {
        "column" => Part::Column,
        "next" => Part::Next,
        "position" => Part::Position,
        other => return Err(Failure::plan("Unknown part of an entry").received(other)),
    })
}

/// A side of an image or of its parts, in pixels.
pub(super) fn side_of(attrs: &Map<String, Value>, what: &str) -> Result<usize> {
    match integer(attrs.get(what), what)? {
        side @ 1..=MAX_SIDE => Ok(side),
        side => Err(Failure::plan(format!("Expected {what} to be from 1 to {MAX_SIDE}")).received(side)),
    }
}

/// Parts of an image, which may be padded.
pub(super) fn parts(attrs: &Map<String, Value>, padded: bool) -> Result<Parts> {
    let padding = if padded { integer(attrs.get("padding"), "padding")? } else { 0 };
    let parts = Parts { size: side_of(attrs, "size")?, stride: side_of(attrs, "stride")?, padding };
    if padding >= parts.size {
        return Err(Failure::plan("A part would lie in the padding alone").expected(parts.size - 1).received(padding));
    }
    Ok(parts)
}

pub(super) fn pooled(attrs: &Map<String, Value>) -> Result<Pooled> {
    match text(attrs.get("of"), "of")? {
        "max" => Ok(Pooled::Max),
        "mean" => Ok(Pooled::Mean),
        other => Err(Failure::plan("Unknown kind of pooling").expected("max or mean").received(other)),
    }
}

/// A number that a float32 tells to the unit.
pub(super) fn drawable(value: Option<&Value>, what: &str) -> Result<usize> {
    match integer(value, what)? {
        number @ 1..=MAX_DRAWABLE => Ok(number),
        number => Err(Failure::plan(format!("Expected {what} to be from 1 to {MAX_DRAWABLE}")).received(number)),
    }
}

/// Places between two entries of a row.
pub(super) fn shift(value: Option<&Value>) -> Result<isize> {
    let number = value.and_then(Value::as_f64).filter(|x| x.fract() == 0.0 && x.abs() <= MAX_LENGTH as f64);
    let number = number.ok_or_else(|| Failure::plan("Expected by to be an integer").received(format!("{value:?}")))?;
    Ok(number as isize)
}

/// Most entries of a row.
pub(super) fn length(value: Option<&Value>) -> Result<usize> {
    match integer(value, "newest")? {
        newest @ 1..=MAX_LENGTH => Ok(newest),
        newest => {
            Err(Failure::plan("Too many entries of a row").expected(format!("1 to {MAX_LENGTH}")).received(newest))
        }
    }
}

pub(super) fn heads(attrs: &Map<String, Value>) -> Result<Heads> {
    let count = integer(attrs.get("heads"), "heads")?;
    if count == 0 {
        return Err(Failure::plan("An attention has a head"));
    }
    Ok(Heads { count, rate: number(attrs.get("rate"), "rate")?, id: word(attrs.get("id"), "id")? })
}

/// Of cross-attention; what is not said is an inner product, and weights that sum to 1.
pub(super) fn attending(attrs: &Map<String, Value>) -> Result<Attending> {
    let smoothing = attrs.get("smoothing").map_or(Ok(1.0), |value| number(Some(value), "smoothing"))?;
    let units = attrs.get("units").map_or(Ok(false), |value| boolean(Some(value), "units"))?;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Failure::plan("A smoothing lies between 0 and 1").received(smoothing));
    }
    Ok(Attending { smoothing, units })
}

pub(super) fn function(name: &str) -> Result<Unary> {
    Ok(match name {
        "relu" => Unary::Relu,
        "sigmoid" => Unary::Sigmoid,
        "tanh" => Unary::Tanh,
        "selu" => Unary::Selu,
        "gelu" => Unary::Gelu,
        "softplus" => Unary::Softplus,
        "exp" => Unary::Exp,
        "log" => Unary::Log,
        "sqrt" => Unary::Sqrt,
        "rsqrt" => Unary::Rsqrt,
        "square" => Unary::Square,
        "abs" => Unary::Abs,
        other => return Err(Failure::plan("Unknown element-wise function").received(other)),
    })
}
