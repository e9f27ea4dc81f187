//! The loop below all element-wise kernels.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};
use crate::view::{Area, Block, Shape};

/// A function of N values, applied lane by lane. `apply` must be `#[inline(always)]`.
pub(super) trait Map<const N: usize> {
    fn apply<S: Simd>(&self, s: S, x: [S::V; N]) -> S::V;
}

/// `out = f(inputs)`. Panics when a view does not hold the shape.
pub(super) fn map<const N: usize, F: Map<N>>(isa: Isa, f: F, shape: Shape, out: Area<'_>, mut inputs: [Block<'_>; N]) {
    out.check(shape);
    for input in &mut inputs {
        input.check(shape);
        if shape.width == 1 {
            // A single column is a row on its side.
            input.column_stride = usize::from(input.row_stride > 0);
        }
    }
    if shape.rows > 0 && shape.width > 0 {
        isa.run(Each { f, shape: flatten(shape, &out, &inputs), out, inputs });
    }
}

/// One long row where rows follow each other without gaps everywhere.
fn flatten(shape: Shape, out: &Area<'_>, inputs: &[Block<'_>]) -> Shape {
    let contiguous = |input: &Block<'_>| match input.column_stride {
        0 => input.row_stride == 0,
        _ => input.row_stride == shape.width,
    };
    let single = shape.rows == 1;
    if !single && out.row_stride == shape.width && inputs.iter().all(contiguous) {
        Shape::new(1, shape.rows * shape.width)
    } else {
        shape
    }
}

struct Each<'a, const N: usize, F> {
    f: F,
    shape: Shape,
    out: Area<'a>,
    inputs: [Block<'a>; N],
}

impl<const N: usize, F: Map<N>> Kernel for Each<'_, N, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for r in 0..self.shape.rows {
            let row = Row {
                f: &self.f,
                width: self.shape.width,
                out: self.out.data.pointer().wrapping_add(r * self.out.row_stride),
                inputs: std::array::from_fn(|i| {
                    let input = &self.inputs[i];
                    (input.data.pointer().wrapping_add(r * input.row_stride), input.column_stride > 0)
                }),
            };
            // SAFETY: `map` has checked that the row has `width` elements in every view.
            unsafe { row.run(s) }
        }
    }
}

/// One row: where it is written, and where each input is read, whose columns are all there or all the same.
struct Row<'f, const N: usize, F> {
    f: &'f F,
    width: usize,
    out: *mut f32,
    inputs: [(*const f32, bool); N],
}

impl<const N: usize, F: Map<N>> Row<'_, N, F> {
    /// # Safety
    /// `width` floats can be written at `out`, and read at every input; one where all columns are the same.
    #[inline(always)]
    unsafe fn run<S: Simd>(&self, s: S) {
        // SAFETY: vouched for by the caller; columns [c, c + lanes) exist.
        unsafe {
            let mut c = 0;
            if S::LANES <= self.width {
                let same = self.same(s);
                while c + S::LANES <= self.width {
                    self.vector::<S, false>(s, c, S::LANES, same);
                    c += S::LANES;
                }
            }
            if c < self.width {
                let same = self.same(s.half());
                if c + 8 <= self.width {
                    self.vector::<S::Half, false>(s.half(), c, 8, same);
                    c += 8;
                }
                if c < self.width {
                    self.vector::<S::Half, true>(s.half(), c, self.width - c, same);
                }
            }
        }
    }

    /// Inputs whose columns are all the same; for others anything.
    ///
    /// # Safety
    /// As for [`Self::run`]; the row is not empty.
    #[inline(always)]
    unsafe fn same<S: Simd>(&self, s: S) -> [S::V; N] {
        // SAFETY: every input has a first column.
        self.inputs.map(|(row, _)| s.splat(unsafe { *row }))
    }

    /// # Safety
    /// As for [`Self::run`]; columns `[c, c + lanes)` exist, lanes = LANES unless PART.
    #[inline(always)]
    unsafe fn vector<S: Simd, const PART: bool>(&self, s: S, c: usize, lanes: usize, same: [S::V; N]) {
        let mut x = same;
        for (x, &(row, differs)) in x.iter_mut().zip(&self.inputs) {
            if differs {
                // SAFETY: vouched for by the caller.
                *x = unsafe { if PART { s.load_part(row.add(c), lanes) } else { s.load(row.add(c)) } };
            }
        }
        let y = self.f.apply(s, x);
        // SAFETY: as above.
        unsafe { if PART { s.store_part(self.out.add(c), y, lanes) } else { s.store(self.out.add(c), y) } }
    }
}
