//! A gated recurrent unit over the entries of rows: event by event, each depends on what came before.
//!
//! Cho et al. 2014, in the form with the reset after the product (that of cuDNN and PyTorch): with gates r, z and candidate n,
//! `r = sigmoid(x_r + a_r)`, `z = sigmoid(x_z + a_z)`, `n = tanh(x_n + r a_n)`, `h' = n + z (h - n)`, where `a = h kernel + bias`.
//! What can be one product for all entries is one: the caller gives x, and for the gradient the products a of all steps. Here is what
//! goes step by step: some rows at a time, those that are still going on.

use crate::isa::Isa;
use crate::math::{sigmoid, tanh};
use crate::matmul::{Epilogue, Gemm, Right, gemm, transpose};
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape, Source, Target};

/// Rows that go on together.
const ROWS: usize = 16;

/// Which entries the rows of a shard have: row r those in `[starts[r], starts[r + 1])`.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub starts: &'a [usize],
    /// Of the state.
    pub width: usize,
}

impl Rows<'_> {
    /// Blocks of rows, and the most entries of one in it.
    fn blocks(&self) -> impl Iterator<Item = (&[usize], usize)> {
        let rows = self.starts.len().saturating_sub(1);
        (0..rows).step_by(ROWS).map(move |first| {
            let starts = &self.starts[first..=rows.min(first + ROWS)];
            (starts, starts.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0))
        })
    }
}

/// Numbers of the rows of a block that have an entry at a step, and those entries.
fn active(starts: &[usize], step: usize) -> impl Iterator<Item = (usize, usize)> {
    let ends = starts.windows(2).enumerate();
    ends.filter(move |(_, ends)| ends[1] - ends[0] > step).map(move |(row, ends)| (row, ends[0] + step))
}

/// Floats that [`forward`] needs to work in.
pub const fn scratch(width: usize) -> usize {
    4 * width * ROWS
}

/// Floats that [`backward`] needs to work in.
pub const fn gradient_scratch(width: usize) -> usize {
    5 * width * ROWS + 3 * width * width
}

/// The states after each entry, `[entries, width]`, of x `[entries, 3 width]` (for r, z and n), kernel `[width, 3 width]` and bias `[3 width]`.
pub fn forward(
    isa: Isa,
    rows: &Rows<'_>,
    x: Block<'_>,
    kernel: Source<'_>,
    bias: Source<'_>,
    scratch: Target<'_>,
    out: Area<'_>,
) {
    let width = rows.width;
    assert!(scratch.len() >= self::scratch(width) && bias.len() >= 3 * width, "room to work in, and a bias");
    check(rows, x, 3 * width);
    out.check(Shape::new(rows.starts.last().copied().unwrap_or(0), width));
    let (states, products) = (scratch, scratch.from_offset(ROWS * width));
    for (starts, longest) in rows.blocks() {
        for step in 0..longest {
            let mut count = 0;
            for (_, entry) in active(starts, step) {
                let state = Area::new(states.from_offset(count * width), width);
                let before = out.block().from_row(entry.saturating_sub(1));
                isa.run(Fill { width, out: state, x: (step > 0).then_some(before) });
                count += 1;
            }
            let (m, n, k) = (count, 3 * width, width);
            let b = Right::Rows { data: kernel, row_stride: n };
            let a = Source::from(states);
            let product = Gemm {
                m,
                n,
                k,
                a,
                a_row_stride: k,
                a_col_stride: 1,
                b,
                c: products,
                c_row_stride: n,
                accumulate: false,
            };
            gemm(isa, product, Epilogue::None);
            for (number, (_, entry)) in active(starts, step).enumerate() {
                isa.run(Forward {
                    width,
                    x: x.from_row(entry),
                    product: Block::rows(Source::from(products.from_offset(number * n)), n),
                    bias: Block::rows(bias, n),
                    before: Block::rows(Source::from(states.from_offset(number * width)), width),
                    out: out.from_row(entry),
                });
            }
        }
    }
}

/// What [`backward`] reads, all of the entries.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    pub x: Block<'a>,
    /// The product of the state before each entry with the kernel, plus the bias: `[entries, 3 width]`.
    pub product: Block<'a>,
    /// That state: `[entries, width]`.
    pub before: Block<'a>,
    /// What flows to the state after each entry: `[entries, width]`.
    pub dy: Block<'a>,
}

/// What flows to the arguments of the gates, `[entries, 4 width]`: of r, z and n to x; then that of n to the product.
pub fn backward(isa: Isa, rows: &Rows<'_>, past: &Past<'_>, kernel: Source<'_>, scratch: Target<'_>, out: Area<'_>) {
    let width = rows.width;
    for (x, columns) in [(past.x, 3 * width), (past.product, 3 * width), (past.before, width), (past.dy, width)] {
        check(rows, x, columns);
    }
    out.check(Shape::new(rows.starts.last().copied().unwrap_or(0), 4 * width));
    assert!(scratch.len() >= gradient_scratch(width), "room to work in");
    let carried = scratch;
    let flows = carried.from_offset(ROWS * width);
    let products = flows.from_offset(3 * ROWS * width);
    let across = products.from_offset(ROWS * width);
    transpose(isa, Shape::new(width, 3 * width), kernel, 3 * width, across, width);
    for (starts, longest) in rows.blocks() {
        isa.run(Fill { width: ROWS * width, out: Area::new(carried, ROWS * width), x: None });
        for step in (0..longest).rev() {
            let mut count = 0;
            for (row, entry) in active(starts, step) {
                isa.run(Backward {
                    width,
                    x: past.x.from_row(entry),
                    product: past.product.from_row(entry),
                    before: past.before.from_row(entry),
                    dy: past.dy.from_row(entry),
                    carried: Area::new(carried.from_offset(row * width), width),
                    flows: Area::new(flows.from_offset(count * 3 * width), 3 * width),
                    out: out.from_row(entry),
                });
                count += 1;
            }
            let (m, n, k) = (count, width, 3 * width);
            let b = Right::Rows { data: Source::from(across), row_stride: n };
            let a = Source::from(flows);
            let product = Gemm {
                m,
                n,
                k,
                a,
                a_row_stride: k,
                a_col_stride: 1,
                b,
                c: products,
                c_row_stride: n,
                accumulate: false,
            };
            gemm(isa, product, Epilogue::None);
            for (number, (row, _)) in active(starts, step).enumerate() {
                let more = Block::rows(Source::from(products.from_offset(number * width)), width);
                isa.run(Add { width, out: Area::new(carried.from_offset(row * width), width), x: more });
            }
        }
    }
}

fn check(rows: &Rows<'_>, x: Block<'_>, width: usize) {
    x.check(Shape::new(rows.starts.last().copied().unwrap_or(0), width));
    assert!(x.column_stride == 1, "columns side by side");
}

/// Columns `[c, c + lanes)` of a row.
#[inline(always)]
fn at<S: Simd>(s: S, x: Block<'_>, c: usize, lanes: usize) -> S::V {
    // SAFETY: the functions above have checked that the row has these columns.
    unsafe {
        let p = x.data.pointer().wrapping_add(c);
        if lanes == S::LANES { s.load(p) } else { s.load_part(p, lanes) }
    }
}

#[inline(always)]
fn put<S: Simd>(s: S, x: Area<'_>, c: usize, lanes: usize, v: S::V) {
    // SAFETY: as above.
    unsafe {
        let p = x.data.pointer().wrapping_add(c);
        if lanes == S::LANES { s.store(p, v) } else { s.store_part(p, v, lanes) }
    }
}

/// Starts of the vectors of a row, and their lanes.
#[inline(always)]
fn vectors<S: Simd>(width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..width).step_by(S::LANES).map(move |c| (c, S::LANES.min(width - c)))
}

/// A copy of a row, or zeros.
struct Fill<'a> {
    width: usize,
    out: Area<'a>,
    x: Option<Block<'a>>,
}

impl Kernel for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (c, lanes) in vectors::<S>(self.width) {
            put(s, self.out, c, lanes, self.x.map_or(s.zero(), |x| at(s, x, c, lanes)));
        }
    }
}

struct Add<'a> {
    width: usize,
    out: Area<'a>,
    x: Block<'a>,
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (c, lanes) in vectors::<S>(self.width) {
            put(s, self.out, c, lanes, s.add(at(s, self.out.block(), c, lanes), at(s, self.x, c, lanes)));
        }
    }
}

/// One entry of one row.
struct Forward<'a> {
    width: usize,
    x: Block<'a>,
    product: Block<'a>,
    bias: Block<'a>,
    before: Block<'a>,
    out: Area<'a>,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { width, x, product, bias, before, out } = self;
        for (c, lanes) in vectors::<S>(width) {
            let a = |gate: usize| s.add(at(s, product, gate * width + c, lanes), at(s, bias, gate * width + c, lanes));
            let x = |gate: usize| at(s, x, gate * width + c, lanes);
            let (r, z) = (sigmoid(s, s.add(x(0), a(0))), sigmoid(s, s.add(x(1), a(1))));
            let n = tanh(s, s.fma(r, a(2), x(2)));
            put(s, out, c, lanes, s.fma(z, s.sub(at(s, before, c, lanes), n), n));
        }
    }
}

/// The same, backwards; `carried`: what flows to the state after the entry from later ones, then to the state before by z alone.
struct Backward<'a> {
    width: usize,
    x: Block<'a>,
    product: Block<'a>,
    before: Block<'a>,
    dy: Block<'a>,
    carried: Area<'a>,
    /// What flows to the product.
    flows: Area<'a>,
    out: Area<'a>,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { width, x, product, before, dy, carried, flows, out } = self;
        let one = s.splat(1.0);
        for (c, lanes) in vectors::<S>(width) {
            let gate = |from: Block<'_>, gate: usize| at(s, from, gate * width + c, lanes);
            let (r, z) =
                (sigmoid(s, s.add(gate(x, 0), gate(product, 0))), sigmoid(s, s.add(gate(x, 1), gate(product, 1))));
            let a = gate(product, 2);
            let n = tanh(s, s.fma(r, a, gate(x, 2)));
            let dh = s.add(at(s, dy, c, lanes), at(s, carried.block(), c, lanes));
            let of_n = s.mul(s.mul(dh, s.sub(one, z)), s.fnma(n, n, one));
            let of_z = s.mul(s.mul(dh, s.sub(at(s, before, c, lanes), n)), s.mul(z, s.sub(one, z)));
            let of_r = s.mul(s.mul(of_n, a), s.mul(r, s.sub(one, r)));
            let of_product = s.mul(of_n, r);
            for (number, v) in [of_r, of_z, of_n, of_product].into_iter().enumerate() {
                put(s, out, number * width + c, lanes, v);
            }
            for (number, v) in [of_r, of_z, of_product].into_iter().enumerate() {
                put(s, flows, number * width + c, lanes, v);
            }
            put(s, carried, c, lanes, s.mul(dh, z));
        }
    }
}
