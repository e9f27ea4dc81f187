use super::*;
use crate::random::{hash, unit};

fn noise(seed: u32, i: usize) -> f32 {
    (0..4).map(|part| unit(hash(seed, [i as u32, part])) - 0.5).sum()
}

/// Tables in which something is at its worst.
fn tables(count: usize, width: usize, seed: u32) -> Vec<(&'static str, Vec<f32>)> {
    let all = |value: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        (0..count).flat_map(|row| (0..width).map(move |c| (row, c))).map(|(row, c)| value(row, c)).collect()
    };
    let plain = |row: usize, c: usize| noise(seed, row * width + c);
    vec![
        ("plain", all(&plain)),
        ("few rows, each often", all(&|row, c| plain(row % 7, c))),
        ("all rows alike", all(&|_, c| plain(0, c))),
        ("zeros", all(&|_, _| 0.0)),
        ("some zeros of either sign", all(&|row, c| if row % 3 == 0 { [0.0, -0.0][c % 2] } else { plain(row, c) })),
        ("whole numbers", all(&|row, c| (plain(row, c) * 3.0).round())),
        ("one column above all", all(&|row, c| plain(row, c) * if c == width / 2 { 300.0 } else { 1.0 })),
        ("norms of all sizes", all(&|row, c| plain(row, c) * 10_f32.powi(row as i32 % 30 - 15))),
        ("one number of a row above all", all(&|row, c| plain(row, c) * if c == row % width { 1e4 } else { 1.0 })),
        ("as large as may be", all(&|row, c| plain(row, c) * 2e16)),
        ("too small for squares", all(&|row, c| plain(row, c) * 1e-25)),
        ("below what codes begin at", all(&|row, c| plain(row, c) * 1e-34)),
        ("subnormal", all(&|row, c| plain(row, c) * 1e-42)),
        ("nearly alike", all(&|row, c| plain(0, c) * (1.0 + 1e-7 * row as f32))),
    ]
}

/// As scorers add: from the first column to the last, rounded once or twice.
fn exact(isa: Isa, a: &[f32], b: &[f32]) -> f32 {
    let add = |sum: f32, (&x, &y): (&f32, &f32)| if isa == Isa::PORTABLE { x * y + sum } else { x.mul_add(y, sum) };
    a.iter().zip(b).fold(0.0, add)
}

fn coarse(isa: Isa, width: usize, values: &[f32]) -> (CoarseRows, bool) {
    let shape = Shape::of(width, values.chunks_exact(width));
    let mut rows = CoarseRows::new(shape, values.len() / width);
    let arena = rows.arena();
    // SAFETY: nobody else has the lines.
    let blocks = unsafe { arena.slice_mut(0, arena.len()) };
    let fine = fill(isa, shape, blocks, values.chunks_exact(width));
    (rows, fine)
}

/// What is left of the rows for each query.
fn sieved(isa: Isa, rows: &CoarseRows, queries: &[&[f32]], k: usize, limit: usize, from: usize) -> Vec<Sieve> {
    let queries: Vec<Query> = queries.iter().map(|q| Query::new(rows.shape(), q).expect("a query")).collect();
    let mut sieves: Vec<Sieve> = queries.iter().map(|_| Sieve::new(k, limit)).collect();
    let count = rows.count;
    let admit = |_: usize, row: usize| row >= from && row < count;
    isa.run_bytes(Scan { rows, blocks: 0..rows.blocks(), queries: &queries, sieves: &mut sieves, admit });
    sieves
}

#[test]
fn an_exact_score_never_lies_outside_its_bounds() {
    for (width, count) in [(1, 20), (3, 33), (64, 50), (65, 33), (257, 17)] {
        for (name, values) in tables(count, width, width as u32) {
            let (_, queries) = &tables(9, width, 77)[[0, 5, 6, 9][count % 4]];
            let tiny: Vec<f32> = (0..width).map(|c| noise(5, c) * 1e-30).collect();
            let mut asked: Vec<&[f32]> = queries.chunks_exact(width).collect();
            asked.extend([&tiny[..], &values[..width]]);
            for isa in Isa::available() {
                let (rows, fine) = coarse(isa, width, &values);
                assert!(fine, "{name}");
                for (q, sieve) in sieved(isa, &rows, &asked, count, usize::MAX, 0).into_iter().enumerate() {
                    assert_eq!(sieve.kept.len(), count, "{name}: every row is there");
                    for kept in &sieve.kept {
                        let row = &values[kept.row as usize * width..][..width];
                        let score = exact(isa, asked[q], row);
                        let inside = kept.least <= score && score <= kept.most;
                        assert!(inside, "{isa:?}, {name}, {width}: {score} of {} to {}", kept.least, kept.most);
                    }
                }
            }
        }
    }
}

#[test]
fn the_best_and_all_that_tie_with_them_are_kept() {
    let (width, count) = (12, 700);
    for (name, values) in tables(count, width, 3) {
        let queries: Vec<f32> = (0..9 * width).map(|i| noise(8, i)).collect();
        let asked: Vec<&[f32]> = queries.chunks_exact(width).collect();
        for isa in Isa::available() {
            let (rows, _) = coarse(isa, width, &values);
            for k in [1, 10, 200] {
                for (q, sieve) in sieved(isa, &rows, &asked, k, usize::MAX, 100).into_iter().enumerate() {
                    let scores: Vec<f32> = values.chunks_exact(width).map(|row| exact(isa, asked[q], row)).collect();
                    let mut order: Vec<f32> = scores[100..].to_vec();
                    order.sort_by(|a, b| b.total_cmp(a));
                    let kept = sieve.rows().expect("no limit");
                    assert!(kept.windows(2).all(|pair| pair[0] < pair[1]) && kept[0] >= 100);
                    let wanted = (100..count).filter(|&row| scores[row] >= order[k - 1]);
                    for row in wanted {
                        assert!(kept.binary_search(&(row as u32)).is_ok(), "{isa:?}, {name}, {k}: row {row}");
                    }
                }
            }
        }
    }
}

#[test]
fn few_rows_of_a_plain_table_are_kept() {
    let (width, count, k) = (32, 6000, 10);
    let (_, values) = tables(count, width, 4).swap_remove(0);
    let queries: Vec<f32> = (0..8 * width).map(|i| noise(9, i)).collect();
    let asked: Vec<&[f32]> = queries.chunks_exact(width).collect();
    let isa = Isa::detect();
    let (rows, _) = coarse(isa, width, &values);
    for sieve in sieved(isa, &rows, &asked, k, usize::MAX, 0) {
        let kept = sieve.rows().expect("no limit").len();
        assert!((k..4 * k).contains(&kept), "{kept} rows for the best {k}");
    }
}

#[test]
fn a_large_column_leaves_the_others_their_steps() {
    let (width, count, k) = (17, 3000, 10);
    let large = 12;
    let values: Vec<f32> =
        (0..count * width).map(|i| noise(6, i) * if i % width == large { 20.0 } else { 1.0 }).collect();
    let shape = Shape::of(width, values.chunks_exact(width));
    assert_eq!(shape.apart, Some(large));
    let query: Vec<f32> = (0..width).map(|c| if c == large { 1.0 } else { noise(2, c) }).collect();
    let isa = Isa::detect();
    let kept = |shape: Shape| {
        let mut rows = CoarseRows::new(shape, count);
        let arena = rows.arena();
        // SAFETY: nobody else has the lines.
        fill(isa, shape, unsafe { arena.slice_mut(0, arena.len()) }, values.chunks_exact(width));
        sieved(isa, &rows, &[&query], k, usize::MAX, 0).remove(0).rows().expect("no limit").len()
    };
    let (apart, together) = (kept(shape), kept(Shape { apart: None, ..shape }));
    assert!(apart < together && apart < 2 * k, "{apart} and {together} rows");
}

#[test]
fn a_sieve_gives_up_where_everything_may_be_best() {
    let (width, count) = (8, 9000);
    let values = vec![0.25; count * width];
    let isa = Isa::detect();
    let (rows, _) = coarse(isa, width, &values);
    let query = vec![1.0; width];
    let mut sieves = sieved(isa, &rows, &[&query, &query], 10, 3000, 0);
    assert!(sieves.pop().expect("a sieve").rows().is_none());
    let sieve = sieved(isa, &rows, &[&query], 10, usize::MAX, 0).remove(0);
    assert_eq!(sieve.rows().expect("no limit").len(), count);
}

#[test]
fn what_bytes_cannot_tell_is_said() {
    let isa = Isa::detect();
    for (strange, fits) in [(f32::NAN, false), (f32::INFINITY, false), (-3e18, false), (1e17, true)] {
        for place in 0..40 {
            let mut values = vec![1.0; 40];
            values[place] = strange;
            assert_eq!(coarse(isa, 4, &values).1, fits, "{strange} at {place}");
            let shape = Shape { width: 40, apart: Some(3) };
            assert_eq!(Query::new(shape, &values).is_some(), fits, "{strange} at {place} of a query");
        }
    }
}
