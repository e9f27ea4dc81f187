//! Places of rows by counter-based randomness.

use super::dropout::Draws;
use crate::random;
use crate::view::{Area, Block, Shape};

/// For each row 1 at the first place where the weights up to it exceed `unit(hash(seed, CATEGORY, epoch, step, id, row * width)) * total`, 0 elsewhere;
/// a row of zeros stays as it is. Sums go from left to right, so that they are the same on every processor.
pub fn categorical(draws: Draws, shape: Shape, out: Area<'_>, x: Block<'_>) {
    out.check(shape);
    x.check(shape);
    assert!(x.column_stride == 1 || shape.width <= 1, "places of equal columns");
    let prefix = draws.prefix(random::stream::CATEGORY);
    for r in 0..shape.rows {
        let number = ((draws.first_row + r) * shape.width) as u32;
        let unit = random::unit(random::extend(prefix, number));
        // SAFETY: `check` has found the rows within both; nothing else reads or writes the row of `out` meanwhile.
        let (weights, out) = unsafe {
            (
                std::slice::from_raw_parts(x.data.pointer().add(r * x.row_stride), shape.width),
                std::slice::from_raw_parts_mut(out.data.pointer().add(r * out.row_stride), shape.width),
            )
        };
        let place = drawn(weights, unit);
        out.fill(0.0);
        if let Some(place) = place {
            out[place] = 1.0;
        }
    }
}

/// None where no weight is above 0. Where rounding leaves the draw beyond the last sum, the last weight above 0 is meant.
fn drawn(weights: &[f32], unit: f32) -> Option<usize> {
    let total: f32 = weights.iter().sum();
    let mut sum = 0.0;
    for (place, weight) in weights.iter().enumerate() {
        sum += weight;
        if sum > unit * total {
            return Some(place);
        }
    }
    weights.iter().rposition(|&weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn the_first_place_whose_sum_exceeds_the_draw() {
        let weights = [0.0, 1.0, 0.0, 3.0];
        assert_eq!([0.0, 0.24, 0.26, 0.999].map(|unit| drawn(&weights, unit)), [Some(1), Some(1), Some(3), Some(3)]);
        assert_eq!(drawn(&[0.0; 3], 0.5), None);
        // Beyond the last sum by rounding, and never at a weight of 0.
        assert_eq!(drawn(&[2.0, 1.0, 0.0], 1.0), Some(1));
    }
}
