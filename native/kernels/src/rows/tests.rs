use super::*;
use crate::random::{hash, unit};
use crate::view::{Block, Target};

fn values(count: usize, seed: u32) -> Vec<f32> {
    (0..count).map(|i| unit(hash(seed, [i as u32])) * 2.0 - 1.0).collect()
}

fn rules() -> [Rule; 6] {
    [
        Rule::Sgd,
        Rule::Momentum { momentum: 0.9, nesterov: false },
        Rule::Momentum { momentum: 0.9, nesterov: true },
        Rule::Adagrad { epsilon: 1e-8 },
        adam(),
        Rule::Ftrl { beta: 0.7, l1: 2.0 },
    ]
}

const BETAS: [f64; 2] = [0.9, 0.999];

fn adam() -> Rule {
    let [beta1, beta2] = BETAS.map(Decay::new);
    Rule::Adam { beta1, beta2, epsilon: 1e-8, correction1: 0.271, correction2: 0.002_997 }
}

/// The formulas in f64: (w, m, v) of one element.
fn truth(u: &Update, w: f64, m: f64, v: f64, raw: f64) -> [f64; 3] {
    let rate = f64::from(u.rate);
    let g = raw * f64::from(u.gradient_scale) + f64::from(u.l2) * w;
    let (before, w) = (w, w - rate * f64::from(u.weight_decay) * w);
    match u.rule {
        Rule::Sgd => [w - rate * g, m, v],
        Rule::Momentum { momentum, nesterov } => {
            let momentum = f64::from(momentum);
            let m = momentum * m + g;
            [w - rate * if nesterov { g + momentum * m } else { m }, m, v]
        }
        Rule::Adagrad { epsilon } => {
            let v = v + g * g;
            [w - rate * g / (v.sqrt() + f64::from(epsilon)), m, v]
        }
        Rule::Adam { epsilon, correction1, correction2, .. } => {
            let [beta1, beta2] = BETAS;
            let m = beta1 * m + (1.0 - beta1) * g;
            let v = beta2 * v + (1.0 - beta2) * g * g;
            let denominator = v.sqrt() / f64::from(correction2).sqrt() + f64::from(epsilon);
            [w - rate / f64::from(correction1) * m / denominator, m, v]
        }
        Rule::Ftrl { beta, l1 } => {
            let (shrink, n) = (rate * f64::from(l1), v + (raw * f64::from(u.gradient_scale)).powi(2));
            let m = m + rate * raw * f64::from(u.gradient_scale) - (n.sqrt() - v.sqrt()) * before;
            let w = -(m - m.signum() * shrink) / (f64::from(beta) + n.sqrt() + rate * f64::from(u.l2));
            [if m.abs() <= shrink { 0.0 } else { w }, m, n]
        }
    }
}

#[test]
fn every_rule_follows_its_formula_from_every_kind_of_gradient() {
    let gradients = values(500, 1);
    for rule in rules() {
        for width in [1, 8, 16, 50] {
            for kind in 0..3 {
                let samples = [3, 0, 7, 3];
                let gradient = match kind {
                    0 => Gradient::Zero,
                    1 => Gradient::Row(Source::from(&gradients)),
                    _ => Gradient::Samples { rows: Source::from(&gradients), row_stride: 55, samples: &samples },
                };
                check(rule, width, gradient, |i| match kind {
                    0 => 0.0,
                    1 => f64::from(gradients[i]),
                    _ => samples.iter().map(|&s| f64::from(gradients[s as usize * 55 + i])).sum(),
                });
            }
        }
    }
}

fn check(rule: Rule, width: usize, gradient: Gradient<'_>, raw: impl Fn(usize) -> f64) {
    let u = Update { rule, rate: 0.05, l2: 0.01, weight_decay: 0.1, gradient_scale: 0.5 };
    let before = [2, 3, 4].map(|seed| values(width, seed));
    let mut first: Option<Vec<u32>> = None;
    for isa in Isa::available() {
        let [mut w, mut m, mut v] = before.clone();
        v.iter_mut().for_each(|v| *v = v.abs());
        let expected: Vec<[f64; 3]> =
            (0..width).map(|i| truth(&u, w[i].into(), m[i].into(), v[i].into(), raw(i))).collect();
        update(isa, &u, &mut w, &mut m, &mut v, gradient);
        for (i, expected) in expected.iter().enumerate() {
            for (&x, y) in [w[i], m[i], v[i]].iter().zip(expected) {
                assert!((f64::from(x) - y).abs() <= 1e-6 * (1.0 + y.abs()), "{isa:?} {rule:?} {width}: {x} but {y}");
            }
        }
        if isa != Isa::PORTABLE {
            let bits: Vec<u32> = [w, m, v].concat().iter().map(|x| x.to_bits()).collect();
            assert_eq!(*first.get_or_insert_with(|| bits.clone()), bits, "{isa:?} differs");
        }
    }
}

#[test]
fn rules_without_slots_need_none() {
    let mut w = vec![1.0; 3];
    let u = Update { rule: Rule::Sgd, rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
    update(Isa::detect(), &u, &mut w, &mut [], &mut [], Gradient::Row(Source::from(&vec![0.25; 3])));
    assert_eq!(w, [0.75; 3]);
}

#[test]
#[should_panic(expected = "second slot")]
fn a_missing_slot_is_refused() {
    let u = Update { rule: rules()[3], rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
    update(Isa::detect(), &u, &mut [1.0], &mut [], &mut [], Gradient::Zero);
}

#[test]
fn sums_of_squares_agree_with_f64() {
    let x = values(100, 5);
    let expected: f64 = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    for isa in Isa::available() {
        assert!((f64::from(sum_of_squares(isa, Source::from(&x))) - expected).abs() < 1e-5);
    }
}

#[test]
fn rows_of_a_table_change_as_one_by_one() {
    let (batch, width) = (6, 20);
    let (first, second) = (values(batch * 25, 1), values(batch * 20, 2));
    // Row 4 has samples 0, 7 and 9, row 0 has 5, row 9 has 11 and 2.
    let mut next = vec![Chains::END; 12];
    (next[0], next[7], next[11]) = (7, 9, 2);
    let chains = Chains { rows: &[4, 0, 9], heads: &[0, 5, 11], next: &next };
    for rule in rules() {
        let u = Update { rule, rate: 0.05, l2: 0.01, weight_decay: 0.1, gradient_scale: 0.5 };
        for isa in Isa::available() {
            let start = [3, 4, 5].map(|seed| values(10 * width, seed).iter().map(|x| x.abs()).collect::<Vec<f32>>());
            let [mut w, mut m, mut v] = start.clone();
            let table = Table { width, w: Target::from(&mut w), m: Target::from(&mut m), v: Target::from(&mut v) };
            let gradients = [Block::rows(&first, 25).into(), Block::rows(&second, 20).into()];
            update_rows(isa, &u, table, chains, &gradients, batch);
            let [mut w1, mut m1, mut v1] = start;
            // Both gradients in one buffer of rows of 25.
            let mut all = first.clone();
            for row in second.chunks(20) {
                all.extend_from_slice(row);
                all.extend_from_slice(&[0.0; 5]);
            }
            for (row, samples) in [(4, &[0, 7, 9][..]), (0, &[5]), (9, &[11, 2])] {
                let range = row * width..(row + 1) * width;
                let gradient = Gradient::Samples { rows: Source::from(&all), row_stride: 25, samples };
                update(isa, &u, &mut w1[range.clone()], &mut m1[range.clone()], &mut v1[range], gradient);
            }
            assert_eq!((w, m, v), (w1, m1, v1), "{isa:?} {rule:?}");
        }
    }
}

#[test]
#[should_panic(expected = "row 2 of a table")]
fn a_row_outside_the_table_is_refused() {
    let u = Update { rule: Rule::Sgd, rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
    let (mut w, g) = (vec![0.0; 8], vec![0.0; 4]);
    let none = || Target::from(&mut [][..]);
    let table = Table { width: 4, w: Target::from(&mut w), m: none(), v: none() };
    let chains = Chains { rows: &[2], heads: &[0], next: &[Chains::END] };
    update_rows(Isa::detect(), &u, table, chains, &[Block::rows(&g, 4).into()], 1);
}

#[test]
fn a_factor_multiplies_the_row_of_its_sample() {
    let (width, batch) = (19, 3);
    let (rows, factors) = (values(batch * width, 1), values(batch * 2, 2));
    let next = [2, Chains::END, Chains::END];
    let chains = Chains { rows: &[1, 0], heads: &[0, 1], next: &next };
    let u = Update { rule: Rule::Sgd, rate: 1.0, l2: 0.0, weight_decay: 0.0, gradient_scale: 1.0 };
    for isa in Isa::available() {
        let mut w = vec![0.0; 2 * width];
        let none = || Target::from(&mut [][..]);
        let table = Table { width, w: Target::from(&mut w), m: none(), v: none() };
        let gradient = Samples { rows: Block::rows(&rows, width), factors: Some(Block::column(&factors, 2)) };
        update_rows(isa, &u, table, chains, &[gradient], batch);
        for c in 0..width {
            let term = |sample: usize| f64::from(factors[sample * 2]) * f64::from(rows[sample * width + c]);
            assert!((f64::from(w[width + c]) + term(0) + term(2)).abs() < 1e-6, "{isa:?}");
            assert!((f64::from(w[c]) + term(1)).abs() < 1e-6, "{isa:?}");
        }
    }
}

#[test]
fn what_decays_becomes_zero_before_it_is_slow() {
    for isa in Isa::available() {
        // Half of it goes.
        let u = Update { rule: Rule::Sgd, rate: 1.0, l2: 0.5, weight_decay: 0.0, gradient_scale: 1.0 };
        let mut w = vec![1.9e-18, -1.9e-18, 4e-18, f32::NAN];
        update(isa, &u, &mut w, &mut [], &mut [], Gradient::Zero);
        assert_eq!(w[..2], [0.0, 0.0]);
        assert!((w[2] - 2e-18).abs() < 1e-24 && w[3].is_nan());
        let u = Update { rule: rules()[4], l2: 0.0, ..u };
        let (mut w, mut m, mut v) = (vec![1.0; 3], vec![1.2e-38, 1.0, -1.2e-38], vec![1.176e-38, 1.0, 1.0]);
        update(isa, &u, &mut w, &mut m, &mut v, Gradient::Zero);
        assert_eq!((m[0], m[2], v[0]), (0.0, 0.0, 0.0));
        assert!(m[1] > 0.8 && v[1] > 0.9);
    }
}

#[test]
fn ftrl_keeps_a_weight_without_gradients_and_lets_no_wrong_number_pass() {
    for (l2, l1) in [(0.0, 0.0), (0.5, 0.3)] {
        let rule = Rule::Ftrl { beta: 1.0, l1 };
        let u = Update { rule, rate: 0.1, l2, weight_decay: 0.0, gradient_scale: 1.0 };
        for isa in Isa::available() {
            let (mut w, mut m, mut v) = ([0.5, -0.25, 0.0, 0.5], [0.0; 4], [0.0; 4]);
            update(isa, &u, &mut w, &mut m, &mut v, Gradient::Zero);
            for (x, y) in w.iter().zip([0.5_f32, -0.25, 0.0, 0.5]) {
                assert!((x - y).abs() < 1e-6, "{x} instead of {y}");
            }
            update(isa, &u, &mut w, &mut m, &mut v, Gradient::Row(Source::from(&[1.0, 0.0, f32::NAN, -1.0][..])));
            assert!(w[0] < 0.5 && w[1] < -0.2 && w[2].is_nan() && w[3] > 0.5, "{w:?}");
        }
    }
}
