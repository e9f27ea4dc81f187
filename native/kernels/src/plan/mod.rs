//! The plan as TypeScript sends it: parsed from JSON into typed instructions. Meaning is checked by [`crate::verify`].

mod attributes;
mod dims;

pub use attributes::{Attended, Attending, EntryDropout, Heads, Part, Side, Unrolled};
use attributes::{
    attending, drawable, entry_dropout, function, heads, length, part, parts, pooled, shift, side, side_of,
};
pub use dims::Dims;

use crate::elementwise::{Binary, Unary};
use crate::failure::{Failure, Result};
use crate::optimizer::Own;
use crate::window::{Parts, Pooled};
use serde_json::{Map, Value};

/// Most instructions of a plan; far above any model, low enough that a hostile plan cannot exhaust memory.
pub const MAX_INSTRUCTIONS: usize = 1 << 16;
/// Most elements of a static value, or per batch row of another one. Fewer where addresses have 32 bits (WebAssembly).
pub const MAX_ELEMENTS: usize = match 1_usize.checked_shl(36) {
    Some(elements) => elements,
    None => 1 << 28,
};
/// Most entries that a row is unrolled to.
pub const MAX_LENGTH: usize = 1 << 20;
/// Most rows of a table that rows are drawn from: their numbers are float32.
pub const MAX_DRAWABLE: usize = 1 << 24;
/// Longest side of an image, in pixels.
pub const MAX_SIDE: usize = 1 << 14;
/// Most dimensions of a value.
pub const MAX_RANK: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DType {
    F32,
    I32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    Input {
        name: String,
    },
    Param {
        name: String,
        trainable: bool,
        /// Its own L2 regularization, in place of the optimizer's.
        l2: Option<f32>,
        /// Its own rule, in place of the training's.
        optimizer: Option<Own>,
    },
    /// A matrix of the data, bound when the plan is: a row of entries per row.
    Data {
        name: String,
        /// Its rows are in order of time, not ascending.
        ordered: bool,
    },
    Gather,
    /// For each id the rows of a table (or of a data matrix), added up by the weights of a data matrix's row; but for the
    /// column that a fourth operand names.
    Bag {
        dropout: Option<EntryDropout>,
    },
    /// Rows of a data matrix as they are.
    DenseRows,
    /// A data matrix, or its transpose, times a table.
    Spmm {
        transpose: bool,
    },
    /// Rows times a data matrix, or its transpose.
    Through {
        transpose: bool,
    },
    ScatterAdd {
        rows: usize,
    },
    /// What flows from a bag to its table: dy, times its weight, at the column of each entry.
    ScatterBag {
        dropout: Option<EntryDropout>,
    },
    SparseSum,
    /// A row-sparse gradient as a whole array.
    ToDense,
    Matmul {
        transpose_a: bool,
        transpose_b: bool,
    },
    /// A product of matrices for each row.
    BatchMatmul {
        transpose_a: bool,
        transpose_b: bool,
    },
    Binary(Binary),
    ReduceTo {
        rank: usize,
        mean: bool,
    },
    BroadcastTo {
        shape: Dims,
        mean: bool,
    },
    SumLast,
    ExpandLast {
        size: usize,
    },
    Affine {
        scale: f32,
        offset: f32,
    },
    Unary(Unary),
    UnaryGrad(Unary),
    Concat,
    Slice {
        start: usize,
        size: usize,
    },
    Pad {
        before: usize,
        after: usize,
    },
    Reshape {
        shape: Dims,
    },
    Dropout {
        rate: f32,
        id: u32,
    },
    /// Standard normal noise.
    Normal {
        shape: Dims,
        id: u32,
    },
    /// Coins that fall on 1 with the probability of the operand.
    Bernoulli {
        id: u32,
    },
    /// One place of each row, drawn by the weights of the operand.
    Categorical {
        id: u32,
    },
    /// Numbers of rows that are drawn for the whole batch, by the weights that a data matrix adds up where there is one.
    Draw {
        count: usize,
        rows: usize,
        id: u32,
    },
    /// The rows of a table that were drawn.
    Pick,
    /// A row for each one drawn, added up where they were drawn from.
    PutBack {
        rows: usize,
    },
    /// Rows times the rows of a table: the log of the sum of exponentials, without the products.
    TableLogSumExp,
    /// Its gradient, of the rows or of the table.
    TableLogSumExpGrad {
        of_table: bool,
    },
    /// The parts of images side by side.
    Unfold(Parts),
    /// Images of a height and width that parts add up to.
    Fold(Parts, usize, usize),
    /// The largest, or the mean, of each part and channel.
    Pool(Pooled, Parts),
    /// Of images and the gradient of what was pooled.
    PoolGrad(Pooled, Parts),
    StopGradient,
    /// Ids of the entries of the batch's rows.
    Unroll(Unrolled, Part),
    /// The values of the entries, or of those that follow, in the matrix that the ids of its operand come from.
    EntryValues {
        part: Part,
    },
    /// The last entry of each row.
    Last,
    /// Each row at its last entry, zeros at the others.
    AtLast,
    /// The entry that comes so many places before in the same row, or after where negative; zeros where there is none.
    Shift {
        by: isize,
    },
    /// A gated recurrent unit: states after each entry, of what comes in, a kernel and a bias.
    Gru,
    /// What flows to its gates; of what came in, the products of the states before, these, the kernel and the gradient.
    GruGrad,
    LayerNorm {
        epsilon: f32,
    },
    /// Of x and the gradient of its normalization.
    LayerNormGrad {
        epsilon: f32,
    },
    /// Causal, over the entries of each row; of queries, keys and values.
    Attention(Heads),
    /// The gradients of queries, keys and values side by side; of these and the gradient of what came out.
    AttentionGrad(Heads),
    /// Of a query per row to the entries of a data matrix's row; of queries, keys, values, the matrix, ids of its rows and,
    /// perhaps, of columns left out.
    CrossAttention(Attending),
    /// Its gradient; of queries, keys, values, what came out, its gradient, and what else it reads.
    CrossAttentionGrad(Attending, Attended),
    /// The rows of a table that the crosses of two data matrices' entries have as their hashes, added up by the products of their weights;
    /// of a table, the two matrices, ids of their rows and, perhaps, of columns of the first left out.
    CrossBag {
        id: u32,
    },
    /// What flows from that to its table; of the gradient of what came out, in the table's place, and what else it reads.
    CrossBagGrad {
        id: u32,
        rows: usize,
    },
    /// Per row the logarithm of the sum of exponentials of its inner products with the rows of the batch.
    BatchLogSumExp,
    BatchLogSumExpGrad(Side),
    Constant {
        value: f32,
    },
    /// A dense scatterAdd. Made by the compiler only, as are those that follow: no plan can hold them.
    AddAt,
    /// A dense scatterBag, with its operands.
    AddBag {
        dropout: Option<EntryDropout>,
    },
    /// Rows `[start, start + size)` of a static matrix.
    Rows {
        start: usize,
        size: usize,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    pub op: Op,
    pub inputs: Vec<usize>,
    pub shape: Dims,
    pub dtype: DType,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub instructions: Vec<Instruction>,
    /// In the order of the JSON object's sorted keys.
    pub outputs: Vec<(String, usize)>,
}

impl Plan {
    /// Parses and verifies. Any text is answered by a plan or a failure, never by a panic.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Failure::plan(format!("The plan is not JSON ({error})")))?;
        let plan = Self::parse(&value)?;
        crate::verify::verify(&plan)?;
        Ok(plan)
    }

    fn parse(value: &Value) -> Result<Self> {
        let plan = object(value, "a plan")?;
        if plan.get("version").and_then(Value::as_u64) != Some(1) {
            let received = plan.get("version").map_or("nothing".to_owned(), Value::to_string);
            return Err(Failure::plan("This plan version is not supported").expected(1).received(received));
        }
        let list = plan
            .get("instructions")
            .and_then(Value::as_array)
            .ok_or_else(|| Failure::plan("A plan has a list of instructions"))?;
        if list.len() > MAX_INSTRUCTIONS {
            return Err(Failure::plan("The plan is too long")
                .expected(format!("at most {MAX_INSTRUCTIONS} instructions"))
                .received(list.len()));
        }
        let instructions = list
            .iter()
            .enumerate()
            .map(|(slot, x)| instruction(x).map_err(|error| error.detail("slot", slot)))
            .collect::<Result<Vec<_>>>()?;
        let outputs = plan
            .get("outputs")
            .ok_or_else(|| Failure::plan("A plan has outputs"))
            .and_then(|outputs| object(outputs, "outputs"))?
            .iter()
            .map(|(name, slot)| Ok((name.clone(), integer(Some(slot), "an output slot")?)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { instructions, outputs })
    }

    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.iter().find(|(other, _)| other == name).map(|&(_, slot)| slot)
    }
}

fn instruction(value: &Value) -> Result<Instruction> {
    let x = object(value, "an instruction")?;
    let name = text(x.get("op"), "op")?;
    let none = Map::new();
    let attrs = match x.get("attrs") {
        None => &none,
        Some(attrs) => object(attrs, "attrs")?,
    };
    let inputs = x
        .get("inputs")
        .and_then(Value::as_array)
        .ok_or_else(|| Failure::plan("An instruction has a list of inputs"))?
        .iter()
        .map(|slot| integer(Some(slot), "an input slot"))
        .collect::<Result<Vec<_>>>()?;
    let dtype = match text(x.get("dtype"), "dtype")? {
        "f32" => DType::F32,
        "i32" => DType::I32,
        other => return Err(Failure::plan("Unknown dtype").expected("f32 or i32").received(other)),
    };
    let op = operation(name, attrs)?;
    // Data matrices are sparse: their shape is no amount of memory.
    let read = if matches!(op, Op::Data { .. }) { dims } else { shape };
    Ok(Instruction { op, inputs, shape: read(x.get("shape"))?, dtype })
}

fn operation(name: &str, attrs: &Map<String, Value>) -> Result<Op> {
    let function = || function(text(attrs.get("fn"), "fn")?);
    let size = |key: &str| integer(attrs.get(key), key);
    let flag = |key: &str| boolean(attrs.get(key), key);
    let real = |key: &str| number(attrs.get(key), key);
    Ok(match name {
        "input" => Op::Input { name: text(attrs.get("name"), "name")?.to_owned() },
        "param" => Op::Param {
            name: text(attrs.get("name"), "name")?.to_owned(),
            trainable: flag("trainable")?,
            l2: attrs.get("l2").map(|l2| number(Some(l2), "l2").and_then(positive)).transpose()?,
            optimizer: attrs.get("optimizer").map(Own::from_json).transpose().map_err(Failure::plan)?,
        },
        "data" => Op::Data {
            name: text(attrs.get("name"), "name")?.to_owned(),
            ordered: attrs.contains_key("ordered") && flag("ordered")?,
        },
        "gather" => Op::Gather,
        "bag" => Op::Bag { dropout: entry_dropout(attrs)? },
        "denseRows" => Op::DenseRows,
        "spmm" => Op::Spmm { transpose: flag("transpose")? },
        "through" => Op::Through { transpose: flag("transpose")? },
        "scatterAdd" => Op::ScatterAdd { rows: size("rows")? },
        "scatterBag" => Op::ScatterBag { dropout: entry_dropout(attrs)? },
        "sparseSum" => Op::SparseSum,
        "toDense" => Op::ToDense,
        "matmul" => Op::Matmul { transpose_a: flag("transposeA")?, transpose_b: flag("transposeB")? },
        "batchMatmul" => Op::BatchMatmul { transpose_a: flag("transposeA")?, transpose_b: flag("transposeB")? },
        "add" => Op::Binary(Binary::Add),
        "sub" => Op::Binary(Binary::Sub),
        "mul" => Op::Binary(Binary::Mul),
        "div" => Op::Binary(Binary::Div),
        "reduceTo" => Op::ReduceTo { rank: size("rank")?, mean: flag("mean")? },
        "broadcastTo" => Op::BroadcastTo { shape: shape(attrs.get("shape"))?, mean: flag("mean")? },
        "sumLast" => Op::SumLast,
        "expandLast" => Op::ExpandLast { size: size("size")? },
        "affine" => Op::Affine { scale: real("scale")?, offset: real("offset")? },
        "unary" => Op::Unary(function()?),
        "unaryGrad" => Op::UnaryGrad(function()?),
        "concat" => Op::Concat,
        "slice" => Op::Slice { start: size("start")?, size: size("size")? },
        "pad" => Op::Pad { before: size("before")?, after: size("after")? },
        "reshape" => Op::Reshape { shape: shape(attrs.get("shape"))? },
        "dropout" => Op::Dropout { rate: real("rate")?, id: word(attrs.get("id"), "id")? },
        "normal" => Op::Normal { shape: shape(attrs.get("shape"))?, id: word(attrs.get("id"), "id")? },
        "bernoulli" => Op::Bernoulli { id: word(attrs.get("id"), "id")? },
        "categorical" => Op::Categorical { id: word(attrs.get("id"), "id")? },
        "draw" => Op::Draw {
            count: drawable(attrs.get("count"), "count")?,
            rows: drawable(attrs.get("rows"), "rows")?,
            id: word(attrs.get("id"), "id")?,
        },
        "pick" => Op::Pick,
        "putBack" => Op::PutBack { rows: drawable(attrs.get("rows"), "rows")? },
        "tableLogSumExp" => Op::TableLogSumExp,
        "tableLogSumExpGrad" => Op::TableLogSumExpGrad { of_table: side(attrs.get("of"))? },
        "unfold" => Op::Unfold(parts(attrs, true)?),
        "fold" => Op::Fold(parts(attrs, true)?, side_of(attrs, "height")?, side_of(attrs, "width")?),
        "pool" => Op::Pool(pooled(attrs)?, parts(attrs, false)?),
        "poolGrad" => Op::PoolGrad(pooled(attrs)?, parts(attrs, false)?),
        "stopGradient" => Op::StopGradient,
        "unroll" => {
            let newest = length(attrs.get("newest"))?;
            Op::Unroll(Unrolled { newest, ahead: flag("ahead")? }, part(text(attrs.get("part"), "part")?)?)
        }
        "entryValues" => Op::EntryValues { part: part(text(attrs.get("part"), "part")?)? },
        "last" => Op::Last,
        "atLast" => Op::AtLast,
        "shift" => Op::Shift { by: shift(attrs.get("by"))? },
        "gru" => Op::Gru,
        "gruGrad" => Op::GruGrad,
        "layerNorm" => Op::LayerNorm { epsilon: above_zero(real("epsilon")?)? },
        "layerNormGrad" => Op::LayerNormGrad { epsilon: above_zero(real("epsilon")?)? },
        "attention" => Op::Attention(heads(attrs)?),
        "attentionGrad" => Op::AttentionGrad(heads(attrs)?),
        "crossAttention" => Op::CrossAttention(attending(attrs)?),
        "crossAttentionGrad" => {
            let of = match text(attrs.get("of"), "of")? {
                "query" => Attended::Query,
                "keys" => Attended::Keys,
                "values" => Attended::Values,
                other => {
                    return Err(Failure::plan("Unknown operand").expected("query, keys or values").received(other));
                }
            };
            Op::CrossAttentionGrad(attending(attrs)?, of)
        }
        "crossBag" => Op::CrossBag { id: word(attrs.get("id"), "id")? },
        "crossBagGrad" => Op::CrossBagGrad { id: word(attrs.get("id"), "id")?, rows: size("rows")? },
        "batchLogSumExp" => Op::BatchLogSumExp,
        "batchLogSumExpGrad" => Op::BatchLogSumExpGrad(match text(attrs.get("of"), "of")? {
            "queries" => Side::Queries,
            "keys" => Side::Keys,
            other => return Err(Failure::plan("Unknown side").expected("queries or keys").received(other)),
        }),
        "constant" => Op::Constant { value: real("value")? },
        other => return Err(Failure::plan("Unknown operation").received(other)),
    })
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| Failure::plan(format!("Expected {what} to be an object")))
}

fn text<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a str> {
    value.and_then(Value::as_str).ok_or_else(|| Failure::plan(format!("Expected {what} to be a string")))
}

fn boolean(value: Option<&Value>, what: &str) -> Result<bool> {
    value.and_then(Value::as_bool).ok_or_else(|| Failure::plan(format!("Expected {what} to be true or false")))
}

fn number(value: Option<&Value>, what: &str) -> Result<f32> {
    let number = value.and_then(Value::as_f64).map(|x| x as f32).filter(|x| x.is_finite());
    number.ok_or_else(|| Failure::plan(format!("Expected {what} to be a finite float32")))
}

fn positive(number: f32) -> Result<f32> {
    if number >= 0.0 { Ok(number) } else { Err(Failure::plan("A regularization is not negative").received(number)) }
}

fn above_zero(number: f32) -> Result<f32> {
    if number > 0.0 { Ok(number) } else { Err(Failure::plan("An epsilon is above 0").received(number)) }
}

/// A non-negative integer that fits memory sizes with room to multiply.
fn integer(value: Option<&Value>, what: &str) -> Result<usize> {
    let number = value.and_then(whole).and_then(|x| usize::try_from(x).ok()).filter(|&x| x <= MAX_ELEMENTS);
    number.ok_or_else(|| Failure::plan(format!("Expected {what} to be an integer from 0 to {MAX_ELEMENTS}")))
}

fn word(value: Option<&Value>, what: &str) -> Result<u32> {
    let number = value.and_then(whole).and_then(|x| u32::try_from(x).ok());
    number.ok_or_else(|| Failure::plan(format!("Expected {what} to be an unsigned 32-bit integer")))
}

/// JSON has no integers: 3 and 3.0 are the same number.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x)).map(|x| x as u64))
}

fn dims(value: Option<&Value>) -> Result<Dims> {
    let dims = value.and_then(Value::as_array).ok_or_else(|| Failure::plan("Expected a shape to be a list"))?;
    if dims.len() > MAX_RANK {
        return Err(Failure::plan(format!("A shape has at most {MAX_RANK} dimensions")).received(dims.len()));
    }
    let lead = dims.first().and_then(Value::as_str);
    let entries = lead == Some("entries");
    let batch = entries || lead == Some("batch");
    let fixed = dims.iter().skip(usize::from(batch)).map(|d| integer(Some(d), "a dimension")).collect::<Result<_>>()?;
    let dims = Dims { batch, entries, fixed };
    if dims.fixed.contains(&0) { Err(Failure::plan("A shape is empty").received(&dims)) } else { Ok(dims) }
}

/// Of a value that is in memory as a whole.
fn shape(value: Option<&Value>) -> Result<Dims> {
    let dims = dims(value)?;
    if dims.elements() > MAX_ELEMENTS { Err(Failure::plan("A shape is too large").received(&dims)) } else { Ok(dims) }
}
