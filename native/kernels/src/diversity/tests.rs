use super::*;

/// Numbers without a pattern, the same every time.
fn numbers(count: usize, key: u32) -> impl Iterator<Item = f64> {
    (0..count as u32).map(move |i| f64::from(crate::random::mix32(i ^ key.wrapping_mul(0x9e37_79b9))) / 2e9 - 1.0)
}

fn spec(method: Method, k: usize, isa: Isa) -> DiversitySpec {
    let values = numbers(37 * 13, 1).map(|x| x as f32).collect();
    let scores = numbers(37, 2).collect();
    DiversitySpec { scores, traits: Traits::Vectors { values, width: 13 }, method, k, isa }
}

const METHODS: [Method; 4] = [
    Method::Mmr { lambda: 0.6 },
    Method::Msd { lambda: 0.6 },
    Method::Dpp { lambda: 0.6 },
    Method::Ssd { gamma: 0.5, window: 4 },
];

#[test]
fn cosines_are_those_of_a_loop() {
    for isa in Isa::available() {
        for (size, width) in [(1, 1), (8, 4), (9, 7), (37, 13)] {
            let mut values: Vec<f32> = numbers(size * width, 3).map(|x| x as f32).collect();
            values[..width].fill(0.0);
            let traits = Traits::Vectors { values: values.clone(), width };
            let mut likeness = Likeness::new(traits, size, isa).unwrap();
            let dot = |a: usize, b: usize| -> f64 {
                (0..width).map(|c| f64::from(values[a * width + c]) * f64::from(values[b * width + c])).sum()
            };
            let cosine = |a, b| if a == 0 || b == 0 { 0.0 } else { dot(a, b) / (dot(a, a) * dot(b, b)).sqrt() };
            let mut row = vec![f64::NAN; size];
            for one in 0..size {
                likeness.row(one, &mut row);
                row.iter()
                    .enumerate()
                    .for_each(|(other, x)| assert!((x - cosine(one, other)).abs() < 1e-14, "{isa:?}"));
            }
            likeness.own(&mut row);
            row.iter().enumerate().for_each(|(one, x)| assert!((x - cosine(one, one)).abs() < 1e-14, "{isa:?}"));
        }
    }
}

#[test]
fn sets_are_alike_by_what_they_share() {
    let sets = Csr::new("sets", &[0, 2, 2, 5, 6], &[1, 4, 0, 1, 4, 3], 4, 5).unwrap();
    let mut likeness = Likeness::new(Traits::Sets(sets), 4, Isa::PORTABLE).unwrap();
    let mut row = [f64::NAN; 4];
    for (one, expected) in
        [[1.0, 0.0, 2.0 / 3.0, 0.0], [0.0; 4], [2.0 / 3.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]].into_iter().enumerate()
    {
        likeness.row(one, &mut row);
        assert_eq!(row, expected);
    }
    likeness.own(&mut row);
    assert_eq!(row, [1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn every_instruction_set_chooses_the_same_and_a_shorter_list_is_the_start_of_a_longer_one() {
    for method in METHODS {
        let list = diversify(spec(method, 37, Isa::PORTABLE)).unwrap();
        let mut all = list.clone();
        all.sort_unstable();
        assert_eq!(all, (0..37).collect::<Vec<i32>>(), "{method:?}");
        assert_ne!(list, all, "{method:?}");
        for isa in Isa::available() {
            assert_eq!(diversify(spec(method, 37, isa)).unwrap(), list, "{method:?} {isa:?}");
            // The part of distance in msd goes with the length of the list.
            if !matches!(method, Method::Msd { .. }) {
                assert_eq!(diversify(spec(method, 9, isa)).unwrap(), list[..9], "{method:?} {isa:?}");
            }
        }
    }
}

/// Two that are nearly the same, and one that is unlike them: each method leaves out the second of the two.
#[test]
fn what_is_like_the_first_waits() {
    for method in METHODS {
        let traits = Traits::Vectors { values: vec![1.0, 0.0, 0.999, 0.01, 0.0, 1.0, 1.0, 0.0], width: 2 };
        let spec = DiversitySpec { scores: vec![1.0, 0.99, 0.5, 0.0], traits, method, k: 2, isa: Isa::PORTABLE };
        assert_eq!(diversify(spec).unwrap(), [0, 2], "{method:?}");
    }
}

#[test]
fn equal_ones_come_in_their_order_and_the_span_that_is_used_up_gives_way_to_scores() {
    for method in METHODS {
        let traits = Traits::Vectors { values: vec![1.0; 6], width: 1 };
        let spec = DiversitySpec { scores: vec![2.0; 6], traits, method, k: 4, isa: Isa::PORTABLE };
        assert_eq!(diversify(spec).unwrap(), [0, 1, 2, 3], "{method:?}");
    }
    let traits = Traits::Vectors { values: vec![1.0; 4], width: 1 };
    let method = Method::Dpp { lambda: 0.5 };
    let spec = DiversitySpec { scores: vec![0.1, 0.4, 0.2, 0.3], traits, method, k: 3, isa: Isa::PORTABLE };
    assert_eq!(diversify(spec).unwrap(), [1, 3, 2]);
}

#[test]
fn score_alone_decides_where_diversity_has_no_weight() {
    let scores: Vec<f64> = numbers(37, 2).collect();
    let mut order: Vec<i32> = (0..37).collect();
    order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    for method in [
        Method::Mmr { lambda: 1.0 },
        Method::Msd { lambda: 1.0 },
        Method::Dpp { lambda: 1.0 },
        Method::Ssd { gamma: 0.0, window: 3 },
        Method::Ssd { gamma: 0.0, window: 1 },
    ] {
        assert_eq!(diversify(spec(method, 37, Isa::PORTABLE)).unwrap(), order, "{method:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let of = |traits| DiversitySpec { scores: vec![0.0; 3], traits, method: METHODS[0], k: 1, isa: Isa::PORTABLE };
    for (values, width) in [(vec![1.0; 5], 2), (vec![1.0; 8], 2), (vec![], 0)] {
        assert_eq!(diversify(of(Traits::Vectors { values, width })).unwrap_err().code, "ENGINE_INPUT");
    }
    let sets = Csr::new("sets", &[0, 1, 2], &[0, 0], 2, 1).unwrap();
    assert_eq!(diversify(of(Traits::Sets(sets))).unwrap_err().code, "ENGINE_INPUT");
}
