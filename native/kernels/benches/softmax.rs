//! GFLOP/s of softmax over a whole table, beside the matrix products that it is made of, alone and on the same shapes.
//!
//! `cargo bench -p penchant-kernels --bench softmax`; one thread. `PENCHANT_ISA=avx2` forces the instruction set.

use penchant_kernels::isa::Isa;
use penchant_kernels::matmul::{Epilogue, Gemm, Right, gemm};
use penchant_kernels::random::{hash, unit};
use penchant_kernels::softmax::{Gradient, Logits, log_sum_exp, log_sum_exp_gradient, scratch_floats};
use penchant_kernels::view::{Area, Block, Source};
use std::hint::black_box;
use std::time::Instant;

/// Rows of a shard, and items of a block.
const ROWS: usize = 128;
const BLOCK: usize = 256;

fn main() {
    let isa = std::env::var("PENCHANT_ISA").ok().and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect);
    println!("{}; {ROWS} rows; GFLOP/s, products alone -> softmax", isa.name());
    for (items, width) in [(3706, 64), (40981, 64), (40981, 200), (3706, 200)] {
        report(isa, items, width);
    }
}

fn values(count: usize, seed: u32) -> Vec<f32> {
    (0..count).map(|i| unit(hash(seed, [i as u32])) - 0.5).collect()
}

/// Seconds of the fastest of some runs.
fn best(mut run: impl FnMut()) -> f64 {
    let measure = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..15).map(measure).fold(f64::INFINITY, f64::min)
}

fn report(isa: Isa, items: usize, width: usize) {
    let (x, table) = (values(ROWS * width, 1), values(items * width, 2));
    let (dy, mut value) = (vec![1.0 / ROWS as f32; ROWS], vec![0.0; ROWS]);
    let (mut dx, mut sum) = (vec![0.0; ROWS * width], vec![0.0; items * width]);
    let mut scratch = vec![0.0; scratch_floats(width)];
    let logits = Logits { rows: ROWS, items, width, x: (&x).into(), x_row_stride: width, table: (&table).into() };
    let forward = best(|| log_sum_exp(isa, &logits, Area::new(&mut value, 1), &mut scratch));
    let both = best(|| {
        let (value, dy) = (Block::column(&value, 1), Block::column(&dy, 1));
        let (x, table) = (Some(Area::new(&mut dx, width)), Some(((&mut sum).into(), true)));
        log_sum_exp_gradient(isa, &logits, &Gradient { value, dy, x, table }, &mut scratch);
    });
    let alone = products(isa, items, width, &x, &table, &mut dx, &mut sum);
    let flops = 2.0 * (ROWS * items * width) as f64 * 1e-9;
    let [logits, to_x, to_table] = alone;
    let gradient = logits + to_x + to_table;
    println!(
        "{items} x {width}: logits {:.0}, to x {:.0}, to table {:.0}",
        flops / logits,
        flops / to_x,
        flops / to_table
    );
    println!("  forward {:.0} -> {:.0} ({:.0} %)", flops / logits, flops / forward, 100.0 * logits / forward);
    println!(
        "  backward {:.0} -> {:.0} ({:.0} %)",
        3.0 * flops / gradient,
        3.0 * flops / both,
        100.0 * gradient / both
    );
    let (alone, whole) = (logits + gradient, forward + both);
    println!("  both {:.0} -> {:.0} ({:.0} %)", 4.0 * flops / alone, 4.0 * flops / whole, 100.0 * alone / whole);
    black_box((dx, sum));
}

/// Seconds of the three products, block by block as in the softmax.
fn products(
    isa: Isa,
    items: usize,
    width: usize,
    x: &[f32],
    table: &[f32],
    dx: &mut [f32],
    sum: &mut [f32],
) -> [f64; 3] {
    let x_transposed = values(ROWS * width, 3);
    let mut z = vec![0.0; BLOCK * ROWS];
    let blocks = || (0..items).step_by(BLOCK).map(|first| (first, BLOCK.min(items - first)));
    let logits = best(|| {
        for (first, m) in blocks() {
            let (a, b) =
                (Source::from(&table[first * width..]), Right::Rows { data: (&x_transposed).into(), row_stride: ROWS });
            let (c, c_row_stride, a_row_stride, a_col_stride, accumulate) = ((&mut z).into(), ROWS, width, 1, false);
            gemm(
                isa,
                Gemm { m, n: ROWS, k: width, a, a_row_stride, a_col_stride, b, c, c_row_stride, accumulate },
                Epilogue::None,
            );
        }
    });
    let to_x = best(|| {
        for (first, k) in blocks() {
            let b = Right::Rows { data: (&table[first * width..]).into(), row_stride: width };
            let (a, c, c_row_stride, a_row_stride, a_col_stride) = ((&z).into(), (&mut *dx).into(), width, 1, ROWS);
            gemm(
                isa,
                Gemm { m: ROWS, n: width, k, a, a_row_stride, a_col_stride, b, c, c_row_stride, accumulate: true },
                Epilogue::None,
            );
        }
    });
    let to_table = best(|| {
        for (first, m) in blocks() {
            let (a, b) = (Source::from(&z), Right::Rows { data: x.into(), row_stride: width });
            let (c, c_row_stride, a_row_stride, a_col_stride) = ((&mut sum[first * width..]).into(), width, ROWS, 1);
            gemm(
                isa,
                Gemm { m, n: width, k: ROWS, a, a_row_stride, a_col_stride, b, c, c_row_stride, accumulate: true },
                Epilogue::None,
            );
        }
    });
    [logits, to_x, to_table]
}
