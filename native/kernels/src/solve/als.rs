//! Half an iteration of alternating least squares for implicit feedback: every row's factors, the columns' held fixed.
//!
//! Hu, Koren & Volinsky 2008, "Collaborative filtering for implicit feedback datasets", equation 4, solved exactly or by a
//! few steps of conjugate gradients (Takács, Pilászy & Tikk 2011, "Applications of the conjugate gradient method for
//! implicit feedback collaborative filtering").

use super::factor::{add_scaled, dot, solve_spd, subtract};
use super::{Job, reserve};
use crate::buffer::Arena;
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::matmul::{Epilogue, Gemm, Right, gemm};
use crate::matrix::SparseMatrix;
use crate::simd::{Kernel, Simd};
use crate::view::{Source, Target};

/// How each row's system is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By Cholesky's factorization.
    Exact,
    /// So many steps of conjugate gradients, from the factors of the last iteration.
    ConjugateGradient(usize),
}

/// Row r minimizes `sum_e w_e (t_e - x . y_e)^2 + unobserved sum_all (x . y)^2 + l2_r |x|^2` over its entries e, where
/// `t_e = (w_e + offset) / w_e`.
pub struct AlsSpec<'a> {
    /// Weights w of the observed entries, in addition to `unobserved`.
    pub matrix: &'a SparseMatrix,
    /// Factors of the columns, `[columns, width]`.
    pub fixed: &'a [f32],
    pub width: usize,
    /// Weight of every pair, observed or not.
    pub unobserved: f32,
    /// Added to each weight on the right-hand side: 0 or, where unobserved pairs are part of the confidence, their weight.
    pub offset: f32,
    /// Regularization of each row.
    pub l2: &'a [f32],
    pub method: Method,
}

/// Rows of factors whose products are added up together; the number of sums depends on the shape alone.
const MOST_SUMS: usize = 64;
const LEAST_ROWS: usize = 256;
/// Columns gathered together for an exact solution.
const GATHERED: usize = 256;
/// Rows of a piece of work.
const PIECE: usize = 32;

/// New factors of the rows `[rows, width]`, in place of `factors`. Fails with ENGINE_INPUT where shapes do not fit or a
/// system is not positive definite.
pub fn als_half(job: &Job, spec: &AlsSpec<'_>, factors: &mut [f32]) -> Result<()> {
    let AlsSpec { matrix, fixed, width, l2, .. } = *spec;
    let fits = width > 0 && fixed.len() == matrix.columns * width && factors.len() == matrix.rows() * width;
    if !fits || l2.len() != matrix.rows() {
        return Err(Failure::input("The factors do not fit the matrix").expected(format!(
            "{} x {width}, {} x {width} and {} regularizations",
            matrix.rows(),
            matrix.columns,
            matrix.rows()
        )));
    }
    let gram = gram_of_rows(job, fixed, width, spec.unobserved)?;
    let (rows, arena) = (matrix.rows(), Arena::of(factors));
    let failed = std::sync::atomic::AtomicBool::new(false);
    job.share(
        rows.div_ceil(PIECE),
        (0.1, 1.0),
        || Scratch::new(width),
        |scratch, piece| {
            for row in piece * PIECE..rows.min((piece + 1) * PIECE) {
                // SAFETY: one thread solves each row.
                let x = unsafe { arena.slice_mut(row * width, width) };
                let solved = match spec.method {
                    Method::Exact => scratch.exact(job.isa, spec, &gram, row, x),
                    Method::ConjugateGradient(steps) => {
                        job.isa.run(Conjugate { spec, gram: &gram, row, x, steps, scratch });
                        true
                    }
                };
                if !solved {
                    failed.store(true, std::sync::atomic::Ordering::Relaxed);
                }
            }
        },
    )?;
    if failed.into_inner() {
        return Err(
            Failure::input("A row's least squares have no single solution").expected("an L2 regularization over 0")
        );
    }
    Ok(())
}

/// `scale Y^T Y`, `[width, width]`, summed over groups of rows in their order.
pub(super) fn gram_of_rows(job: &Job, y: &[f32], width: usize, scale: f32) -> Result<Vec<f32>> {
    let rows = y.len() / width;
    let size = rows.div_ceil(MOST_SUMS).max(LEAST_ROWS);
    let groups = rows.div_ceil(size).max(1);
    let mut sums = reserve("sums of factors", width.checked_mul(width).and_then(|n| n.checked_mul(groups)))?;
    let arena = Arena::of(&mut sums);
    job.share(
        groups,
        (0.0, 0.1),
        || (),
        |(), group| {
            let part = &y[(group * size).min(rows) * width..rows.min((group + 1) * size) * width];
            // SAFETY: one thread does each group.
            let out = unsafe { arena.slice_mut(group * width * width, width * width) };
            add_products(job.isa, part, part, width, out, false);
        },
    )?;
    let mut total = sums[..width * width].to_vec();
    for group in sums.chunks_exact(width * width).skip(1) {
        total.iter_mut().zip(group).for_each(|(sum, &x)| *sum += x);
    }
    total.iter_mut().for_each(|sum| *sum *= scale);
    Ok(total)
}

/// `out (+)= A^T B` of rows of `width`.
fn add_products(isa: Isa, a: &[f32], b: &[f32], width: usize, out: &mut [f32], accumulate: bool) {
    let product = Gemm {
        m: width,
        n: width,
        k: a.len() / width,
        a: Source::from(a),
        a_row_stride: 1,
        a_col_stride: width,
        b: Right::Rows { data: Source::from(b), row_stride: width },
        c: Target::from(out),
        c_row_stride: width,
        accumulate,
    };
    gemm(isa, product, Epilogue::None);
}

/// One thread's memory.
struct Scratch {
    system: Vec<f32>,
    gathered: Vec<f32>,
    weighted: Vec<f32>,
    b: Vec<f32>,
    r: Vec<f32>,
    p: Vec<f32>,
    ap: Vec<f32>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        Self {
            system: vec![0.0; width * width],
            gathered: vec![0.0; GATHERED * width],
            weighted: vec![0.0; GATHERED * width],
            b: row(),
            r: row(),
            p: row(),
            ap: row(),
        }
    }

    fn exact(&mut self, isa: Isa, spec: &AlsSpec<'_>, gram: &[f32], row: usize, x: &mut [f32]) -> bool {
        let width = spec.width;
        let (ids, weights) = spec.matrix.row(row);
        self.system.copy_from_slice(gram);
        x.fill(0.0);
        for (ids, weights) in ids.chunks(GATHERED).zip(weights.chunks(GATHERED)) {
            let count = ids.len() * width;
            for ((&id, &weight), (plain, weighted)) in ids
                .iter()
                .zip(weights)
                .zip(self.gathered.chunks_exact_mut(width).zip(self.weighted.chunks_exact_mut(width)))
            {
                let y = &spec.fixed[id as usize * width..][..width];
                plain.copy_from_slice(y);
                weighted.iter_mut().zip(y).for_each(|(out, &y)| *out = weight * y);
                x.iter_mut().zip(y).for_each(|(sum, &y)| *sum += (weight + spec.offset) * y);
            }
            add_products(isa, &self.weighted[..count], &self.gathered[..count], width, &mut self.system, true);
        }
        self.system.iter_mut().step_by(width + 1).for_each(|diagonal| *diagonal += spec.l2[row]);
        solve_spd(isa, &mut self.system, x)
    }
}

struct Conjugate<'a, 's> {
    spec: &'a AlsSpec<'s>,
    gram: &'a [f32],
    row: usize,
    x: &'a mut [f32],
    steps: usize,
    scratch: &'a mut Scratch,
}

impl Kernel for Conjugate<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { spec, gram, row, x, steps, scratch } = self;
        let Scratch { b, r, p, ap, .. } = scratch;
        let system = System { spec, gram, row };
        let (ids, weights) = spec.matrix.row(row);
        if ids.is_empty() {
            return x.fill(0.0);
        }
        b.fill(0.0);
        for (&id, &weight) in ids.iter().zip(weights) {
            add_scaled(s, b, system.column(id), weight + spec.offset);
        }
        system.apply(s, x, ap);
        r.copy_from_slice(b);
        subtract(s, r, ap, 1.0);
        p.copy_from_slice(r);
        let mut square = dot(s, r, r);
        for _ in 0..steps {
            // What is left is rounding.
            if square.is_nan() || square <= 1e-20 {
                break;
            }
            system.apply(s, p, ap);
            let alpha = square / dot(s, p, ap);
            add_scaled(s, x, p, alpha);
            subtract(s, r, ap, alpha);
            let next = dot(s, r, r);
            let beta = next / square;
            square = next;
            p.iter_mut().zip(r.iter()).for_each(|(p, &r)| *p = r + beta * *p);
        }
    }
}

/// The left-hand side of a row's equations.
struct System<'a, 's> {
    spec: &'a AlsSpec<'s>,
    gram: &'a [f32],
    row: usize,
}

impl System<'_, '_> {
    #[inline(always)]
    fn column(&self, id: u32) -> &[f32] {
        &self.spec.fixed[id as usize * self.spec.width..][..self.spec.width]
    }

    /// `out = A v`. Always inlined: code outside the kernel's function would lack its instructions.
    #[inline(always)]
    fn apply<S: Simd>(&self, s: S, v: &[f32], out: &mut [f32]) {
        let Self { spec, gram, row } = *self;
        for (i, out) in out.iter_mut().enumerate() {
            *out = dot(s, &gram[i * spec.width..][..spec.width], v) + spec.l2[row] * v[i];
        }
        let (ids, weights) = spec.matrix.row(row);
        for (&id, &weight) in ids.iter().zip(weights) {
            let y = self.column(id);
            add_scaled(s, out, y, weight * dot(s, y, v));
        }
    }
}
