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
        if self.inputs.iter().all(|input| input.column_stride > 0) {
            self.rows(s, |_, row| (row, 1));
        } else {
            // An input that is the same in all columns is read from 16 copies, over and over: no branch per vector.
            let mut copies = [[0.0_f32; 16]; N];
            self.rows(s, |i, row| match self.inputs[i].column_stride {
                0 => {
                    // SAFETY: `map` has checked that the row exists.
                    copies[i] = [unsafe { *row }; 16];
                    (copies[i].as_ptr(), 0)
                }
                _ => (row, 1),
            });
        }
    }
}

impl<const N: usize, F: Map<N>> Each<'_, N, F> {
    /// `place`: from where, and with which distance of columns, the row of an input is read.
    #[inline(always)]
    fn rows<S: Simd>(&self, s: S, mut place: impl FnMut(usize, *const f32) -> (*const f32, usize)) {
        let mut rows = [std::ptr::null(); N];
        let mut steps = [0; N];
        for r in 0..self.shape.rows {
            for i in 0..N {
                let input = &self.inputs[i];
                (rows[i], steps[i]) = place(i, input.data.pointer().wrapping_add(r * input.row_stride));
            }
            let out = self.out.data.pointer().wrapping_add(r * self.out.row_stride);
            // SAFETY: `map` has checked that the row has `width` elements in every view.
            unsafe { map_row(s, &self.f, self.shape.width, out, rows, steps) }
        }
    }
}

/// # Safety
/// `width` floats can be written at `out`, and read at every row whose step is 1; 16 where it is 0.
#[inline(always)]
unsafe fn map_row<S: Simd, const N: usize, F: Map<N>>(
    s: S,
    f: &F,
    width: usize,
    out: *mut f32,
    rows: [*const f32; N],
    steps: [usize; N],
) {
    let mut c = 0;
    // SAFETY: columns [c, c + lanes) exist.
    unsafe {
        while c + S::LANES <= width {
            map_vector::<S, N, F, false>(s, f, S::LANES, c, out, rows, steps);
            c += S::LANES;
        }
        if c + 8 <= width {
            map_vector::<S::Half, N, F, false>(s.half(), f, 8, c, out, rows, steps);
            c += 8;
        }
        if c < width {
            map_vector::<S::Half, N, F, true>(s.half(), f, width - c, c, out, rows, steps);
        }
    }
}

/// # Safety
/// Columns `[c, c + lanes)` exist as in [`map_row`]; lanes = LANES unless PART.
#[inline(always)]
unsafe fn map_vector<S: Simd, const N: usize, F: Map<N>, const PART: bool>(
    s: S,
    f: &F,
    lanes: usize,
    c: usize,
    out: *mut f32,
    rows: [*const f32; N],
    steps: [usize; N],
) {
    let mut x = [s.zero(); N];
    // SAFETY: vouched for by the caller.
    unsafe {
        for i in 0..N {
            let p = rows[i].add(c * steps[i]);
            x[i] = if PART { s.load_part(p, lanes) } else { s.load(p) };
        }
        let y = f.apply(s, x);
        if PART { s.store_part(out.add(c), y, lanes) } else { s.store(out.add(c), y) }
    }
}
