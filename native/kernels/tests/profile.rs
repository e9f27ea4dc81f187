//! A profile tells where the time of training steps went and changes nothing else.

mod common;

use common::{ADAM, NAMES, bits, case, plain};
use penchant_kernels::compile::compile;
use penchant_kernels::isa::Isa;
use penchant_kernels::plan::{Op, Plan};
use penchant_kernels::profile::Entry;
use penchant_kernels::trainer::{Range, Report, Trainer};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const BATCH: usize = 96;

/// Every look at it is a nanosecond later than the one before.
fn ticks() -> u64 {
    static TICKS: AtomicU64 = AtomicU64::new(0);
    TICKS.fetch_add(1, Ordering::Relaxed)
}

fn trainer(name: &'static str, threads: usize) -> Trainer {
    case(name).trainer(plain(ADAM), BATCH, threads, Isa::detect())
}

fn epoch(trainer: &Trainer) -> Range {
    Range { epoch: 0, from: 0, to: trainer.steps_per_epoch(), rates: vec![0.01] }
}

fn profiled(trainer: &mut Trainer, clock: fn() -> u64) -> (Report, Vec<Entry>) {
    let range = epoch(trainer);
    trainer.profile(&range, &AtomicBool::new(false), clock).expect("an epoch")
}

#[test]
fn a_profiled_run_gives_the_bytes_of_a_plain_one() {
    for name in NAMES {
        for threads in [1, 3] {
            let (mut watched, mut plain) = (trainer(name, threads), trainer(name, threads));
            let (report, _) = profiled(&mut watched, ticks);
            let range = epoch(&plain);
            let other = plain.run(&range, &AtomicBool::new(false)).expect("an epoch");
            assert_eq!((report.loss.to_bits(), report.rows), (other.loss.to_bits(), other.rows), "{name}");
            assert_eq!(bits(&watched.state()), bits(&plain.state()), "{name}, {threads} threads");
            // What was watched once goes on unwatched.
            watched.run(&range, &AtomicBool::new(false)).expect("another epoch");
            plain.run(&range, &AtomicBool::new(false)).expect("another epoch");
            assert_eq!(bits(&watched.state()), bits(&plain.state()), "{name}, {threads} threads, afterwards");
        }
    }
}

#[test]
fn every_row_is_counted_once_whatever_the_number_of_threads() {
    for name in NAMES {
        let plan = Plan::from_json(&case(name).train.to_string()).expect("a legal plan");
        let shard_rows = compile(&plan, BATCH).expect("a program").shard_rows as u64;
        for threads in [1, 3] {
            let mut trainer = trainer(name, threads);
            let (report, entries) = profiled(&mut trainer, ticks);
            let (steps, rest) = (report.rows / BATCH as u64, report.rows % BATCH as u64);
            let shards = steps * (BATCH as u64).div_ceil(shard_rows) + rest.div_ceil(shard_rows);
            let gathers: Vec<&Entry> = entries.iter().filter(|entry| entry.what == "gather").collect();
            assert!(gathers.len() > 1, "{name}");
            for entry in gathers {
                let slot = entry.slot.expect("a step computes a slot");
                // The slot is one of the plan given, not of what the compiler made of it.
                assert_eq!(plan.instructions[slot].op, Op::Gather, "{name}: slot {slot}");
                let width = plan.instructions[slot].shape.elements() as u64;
                assert_eq!(entry.calls, shards, "{name}, {threads} threads: {entry:?}");
                assert_eq!(entry.bytes, (report.rows * 2 * 4 * width) as f64, "{name}, {threads} threads: {entry:?}");
            }
        }
    }
}

#[test]
fn the_laps_of_one_thread_are_all_of_its_time() {
    /// As `ticks`, of this test alone.
    fn own_ticks() -> u64 {
        static TICKS: AtomicU64 = AtomicU64::new(0);
        TICKS.fetch_add(1, Ordering::Relaxed)
    }
    let mut trainer = trainer("neumf", 1);
    let started = own_ticks();
    let (_, entries) = profiled(&mut trainer, own_ticks);
    // Two looks that are no laps: when the laps began, and this one.
    let elapsed = own_ticks() - started - 2;
    let calls: u64 = entries.iter().map(|entry| entry.calls).sum();
    assert_eq!(calls, elapsed);
    for entry in &entries {
        assert!((entry.seconds - entry.calls as f64 * 1e-9).abs() < 1e-15, "{entry:?}");
    }
}

#[test]
fn every_learned_parameter_has_its_update_and_every_step_of_the_epoch_is_one_of_it() {
    for name in NAMES {
        let mut trainer = trainer(name, 1);
        let (steps, learned) = (trainer.steps_per_epoch(), outputs_of_gradients(name));
        let (_, entries) = profiled(&mut trainer, ticks);
        let mut updated = Vec::new();
        for entry in entries.iter().filter(|entry| entry.what.starts_with("update")) {
            assert_eq!((entry.calls, entry.slot), (steps, None), "{name}: {entry:?}");
            assert!(entry.bytes > 0.0, "{name}: {entry:?}");
            updated.extend(entry.parameter.clone());
        }
        updated.sort();
        assert_eq!(updated, learned, "{name}");
    }
}

fn outputs_of_gradients(name: &'static str) -> Vec<String> {
    let plan = Plan::from_json(&case(name).train.to_string()).expect("a legal plan");
    let mut names: Vec<String> =
        plan.outputs.iter().filter_map(|(name, _)| name.strip_prefix("grad:").map(str::to_owned)).collect();
    names.sort();
    names
}
