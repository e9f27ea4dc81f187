//! A pair has the same score, to the last bit, whichever way it is asked for.

mod common;

use common::{Case, NAMES, case};
use penchant_kernels::compile::SCORE_BLOCK;
use penchant_kernels::failure::Failure;
use penchant_kernels::feed::Csr;
use penchant_kernels::isa::Isa;
use penchant_kernels::plan::Plan;
use penchant_kernels::random::{hash, unit};
use penchant_kernels::scorer::{ScoreSpec, Scorer, TopK};
use serde_json::json;

fn scorer(case: &Case, threads: usize, isa: Isa) -> Scorer {
    let plan = Plan::from_json(&case.score.to_string()).expect("a legal plan");
    let (mut parameters, users, items) = (case.parameters.clone(), case.users, case.items);
    for (_, values) in parameters.iter_mut().filter(|(name, _)| name.ends_with("variance")) {
        values.iter_mut().for_each(|x| *x = x.abs());
    }
    Scorer::new(ScoreSpec { plan, parameters, data: Default::default(), users, items, threads, isa }).expect("a scorer")
}

/// The same model of another catalogue.
fn with_items(mut case: Case, items: usize) -> Case {
    for x in case.score["instructions"].as_array_mut().expect("instructions") {
        if x["op"] == "param" && x["shape"][0] == case.items {
            x["shape"][0] = items.into();
            let width =
                x["shape"].as_array().expect("a shape").get(1).map_or(1, |width| width.as_u64().expect("a width"));
            let values = (0..items * width as usize).map(|i| unit(hash(9, [i as u32])) - 0.5);
            case.parameters.insert(x["attrs"]["name"].as_str().expect("a name").to_owned(), values.collect());
        }
    }
    Case { items, ..case }
}

fn everyone(case: &Case) -> Vec<i32> {
    (0..case.users as i32).collect()
}

/// Of every place of the lists: user, item, bits of the score.
fn places(users: &[i32], k: usize, top: &TopK) -> Vec<(i32, i32, u32)> {
    let places = top.items.iter().zip(&top.scores).enumerate();
    places.map(|(at, (&item, score))| (users[at / k], item, score.to_bits())).filter(|place| place.1 >= 0).collect()
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn lists_and_pairs_have_the_same_bits() {
    let small = NAMES.into_iter().map(case);
    // More than a block, and one item more than two.
    let large = [300, 2 * SCORE_BLOCK + 1].map(|items| with_items(case("neumf"), items));
    for case in small.chain(large) {
        let name = case.name;
        for isa in Isa::available() {
            let (mut scorer, users) = (scorer(&case, 1, isa), everyone(&case));
            let top = scorer.top_k(&users, case.items, None, None).expect("lists");
            let places = places(&users, case.items, &top);
            assert_eq!(places.len(), case.users * case.items, "{name}: every pair has a score");
            let (of, items): (Vec<i32>, Vec<i32>) = places.iter().map(|&(user, item, _)| (user, item)).unzip();
            let pairs = scorer.score(&of, &items).expect("scores");
            assert_eq!(bits(&pairs), places.iter().map(|place| place.2).collect::<Vec<_>>(), "{name}, {isa:?}");
            for (at, &(user, item, score)) in places.iter().enumerate().step_by(7).take(200) {
                let alone = scorer.score(&[user], &[item]).expect("a score");
                assert_eq!(alone[0].to_bits(), score, "{name}, {isa:?}, pair {at} alone");
                let one = scorer.top_k(&[user], 1, None, Some(&[item])).expect("a list of one");
                assert_eq!((one.items[0], one.scores[0].to_bits()), (item, score), "{name}, {isa:?}, candidate {item}");
            }
        }
    }
}

#[test]
fn threads_and_instruction_sets_change_nothing() {
    for name in NAMES {
        let case = case(name);
        let users = everyone(&case);
        let lists = |threads: usize, isa: Isa| {
            let top = scorer(&case, threads, isa).top_k(&users, 5, Some(&case.interactions()), None).expect("lists");
            places(&users, 5, &top)
        };
        let first = lists(1, Isa::detect());
        assert_eq!(lists(3, Isa::detect()), first, "{name}: three threads");
        for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::PORTABLE) {
            assert_eq!(lists(1, isa), first, "{name}: {isa:?}");
        }
    }
}

#[test]
fn ranks_count_the_scores_of_pairs() {
    for name in NAMES {
        let case = case(name);
        let (mut scorer, users) = (scorer(&case, 2, Isa::detect()), everyone(&case));
        let wanted: Vec<i32> = users.iter().map(|user| user % case.items as i32).collect();
        let offsets: Vec<i32> = (0..=case.users as i32).collect();
        let targets = Csr::new("targets", &offsets, &wanted, case.users, case.items).expect("one target each");
        let ranks = scorer.ranks(&users, &targets, None).expect("ranks");
        let items: Vec<i32> = (0..case.items as i32).collect();
        for (row, &user) in users.iter().enumerate() {
            let scores = scorer.score(&vec![user; case.items], &items).expect("scores");
            let own = scores[wanted[row] as usize];
            let greater = scores.iter().filter(|&&score| score > own).count();
            let equal = scores.iter().filter(|&&score| score == own).count() - 1;
            assert_eq!((ranks.greater[row], ranks.equal[row]), (greater as i32, equal as i32), "{name}, user {user}");
        }
    }
}

/// Rows of items, with whatever repeats.
fn rows(what: &str, rows: &[&[i32]], items: usize) -> Csr {
    let mut offsets = vec![0];
    rows.iter().for_each(|row| offsets.push(offsets.last().unwrap_or(&0) + row.len() as i32));
    Csr::new(what, &offsets, &rows.concat(), rows.len(), items).expect("ascending rows")
}

#[test]
fn ranks_leave_out_what_is_excluded_once_and_never_a_target() {
    let case = with_items(case("neumf"), SCORE_BLOCK + 7);
    let items = case.items;
    let last = items as i32 - 1;
    let (targets, excluded) = (
        rows("targets", &[&[3, 3, last], &[], &[240]], items),
        rows("exclude", &[&[0, 0, 3, 17, 17, 17, 241], &[5, 5], &[]], items),
    );
    for threads in [1, 3] {
        let mut scorer = scorer(&case, threads, Isa::detect());
        let users = [4, 0, 4];
        let ranks = scorer.ranks(&users, &targets, Some(&excluded)).expect("ranks");
        assert_eq!(ranks.candidates, [items as i32 - 3, items as i32 - 1, items as i32]);
        let all: Vec<i32> = (0..items as i32).collect();
        let mut expected = (Vec::new(), Vec::new());
        for (row, &user) in users.iter().enumerate() {
            let scores = scorer.score(&vec![user; items], &all).expect("scores");
            let counts =
                |item: usize| targets.row(row).contains(&(item as i32)) || !excluded.row(row).contains(&(item as i32));
            for &target in targets.row(row) {
                let own = scores[target as usize];
                let ranked = || (0..items).filter(|&item| counts(item)).map(|item| scores[item]);
                expected.0.push(ranked().filter(|&score| score > own).count() as i32);
                expected.1.push(ranked().filter(|&score| score == own).count() as i32 - 1);
            }
        }
        assert_eq!((ranks.greater, ranks.equal), expected);
    }
}

#[test]
fn lists_leave_out_what_is_excluded_whatever_repeats() {
    let case = with_items(case("neumf"), SCORE_BLOCK + 7);
    let mut scorer = scorer(&case, 2, Isa::detect());
    let excluded = rows("exclude", &[&[0, 0, 17, 241, 241], &[]], case.items);
    let all = scorer.top_k(&[4, 4], case.items, Some(&excluded), None).expect("lists");
    let (left, whole) = all.items.split_at(case.items);
    assert_eq!(left.iter().filter(|&&item| item >= 0).count(), case.items - 3);
    assert_eq!(whole.iter().filter(|&&item| item >= 0).count(), case.items);
    let expected: Vec<i32> = whole.iter().copied().filter(|item| ![0, 17, 241].contains(item)).collect();
    assert_eq!(&left[..case.items - 3], expected);
    // Among candidates, too; places that nobody takes are empty.
    let candidates = [0, 16, 17, 239, 240, 241, 246];
    let some = scorer.top_k(&[4], 6, Some(&rows("exclude", &[&[0, 0, 17, 241]], case.items)), Some(&candidates));
    let expected: Vec<i32> = whole.iter().copied().filter(|item| [16, 239, 240, 246].contains(item)).collect();
    let some = some.expect("a list");
    assert_eq!(&some.items[..4], expected);
    assert_eq!((&some.items[4..], &some.scores[4..]), (&[-1, -1][..], &[f32::NEG_INFINITY; 2][..]));
}

#[test]
fn wrong_requests_are_refused() {
    let case = case("neumf");
    let mut scorer = scorer(&case, 1, Isa::detect());
    let mut refused = |users: &[i32], k: usize, candidates: Option<&[i32]>| {
        let failure = scorer.top_k(users, k, None, candidates).err().expect("a refusal");
        assert_eq!(failure.code, "ENGINE_INPUT", "{failure:?}");
        failure.what
    };
    assert!(refused(&[0], 0, None).contains("k is out of range"));
    assert!(refused(&[0, 1], 1 << 31, None).contains("k is out of range"));
    assert!(refused(&[0], 1, Some(&[2, 2])).contains("ascending"), "candidates that repeat");
    assert!(refused(&[0], 1, Some(&[3, 2])).contains("ascending"));
    assert!(refused(&[0], 1, Some(&[case.items as i32])).contains("There is no item"));
    assert!(refused(&[0], 1, Some(&[-1])).contains("There is no item"));
    assert!(refused(&[case.users as i32], 1, None).contains("There is no user"));
    assert_eq!(scorer.score(&[0, 1], &[0]).map_err(|failure| failure.code), Err("ENGINE_INPUT"));
    assert_eq!(scorer.score(&[], &[]), Ok(Vec::new()));
}

#[test]
fn a_score_that_is_no_number_is_told_by_its_pair() {
    for name in NAMES {
        let mut case = case(name);
        let (item, users) = (case.items as i32 - 2, everyone(&case));
        let tables: Vec<String> = case.score["instructions"]
            .as_array()
            .expect("instructions")
            .iter()
            .filter(|x| x["op"] == "param" && x["shape"][0] == case.items)
            .map(|x| x["attrs"]["name"].as_str().expect("a name").to_owned())
            .collect();
        let table = case.parameters.get_mut(&tables[0]).expect("an item table");
        let width = table.len() / case.items;
        table[item as usize * width] = f32::NAN;
        for threads in [1, 3] {
            let mut scorer = scorer(&case, threads, Isa::detect());
            let seen =
                |failure: Failure| (failure.code, failure.details["user"].clone(), failure.details["item"].clone());
            let expected = |user: i32| ("EVAL_SCORES", json!(user), json!(item));
            let pairs = scorer.score(&[0, 1, 2], &[0, item, item]);
            assert_eq!(pairs.map_err(seen), Err(expected(1)), "{name}");
            assert_eq!(scorer.top_k(&users, 1, None, None).map(|_| ()).map_err(seen), Err(expected(0)), "{name}");
            assert_eq!(
                scorer.top_k(&[2], 1, None, Some(&[item])).map(|_| ()).map_err(seen),
                Err(expected(2)),
                "{name}"
            );
            let targets = rows("targets", &[&[0]], case.items);
            assert_eq!(scorer.ranks(&[1], &targets, None).map(|_| ()).map_err(seen), Err(expected(1)), "{name}");
            // Who does not ask for it gets an answer.
            assert!(scorer.top_k(&[2], 1, None, Some(&[0])).is_ok(), "{name}");
        }
    }
}

/// A table of another kind: ties, extremes, columns above all others.
fn refill(case: &mut Case, kind: &str) {
    for (name, values) in &mut case.parameters {
        let items = name.contains("item");
        for (i, x) in values.iter_mut().enumerate() {
            match kind {
                "few different numbers" => *x = (*x * 4.0).round(),
                "zeros" => *x = 0.0,
                "all items alike" if items => *x = 0.25,
                "items in pairs" if items => *x = unit(hash(1, [i as u32 / 32])) - 0.5,
                "large" => *x *= 1e15,
                "too large to tell" => *x *= 1e18,
                "small" => *x *= 1e-28,
                "of all sizes" if items => *x *= 10_f32.powi((i / 8 % 12) as i32 - 6),
                "one item not a number" if items && i == 77 => *x = f32::NAN,
                _ => {}
            }
        }
    }
}

#[test]
fn lists_by_the_shortcut_are_those_of_the_whole_scan() {
    let kinds = ["plain", "few different numbers", "zeros", "all items alike", "items in pairs", "large"];
    let more = ["too large to tell", "small", "of all sizes", "one item not a number"];
    for name in ["bpr-mf", "biased-mf", "normalized-tower"] {
        let most = if name == "bpr-mf" { usize::MAX } else { 2 };
        for kind in kinds.into_iter().chain(more).take(most) {
            let mut case = with_items(case(name), SCORE_BLOCK + 131);
            refill(&mut case, kind);
            let users = [3, 0, 11, 3, 12, 4, 5, 6, 7, 8];
            for (isa, threads) in Isa::available().into_iter().map(|isa| (isa, 1)).chain([(Isa::detect(), 3)]) {
                let (mut whole, mut short) = (scorer(&case, threads, isa), scorer(&case, threads, isa));
                whole.set_shortcut(usize::MAX);
                short.set_shortcut(0);
                for k in [1, 40, case.items + 3] {
                    for excluded in [Some(&case.interactions()), None].into_iter().take(if k == 40 { 2 } else { 1 }) {
                        let what = format!("{name}, {kind}, {isa:?}, {threads} threads, the best {k}");
                        match (whole.top_k(&users, k, excluded, None), short.top_k(&users, k, excluded, None)) {
                            (Ok(a), Ok(b)) => {
                                assert_eq!((a.items, bits(&a.scores)), (b.items, bits(&b.scores)), "{what}")
                            }
                            (Err(a), Err(b)) => assert_eq!(format!("{a:?}"), format!("{b:?}"), "{what}"),
                            (a, b) => panic!("{what}: {:?} and {:?}", a.err(), b.err()),
                        }
                    }
                }
                assert_eq!(whole.shortcut_bytes(), 0);
                let told = !["too large to tell", "one item not a number"].contains(&kind);
                if name == "bpr-mf" {
                    assert_eq!(short.shortcut_bytes() > 0, told, "{name}, {kind}: found among bytes");
                }
            }
        }
    }
}
