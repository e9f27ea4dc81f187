use super::*;

/// Deterministic values in [-1, 1).
fn values(count: usize, seed: u32) -> Vec<f32> {
    (0..count).map(|i| crate::random::unit(crate::random::hash(seed, [i as u32])) * 2.0 - 1.0).collect()
}

struct Case {
    m: usize,
    n: usize,
    k: usize,
    transposed: bool,
    packed: bool,
    accumulate: bool,
    pad: usize,
}

impl Case {
    fn run(&self, isa: Isa, kind: usize) -> (Vec<f32>, Vec<f64>) {
        let &Case { m, n, k, pad, .. } = self;
        let (ars, acs, alen) = if self.transposed { (1, m + pad, k * (m + pad)) } else { (k + pad, 1, m * (k + pad)) };
        let a = values(alen, 1);
        let b = values(k * (n + pad), 2);
        let (bias, row_bias) = (values(n, 3), values(m, 6));
        let y = values(m * (n + pad), 5);
        let mut c = values(m * (n + pad), 4);
        let before = c.clone();
        let mut packed = PackedB::default();
        packed.pack(isa, k, n, Source::from(&b), n + pad, 1);
        let right = if self.packed {
            Right::Packed(&packed)
        } else {
            Right::Rows { data: Source::from(&b), row_stride: n + pad }
        };
        let epilogue = match kind {
            0 => Epilogue::None,
            1 => Epilogue::Bias(Source::from(&bias)),
            2 => Epilogue::BiasRelu(Source::from(&bias)),
            3 => Epilogue::RowBias(Source::from(&row_bias)),
            4 => Epilogue::RowBiasRelu(Source::from(&row_bias)),
            _ => Epilogue::ReluMask { y: Source::from(&y), row_stride: n + pad },
        };
        let g = Gemm {
            m,
            n,
            k,
            a: Source::from(&a),
            a_row_stride: ars,
            a_col_stride: acs,
            b: right,
            c: Target::from(&mut c),
            c_row_stride: n + pad,
            accumulate: self.accumulate,
        };
        gemm(isa, g, epilogue);
        let mut expected: Vec<f64> = before.iter().map(|&x| f64::from(x)).collect();
        for i in 0..m {
            for j in 0..n {
                let at = i * (n + pad) + j;
                let mut sum = if self.accumulate { expected[at] } else { 0.0 };
                for l in 0..k {
                    sum += f64::from(a[i * ars + l * acs]) * f64::from(b[l * (n + pad) + j]);
                }
                expected[at] = match kind {
                    0 => sum,
                    1 => sum + f64::from(bias[j]),
                    2 => (sum + f64::from(bias[j])).max(0.0),
                    3 => sum + f64::from(row_bias[i]),
                    4 => (sum + f64::from(row_bias[i])).max(0.0),
                    _ => {
                        if y[at] > 0.0 {
                            sum
                        } else {
                            0.0
                        }
                    }
                };
            }
        }
        (c, expected)
    }
}

fn check(case: &Case, kind: usize) {
    let mut first: Option<Vec<u32>> = None;
    for isa in Isa::available() {
        let (c, expected) = case.run(isa, kind);
        let bound = 1e-6 * (case.k as f64 + 2.0);
        for (at, (&x, &y)) in c.iter().zip(&expected).enumerate() {
            let Case { m, n, k, transposed, packed, accumulate, .. } = case;
            assert!(
                (f64::from(x) - y).abs() <= bound,
                "{isa:?} {m}x{n}x{k} transposed {transposed} packed {packed} accumulate {accumulate} kind {kind} at {at}: {x} {y}"
            );
        }
        if isa != Isa::PORTABLE {
            let bits: Vec<u32> = c.iter().map(|x| x.to_bits()).collect();
            assert_eq!(*first.get_or_insert_with(|| bits.clone()), bits, "{isa:?} differs");
        }
    }
}

#[test]
fn products_agree_with_f64_and_between_instruction_sets() {
    let mut seed = 7;
    let mut draw = |n: u32| {
        seed = crate::random::mix32(seed);
        crate::random::below(seed, n) as usize
    };
    for _ in 0..600 {
        let (m, n, k) = (draw(40), draw(70), draw(50));
        let case =
            Case { m, n, k, transposed: draw(2) == 1, packed: draw(2) == 1, accumulate: draw(2) == 1, pad: draw(3) };
        check(&case, draw(6));
    }
}

#[test]
fn blocking_over_k_and_rows_changes_nothing() {
    for (m, n, k) in [(70, 33, 700), (9, 16, 1030), (700, 8, 300), (300, 1, 300)] {
        for transposed in [false, true] {
            check(&Case { m, n, k, transposed, packed: false, accumulate: true, pad: 1 }, 2);
            check(&Case { m, n, k, transposed, packed: true, accumulate: false, pad: 0 }, 1);
        }
    }
}

#[test]
fn a_transposed_and_packed_right_operand_gives_the_same_bits() {
    for (m, n, k) in [(5, 40, 33), (64, 64, 16), (3, 1, 20), (9, 7, 9), (12, 100, 1)] {
        let (a, b) = (values(m * k, 1), values(k * (n + 2), 2));
        for isa in Isa::available() {
            let mut transposed = vec![0.0; n * (k + 1)];
            transpose(isa, Shape::new(k, n), Source::from(&b), n + 2, Target::from(&mut transposed), k + 1);
            for i in 0..k {
                for j in 0..n {
                    assert_eq!(transposed[j * (k + 1) + i], b[i * (n + 2) + j]);
                }
            }
            let mut packed = PackedB::default();
            packed.pack(isa, 1, 1, Source::from(&b), 1, 1);
            packed.pack(isa, k, n, Source::from(&transposed), 1, k + 1);
            let run = |right: Right<'_>| {
                let mut c = vec![0.0; m * n];
                let g = Gemm {
                    m,
                    n,
                    k,
                    a: Source::from(&a),
                    a_row_stride: k,
                    a_col_stride: 1,
                    b: right,
                    c: Target::from(&mut c),
                    c_row_stride: n,
                    accumulate: false,
                };
                gemm(isa, g, Epilogue::None);
                c
            };
            let plain = run(Right::Rows { data: Source::from(&b), row_stride: n + 2 });
            // A single column far apart is summed in sequence, a packed one in lanes.
            if n > 1 {
                assert_eq!(plain, run(Right::Packed(&packed)), "{isa:?} {m} x {n} x {k}");
            }
        }
    }
}
