//! What a step is fed: positives in their order, negatives that nobody knows, labels and weights.

use penchant_kernels::feed::{Csr, Distribution, Feed, FeedSpec, Kind, Out};
use penchant_kernels::isa::Isa;
use penchant_kernels::matrix::SparseMatrix;
use penchant_kernels::random::{NegativeDraws, below};

/// Rows as they are given: distinct items, ascending.
fn csr(rows: &[Vec<i32>]) -> Csr {
    let mut csr = Csr { offsets: vec![0], items: Vec::new() };
    for row in rows {
        csr.items.extend(row);
        csr.offsets.push(csr.items.len() as u32);
    }
    csr
}

fn spec(kind: Kind, negatives: usize, rows: &[Vec<i32>], known: &[Vec<i32>], items: usize) -> FeedSpec {
    FeedSpec {
        kind,
        negatives,
        distribution: Distribution::Uniform,
        shuffle: false,
        users: rows.len(),
        items,
        interactions: csr(rows),
        values: None,
        known: csr(known),
        dislikes: None,
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Columns {
    user: Vec<i32>,
    item: Vec<i32>,
    negative: Vec<i32>,
    event: Vec<i32>,
    label: Vec<f32>,
    weight: Vec<f32>,
}

/// A whole epoch, in calls of `step` rows.
fn epoch(feed: &Feed, number: u32, step: usize) -> Columns {
    let rows = feed.rows_per_epoch() as usize;
    let mut all = Columns {
        user: vec![-1; rows],
        item: vec![-1; rows],
        negative: vec![-1; rows],
        event: vec![-1; rows],
        label: vec![-1.0; rows],
        weight: vec![-1.0; rows],
    };
    let started = feed.epoch(3, number);
    for first in (0..rows).step_by(step) {
        let end = rows.min(first + step);
        let mut out = Out {
            user: &mut all.user[first..end],
            item: &mut all.item[first..end],
            negative: &mut all.negative[first..end],
            event: &mut all.event[first..end],
            label: &mut all.label[first..end],
            weight: &mut all.weight[first..end],
        };
        feed.fill(Isa::detect(), &started, first as u64, &mut out);
    }
    all
}

fn filled(spec: FeedSpec) -> Columns {
    epoch(&Feed::new(spec).expect("a feed"), 0, 7)
}

fn all_but(items: i32, left: &[i32]) -> Vec<i32> {
    (0..items).filter(|item| !left.contains(item)).collect()
}

#[test]
fn pairs_are_each_positive_and_then_its_negatives_which_nobody_knows() {
    let rows = [vec![1, 4], vec![], vec![0]];
    let known = [vec![1, 2, 4], vec![], vec![0, 5]];
    let found = filled(FeedSpec { values: Some(vec![2.0, 3.0, 5.0]), ..spec(Kind::Pairs, 3, &rows, &known, 6) });
    assert_eq!(found.user, [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2]);
    assert_eq!(found.label, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(found.weight, [2.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0]);
    for (row, &item) in found.item.iter().enumerate() {
        match row % 4 {
            0 => assert_eq!(item, [1, 4, 0][row / 4]),
            _ => assert!(!known[found.user[row] as usize].contains(&item) && (0..6).contains(&item), "row {row}"),
        }
    }
}

#[test]
fn triples_name_a_negative_beside_their_positive_and_weigh_as_it_does() {
    let rows = [vec![1, 4], vec![0]];
    let known = [vec![1, 2, 4], vec![0, 5]];
    let found = filled(FeedSpec { values: Some(vec![2.0, 3.0, 5.0]), ..spec(Kind::Triples, 2, &rows, &known, 6) });
    assert_eq!((found.user, found.item), (vec![0, 0, 0, 0, 1, 1], vec![1, 1, 4, 4, 0, 0]));
    assert_eq!(found.weight, [2.0, 2.0, 3.0, 3.0, 5.0, 5.0]);
    for (row, negative) in found.negative.iter().enumerate() {
        assert!(!known[row / 4].contains(negative) && (0..6).contains(negative), "row {row}: {negative}");
    }
}

#[test]
fn a_dislike_of_triples_stands_against_each_of_the_same_users_positives_in_turn() {
    let rows = [vec![1, 4], vec![0], vec![2, 3, 5]];
    let disliked = [vec![0], vec![], vec![1, 4]];
    let known = [vec![0, 1, 4], vec![0], vec![1, 2, 3, 4, 5]];
    let dislikes = Some((csr(&disliked), vec![2.0, 3.0, 4.0]));
    let feed = Feed::new(FeedSpec { dislikes, ..spec(Kind::Triples, 1, &rows, &known, 7) }).expect("a feed");
    let mut drawn = [const { std::collections::BTreeSet::new() }; 3];
    for number in 0..60 {
        let found = epoch(&feed, number, 4);
        assert_eq!(found.user[6..], [0, 2, 2]);
        assert_eq!(found.negative[6..], [0, 1, 4]);
        for (&user, &item) in found.user[6..].iter().zip(&found.item[6..]) {
            drawn[user as usize].insert(item);
        }
    }
    assert_eq!(drawn.map(|items| items.into_iter().collect::<Vec<i32>>()), [vec![1, 4], vec![], vec![2, 3, 5]]);
}

#[test]
fn ratings_come_with_their_values_and_rows_once_for_everybody_with_an_interaction() {
    let rows = [vec![1, 4], vec![], vec![0]];
    let rated = FeedSpec { values: Some(vec![2.0, 3.0, 5.0]), ..spec(Kind::Ratings, 0, &rows, &rows, 6) };
    let found = filled(rated);
    assert_eq!((found.user, found.item, found.label), (vec![0, 0, 2], vec![1, 4, 0], vec![2.0, 3.0, 5.0]));
    let found = filled(spec(Kind::Ratings, 0, &rows, &rows, 6));
    assert_eq!(found.label, [1.0, 1.0, 1.0]);
    let found = filled(spec(Kind::Rows, 0, &rows, &rows, 6));
    assert_eq!((found.user, found.item), (vec![0, 2], vec![1, 0]));
}

#[test]
fn the_only_unknown_item_is_found_where_no_draw_meets_it() {
    // A hundred and odd draws of 20,000 items hardly ever meet the one; the walk from the last draw must, over the end as well.
    const ITEMS: i32 = 20_000;
    for left in [0, 1, 9_999, ITEMS - 1] {
        let known = [all_but(ITEMS, &[left])];
        let found = filled(spec(Kind::Triples, 4, &[vec![7]], &known, ITEMS as usize));
        assert_eq!(found.negative, [left; 4]);
        let found = filled(spec(Kind::Pairs, 4, &[vec![7]], &known, ITEMS as usize));
        assert_eq!(found.item, [7, left, left, left, left]);
        assert_eq!(found.label, [1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn luck_ends_after_128_draws() {
    // Draws and walk as the definition has them: two unknown items far apart, so that the walk's begin tells the last draw.
    const ITEMS: i32 = 20_000;
    let left = [2_500, 12_500];
    let found = filled(spec(Kind::Triples, 300, &[vec![7]], &[all_but(ITEMS, &left)], ITEMS as usize));
    let draws = NegativeDraws::new(3, 0);
    let draw = |row: u64, attempt: u32| below(draws.at(row, attempt), ITEMS as u32) as i32;
    let mut walked = 0;
    for (row, &negative) in found.negative.iter().enumerate() {
        let lucky = (0..128).map(|attempt| draw(row as u64, attempt)).find(|item| left.contains(item));
        walked += usize::from(lucky.is_none());
        let last = draw(row as u64, 127);
        let next = if (left[0]..left[1]).contains(&last) { left[1] } else { left[0] };
        assert_eq!(negative, lucky.unwrap_or(next), "row {row}");
    }
    assert!(walked > 250, "{walked} of 300");
}

#[test]
fn who_knows_everything_gets_the_positive_itself() {
    let everything = [all_but(300, &[])];
    let pairs = spec(Kind::Pairs, 2, &[vec![7]], &everything, 300);
    let found = filled(FeedSpec { values: Some(vec![4.0]), ..pairs });
    assert_eq!((found.item, found.label, found.weight), (vec![7; 3], vec![1.0; 3], vec![4.0; 3]));
    let found = filled(spec(Kind::Triples, 2, &[vec![7]], &everything, 300));
    assert_eq!((found.item, found.negative), (vec![7; 2], vec![7; 2]));
}

#[test]
fn what_is_known_is_the_same_as_bits_and_as_rows() {
    // A bit for each user and item takes 2 MB of a few users, 256 MB of a million: then rows are searched.
    const ITEMS: i32 = 2048;
    let known: Vec<Vec<i32>> = (0..4).map(|user| (0..ITEMS).filter(|item| item % 4 != user).collect()).collect();
    let rows: Vec<Vec<i32>> = known.iter().map(|row| row.iter().copied().step_by(50).collect()).collect();
    let few = filled(spec(Kind::Triples, 3, &rows, &known, ITEMS as usize));
    let many = |rows: &[Vec<i32>]| {
        let mut csr = csr(rows);
        csr.offsets.resize((1 << 20) + 1, csr.items.len() as u32);
        csr
    };
    let large = FeedSpec {
        users: 1 << 20,
        interactions: many(&rows),
        known: many(&known),
        ..spec(Kind::Triples, 3, &rows, &known, ITEMS as usize)
    };
    let found = filled(large);
    assert!(found.negative.iter().zip(&found.user).all(|(negative, user)| negative % 4 == *user));
    assert_eq!(found, few);
}

#[test]
fn an_alias_table_draws_by_its_thresholds() {
    let aliased = |threshold: u32| FeedSpec {
        distribution: Distribution::Alias { thresholds: vec![threshold; 100], aliases: vec![42; 100] },
        ..spec(Kind::Triples, 200, &[vec![7]], &[vec![7]], 100)
    };
    assert_eq!(filled(aliased(0)).negative, [42; 200]);
    let own = filled(aliased(u32::MAX)).negative;
    let uniform = filled(spec(Kind::Triples, 200, &[vec![7]], &[vec![7]], 100)).negative;
    assert_eq!(own, uniform);
    let half = filled(aliased(1 << 31)).negative;
    let count = half.iter().filter(|&&item| item == 42).count();
    assert!((70..130).contains(&count), "{count} of 200");
}

#[test]
fn a_shuffled_epoch_has_every_row_once_and_is_the_same_in_steps_of_any_size() {
    let rows: Vec<Vec<i32>> = (0..40).map(|user| (0..5).map(|i| user + 2 * i).collect()).collect();
    let feed = Feed::new(FeedSpec { shuffle: true, ..spec(Kind::Pairs, 2, &rows, &rows, 60) }).expect("a feed");
    assert_eq!(feed.rows_per_epoch(), 40 * 5 * 3);
    let whole = epoch(&feed, 0, 600);
    for step in [1, 63, 64, 65, 128] {
        assert_eq!(epoch(&feed, 0, step), whole, "steps of {step}");
    }
    assert_ne!(epoch(&feed, 1, 600).user, whole.user);
    let mut positives: Vec<(i32, i32)> =
        (0..600).filter(|&i| whole.label[i] == 1.0).map(|i| (whole.user[i], whole.item[i])).collect();
    positives.sort_unstable();
    let expected: Vec<(i32, i32)> =
        rows.iter().zip(0..).flat_map(|(row, user)| row.iter().map(move |&item| (user, item))).collect();
    assert_eq!(positives, expected);
    assert_ne!(whole.user[..20], epoch(&feed, 0, 600).user[20..40], "shuffled");
}

#[test]
fn events_number_the_positives_that_rows_are_about() {
    let rows = [vec![1, 4], vec![], vec![0]];
    for (kind, each) in [(Kind::Pairs, 3), (Kind::Triples, 2), (Kind::Ratings, 1)] {
        let found = filled(spec(kind, 2, &rows, &rows, 6));
        let mut events = found.event.clone();
        events.sort_unstable();
        assert_eq!(events, (0..3).flat_map(|event| vec![event; each]).collect::<Vec<_>>());
        assert!(found.event.iter().zip(&found.user).all(|(&event, &user)| user == if event < 2 { 0 } else { 2 }));
    }
}

#[test]
fn columns_that_no_plan_reads_may_be_empty() {
    let feed = Feed::new(spec(Kind::Pairs, 2, &[vec![1, 4]], &[vec![1, 4]], 6)).expect("a feed");
    let whole = epoch(&feed, 0, 6);
    let (mut user, mut item) = ([-1; 6], [-1; 6]);
    let mut out =
        Out { user: &mut user, item: &mut item, negative: &mut [], event: &mut [], label: &mut [], weight: &mut [] };
    feed.fill(Isa::detect(), &feed.epoch(3, 0), 0, &mut out);
    assert_eq!((&user[..], &item[..]), (&whole.user[..], &whole.item[..]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let good = || spec(Kind::Pairs, 2, &[vec![1, 4]], &[vec![1, 4]], 6);
    let alias = |thresholds: usize, aliases: Vec<i32>| FeedSpec {
        distribution: Distribution::Alias { thresholds: vec![0; thresholds], aliases },
        ..good()
    };
    let long = Csr { offsets: vec![0, 1 << 22], items: vec![0; 1 << 22] };
    let wrong = [
        (FeedSpec { negatives: 0, ..good() }, "negatives"),
        (FeedSpec { negatives: 1 << 32, ..good() }, "negatives"),
        (FeedSpec { items: 1 << 31, ..good() }, "too many"),
        (FeedSpec { users: 1 << 31, ..good() }, "too many"),
        (alias(5, vec![0; 6]), "alias"),
        (alias(6, vec![0; 5]), "alias"),
        (alias(6, vec![0, 0, 0, 0, 0, 6]), "alias"),
        (alias(6, vec![0, 0, 0, 0, 0, -1]), "alias"),
        (FeedSpec { values: Some(vec![1.0]), ..good() }, "value"),
        (FeedSpec { negatives: u32::MAX as usize, interactions: long, ..good() }, "too many rows"),
    ];
    for (spec, about) in wrong {
        let failure = Feed::new(spec).expect_err(about);
        assert!(format!("{failure:?}").contains(about), "{failure:?}");
    }
    assert!(Feed::new(alias(6, vec![5; 6])).is_ok());
    assert!(Feed::new(FeedSpec { negatives: u32::MAX as usize, ..good() }).is_ok());
    // What draws no negatives needs no number of them.
    assert!(Feed::new(FeedSpec { kind: Kind::Ratings, negatives: 0, ..good() }).is_ok());
}

#[test]
fn repeated_ids_in_rows_are_kept_as_they_are() {
    let twice = Csr::new("known", &[0, 2, 3], &[1, 1, 4], 2, 5).expect("repeats are allowed");
    assert!(twice.ascends());
    assert_eq!((twice.row(0), twice.row(1)), (&[1, 1][..], &[4][..]));
    // A positive that is given twice is two positives; known twice is known.
    let rows = [vec![1, 1], vec![4]];
    let feed = Feed::new(spec(Kind::Pairs, 1, &rows, &rows, 5)).expect("a feed");
    assert_eq!((feed.rows_per_epoch(), feed.events()), (6, Some(3)));
    let found = epoch(&feed, 0, 6);
    let mut positives: Vec<(i32, i32)> =
        (0..6).filter(|&i| found.label[i] == 1.0).map(|i| (found.user[i], found.item[i])).collect();
    positives.sort_unstable();
    assert_eq!(positives, [(0, 1), (0, 1), (1, 4)]);
    assert!((0..6).filter(|&i| found.label[i] == 0.0).all(|i| !rows[found.user[i] as usize].contains(&found.item[i])));
    // What is solved for looks at whole columns, and says where one is there twice.
    let matrix = |offsets: &[i32], items: &[i32]| {
        let rows = Csr::new("data", offsets, items, offsets.len() - 1, 5).expect("rows");
        SparseMatrix::new(&rows, None, 5).expect("a matrix")
    };
    assert_eq!(matrix(&[0, 2, 4], &[0, 3, 3, 4]).repeated(), None);
    assert_eq!(matrix(&[0, 2, 5], &[0, 3, 1, 4, 4]).repeated(), Some((1, 4)));
}

#[test]
fn rows_are_checked_when_they_come() {
    let of = |offsets: &[i32], items: &[i32]| Csr::new("known", offsets, items, 2, 5);
    let wrong: [(&[i32], &[i32]); 7] = [
        (&[0, 3], &[1, 2, 4]),
        (&[0, 2, 3, 3], &[1, 2, 4]),
        (&[1, 2, 3], &[1, 2, 4]),
        (&[0, 3, 2], &[1, 2]),
        (&[0, 2, 2], &[1, 2, 4]),
        (&[0, 2, 3], &[1, 2, 5]),
        (&[0, 2, 3], &[-1, 2, 4]),
    ];
    for (offsets, items) in wrong {
        assert!(of(offsets, items).is_err(), "{offsets:?} {items:?}");
    }
    assert!(of(&[0, 2, 3], &[2, 1, 4]).is_err());
    assert_eq!(Csr::in_any_order("known", &[0, 2, 3], &[2, 1, 4], 2, 5).expect("any order").row(0), [2, 1]);
}
