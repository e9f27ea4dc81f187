//! Milliseconds of the 100 best of many items, dot products of 64, by bytes first and by every score: interleaved, so that a busy
//! machine is one for both.
//!
//! `cargo bench -p penchant-kernels --bench lists [-- ITEMS …]`; one thread. `PENCHANT_ISA=avx2` forces the instruction set.

use penchant_kernels::isa::Isa;
use penchant_kernels::plan::Plan;
use penchant_kernels::random::{hash, unit};
use penchant_kernels::scorer::{ScoreSpec, Scorer};
use std::hint::black_box;
use std::time::Instant;

const WIDTH: usize = 64;
const USERS: usize = 256;
const K: usize = 100;
const ROUNDS: usize = 40;

fn main() {
    let isa = std::env::var("PENCHANT_ISA").ok().and_then(|name| Isa::named(&name)).unwrap_or_else(Isa::detect);
    println!(
        "{}; the {K} best, {WIDTH} dimensions; median (fastest) ms of a user, every score -> bytes first",
        isa.name()
    );
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|x| x.parse().ok()).collect();
    for items in if asked.is_empty() { vec![10_000, 30_000, 100_000, 660_000, 1_000_000] } else { asked } {
        report(isa, items);
    }
}

fn plan(items: usize) -> Plan {
    let param = |name: &str, rows: usize| {
        format!(
            r#"{{"op":"param","attrs":{{"name":"{name}","trainable":true,"init":{{"kind":"zeros"}}}},"inputs":[],"shape":[{rows},{WIDTH}],"dtype":"f32"}}"#
        )
    };
    let input = |name: &str| {
        format!(r#"{{"op":"input","attrs":{{"name":"{name}"}},"inputs":[],"shape":["batch"],"dtype":"i32"}}"#)
    };
    let row = |op: &str, inputs: &str, shape: &str| {
        format!(r#"{{"op":"{op}","attrs":{{}},"inputs":[{inputs}],"shape":[{shape}],"dtype":"f32"}}"#)
    };
    let wide = format!(r#""batch",{WIDTH}"#);
    let instructions = [
        param("users", USERS),
        param("items", items),
        input("user"),
        input("item"),
        row("gather", "0,2", &wide),
        row("gather", "1,3", &wide),
        row("mul", "4,5", &wide),
        row("sumLast", "6", r#""batch""#),
    ];
    let text = format!(r#"{{"version":1,"instructions":[{}],"outputs":{{"score":7}}}}"#, instructions.join(","));
    Plan::from_json(&text).unwrap_or_else(|failure| panic!("{failure:?}"))
}

fn scorer(isa: Isa, items: usize, from: usize) -> Scorer {
    let values = |rows: usize, seed: u32| {
        (0..rows * WIDTH).map(|i| (0..4).map(|part| unit(hash(seed, [i as u32, part])) - 0.5).sum()).collect()
    };
    let parameters = [("users".to_owned(), values(USERS, 1)), ("items".to_owned(), values(items, 2))].into();
    let spec =
        ScoreSpec { plan: plan(items), parameters, data: Default::default(), users: USERS, items, threads: 1, isa };
    let mut scorer = Scorer::new(spec).unwrap_or_else(|failure| panic!("{failure:?}"));
    scorer.set_shortcut(from);
    scorer
}

fn report(isa: Isa, items: usize) {
    let mut both = [scorer(isa, items, usize::MAX), scorer(isa, items, 1)];
    let mut built = [0.0; 2];
    for (scorer, built) in both.iter_mut().zip(&mut built) {
        let start = Instant::now();
        black_box(scorer.top_k(&[0], K, None, None).is_ok());
        *built = start.elapsed().as_secs_f64() * 1e3;
    }
    println!(
        "{items} items: the first answer {:.0} -> {:.0} ms; {} bytes",
        built[0],
        built[1],
        both[1].shortcut_bytes()
    );
    for together in [1, 8, 64] {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            let users: Vec<i32> = (0..together).map(|i| ((round * together + i) % USERS) as i32).collect();
            let mut lists = Vec::new();
            for (scorer, times) in both.iter_mut().zip(&mut times) {
                let start = Instant::now();
                let top = scorer.top_k(&users, K, None, None).unwrap_or_else(|failure| panic!("{failure:?}"));
                times.push(start.elapsed().as_secs_f64() * 1e3 / together as f64);
                lists.push((top.items, top.scores));
            }
            assert_eq!(lists[0], lists[1], "lists differ");
        }
        times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
        let [whole, bytes] = times.map(|times| format!("{:.3} ({:.3})", times[ROUNDS / 2], times[0]));
        println!("  {together} users together: {whole} -> {bytes}");
    }
}
