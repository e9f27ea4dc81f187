//! A pair has the same score, to the last bit, whichever way it is asked for.

mod common;

use common::{Case, NAMES, case};
use penchant_kernels::compile::SCORE_BLOCK;
use penchant_kernels::feed::Csr;
use penchant_kernels::isa::Isa;
use penchant_kernels::plan::Plan;
use penchant_kernels::random::{hash, unit};
use penchant_kernels::scorer::{ScoreSpec, Scorer, TopK};

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
