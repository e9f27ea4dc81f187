use super::*;
use crate::random::{below, hash, mix32, unit};
use crate::view::{Source, Target};

fn values(count: usize, seed: u32) -> Vec<f32> {
    (0..count).map(|i| unit(hash(seed, [i as u32])) * 6.0 - 3.0).collect()
}

const ALL: [Unary; 12] = [
    Unary::Relu,
    Unary::Sigmoid,
    Unary::Tanh,
    Unary::Selu,
    Unary::Gelu,
    Unary::Softplus,
    Unary::Exp,
    Unary::Log,
    Unary::Sqrt,
    Unary::Rsqrt,
    Unary::Square,
    Unary::Abs,
];

fn truth(f: Unary, x: f64) -> f64 {
    let gelu_inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
    match f {
        Unary::Relu => x.max(0.0),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Tanh => x.tanh(),
        Unary::Selu => 1.0507009873554805 * if x > 0.0 { x } else { 1.6732632423543772 * x.exp_m1() },
        Unary::Gelu => 0.5 * x * (1.0 + gelu_inner.tanh()),
        Unary::Softplus => x.exp().ln_1p(),
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Rsqrt => 1.0 / x.sqrt(),
        Unary::Square => x * x,
        Unary::Abs => x.abs(),
    }
}

fn positive_only(f: Unary) -> bool {
    matches!(f, Unary::Log | Unary::Sqrt | Unary::Rsqrt)
}

fn near(x: f32, y: f64, context: &str) {
    assert!((f64::from(x) - y).abs() <= 2e-6 * (1.0 + y.abs()), "{context}: {x} but {y}");
}

/// Runs for all instruction sets and demands the same bits of those with fused multiply-add.
fn same_everywhere(mut run: impl FnMut(Isa) -> Vec<f32>) -> Vec<f32> {
    let outputs: Vec<(Isa, Vec<f32>)> = Isa::available().into_iter().map(|isa| (isa, run(isa))).collect();
    let fused: Vec<_> = outputs.iter().filter(|(isa, _)| *isa != Isa::PORTABLE).collect();
    for pair in fused.windows(2) {
        let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&pair[0].1), bits(&pair[1].1), "{:?} and {:?} differ", pair[0].0, pair[1].0);
    }
    let (first, portable) = (&outputs[0].1, &outputs[outputs.len() - 1].1);
    for (x, y) in first.iter().zip(portable) {
        assert!(
            x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= 2e-5 * (1.0 + x.abs()),
            "portable {y}, else {x}"
        );
    }
    outputs.into_iter().next().map(|(_, output)| output).unwrap_or_default()
}

fn draws() -> impl FnMut(u32) -> usize {
    let mut state = 1;
    move |n| {
        state = mix32(state + 1);
        below(state, n) as usize
    }
}

#[test]
fn functions_and_their_gradients_agree_with_f64() {
    for function in ALL {
        for width in [1, 5, 16, 37] {
            let shape = Shape::new(3, width);
            let x: Vec<f32> = values(3 * width, 1)
                .into_iter()
                .map(|x| if positive_only(function) { x.abs() + 0.1 } else { x })
                .collect();
            let dy = values(3 * width, 2);
            let y = same_everywhere(|isa| {
                let mut y = vec![0.0; 3 * width];
                unary(isa, function, shape, Area::new(&mut y, width), Block::rows(&x, width));
                y
            });
            let dx = same_everywhere(|isa| {
                let mut dx = vec![0.0; 3 * width];
                let block = |v| Block::rows(Source::from(v), width);
                unary_gradient(isa, function, shape, Area::new(&mut dx, width), block(&x), block(&y), block(&dy));
                dx
            });
            for i in 0..3 * width {
                let at = f64::from(x[i]);
                near(y[i], truth(function, at), &format!("{function:?}({at})"));
                let slope = (truth(function, at + 1e-6) - truth(function, at - 1e-6)) / 2e-6;
                let expected = slope * f64::from(dy[i]);
                assert!(
                    (f64::from(dx[i]) - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
                    "{function:?}'({at}): {} but {expected}",
                    dx[i]
                );
            }
        }
    }
}

/// Any of the four kinds of operands.
fn operand<'a>(kind: usize, data: &'a [f32], stride: usize) -> Block<'a> {
    match kind {
        0 => Block::rows(data, stride),
        1 => Block::repeated(data),
        2 => Block::column(data, stride),
        _ => Block::scalar(data),
    }
}

fn element(block: &Block<'_>, r: usize, c: usize) -> f64 {
    f64::from(block.data.get(r * block.row_stride + c * block.column_stride))
}

#[test]
fn binary_operations_broadcast_any_operand() {
    let mut draw = draws();
    for _ in 0..300 {
        let shape = Shape::new(draw(6), if draw(4) == 0 { 1 } else { draw(40) });
        let stride = shape.width + draw(3);
        let op = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div][draw(4)];
        let (a, b) = (values(300, 3), values(300, 4));
        let (a, b) = (operand(draw(4), &a, stride), operand(draw(4), &b, stride));
        let out = same_everywhere(|isa| {
            let mut out = vec![7.0; 300];
            binary(isa, op, shape, Area::new(&mut out, stride), a, b);
            out
        });
        for (at, &got) in out.iter().enumerate() {
            let (r, c) = (at.checked_div(stride).unwrap_or(0), at.checked_rem(stride).unwrap_or(0));
            if r < shape.rows && c < shape.width {
                let (x, y) = (element(&a, r, c), element(&b, r, c));
                let expected = match op {
                    Binary::Add => x + y,
                    Binary::Sub => x - y,
                    Binary::Mul => x * y,
                    Binary::Div => x / y,
                };
                near(got, expected, "binary");
            } else {
                assert!(got == 7.0, "written outside the shape");
            }
        }
    }
}

#[test]
fn an_operation_works_in_place_and_on_interleaved_halves() {
    let mut buffer = values(8 * 20, 5);
    let before = buffer.clone();
    let cells = std::cell::Cell::from_mut(buffer.as_mut_slice()).as_slice_of_cells();
    let shape = Shape::new(8, 10);
    let (left, right) = (Block::rows(cells, 20), Block::rows(&cells[10..], 20));
    binary(Isa::detect(), Binary::Mul, shape, Area { data: Target::from(cells), row_stride: 20 }, left, right);
    for r in 0..8 {
        for c in 0..10 {
            assert_eq!(buffer[r * 20 + c], before[r * 20 + c] * before[r * 20 + 10 + c]);
            assert_eq!(buffer[r * 20 + 10 + c], before[r * 20 + 10 + c]);
        }
    }
}

#[test]
fn fused_and_copying_kernels_do_what_they_say() {
    let (x, b) = (values(12 * 21, 6), values(21, 7));
    let shape = Shape::new(12, 20);
    for isa in Isa::available() {
        let mut out = vec![0.0; 12 * 20];
        let rows = Block::rows(&x, 21);
        affine(isa, shape, Area::new(&mut out, 20), rows, 2.0, -0.5);
        assert!(
            out.iter()
                .enumerate()
                .all(|(i, &y)| y == x[i / 20 * 21 + i % 20].mul_add(2.0, -0.5) || isa == Isa::PORTABLE)
        );
        bias_unary(isa, Unary::Relu, shape, Area::new(&mut out, 20), rows, Block::repeated(&b));
        assert!(out.iter().enumerate().all(|(i, &y)| y == (x[i / 20 * 21 + i % 20] + b[i % 20]).max(0.0)));
        multiply_add(isa, shape, Area::new(&mut out, 20), rows, Block::column(&b, 1), Block::scalar(&b[3..]));
        for (i, &y) in out.iter().enumerate() {
            near(y, f64::from(x[i / 20 * 21 + i % 20]) * f64::from(b[i / 20]) + f64::from(b[3]), "multiply_add");
        }
        copy(isa, shape, Area::new(&mut out, 20), Block::column(&b, 1));
        assert!(out.iter().enumerate().all(|(i, &y)| y == b[i / 20]));
        fill(isa, shape, Area::new(&mut out, 20), 3.5);
        assert!(out.iter().all(|&y| y == 3.5));
    }
}

#[test]
fn sums_agree_with_f64() {
    let mut draw = draws();
    for _ in 0..200 {
        let shape = Shape::new(draw(9), draw(90));
        let stride = shape.width + draw(3);
        let (x, y) = (values(900, 8), values(900, 9));
        let at = |v: &[f32], r: usize, c: usize| f64::from(v[r * stride + c]);
        let columns = same_everywhere(|isa| {
            let mut out = vec![1.5; 90];
            sum_rows(isa, shape, Area::new(&mut out, 90), Block::rows(&x, stride), true);
            out
        });
        let lasts = same_everywhere(|isa| {
            let mut out = vec![0.0; 20];
            sum_last(isa, shape, Area::new(&mut out, 2), Block::rows(&x, stride));
            out
        });
        let dots = same_everywhere(|isa| {
            let mut out = vec![0.0; 20];
            dot_last(isa, shape, Area::new(&mut out, 2), Block::rows(&x, stride), Block::rows(&y, stride));
            out
        });
        let products = same_everywhere(|isa| {
            let mut out = vec![0.0; shape.width];
            dot_rows(isa, shape, Area::new(&mut out, 1), Block::rows(&x, stride), Block::rows(&y, stride));
            out
        });
        let weighted = same_everywhere(|isa| {
            let mut out = vec![0.0; shape.width];
            dot_rows(isa, shape, Area::new(&mut out, 1), Block::column(&y, stride), Block::rows(&x, stride));
            out
        });
        let total = same_everywhere(|isa| vec![sum_all(isa, shape, Block::rows(&x, stride))]);
        let mut all = 0.0;
        for r in 0..shape.rows {
            let sum: f64 = (0..shape.width).map(|c| at(&x, r, c)).sum();
            near(lasts[2 * r] * 0.01, sum * 0.01, "sum_last");
            let dot: f64 = (0..shape.width).map(|c| at(&x, r, c) * at(&y, r, c)).sum();
            near(dots[2 * r] * 0.01, dot * 0.01, "dot_last");
            all += sum;
        }
        near(total[0] * 0.001, all * 0.001, "sum_all");
        for (c, &sum) in columns.iter().enumerate() {
            let expected = if c < shape.width { (0..shape.rows).map(|r| at(&x, r, c)).sum() } else { 0.0 };
            near(sum * 0.1, (1.5 + expected) * 0.1, "sum_rows");
        }
        for c in 0..shape.width {
            let product: f64 = (0..shape.rows).map(|r| at(&x, r, c) * at(&y, r, c)).sum();
            near(products[c] * 0.01, product * 0.01, "dot_rows");
            let sum: f64 = (0..shape.rows).map(|r| at(&x, r, c) * at(&y, r, 0)).sum();
            near(weighted[c] * 0.01, sum * 0.01, "dot_rows of a column");
        }
    }
}

#[test]
fn dropout_keeps_what_the_hash_says() {
    let x = values(7 * 19, 10);
    let d = Dropout { rate: 0.3, draws: Draws { seed: 5, epoch: 2, step: 9, id: 4, first_row: 64 } };
    let shape = Shape::new(7, 19);
    let out = same_everywhere(|isa| {
        let mut out = vec![0.0; 7 * 19];
        dropout(isa, d, shape, Area::new(&mut out, 19), Block::rows(&x, 19));
        out
    });
    for (i, (&x, &y)) in x.iter().zip(&out).enumerate() {
        let keep = unit(hash(5, [crate::random::stream::DROPOUT, 2, 9, 4, (64 * 19 + i) as u32])) >= 0.3;
        assert_eq!(y, if keep { x * (1.0 / (1.0 - 0.3)) } else { 0.0 }, "element {i}");
    }
    assert!(out.contains(&0.0) && out.iter().any(|&y| y != 0.0));
}

#[test]
fn gathers_fetch_the_rows_of_the_ids() {
    let table = values(50 * 33, 11);
    let ids: Vec<i32> = (0..30).map(|i| below(hash(1, [i]), 40) as i32).collect();
    for width in [1, 8, 16, 33] {
        let from = Lookup { table: Source::from(&table), row_stride: 33, ids: &ids };
        let rows = same_everywhere(|isa| {
            let mut out = vec![0.0; 30 * 40];
            gather(isa, Shape::new(30, width), Area::new(&mut out, 40), from);
            out
        });
        for (r, &id) in ids.iter().enumerate() {
            let start = id as usize * 33;
            assert_eq!(rows[r * 40..r * 40 + width], table[start..start + width]);
        }
    }
}

#[test]
#[should_panic(expected = "of a table of")]
fn an_id_below_zero_is_refused() {
    let table = values(10, 13);
    let mut out = vec![0.0; 2];
    let from = Lookup { table: Source::from(&table), row_stride: 2, ids: &[-1] };
    gather(Isa::detect(), Shape::new(1, 2), Area::new(&mut out, 2), from);
}

#[test]
#[should_panic(expected = "does not hold")]
fn a_view_that_is_too_small_is_refused() {
    let x = values(10, 14);
    let mut out = vec![0.0; 9];
    unary(Isa::detect(), Unary::Relu, Shape::new(2, 5), Area::new(&mut out, 5), Block::rows(&x, 5));
}
