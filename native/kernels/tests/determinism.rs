//! Same seed, same bytes: for any number of threads, on AVX2 and AVX-512, in one call or in several.

mod common;

use common::{ADAM, EXACT_ADAM, NAMES, bits, case, plain};
use penchant_kernels::isa::Isa;
use penchant_kernels::optimizer::{Kind, Optimizer};
use penchant_kernels::trainer::Range;
use std::sync::atomic::AtomicBool;

type State = Vec<(String, Vec<f32>)>;

/// State and loss after one epoch and a part of the next.
fn trained(name: &'static str, optimizer: Optimizer, batch: usize, threads: usize, isa: Isa) -> (State, u64) {
    let mut trainer = case(name).trainer(optimizer, batch, threads, isa);
    let (never, steps) = (AtomicBool::new(false), trainer.steps_per_epoch());
    let range = |epoch, to| Range { epoch, from: 0, to, rates: vec![0.01] };
    trainer.run(&range(0, steps), &never).expect("an epoch");
    let report = trainer.run(&range(1, steps.min(2)), &never).expect("some steps");
    (trainer.state(), report.loss.to_bits())
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let clipped = Optimizer { kind: ADAM, l2: 0.01, clip_norm: 0.05, weight_decay: 0.01 };
    for name in NAMES {
        for (optimizer, batch) in [(plain(ADAM), 48), (plain(Kind::Sgd), 500), (clipped, 200), (plain(EXACT_ADAM), 130)]
        {
            let (alone, loss) = trained(name, optimizer, batch, 1, Isa::detect());
            for threads in [2, 3, 8] {
                let (together, other) = trained(name, optimizer, batch, threads, Isa::detect());
                assert_eq!(loss, other, "{name}, batch {batch}, {threads} threads: loss");
                assert_eq!(bits(&alone), bits(&together), "{name}, batch {batch}, {threads} threads");
            }
        }
    }
}

#[test]
fn avx2_and_avx512_give_the_same_bits() {
    let (Some(avx2), Some(avx512)) = (Isa::named("avx2"), Isa::named("avx512")) else {
        eprintln!("skipped: this processor has not both AVX2 and AVX-512");
        return;
    };
    for name in NAMES {
        let (narrow, wide) = (trained(name, plain(ADAM), 100, 1, avx2), trained(name, plain(ADAM), 100, 1, avx512));
        assert_eq!(bits(&narrow.0), bits(&wide.0), "{name}");
        assert_eq!(narrow.1, wide.1, "{name}: loss");
    }
}

#[test]
fn the_portable_set_gives_nearly_the_same() {
    for name in NAMES {
        let (fast, _) = trained(name, plain(Kind::Sgd), 100, 1, Isa::detect());
        let (portable, _) = trained(name, plain(Kind::Sgd), 100, 1, Isa::PORTABLE);
        for ((what, a), (_, b)) in fast.iter().zip(&portable) {
            for (x, y) in a.iter().zip(b) {
                assert!((x - y).abs() <= 1e-4 * (1.0 + y.abs()), "{name} {what}: {x} and {y}");
            }
        }
    }
}

#[test]
fn steps_in_several_calls_and_after_a_restore_are_the_same() {
    for name in NAMES {
        let never = AtomicBool::new(false);
        let mut whole = case(name).trainer(plain(ADAM), 64, 2, Isa::detect());
        let steps = whole.steps_per_epoch();
        let range = |from, to| Range { epoch: 0, from, to, rates: vec![0.01] };
        whole.run(&range(0, steps), &never).expect("an epoch");
        let mut first = case(name).trainer(plain(ADAM), 64, 1, Isa::detect());
        first.run(&range(0, steps / 2), &never).expect("half an epoch");
        let mut second = case(name).trainer(plain(ADAM), 64, 3, Isa::detect());
        second.restore(&first.state().into_iter().collect()).expect("a state");
        second.run(&range(steps / 2, steps), &never).expect("the other half");
        assert_eq!(bits(&whole.state()), bits(&second.state()), "{name}");
    }
}

#[test]
fn cancelling_ends_between_steps_and_leaves_a_state_to_go_on_from() {
    let mut trainer = case("neumf").trainer(plain(ADAM), 16, 2, Isa::detect());
    let range = Range { epoch: 0, from: 0, to: trainer.steps_per_epoch(), rates: vec![0.01] };
    let failure = trainer.run(&range, &AtomicBool::new(true)).expect_err("cancelled before the first step");
    assert_eq!(failure.code, "TRAIN_CANCELLED");
    assert!(trainer.run(&range, &AtomicBool::new(false)).is_ok());
}
