use super::*;
use crate::feed::Csr;
use crate::random::hash;

/// Few directions in many dimensions, as training makes them.
fn vectors(count: usize, width: usize, seed: u32) -> Vec<f32> {
    let draw = |a: u32, b: u32| (0..4).map(|c| hash(seed, [a, b, c]) as f32 / 2.0_f32.powi(32) - 0.5).sum::<f32>();
    let mix: Vec<f32> = (0..6 * width as u32).map(|i| draw(u32::MAX, i)).collect();
    let mut rows = Vec::new();
    for row in 0..count as u32 {
        let own: Vec<f32> = (0..6).map(|d| draw(row, d)).collect();
        rows.extend((0..width).map(|c| (0..6).map(|d| own[d] * mix[d * width + c]).sum::<f32>()));
    }
    rows
}

fn index(isa: Isa, threads: usize, vectors: &[f32], width: usize) -> Ivf {
    let centroids = Centroids::Found { cells: 40, seed: 3 };
    Ivf::new(IvfSpec { vectors: vectors.to_vec(), width, centroids, threads, isa }).expect("an index")
}

/// Sorted by the definition.
fn exact(vectors: &[f32], width: usize, query: &[f32], k: usize, allowed: impl Fn(i32) -> bool) -> Vec<i32> {
    let score = |item: i32| {
        let row = &vectors[item as usize * width..][..width];
        row.iter().zip(query).fold(0.0_f64, |sum, (a, b)| sum + f64::from(*a) * f64::from(*b))
    };
    let mut items: Vec<i32> = (0..(vectors.len() / width) as i32).filter(|&item| allowed(item)).collect();
    items.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    items.truncate(k);
    items
}

const ALL: usize = usize::MAX;

#[test]
fn who_looks_everywhere_finds_what_is_best() {
    let (width, count) = (23, 1500);
    let rows = vectors(count, width, 1);
    let queries = vectors(9, width, 1);
    for isa in Isa::available() {
        let index = index(isa, 2, &rows, width);
        let found = index.search(&Search { queries: &queries, k: 10, effort: ALL, exclude: None, candidates: None });
        let found = found.expect("a search");
        for (row, query) in queries.chunks_exact(width).enumerate() {
            assert_eq!(found.items[row * 10..][..10], exact(&rows, width, query, 10, |_| true), "{isa:?}");
        }
    }
}

#[test]
fn a_part_of_the_cells_holds_most_of_the_best() {
    let (width, count, k) = (32, 4000, 20);
    let rows = vectors(count, width, 5);
    let queries = vectors(50, width, 5);
    let index = index(Isa::detect(), 2, &rows, width);
    let search = |effort| {
        let found = index.search(&Search { queries: &queries, k, effort, exclude: None, candidates: None });
        found.expect("a search").items
    };
    let (all, some) = (search(ALL), search(count / 5));
    let hits = all.chunks(k).zip(some.chunks(k)).map(|(all, some)| some.iter().filter(|x| all.contains(x)).count());
    let recall = hits.sum::<usize>() as f64 / all.len() as f64;
    assert!(recall > 0.9, "{recall}");
}

#[test]
fn filters_are_inside_the_search() {
    let (width, count) = (16, 1200);
    let rows = vectors(count, width, 2);
    let queries = vectors(3, width, 2);
    let index = index(Isa::detect(), 1, &rows, width);
    let candidates: Vec<i32> = (0..count as i32).filter(|item| item % 50 == 7).collect();
    let left = Csr::new("exclude", &[0, 1, 1, 3], &[7, 57, 107], 3, count).expect("rows");
    // however little it is to look at, as many are found as there are
    let search = Search { queries: &queries, k: 24, effort: 1, exclude: Some(&left), candidates: Some(&candidates) };
    let found = index.search(&search).expect("a search");
    for (row, query) in queries.chunks_exact(width).enumerate() {
        let best = exact(&rows, width, query, 24, |item| {
            candidates.binary_search(&item).is_ok() && left.row(row).binary_search(&item).is_err()
        });
        let listed: Vec<i32> = found.items[row * 24..][..24].iter().copied().filter(|&item| item >= 0).collect();
        assert_eq!(listed, best);
        assert!(found.scores[row * 24 + best.len()..][..24 - best.len()].iter().all(|x| *x == f32::NEG_INFINITY));
    }
}

#[test]
fn items_that_came_later_get_the_nearest_cell_and_are_found() {
    let (width, count) = (16, 1000);
    let rows = vectors(count, width, 4);
    let isa = Isa::detect();
    let whole = index(isa, 2, &rows, width);
    let given = |known: usize| Centroids::Given {
        values: whole.centroids().to_vec(),
        cell_of: whole.cell_of()[..known].to_vec(),
    };
    let spec = |known| IvfSpec { vectors: rows.clone(), width, centroids: given(known), threads: 1, isa };
    let grown = Ivf::new(spec(900)).expect("an index");
    assert_eq!(grown.cell_of(), whole.cell_of());
    let wrong = IvfSpec { vectors: rows[..width].to_vec(), ..spec(900) };
    assert!(Ivf::new(wrong).is_err());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (width, count) = (19, 2000);
    let rows = vectors(count, width, 6);
    let queries = vectors(30, width, 6);
    let isa = Isa::detect();
    let [one, three] = [1, 3].map(|threads| index(isa, threads, &rows, width));
    assert_eq!((one.centroids(), one.cell_of()), (three.centroids(), three.cell_of()));
    let [one, three] = [one, three].map(|index| {
        let search = Search { queries: &queries, k: 15, effort: 300, exclude: None, candidates: None };
        index.search(&search).expect("a search")
    });
    assert_eq!((one.items, one.scores), (three.items, three.scores));
}

#[test]
fn ties_go_to_the_lower_item() {
    let rows = [1.0_f32, 1.0, 2.0, 1.0, 2.0, 1.0];
    let spec = IvfSpec {
        vectors: rows.to_vec(),
        width: 1,
        centroids: Centroids::Found { cells: 2, seed: 1 },
        threads: 1,
        isa: Isa::detect(),
    };
    let index = Ivf::new(spec).expect("an index");
    let search = Search { queries: &[1.0], k: 4, effort: ALL, exclude: None, candidates: None };
    assert_eq!(index.search(&search).expect("a search").items, [2, 4, 0, 1]);
}

/// As searches are defined: cells by their promise until so many items were seen, the best of those, lower items first.
fn defined(isa: Isa, index: &Ivf, vectors: &[f32], search: &Search<'_>) -> Vec<(i32, u32)> {
    let query = search.queries;
    let add = |sum: f32, (&x, &y): (&f32, &f32)| if isa == Isa::PORTABLE { x * y + sum } else { x.mul_add(y, sum) };
    let product = |row: &[f32]| row.iter().zip(query).fold(0.0, add);
    let promise: Vec<f32> = index.centroids().chunks_exact(query.len()).map(product).collect();
    let mut order: Vec<usize> = (0..promise.len()).collect();
    order.sort_by(|&a, &b| promise[b].total_cmp(&promise[a]));
    let (mut seen, mut found) = (0, Vec::new());
    for cell in order {
        let items = (0..index.items()).filter(|&item| index.cell_of()[item] == cell as i32);
        let allowed = items.filter(|&item| search.candidates.is_none_or(|all| all.contains(&(item as i32))));
        for item in allowed {
            seen += 1;
            if search.exclude.is_none_or(|left| !left.row(0).contains(&(item as i32))) {
                found.push((item as i32, product(&vectors[item * query.len()..][..query.len()])));
            }
        }
        if seen >= search.effort && found.len() >= search.k {
            break;
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.iter().take(search.k).map(|&(item, score)| (item, score.to_bits())).collect()
}

#[test]
fn lists_are_those_of_the_definition_to_the_last_bit() {
    let (width, count) = (11, 900);
    let plain = vectors(count, width, 8);
    let kinds = ["plain", "ties", "alike", "too large to be told in bytes", "small and large"];
    let change = |kind: &str, i: usize, x: f32| match kind {
        "plain" => x,
        "ties" => (x * 3.0).round(),
        "alike" => (i % width) as f32,
        "small and large" => x * 10_f32.powi((i / width % 20) as i32 - 10),
        _ => x * 1e19,
    };
    let candidates: Vec<i32> = (0..count as i32).filter(|item| item % 3 > 0).collect();
    let left = Csr::new("exclude", &[0, 3], &[1, 4, 500], 1, count).expect("rows");
    for kind in kinds {
        let rows: Vec<f32> = plain.iter().enumerate().map(|(i, &x)| change(kind, i, x)).collect();
        for isa in Isa::available() {
            let index = index(isa, 2, &rows, width);
            for (seed, scale) in [(1, 1.0), (2, 1e-30), (3, 1e18)] {
                let mut query = vectors(1, width, seed);
                query.iter_mut().for_each(|x| *x *= scale);
                for (k, effort) in [(1, 1), (10, 200), (40, 30), (7, ALL), (count, ALL)] {
                    for filtered in [false, true] {
                        let (exclude, candidates) =
                            if filtered { (Some(&left), Some(&candidates[..])) } else { (None, None) };
                        let search = Search { queries: &query, k, effort, exclude, candidates };
                        let found = index.search(&search).expect("a search");
                        let places = found.items.iter().zip(&found.scores).filter(|(item, _)| **item >= 0);
                        let places: Vec<(i32, u32)> = places.map(|(&item, x)| (item, x.to_bits())).collect();
                        let wanted = defined(isa, &index, &rows, &search);
                        assert_eq!(places, wanted, "{kind}, {isa:?}, query {seed}, {k} of {effort}");
                    }
                }
            }
        }
    }
}
