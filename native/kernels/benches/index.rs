//! Milliseconds of a search in an index of item vectors: 16 directions in 64 dimensions and noise, as training makes them.
//!
//! `cargo bench -p penchant-kernels --bench index [-- ITEMS LOOKED_AT]`; one thread. `PENCHANT_ISA=avx2` forces the instruction set.

use penchant_kernels::isa::Isa;
use penchant_kernels::ivf::{Centroids, Ivf, IvfSpec, Search};
use penchant_kernels::random::{hash, unit};
use std::hint::black_box;
use std::time::Instant;

const WIDTH: usize = 64;
const DIRECTIONS: usize = 16;
const K: usize = 100;
const QUERIES: usize = 256;

fn main() {
    let isa = std::env::var("PENCHANT_ISA").ok().and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect);
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|x| x.parse().ok()).collect();
    let (items, effort) = (asked.first().copied().unwrap_or(250_000), asked.get(1).copied().unwrap_or(16_000));
    let cells = (4.0 * (items as f64).sqrt()).ceil() as usize;
    let vectors = low_rank(items, 2);
    // Items drawn as centroids: as much to look at, and made in no time.
    let values: Vec<f32> = vectors.chunks_exact(WIDTH).step_by(items / cells).take(cells).flatten().copied().collect();
    let centroids = Centroids::Given { values, cell_of: Vec::new() };
    let start = Instant::now();
    let index = Ivf::new(IvfSpec { vectors, width: WIDTH, centroids, threads: 1, isa }).expect("an index");
    println!("{}; {items} items in {cells} cells, made in {:.1} s", isa.name(), start.elapsed().as_secs_f64());
    let queries = low_rank(QUERIES, 1);
    for effort in [1, effort, items] {
        let mut times: Vec<f64> = (0..3)
            .flat_map(|_| queries.chunks_exact(WIDTH))
            .map(|queries| {
                let start = Instant::now();
                let search = Search { queries, k: K, effort, exclude: None, candidates: None };
                black_box(index.search(&search).is_ok());
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("  {effort} looked at: median {:.3}, fastest {:.3} ms", times[times.len() / 2], times[0]);
    }
}

fn low_rank(count: usize, seed: u32) -> Vec<f32> {
    let noise = |a: u32, b: u32, c: u32| (0..4).map(|part| unit(hash(a, [b, c, part])) - 0.5).sum::<f32>();
    let mix: Vec<f32> = (0..(DIRECTIONS * WIDTH) as u32).map(|i| noise(9, i, 0) / 4.0).collect();
    let mut rows = Vec::with_capacity(count * WIDTH);
    for row in 0..count as u32 {
        let own: Vec<f32> = (0..DIRECTIONS as u32).map(|d| noise(seed, row, d)).collect();
        for c in 0..WIDTH {
            let sum: f32 = own.iter().enumerate().map(|(d, x)| x * mix[d * WIDTH + c]).sum();
            rows.push(sum + 0.1 * (unit(hash(seed, [row, c as u32, 77])) - 0.5));
        }
    }
    rows
}
