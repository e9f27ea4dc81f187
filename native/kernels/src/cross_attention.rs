//! Attention of one query per row to the entries of that row of a sparse matrix: what a user did, looked at from an item.
//!
//! Nothing is ragged between: a row's logits are held, its keys and values are read where they lie. Products are sums in 16 lanes, and
//! entries are added in their order, so that neither the instruction set nor other rows change a result.

use crate::elementwise::Entries;
use crate::elementwise::dot;
use crate::isa::Isa;
use crate::math;
use crate::memory;
use crate::plan::Attending;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Shape};
use crate::view::{Block, Source, Target, check_extent};

/// Logits are filled up to whole vectors.
const LANES: usize = 16;

/// Element (r, c) is `data[r * row + c * column]`: what scoring knows of pairs lies feature by feature.
#[derive(Clone, Copy, Debug)]
pub struct Strided<T> {
    pub data: T,
    pub row: usize,
    pub column: usize,
}

/// Rows that look, and the tables that they look at, without gaps between their rows.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub rows: usize,
    /// Of queries and keys.
    pub width: usize,
    pub value_width: usize,
    pub query: Strided<Source<'a>>,
    pub keys: Source<'a>,
    pub values: Source<'a>,
    pub entries: Entries<'a>,
    pub attending: Attending,
}

impl Look<'_> {
    fn check(&self) {
        check_extent(self.query.data.len(), Shape::new(self.rows, self.width), self.query.row, self.query.column);
        let columns = self.entries.matrix.columns;
        let holds = |table: Source<'_>, width: usize| columns.saturating_mul(width) <= table.len();
        assert!(
            self.width > 0 && holds(self.keys, self.width) && holds(self.values, self.value_width),
            "keys and values with a row for each column"
        );
        assert!(self.rows <= self.entries.ids.len(), "an id for each row");
    }

    /// Room for the longest of the rows.
    fn longest(&self) -> usize {
        let ids = self.entries.ids[..self.rows].iter();
        ids.map(|&id| self.entries.matrix.row(id as usize).0.len()).max().unwrap_or(0)
    }
}

/// `out[r] = sum over entries of share x values[c]`, the shares proportional to `w e^(query . keys[c])` (or what a hidden layer makes of both)
/// and 1 together, times what smoothing below 1 leaves of the sum of these. Entries without a
/// positive weight do not count; a row without others is zero. Panics when a view does not hold its shape, or an id lies outside.
pub fn cross_attention(isa: Isa, look: &Look<'_>, out: Strided<Target<'_>>) {
    look.check();
    check_extent(out.data.len(), Shape::new(look.rows, look.value_width), out.row, out.column);
    isa.run(Forward { look, out, row: RowState::new(look) });
}

/// What flows back through [`cross_attention`]; tables get what is added to what is there.
pub struct Gradient<'a> {
    /// What it gave.
    pub out: Block<'a>,
    /// What flows to it.
    pub dy: Block<'a>,
    pub query: Option<Area<'a>>,
    pub keys: Option<Target<'a>>,
    pub values: Option<Target<'a>>,
}

/// Gradients of [`cross_attention`]. Panics as that does.
pub fn cross_attention_gradient(isa: Isa, look: &Look<'_>, gradient: &Gradient<'_>) {
    look.check();
    let shape = Shape::new(look.rows, look.value_width);
    for block in [&gradient.out, &gradient.dy] {
        block.check(shape);
        assert!(block.column_stride == 1 || look.value_width == 1, "rows of equal columns");
    }
    if let Some(query) = &gradient.query {
        query.check(Shape::new(look.rows, look.width));
    }
    let columns = look.entries.matrix.columns;
    assert!(gradient.keys.is_none_or(|sum| columns.saturating_mul(look.width) <= sum.len()), "a sum of keys");
    assert!(gradient.values.is_none_or(|sum| columns.saturating_mul(look.value_width) <= sum.len()), "a sum of values");
    isa.run(Backward { look, gradient, row: RowState::new(look) });
}

/// The entries of one row that count.
struct RowState {
    columns: Vec<u32>,
    weights: Vec<f32>,
    /// Logits, then shares.
    shares: Vec<f32>,
    /// What shares are multiplied with: 1 where they are to sum to 1.
    scale: f32,
    query: Vec<f32>,
    sum: Vec<f32>,
}

impl RowState {
    fn new(look: &Look<'_>) -> Self {
        let longest = look.longest();
        Self {
            columns: memory::room(longest),
            weights: memory::room(longest),
            shares: memory::filled(0.0, longest.next_multiple_of(LANES)),
            scale: 1.0,
            query: memory::filled(0.0, look.width),
            sum: memory::filled(0.0, look.value_width),
        }
    }

    /// Takes in row `r`: which entries count, and their shares.
    #[inline(always)]
    fn fill<S: Simd>(&mut self, s: S, look: &Look<'_>, r: usize) {
        let row = look.entries.row(r);
        self.columns.clear();
        self.weights.clear();
        for (e, &column) in row.columns.iter().enumerate() {
            if let Some(weight) = row.weight(e).filter(|&weight| weight > 0.0) {
                self.columns.push(column);
                self.weights.push(weight);
            }
        }
        for (c, x) in self.query.iter_mut().enumerate() {
            *x = look.query.data.get(r * look.query.row + c * look.query.column);
        }
        let count = self.columns.len();
        let padded = count.next_multiple_of(LANES);
        self.weights.resize(padded, 0.0);
        let mut most = f32::NEG_INFINITY;
        for (logit, &column) in self.shares.iter_mut().zip(&self.columns) {
            let key = look.keys.pointer().wrapping_add(column as usize * look.width);
            let query = self.query.as_ptr();
            // SAFETY: `check` has seen a row of keys for each column of the matrix.
            *logit = unsafe {
                if look.attending.units { hidden(s, look.width, query, key) } else { dot(s, look.width, query, key) }
            };
            most = most.max(*logit);
        }
        self.shares[count..padded].fill(f32::NEG_INFINITY);
        let (mut total, highest) = (s.zero(), s.splat(most));
        for (shares, weights) in self.shares[..padded].chunks_exact_mut(LANES).zip(self.weights.chunks_exact(LANES)) {
            // SAFETY: LANES floats of each.
            unsafe {
                let power = math::exp(s, s.sub(s.load(shares.as_ptr()), highest));
                let share = s.mul(s.load(weights.as_ptr()), power);
                total = s.add(total, share);
                s.store(shares.as_mut_ptr(), share);
            }
        }
        let total = s.sum(total);
        self.scale = if count == 0 { 1.0 } else { scale(s, look.attending.smoothing, most, total) };
        self.shares[..count].iter_mut().for_each(|share| *share /= total);
    }
}

/// `(total e^most)^(1 - smoothing)`, what shares are to be multiplied with so that only that power of their sum divides them.
#[inline(always)]
fn scale<S: Simd>(s: S, smoothing: f32, most: f32, total: f32) -> f32 {
    if smoothing == 1.0 {
        return 1.0;
    }
    let log = s.add(s.splat(most), math::log(s, s.splat(total)));
    let power = math::exp(s, s.mul(s.splat(1.0 - smoothing), log));
    let mut lanes = [0.0; LANES];
    // SAFETY: as many floats as a vector has.
    unsafe { s.store(lanes.as_mut_ptr(), power) };
    lanes[0]
}

/// The units of a hidden layer that speak for, the first half or one more; the others speak against.
fn speaking_for(width: usize) -> usize {
    width.div_ceil(2)
}

/// The sum of `relu(a + b)` over the units that speak for, less that over the others, each in 16 lanes.
///
/// # Safety
/// `width` floats can be read at both.
#[inline(always)]
unsafe fn hidden<S: Simd>(s: S, width: usize, a: *const f32, b: *const f32) -> f32 {
    let first = speaking_for(width);
    // SAFETY: as promised by the caller.
    unsafe { rectified(s, first, a, b) - rectified(s, width - first, a.add(first), b.add(first)) }
}

/// # Safety
/// `width` floats can be read at both.
#[inline(always)]
unsafe fn rectified<S: Simd>(s: S, width: usize, a: *const f32, b: *const f32) -> f32 {
    let mut sum = s.zero();
    let mut c = 0;
    // SAFETY: as promised by the caller.
    unsafe {
        while c < width {
            let lanes = S::LANES.min(width - c);
            let x = s.add(s.load_part(a.add(c), lanes), s.load_part(b.add(c), lanes));
            sum = s.add(sum, s.max(x, s.zero()));
            c += S::LANES;
        }
    }
    s.sum(sum)
}

/// What flows back through [`hidden`], the same to both rows: `to += slope` where a unit is on, less where it speaks against.
///
/// # Safety
/// `width` floats can be read at all three and written at `to`.
#[inline(always)]
unsafe fn add_hidden<S: Simd>(s: S, width: usize, to: *mut f32, slope: f32, a: *const f32, b: *const f32) {
    let first = speaking_for(width);
    // SAFETY: as promised by the caller.
    unsafe {
        add_where_on(s, first, to, slope, a, b);
        add_where_on(s, width - first, to.add(first), -slope, a.add(first), b.add(first));
    }
}

/// # Safety
/// As of [`add_hidden`].
#[inline(always)]
unsafe fn add_where_on<S: Simd>(s: S, width: usize, to: *mut f32, slope: f32, a: *const f32, b: *const f32) {
    let mut c = 0;
    // SAFETY: as promised by the caller.
    unsafe {
        while c < width {
            let lanes = S::LANES.min(width - c);
            let x = s.add(s.load_part(a.add(c), lanes), s.load_part(b.add(c), lanes));
            let flow = s.select(s.gt(x, s.zero()), s.splat(slope), s.zero());
            s.store_part(to.add(c), s.add(s.load_part(to.add(c), lanes), flow), lanes);
            c += S::LANES;
        }
    }
}

/// `to += weight x` for rows of `width`.
///
/// # Safety
/// `width` floats can be read at both and written at `to`.
#[inline(always)]
unsafe fn add_scaled<S: Simd>(s: S, width: usize, to: *mut f32, weight: f32, x: *const f32) {
    let w = s.splat(weight);
    let mut c = 0;
    // SAFETY: as promised by the caller.
    unsafe {
        while c + S::LANES <= width {
            s.store(to.add(c), s.fma(w, s.load(x.add(c)), s.load(to.add(c))));
            c += S::LANES;
        }
        if c < width {
            let lanes = width - c;
            let sum = s.fma(w, s.load_part(x.add(c), lanes), s.load_part(to.add(c), lanes));
            s.store_part(to.add(c), sum, lanes);
        }
    }
}

struct Forward<'a> {
    look: &'a Look<'a>,
    out: Strided<Target<'a>>,
    row: RowState,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        assert!(S::LANES == LANES, "whole vectors");
        let Self { look, out, mut row } = self;
        for r in 0..look.rows {
            row.fill(s, look, r);
            row.sum.fill(0.0);
            for (&share, &column) in row.shares.iter().zip(&row.columns) {
                let value = look.values.pointer().wrapping_add(column as usize * look.value_width);
                // SAFETY: `check` has seen a row of values for each column of the matrix.
                unsafe { add_scaled(s, look.value_width, row.sum.as_mut_ptr(), share * row.scale, value) };
            }
            for (c, &x) in row.sum.iter().enumerate() {
                out.data.set(r * out.row + c * out.column, x);
            }
        }
    }
}

struct Backward<'a> {
    look: &'a Look<'a>,
    gradient: &'a Gradient<'a>,
    row: RowState,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        assert!(S::LANES == LANES, "whole vectors");
        let Self { look, gradient, mut row } = self;
        let (width, value_width) = (look.width, look.value_width);
        let of_row = |block: &Block<'_>, r: usize| block.data.pointer().wrapping_add(r * block.row_stride);
        for r in 0..look.rows {
            row.fill(s, look, r);
            let (out, dy) = (of_row(&gradient.out, r), of_row(&gradient.dy, r));
            let query = gradient.query.map(|area| area.data.pointer().wrapping_add(r * area.row_stride));
            if let Some(query) = query {
                // SAFETY: a row of the area, which was checked.
                (0..width).for_each(|c| unsafe { *query.add(c) = 0.0 });
            }
            // SAFETY: both were checked to hold the row.
            let mean = unsafe { dot(s, value_width, dy, out) };
            for (&share, &column) in row.shares.iter().zip(&row.columns) {
                let (key, value) = (column as usize * width, column as usize * value_width);
                let key_row = look.keys.pointer().wrapping_add(key);
                // SAFETY: tables and sums were checked to have a row for each column of the matrix.
                unsafe {
                    if let Some(values) = gradient.values {
                        add_scaled(s, value_width, values.pointer().wrapping_add(value), share * row.scale, dy);
                    }
                    if query.is_none() && gradient.keys.is_none() {
                        continue;
                    }
                    let gain = dot(s, value_width, dy, look.values.pointer().wrapping_add(value));
                    let slope = share * (row.scale * gain - look.attending.smoothing * mean);
                    let own = row.query.as_ptr();
                    if let Some(query) = query {
                        if look.attending.units {
                            add_hidden(s, width, query, slope, own, key_row);
                        } else {
                            add_scaled(s, width, query, slope, key_row);
                        }
                    }
                    if let Some(keys) = gradient.keys {
                        let to = keys.pointer().wrapping_add(key);
                        if look.attending.units {
                            add_hidden(s, width, to, slope, own, key_row);
                        } else {
                            add_scaled(s, width, to, slope, own);
                        }
                    }
                }
            }
        }
    }
}
