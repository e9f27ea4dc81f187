//! Each solution against its definition in float64, whatever the threads and the instruction set.

use super::*;
use crate::feed::Csr;
use crate::matrix::SparseMatrix;
use crate::random::hash;

fn jobs() -> Vec<Job> {
    Isa::available().into_iter().flat_map(|isa| [1, 3].map(|threads| Job::new(isa, threads))).collect()
}

/// Rows with a few columns each; row 3 and column 5 are empty.
fn matrix(rows: usize, columns: usize, every: u32) -> SparseMatrix {
    let (mut offsets, mut items, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..rows {
        for column in 0..columns {
            let word = hash(7, [row as u32, column as u32]);
            if row != 3 && column != 5 && word % every == 0 {
                items.push(column as i32);
                values.push(1.0 + (word >> 8) as f32 / 1e7);
            }
        }
        offsets.push(items.len() as i32);
    }
    let rows = Csr::new("test", &offsets, &items, rows, columns).expect("a well formed matrix");
    SparseMatrix::new(&rows, Some(&values), columns).expect("one value an entry")
}

fn dense(x: &SparseMatrix) -> Vec<f64> {
    let mut out = vec![0.0; x.rows() * x.columns];
    for row in 0..x.rows() {
        let (ids, values) = x.row(row);
        ids.iter().zip(values).for_each(|(&id, &value)| out[row * x.columns + id as usize] = f64::from(value));
    }
    out
}

/// Gauss-Jordan with pivots, float64.
fn inverse(a: &[f64], n: usize) -> Vec<f64> {
    let (mut a, mut b) = (a.to_vec(), vec![0.0; n * n]);
    (0..n).for_each(|i| b[i * n + i] = 1.0);
    for k in 0..n {
        let best = (k..n).max_by(|&i, &j| a[i * n + k].abs().total_cmp(&a[j * n + k].abs())).expect("a row");
        for c in 0..n {
            a.swap(k * n + c, best * n + c);
            b.swap(k * n + c, best * n + c);
        }
        let pivot = a[k * n + k];
        for c in 0..n {
            (a[k * n + c], b[k * n + c]) = (a[k * n + c] / pivot, b[k * n + c] / pivot);
        }
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i * n + k];
            for c in 0..n {
                a[i * n + c] -= factor * a[k * n + c];
                b[i * n + c] -= factor * b[k * n + c];
            }
        }
    }
    b
}

/// `X^T X + l2 I`
fn regularized_gram(x: &[f64], rows: usize, n: usize, l2: f64) -> Vec<f64> {
    let mut g = vec![0.0; n * n];
    for row in x.chunks_exact(n).take(rows) {
        for i in 0..n {
            for j in 0..n {
                g[i * n + j] += row[i] * row[j];
            }
        }
    }
    (0..n).for_each(|i| g[i * n + i] += l2);
    g
}

fn same_bits(found: &mut Vec<(Isa, Vec<f32>)>, isa: Isa, values: Vec<f32>) {
    for (other, expected) in &*found {
        // The portable set rounds twice where the others fuse.
        if (*other == Isa::PORTABLE) == (isa == Isa::PORTABLE) {
            assert!(
                values.iter().zip(expected).all(|(x, y)| x.to_bits() == y.to_bits()),
                "{isa:?} and {other:?} differ"
            );
        }
    }
    found.push((isa, values));
}

#[test]
fn ease_is_its_closed_form() {
    // More than two tiles, the last one not whole.
    let (rows, n, l2) = (200, 270, 3.0);
    let x = matrix(rows, n, 9);
    let p = inverse(&regularized_gram(&dense(&x), rows, n, f64::from(l2)), n);
    let mut found = Vec::new();
    for job in jobs() {
        let b = ease(&job, &x, l2).expect("a solution");
        for i in 0..n {
            for j in 0..n {
                let expected = if i == j { 0.0 } else { -p[i * n + j] / p[j * n + j] };
                assert!((f64::from(b[i * n + j]) - expected).abs() < 2e-5, "{i}, {j}: {} {expected}", b[i * n + j]);
            }
        }
        assert!(job.progress() > 0.999);
        same_bits(&mut found, job.isa, b);
    }
}

#[test]
fn what_ease_cannot_solve_is_refused() {
    let job = Job::new(Isa::detect(), 2);
    for l2 in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(ease(&job, &matrix(9, 9, 2), l2).expect_err("no regularization").code, "ENGINE_INPUT");
    }
    // Two items that everybody has, with weights that float32 cannot tell from the regularized ones.
    let rows = Csr::new("test", &[0, 2, 4], &[0, 1, 0, 1], 2, 2).expect("a matrix");
    let same = SparseMatrix::new(&rows, Some(&[1e6; 4]), 2).expect("values");
    let failure = ease(&job, &same, 1e-3).expect_err("a singular matrix");
    assert!(failure.what.contains("positive definite"), "{}", failure.what);
}

#[test]
fn neighbours_are_the_most_similar_columns() {
    let x = matrix(120, 70, 4);
    let d = dense(&x);
    let column = |j: usize| d.iter().skip(j).step_by(70).copied();
    for (normalize, shrinkage) in [(true, 0.0), (true, 25.0), (false, 0.0), (false, 4.0)] {
        let spec = NeighbourSpec { count: 11, normalize, shrinkage };
        let mut found = Vec::new();
        for job in jobs() {
            let near = neighbours(&job, &x, spec, None).expect("neighbours");
            for i in 0..70 {
                let length = |j: usize| column(j).map(|v| v * v).sum::<f64>().sqrt();
                let similarity = |j: usize| {
                    let dot: f64 = column(i).zip(column(j)).map(|(a, b)| a * b).sum();
                    match (normalize, f64::from(shrinkage)) {
                        (true, shrinkage) => dot / (length(i) * length(j) + shrinkage),
                        (false, shrinkage) => {
                            if shrinkage > 0.0 {
                                dot / shrinkage
                            } else {
                                dot
                            }
                        }
                    }
                };
                let mut order: Vec<usize> = (0..70).filter(|&j| j != i && similarity(j) > 0.0).collect();
                order.sort_by(|&a, &b| similarity(b).total_cmp(&similarity(a)));
                order.truncate(11);
                order.sort_unstable();
                let (ids, values) = near.row(i);
                assert_eq!(ids.iter().map(|&id| id as usize).collect::<Vec<_>>(), order, "column {i}");
                for (&id, &value) in ids.iter().zip(values) {
                    assert!((f64::from(value) - similarity(id as usize)).abs() <= 1e-5 * f64::from(value));
                }
            }
            assert_eq!(near.row(5).0.len(), 0);
            same_bits(&mut found, job.isa, near.values);
        }
    }
}

#[test]
fn ties_go_to_the_lower_column() {
    // Columns 1, 2 and 3 are met with column 0 equally often.
    let rows = Csr::new("test", &[0, 4, 8], &[0, 1, 2, 3, 0, 1, 2, 3], 2, 4).expect("a matrix");
    let x = SparseMatrix::new(&rows, None, 4).expect("ones");
    let spec = NeighbourSpec { count: 2, normalize: true, shrinkage: 0.0 };
    let near = neighbours(&Job::new(Isa::detect(), 1), &x, spec, None).expect("neighbours");
    assert_eq!(near.row(0).0, [1, 2]);
    assert_eq!(near.row(3).0, [0, 1]);
}

#[test]
fn weights_decide_who_is_a_neighbour() {
    let x = matrix(120, 70, 4);
    let weights: Vec<f32> = (0..70).map(|j| 0.25 * (j % 5) as f32).collect();
    let spec = NeighbourSpec { count: 11, normalize: false, shrinkage: 0.0 };
    let all = neighbours(&Job::new(Isa::detect(), 1), &x, NeighbourSpec { count: 70, ..spec }, None).expect("all");
    let mut found = Vec::new();
    for job in jobs() {
        let near = neighbours(&job, &x, spec, Some(&weights)).expect("neighbours");
        for i in 0..70 {
            let (ids, values) = all.row(i);
            let mut expected: Vec<(u32, f32)> = ids
                .iter()
                .zip(values)
                .map(|(&id, &v)| (id, v * weights[id as usize]))
                .filter(|&(_, v)| v > 0.0)
                .collect();
            expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            expected.truncate(11);
            expected.sort_by_key(|&(id, _)| id);
            let (ids, values) = near.row(i);
            assert_eq!(ids.iter().copied().zip(values.iter().copied()).collect::<Vec<_>>(), expected, "column {i}");
        }
        same_bits(&mut found, job.isa, near.values);
    }
    for wrong in [vec![1.0; 69], vec![-1.0; 70], vec![f32::NAN; 70]] {
        let failure = neighbours(&Job::new(Isa::detect(), 1), &x, spec, Some(&wrong)).expect_err("weights");
        assert_eq!(failure.code, "ENGINE_INPUT");
    }
}

#[test]
fn slim_meets_the_conditions_of_its_minimum() {
    let (rows, n) = (90, 40);
    let x = matrix(rows, n, 3);
    let d = dense(&x);
    for (l1, l2) in [(0.0, 2.0), (1.5, 20.0), (30.0, 0.5)] {
        let spec = SlimSpec { count: n, l1, l2, passes: 2000, tolerance: 1e-9 };
        let mut found: Vec<(Isa, Vec<f32>)> = Vec::new();
        for job in jobs() {
            let solved = slim(&job, &x, spec).expect("weights");
            for j in 0..n {
                let mut w = vec![0.0; n];
                let (ids, values) = solved.row(j);
                ids.iter().zip(values).for_each(|(&id, &v)| w[id as usize] = f64::from(v));
                assert!(w[j] == 0.0 && w.iter().all(|&w| w >= 0.0));
                for i in (0..n).filter(|&i| i != j) {
                    // The slope of the loss is 0 where a weight is, and leads to nothing below 0 where there is none.
                    let slope: f64 = d
                        .chunks_exact(n)
                        .map(|row| row[i] * (row[j] - row.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>()))
                        .sum::<f64>()
                        - f64::from(l1)
                        - f64::from(l2) * w[i];
                    assert!(if w[i] > 0.0 { slope.abs() < 2e-3 } else { slope < 2e-3 }, "{j} {i}: {slope} {}", w[i]);
                }
            }
            assert_eq!(solved.row(5).0.len(), 0);
            assert!(solved.values.len() > 5);
            // Scalars in float64 have no instruction set.
            if let Some((_, first)) = found.first() {
                assert!(solved.values.iter().zip(first).all(|(x, y)| x.to_bits() == y.to_bits()));
            }
            found.push((job.isa, solved.values));
        }
    }
}

#[test]
fn slim_keeps_the_largest_weights_and_refuses_what_it_cannot_explain() {
    let (job, x) = (Job::new(Isa::detect(), 2), matrix(90, 40, 3));
    let spec = SlimSpec { count: 40, l1: 0.5, l2: 5.0, passes: 200, tolerance: 1e-6 };
    let (all, few) = (slim(&job, &x, spec).expect("all"), slim(&job, &x, SlimSpec { count: 3, ..spec }).expect("few"));
    for j in 0..40 {
        let mut expected: Vec<f32> = all.row(j).1.to_vec();
        expected.sort_by(|a, b| b.total_cmp(a));
        expected.truncate(3);
        let mut kept = few.row(j).1.to_vec();
        kept.sort_by(|a, b| b.total_cmp(a));
        assert_eq!(kept, expected);
        assert!(few.row(j).0.is_sorted());
    }
    for wrong in [
        SlimSpec { count: 0, ..spec },
        SlimSpec { passes: 0, ..spec },
        SlimSpec { l1: -1.0, ..spec },
        SlimSpec { l2: f32::NAN, ..spec },
    ] {
        assert_eq!(slim(&job, &x, wrong).expect_err("out of range").code, "ENGINE_INPUT");
    }
    let negative = SparseMatrix { values: x.values.iter().map(|v| -v).collect(), ..x.clone() };
    assert_eq!(slim(&job, &negative, spec).expect_err("negative").code, "ENGINE_INPUT");
    job.cancel();
    assert_eq!(slim(&job, &x, spec).expect_err("cancelled").code, "TRAIN_CANCELLED");
}

#[test]
fn half_an_iteration_is_each_rows_least_squares() {
    let (rows, columns, width) = (40, 600, 19);
    let x = matrix(rows, columns, 2);
    let fixed: Vec<f32> = (0..columns * width).map(|i| (hash(3, [i as u32]) >> 8) as f32 / 3e7 - 0.28).collect();
    let l2: Vec<f32> = (0..rows).map(|row| 0.5 + row as f32 / 10.0).collect();
    let (unobserved, offset) = (0.3, 0.3);
    for method in [Method::Exact, Method::ConjugateGradient(60)] {
        let mut found = Vec::new();
        for job in jobs() {
            let spec = AlsSpec { matrix: &x, fixed: &fixed, width, unobserved, offset, l2: &l2, method };
            let mut factors = vec![0.1; rows * width];
            als_half(&job, &spec, &mut factors).expect("a solution");
            for row in 0..rows {
                let expected = least_squares(&spec, row);
                let own = &factors[row * width..][..width];
                for (a, b) in own.iter().zip(&expected) {
                    assert!((f64::from(*a) - b).abs() < 2e-4, "{method:?} row {row}: {own:?} {expected:?}");
                }
            }
            assert!(factors[3 * width..4 * width].iter().all(|&x| x == 0.0), "nothing known is nothing");
            same_bits(&mut found, job.isa, factors);
        }
    }
}

fn least_squares(spec: &AlsSpec<'_>, row: usize) -> Vec<f64> {
    let width = spec.width;
    let y: Vec<f64> = spec.fixed.iter().map(|&x| f64::from(x)).collect();
    let mut a = regularized_gram(&y, spec.matrix.columns, width, 0.0);
    a.iter_mut().for_each(|x| *x *= f64::from(spec.unobserved));
    (0..width).for_each(|i| a[i * width + i] += f64::from(spec.l2[row]));
    let mut b = vec![0.0; width];
    let (ids, weights) = spec.matrix.row(row);
    for (&id, &weight) in ids.iter().zip(weights) {
        let y = &y[id as usize * width..][..width];
        for i in 0..width {
            b[i] += f64::from(weight + spec.offset) * y[i];
            (0..width).for_each(|j| a[i * width + j] += f64::from(weight) * y[i] * y[j]);
        }
    }
    let inverse = inverse(&a, width);
    inverse.chunks_exact(width).map(|row| row.iter().zip(&b).map(|(x, y)| x * y).sum()).collect()
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let (job, x) = (Job::new(Isa::detect(), 1), matrix(4, 8, 2));
    let spec = AlsSpec {
        matrix: &x,
        fixed: &[0.0; 16],
        width: 2,
        unobserved: 1.0,
        offset: 0.0,
        l2: &[0.0; 4],
        method: Method::Exact,
    };
    assert_eq!(als_half(&job, &AlsSpec { width: 3, ..spec }, &mut [0.0; 8]).expect_err("a width").code, "ENGINE_INPUT");
    // Without regularization and with factors that are 0 there is no single solution.
    assert!(als_half(&job, &spec, &mut [0.0; 8]).expect_err("no solution").what.contains("no single solution"));
}

#[test]
fn cancelled_work_ends_and_says_so() {
    let job = Job::new(Isa::detect(), 2);
    job.cancel();
    assert_eq!(ease(&job, &matrix(30, 20, 3), 1.0).expect_err("cancelled").code, "TRAIN_CANCELLED");
}

#[test]
fn singular_vectors_are_those_of_the_gram_matrix() {
    let (rows, n, count) = (60, 40, 5);
    let x = matrix(rows, n, 3);
    let gram = regularized_gram(&dense(&x), rows, n, 0.0);
    let mut found = Vec::new();
    for job in jobs() {
        let v = singular_vectors(&job, &x, SvdSpec { count, iterations: 60 }).expect("vectors");
        let column = |k: usize| v.iter().skip(k).step_by(count).map(|&value| f64::from(value));
        let mut last = f64::INFINITY;
        for k in 0..count {
            for other in 0..count {
                let product: f64 = column(k).zip(column(other)).map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(k == other))).abs() < 1e-5, "{k} {other}: {product}");
            }
            let image: Vec<f64> =
                gram.chunks_exact(n).map(|row| row.iter().zip(column(k)).map(|(g, v)| g * v).sum()).collect();
            let value: f64 = image.iter().zip(column(k)).map(|(i, v)| i * v).sum();
            assert!(image.iter().zip(column(k)).all(|(i, v)| (i - value * v).abs() < 1e-4 * value), "vector {k}");
            assert!(value <= last * 1.00001, "the largest first");
            last = value;
            let largest = column(k).fold(0.0, |best: f64, value| if value.abs() > best.abs() { value } else { best });
            assert!(largest > 0.0);
        }
        // None of the others is larger: what is left of the trace is less than what so many could be.
        let trace: f64 = (0..n).map(|i| gram[i * n + i]).sum();
        let power = |mut v: Vec<f64>| {
            let mut value = 0.0;
            for _ in 0..500 {
                for k in 0..count {
                    let share: f64 = v.iter().zip(column(k)).map(|(a, b)| a * b).sum();
                    v.iter_mut().zip(column(k)).for_each(|(a, b)| *a -= share * b);
                }
                v = gram.chunks_exact(n).map(|row| row.iter().zip(&v).map(|(g, v)| g * v).sum()).collect();
                value = v.iter().map(|v| v * v).sum::<f64>().sqrt();
                v.iter_mut().for_each(|v| *v /= value);
            }
            value
        };
        assert!(power((0..n).map(|i| 1.0 + (i % 3) as f64).collect()) <= last * 1.001 && last < trace);
        same_bits(&mut found, job.isa, v);
    }
}

#[test]
fn vectors_that_the_data_does_not_have_are_nothing() {
    // Everybody did the same, or one of two things: rank 2.
    let rows = Csr::new("test", &[0, 2, 4, 6, 8], &[0, 1, 0, 1, 2, 3, 0, 1], 4, 6).expect("a matrix");
    let x = SparseMatrix::new(&rows, None, 6).expect("ones");
    let job = Job::new(Isa::detect(), 2);
    let v = singular_vectors(&job, &x, SvdSpec { count: 4, iterations: 5 }).expect("vectors");
    let half = 0.5f32.sqrt();
    for (i, row) in v.chunks_exact(4).enumerate() {
        let expected = [[half, 0.0], [half, 0.0], [0.0, half], [0.0, half], [0.0; 2], [0.0; 2]][i];
        assert!(row.iter().zip([expected[0], expected[1], 0.0, 0.0]).all(|(x, y)| (x - y).abs() < 1e-5), "{row:?}");
    }
    let nothing = SparseMatrix { columns: 3, offsets: vec![0, 0], ..SparseMatrix::default() };
    let spec = SvdSpec { count: 2, iterations: 3 };
    assert_eq!(singular_vectors(&job, &nothing, spec).expect("no events"), vec![0.0; 6]);
    for wrong in [SvdSpec { count: 0, ..spec }, SvdSpec { iterations: 0, ..spec }] {
        assert_eq!(singular_vectors(&job, &x, wrong).expect_err("out of range").code, "ENGINE_INPUT");
    }
    job.cancel();
    assert_eq!(singular_vectors(&job, &x, spec).expect_err("cancelled").code, "TRAIN_CANCELLED");
}
