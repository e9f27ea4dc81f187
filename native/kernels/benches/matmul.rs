//! GFLOP/s of the matrix product on the shapes of the models, beside other crates and the machine's peak.
//!
//! `cargo bench -p penchant-kernels --bench matmul [-- FILTER]`; one thread. `PENCHANT_ISA=avx2` restricts us, not the others.

use penchant_kernels::isa::Isa;
use penchant_kernels::matmul::{Epilogue, Gemm, PackedB, Right, gemm};
use penchant_kernels::random::{hash, unit};
use penchant_kernels::view::{Source, Target};
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let isa = std::env::var("PENCHANT_ISA").ok().and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect);
    let peak = peak();
    println!("{}; peak of register-only fused multiply-adds {peak:.1} GFLOP/s", isa.name());
    println!("{:<34}{:>8}{:>8}{:>8}{:>8}{:>16}", "m x n x k", "ours", "packed", "% peak", "gemm", "matrixmultiply");
    for (kind, m, n, k) in shapes() {
        let name = format!("{kind} {m} x {n} x {k}");
        if name.contains(&filter) {
            report(isa, &name, &Case::new(kind, m, n, k), peak);
        }
    }
}

fn shapes() -> Vec<(&'static str, usize, usize, usize)> {
    let mut all = vec![];
    for layers in [&[64, 32, 16, 8][..], &[512, 256, 128, 64]] {
        for rows in [64, 256] {
            for pair in layers.windows(2) {
                all.push(("forward", rows, pair[1], pair[0]));
                all.push(("input gradient", rows, pair[0], pair[1]));
                all.push(("weight gradient", pair[0], pair[1], rows));
            }
            let last = 2 * layers[layers.len() - 1];
            all.push(("forward", rows, 1, last));
            all.push(("input gradient", rows, last, 1));
            all.push(("weight gradient", last, 1, rows));
        }
    }
    all.push(("forward", 64, 19, 33));
    all.push(("forward", 256, 3706, 64));
    all.push(("forward", 6040, 3706, 64));
    all.push(("forward", 1024, 1024, 1024));
    all
}

struct Case {
    m: usize,
    n: usize,
    k: usize,
    /// (row, column) strides of A.
    strides: (usize, usize),
    a: Matrix,
    b: Matrix,
    c: Matrix,
    accumulate: bool,
}

/// Floats at a cache-line boundary, as the engine's are.
struct Matrix {
    memory: Vec<f32>,
    start: usize,
    length: usize,
}

impl Matrix {
    fn new(length: usize, mut value: impl FnMut(usize) -> f32) -> Self {
        let mut memory = vec![0.0; length + 16];
        let start = memory.as_ptr().align_offset(64);
        (0..length).for_each(|i| memory[start + i] = value(i));
        Self { memory, start, length }
    }

    fn random(length: usize, seed: u32) -> Self {
        Self::new(length, |i| unit(hash(seed, [i as u32])) - 0.5)
    }

    fn copy(&self) -> Self {
        Self::new(self.length, |i| self.get()[i])
    }

    fn get(&self) -> &[f32] {
        &self.memory[self.start..self.start + self.length]
    }

    fn get_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..self.start + self.length]
    }
}

impl Case {
    fn new(kind: &str, m: usize, n: usize, k: usize) -> Self {
        let transposed = kind == "weight gradient";
        Self {
            m,
            n,
            k,
            strides: if transposed { (1, m) } else { (k, 1) },
            a: Matrix::random(m * k, 1),
            b: Matrix::random(k * n, 2),
            c: Matrix::new(m * n, |_| 0.0),
            accumulate: transposed,
        }
    }

    fn ours(&mut self, isa: Isa, right: Option<&PackedB>) {
        let b = Source::from(self.b.get());
        let product = Gemm {
            m: self.m,
            n: self.n,
            k: self.k,
            a: Source::from(self.a.get()),
            a_row_stride: self.strides.0,
            a_col_stride: self.strides.1,
            b: right.map_or(Right::Rows { data: b, row_stride: self.n }, Right::Packed),
            c: Target::from(self.c.get_mut()),
            c_row_stride: self.n,
            accumulate: self.accumulate,
        };
        gemm(isa, product, Epilogue::None);
    }

    fn gemm_crate(&mut self) {
        let (m, n, k) = (self.m, self.n, self.k);
        let (rs, cs) = (self.strides.0 as isize, self.strides.1 as isize);
        let alpha = if self.accumulate { 1.0 } else { 0.0 };
        // SAFETY: all three matrices have the given shapes and strides.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                self.c.get_mut().as_mut_ptr(),
                1,
                n as isize,
                self.accumulate,
                self.a.get().as_ptr(),
                cs,
                rs,
                self.b.get().as_ptr(),
                1,
                n as isize,
                alpha,
                1.0_f32,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }

    fn matrixmultiply(&mut self) {
        let (rs, cs) = (self.strides.0 as isize, self.strides.1 as isize);
        let beta = if self.accumulate { 1.0 } else { 0.0 };
        let n = self.n as isize;
        // SAFETY: all three matrices have the given shapes and strides.
        unsafe {
            matrixmultiply::sgemm(
                self.m,
                self.k,
                self.n,
                1.0,
                self.a.get().as_ptr(),
                rs,
                cs,
                self.b.get().as_ptr(),
                n,
                1,
                beta,
                self.c.get_mut().as_mut_ptr(),
                n,
                1,
            );
        }
    }
}

fn report(isa: Isa, name: &str, case: &Case, peak: f64) {
    let flops = 2.0 * (case.m * case.n * case.k) as f64;
    let mut packed = PackedB::default();
    packed.pack(isa, case.k, case.n, Source::from(case.b.get()), case.n, 1);
    let mut work = [(); 4].map(|()| Case { a: case.a.copy(), b: case.b.copy(), c: case.c.copy(), ..*case });
    let [ours, with_packed, theirs, others] = &mut work;
    let rates = best_rates(
        flops,
        &mut [
            &mut || ours.ours(isa, None),
            &mut || with_packed.ours(isa, Some(&packed)),
            &mut || theirs.gemm_crate(),
            &mut || others.matrixmultiply(),
        ],
    );
    let share = 100.0 * rates[0].max(rates[1]) / peak;
    println!("{name:<34}{:>8.1}{:>8.1}{share:>8.0}{:>8.1}{:>16.1}", rates[0], rates[1], rates[2], rates[3]);
    black_box(&work);
}

/// The best of many short interleaved runs of each candidate.
fn best_rates(flops: f64, candidates: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let repeats = (1.5e7 / flops).ceil().max(1.0) as usize;
    let mut best = vec![0.0_f64; candidates.len()];
    for _ in 0..60 {
        for (rate, run) in best.iter_mut().zip(candidates.iter_mut()) {
            let start = Instant::now();
            for _ in 0..repeats {
                run();
            }
            *rate = rate.max(flops * repeats as f64 / start.elapsed().as_secs_f64() / 1e9);
        }
    }
    best
}

/// GFLOP/s of fused multiply-adds that touch registers only.
#[cfg(target_arch = "x86_64")]
fn peak() -> f64 {
    use std::arch::x86_64::*;
    #[target_feature(enable = "avx2,fma")]
    fn run(turns: usize) -> [f32; 8] {
        let (x, y) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(0.001)));
        let mut sums = [_mm256_set1_ps(1.0); 12];
        for _ in 0..turns {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, x, y);
            }
        }
        let total = sums.into_iter().fold(_mm256_setzero_ps(), |a, b| _mm256_add_ps(a, b));
        let mut out = [0.0; 8];
        // SAFETY: eight floats.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), total) };
        out
    }
    if !is_x86_feature_detected!("avx2") || !is_x86_feature_detected!("fma") {
        return f64::NAN;
    }
    let turns = 1_000_000;
    let flops = turns as f64 * 12.0 * 16.0;
    best_rates(
        flops,
        &mut [&mut || {
            // SAFETY: the features were detected.
            black_box(unsafe { run(turns) });
        }],
    )[0]
}

#[cfg(not(target_arch = "x86_64"))]
fn peak() -> f64 {
    f64::NAN
}
