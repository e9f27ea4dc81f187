//! What rows are asked for.

use super::{LONGEST, Shape};
use crate::memory;

/// A query told in bytes, and the factors of a row's norms in what that is wrong.
pub(crate) struct Query {
    pub(super) fours: Vec<[i8; 4]>,
    /// The sum of all codes.
    pub(super) total: i32,
    pub(super) scale: f32,
    /// Times the norm of what a row's codes leave.
    pub(super) of_left: f32,
    /// Times the norm of what a row's codes say.
    pub(super) of_norm: f32,
    /// Times the column apart.
    pub(super) apart: f32,
    /// Times the size of that product.
    pub(super) of_apart: f32,
}

impl Query {
    /// None where it is not finite or too long.
    pub fn new(shape: Shape, values: &[f32]) -> Option<Self> {
        assert!(values.len() == shape.width, "a query of {} numbers", shape.width);
        let apart = shape.apart.map_or(0.0, |column| values[column]);
        let row = || values.iter().enumerate().map(|(i, &x)| if Some(i) == shape.apart { 0.0 } else { f64::from(x) });
        let (most, norm) = (row().fold(0.0, |a: f64, x| a.max(x.abs())), row().map(|x| x * x).sum::<f64>().sqrt());
        let fits = norm <= f64::from(LONGEST) && apart.abs() <= LONGEST;
        if !fits {
            return None;
        }
        let scale = (most / 127.0) as f32;
        let code = |x: f64| if scale > 0.0 { (x / f64::from(scale)).round().clamp(-127.0, 127.0) } else { 0.0 };
        let left = row().map(|x| (x - f64::from(scale) * code(x)).powi(2)).sum::<f64>().sqrt();
        let mut fours = memory::filled([0_i8; 4], shape.groups());
        row().enumerate().for_each(|(i, x)| fours[i / 4][i % 4] = code(x) as i8);
        // A sum of products adds twice as many roundings of at most 2^-24 at the worst (products and sums apart); what is computed of
        // codes and norms adds a dozen.
        let slack = (2 * shape.width + 32) as f64 / f64::from(1 << 24);
        Some(Self {
            total: fours.iter().flatten().map(|&x| i32::from(x)).sum(),
            fours,
            scale,
            of_left: (norm * (1.0 + 2.0 * slack)) as f32,
            of_norm: ((left + 2.0 * slack * norm) * 1.000_001) as f32,
            apart,
            of_apart: slack as f32,
        })
    }
}
