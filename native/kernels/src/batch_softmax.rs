//! Softmax over the rows of a batch: inner products of a shard's rows with those of the whole batch, a block at a time, so that
//! all of them are never held at once.

use crate::isa::Isa;
use crate::math;
use crate::matmul::{self, Epilogue, Gemm, PackedB, Right};
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape, Target};

/// Rows of the batch that a block compares with.
const TILE: usize = 128;
/// Floats of scratch per own row: a block of products, the largest one so far, the sum so far.
pub const SCRATCH: usize = TILE + 2;
/// Of a pair that does not count: its exponential is 0 beside any other.
const NOTHING: f32 = -1e30;

/// Own rows (`shape`) against the rows of the batch, whose ids are `ids`. Pairs that agree in an id do not count, but for a row
/// and itself; own row 0 is row `first_row` of the batch.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    pub shape: Shape,
    pub own: Block<'a>,
    pub others: Block<'a>,
    pub first_row: usize,
    pub ids: [&'a [i32]; 2],
}

/// What products count: `dy exp(product - lse)`, the two numbers being of the own row or of the other one.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    pub of_own: bool,
    pub lse: Block<'a>,
    pub dy: Block<'a>,
}

impl Pairs<'_> {
    fn check(&self, scratch: Target<'_>) {
        let Self { shape, own, others, first_row, ids } = self;
        own.check(*shape);
        others.check(Shape::new(ids[0].len(), shape.width));
        assert!(own.column_stride == 1 && others.column_stride == 1, "vectors with equal columns");
        assert!(ids[0].len() == ids[1].len() && first_row + shape.rows <= ids[0].len(), "own rows in the batch");
        assert!(scratch.len() >= SCRATCH * shape.rows, "scratch for a block");
    }

    /// Starts of the blocks, and how many rows of the batch each has.
    fn tiles(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let count = self.ids[0].len();
        (0..count).step_by(TILE).map(move |start| (start, TILE.min(count - start)))
    }

    fn pack(&self, isa: Isa, packed: &mut PackedB) {
        packed.pack(isa, self.shape.width, self.shape.rows, self.own.data, 1, self.own.row_stride);
    }

    /// `products[t, r]` of row `start + t` of the batch with own row r.
    fn products(&self, isa: Isa, start: usize, count: usize, packed: &PackedB, products: Target<'_>) {
        let Shape { rows, width } = self.shape;
        let product = Gemm {
            m: count,
            n: rows,
            k: width,
            a: self.others.data.from_offset(start * self.others.row_stride),
            a_row_stride: self.others.row_stride,
            a_col_stride: 1,
            b: Right::Packed(packed),
            c: products,
            c_row_stride: rows,
            accumulate: false,
        };
        matmul::gemm(isa, product, Epilogue::None);
        let own = self.first_row..self.first_row + rows;
        let [item, user] = self.ids.map(|ids| &ids[own.clone()]);
        for t in 0..count {
            let other = start + t;
            let (other_item, other_user) = (self.ids[0][other], self.ids[1][other]);
            for (r, (&item, &user)) in item.iter().zip(user).enumerate() {
                if (item == other_item || user == other_user) && own.start + r != other {
                    products.set(t * rows + r, NOTHING);
                }
            }
        }
    }
}

/// `out[r] = log(sum of exp(products of row r))`. Panics when a view does not fit.
pub fn log_sum_exp(isa: Isa, pairs: Pairs<'_>, scratch: Target<'_>, packed: &mut PackedB, out: Area<'_>) {
    pairs.check(scratch);
    let rows = pairs.shape.rows;
    out.check(Shape::new(rows, 1));
    let (most, sum) = (scratch.from_offset(TILE * rows), scratch.from_offset((TILE + 1) * rows));
    for r in 0..rows {
        most.set(r, NOTHING);
        sum.set(r, 0.0);
    }
    pairs.pack(isa, packed);
    for (start, count) in pairs.tiles() {
        pairs.products(isa, start, count, packed, scratch);
        isa.run(Accumulate { rows, count, products: scratch, most, sum });
    }
    isa.run(Finish { rows, most, sum });
    for r in 0..rows {
        out.data.set(r * out.row_stride, most.get(r));
    }
}

/// `out[r] = sum over others of weight other`: the gradient of the log-sum-exp of the queries. Panics when a view does not fit.
pub fn gradient(
    isa: Isa,
    pairs: Pairs<'_>,
    weights: Weights<'_>,
    scratch: Target<'_>,
    packed: &mut PackedB,
    out: Area<'_>,
) {
    pairs.check(scratch);
    let Shape { rows, width } = pairs.shape;
    out.check(pairs.shape);
    let column = Shape::new(if weights.of_own { rows } else { pairs.ids[0].len() }, 1);
    weights.lse.check(column);
    weights.dy.check(column);
    pairs.pack(isa, packed);
    for (start, count) in pairs.tiles() {
        pairs.products(isa, start, count, packed, scratch);
        isa.run(Weigh { rows, count, start, products: scratch, weights });
        let product = Gemm {
            m: rows,
            n: width,
            k: count,
            a: scratch.into(),
            a_row_stride: 1,
            a_col_stride: rows,
            b: Right::Rows {
                data: pairs.others.data.from_offset(start * pairs.others.row_stride),
                row_stride: pairs.others.row_stride,
            },
            c: out.data,
            c_row_stride: out.row_stride,
            accumulate: start > 0,
        };
        matmul::gemm(isa, product, Epilogue::None);
    }
}

/// One vector of each of the products' columns, for as many of them as there are.
#[inline(always)]
fn vectors(rows: usize, lanes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).step_by(lanes).map(move |c| (c, lanes.min(rows - c)))
}

/// A block's products into the largest one and the sum of exponentials relative to it.
struct Accumulate<'a> {
    rows: usize,
    count: usize,
    products: Target<'a>,
    most: Target<'a>,
    sum: Target<'a>,
}

impl Kernel for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { rows, count, products, most, sum } = self;
        for (c, lanes) in vectors(rows, S::LANES) {
            let at = |t: usize| products.pointer().wrapping_add(t * rows + c);
            let (most, sum) = (most.pointer().wrapping_add(c), sum.pointer().wrapping_add(c));
            // SAFETY: `Pairs::check` has checked that the scratch holds a block, the largest products and the sums.
            unsafe {
                let before = s.load_part(most, lanes);
                let largest = (0..count).fold(before, |largest, t| s.max(s.load_part(at(t), lanes), largest));
                let kept = s.mul(s.load_part(sum, lanes), math::exp(s, s.sub(before, largest)));
                let total = (0..count)
                    .fold(kept, |total, t| s.add(total, math::exp(s, s.sub(s.load_part(at(t), lanes), largest))));
                s.store_part(most, largest, lanes);
                s.store_part(sum, total, lanes);
            }
        }
    }
}

/// The largest products become the logarithms.
struct Finish<'a> {
    rows: usize,
    most: Target<'a>,
    sum: Target<'a>,
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (c, lanes) in vectors(self.rows, S::LANES) {
            let (most, sum) = (self.most.pointer().wrapping_add(c), self.sum.pointer().wrapping_add(c));
            // SAFETY: as for `Accumulate`.
            unsafe {
                let result = s.add(s.load_part(most, lanes), math::log(s, s.load_part(sum, lanes)));
                s.store_part(most, result, lanes);
            }
        }
    }
}

/// Products into what they count.
struct Weigh<'a> {
    rows: usize,
    count: usize,
    start: usize,
    products: Target<'a>,
    weights: Weights<'a>,
}

impl Kernel for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { rows, count, start, products, weights: Weights { of_own, lse, dy } } = self;
        let number = |block: &Block<'_>, row: usize| block.data.get(row * block.row_stride);
        for (c, lanes) in vectors(rows, S::LANES) {
            let mut own = [[0.0; 16]; 2];
            if of_own {
                for (view, numbers) in [&lse, &dy].into_iter().zip(&mut own) {
                    for (i, each) in numbers.iter_mut().take(lanes).enumerate() {
                        *each = number(view, c + i);
                    }
                }
            }
            // SAFETY: sixteen floats each, and a vector has no more.
            let own = own.map(|lanes| unsafe { s.load(lanes.as_ptr()) });
            for t in 0..count {
                let [lse, dy] =
                    if of_own { own } else { [s.splat(number(&lse, start + t)), s.splat(number(&dy, start + t))] };
                let at = products.pointer().wrapping_add(t * rows + c);
                // SAFETY: as for `Accumulate`.
                unsafe {
                    let weight = s.mul(dy, math::exp(s, s.sub(s.load_part(at, lanes), lse)));
                    s.store_part(at, weight, lanes);
                }
            }
        }
    }
}
