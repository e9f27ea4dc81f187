//! Nanoseconds of the kernels other than the matrix product, on data in the first-level cache.
//!
//! `cargo bench -p penchant-kernels --bench kernels [-- FILTER]`; one thread. `PENCHANT_ISA=avx2` forces the instruction set.

use penchant_kernels::elementwise::{self as e, Binary, Draws, Dropout, Lookup, Unary};
use penchant_kernels::isa::Isa;
use penchant_kernels::matmul::PackedB;
use penchant_kernels::random::{NegativeDraws, Permutation, below, hash, unit};
use penchant_kernels::rows::{Chains, Decay, Gradient, Rule, Table, Update, update, update_rows};
use penchant_kernels::select::{Best, count_greater_equal};
use penchant_kernels::view::{Area, Block, Shape, Source, Target};
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let isa = std::env::var("PENCHANT_ISA").ok().and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect);
    println!("{}", isa.name());
    let bench = Bench { isa, filter };
    bench.elementwise();
    bench.reductions();
    bench.rows();
    bench.sampling_and_selection();
    bench.packing();
}

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| unit(hash(1, [i as u32])) * 4.0 - 2.0).collect()
}

struct Bench {
    isa: Isa,
    filter: String,
}

impl Bench {
    /// Prints the best of 60 runs, in all and per unit.
    fn time(&self, name: &str, units: usize, unit: &str, mut run: impl FnMut()) {
        if !name.contains(&self.filter) {
            return;
        }
        let mut measure = |repeats: usize| {
            let start = Instant::now();
            (0..repeats).for_each(|_| run());
            start.elapsed().as_secs_f64() / repeats as f64
        };
        let repeats = (1e-4 / measure(10)).ceil().max(1.0) as usize;
        let best = (0..60).map(|_| measure(repeats)).fold(f64::INFINITY, f64::min) * 1e9;
        println!("{name:<40}{best:>10.1} ns{:>10.3} ns per {unit}", best / units as f64);
    }

    fn elementwise(&self) {
        let (isa, x, mut y) = (self.isa, values(4096), vec![0.0; 4096]);
        let shape = Shape::new(64, 64);
        for f in [Unary::Relu, Unary::Exp, Unary::Log, Unary::Sigmoid, Unary::Tanh, Unary::Softplus, Unary::Gelu] {
            self.time(&format!("{f:?} 64 x 64"), 4096, "element", || {
                e::unary(isa, f, shape, Area::new(&mut y, 64), Block::rows(&x, 64));
            });
        }
        for (width, stride) in [(64, 64), (8, 16), (1, 1)] {
            self.time(&format!("product 64 x {width}, rows {stride} apart"), 64 * width, "element", || {
                let block = Block::rows(&x, stride);
                e::binary(isa, Binary::Mul, Shape::new(64, width), Area::new(&mut y, stride), block, block);
            });
        }
        let d = Dropout { rate: 0.2, draws: Draws { seed: 1, epoch: 2, step: 3, id: 4, first_row: 5 } };
        self.time("dropout 64 x 64", 4096, "element", || {
            e::dropout(isa, d, shape, Area::new(&mut y, 64), Block::rows(&x, 64));
        });
        let ids: Vec<i32> = (0..64).map(|i| below(hash(5, [i]), 1000) as i32).collect();
        let table = values(32_000);
        for width in [8, 32] {
            self.time(&format!("gather 64 rows of {width}"), 64, "row", || {
                let from = Lookup { table: Source::from(&table), row_stride: width, ids: &ids };
                e::gather(isa, Shape::new(64, width), Area::new(&mut y, 64), from);
            });
        }
        black_box(&y);
    }

    fn reductions(&self) {
        let (isa, x, mut y) = (self.isa, values(4096), vec![0.0; 64]);
        let shape = Shape::new(64, 32);
        let block = Block::rows(&x, 32);
        self.time("sum over 64 rows of 32", 64, "row", || e::sum_rows(isa, shape, Area::new(&mut y, 32), block, true));
        self.time("sums of 64 rows of 32", 64, "row", || e::sum_last(isa, shape, Area::new(&mut y, 1), block));
        self.time("dot products of 64 rows of 32", 64, "row", || {
            e::dot_last(isa, shape, Area::new(&mut y, 1), block, block);
        });
        let (pairs, weights) = (Block::rows(&x, 240), Block::column(&x, 1));
        let mut scores = vec![0.0; 240];
        self.time("weighted sum of 16 features of 240 pairs", 240, "pair", || {
            e::dot_rows(isa, Shape::new(16, 240), Area::new(&mut scores, 1), pairs, weights);
        });
        black_box((&y, &scores));
    }

    fn rows(&self) {
        let isa = self.isa;
        let rule = Rule::Adam {
            beta1: Decay::new(0.9),
            beta2: Decay::new(0.999),
            epsilon: 1e-8,
            correction1: 0.5,
            correction2: 0.1,
        };
        let u = Update { rule, rate: 1e-3, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
        for width in [8, 32, 64] {
            let g = values(256 * width);
            let [mut w, mut m, mut v] = [(); 3].map(|()| vec![0.1; 6040 * width]);
            self.time(&format!("Adam, one row of {width}"), 1, "row", || {
                let gradient = Gradient::Row(Source::from(&g[..width]));
                update(isa, &u, &mut w[..width], &mut m[..width], &mut v[..width], gradient);
            });
            let rows: Vec<u32> = (0..250).map(|i| below(hash(9, [i]), 6040)).collect();
            let heads: Vec<u32> = (0..250).collect();
            let next: Vec<u32> = (0..256).map(|i| if i < 6 { 250 + i } else { Chains::END }).collect();
            let chains = Chains { rows: &rows, heads: &heads, next: &next };
            let table = Table { width, w: Target::from(&mut w), m: Target::from(&mut m), v: Target::from(&mut v) };
            self.time(&format!("Adam, 250 of 6,040 rows of {width}"), 250, "row", || {
                update_rows(isa, &u, table, chains, &[Block::rows(&g, width).into()], 256);
            });
        }
    }

    fn sampling_and_selection(&self) {
        let isa = self.isa;
        let (permutation, draws) = (Permutation::new(4_970_845, 77), NegativeDraws::new(1, 2));
        let (mut order, mut hashes) = (vec![0; 64], vec![0; 64]);
        self.time("64 permuted positions", 64, "row", || permutation.fill(isa, 1000, &mut order));
        self.time("hashes of 64 negatives", 64, "row", || draws.fill(isa, &order, 0, &mut hashes));
        let scores = values(3706);
        let mut best = Best::new(10);
        self.time("top 10 of 3,706", 3706, "item", || {
            best.clear();
            best.scan(isa, &scores, 0);
        });
        self.time("rank among 3,706", 3706, "item", || {
            black_box(count_greater_equal(isa, &scores, 1.9));
        });
        black_box(&hashes);
    }

    fn packing(&self) {
        let x = values(512 * 256);
        let mut packed = PackedB::default();
        for (k, n) in [(64, 32), (512, 256)] {
            self.time(&format!("pack {k} x {n}"), k * n, "element", || {
                packed.pack(self.isa, k, n, Source::from(&x), n, 1);
            });
            self.time(&format!("pack {n} x {k}, transposed"), k * n, "element", || {
                packed.pack(self.isa, n, k, Source::from(&x), 1, n);
            });
        }
        black_box(&packed);
    }
}
