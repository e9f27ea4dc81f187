//! Images looked at part by part, as convolutions and pooling do. An image is `[height, width, channels]`; its parts, and the pixels
//! of each, come row by row.

use crate::elementwise::{self as kernels, Binary};
use crate::isa::Isa;
use crate::view::{Area, Block, Shape};

/// Which parts an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Side of a part, in pixels.
    pub size: usize,
    /// Pixels from one part to the next.
    pub stride: usize,
    /// Rows and columns of zeros around the image.
    pub padding: usize,
}

/// An image and its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub parts: Parts,
}

/// What is kept of each part of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooled {
    Max,
    Mean,
}

/// How values lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    pub rows: usize,
    /// Views are turned: their rows are features, their columns the rows of the batch.
    pub by_feature: bool,
}

impl Window {
    /// How many parts there are down and across, or none where not even one fits, or one could lie in the padding alone.
    pub fn count(&self) -> Option<(usize, usize)> {
        let Parts { size, stride, padding } = self.parts;
        let along = |length: usize| Some((length + 2 * padding).checked_sub(size)?.checked_div(stride)? + 1);
        (padding < size).then_some(())?;
        Some((along(self.height)?, along(self.width)?))
    }

    /// Numbers of an image.
    const fn pixels(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Numbers of a part.
    pub const fn part(&self) -> usize {
        self.parts.size.saturating_mul(self.parts.size).saturating_mul(self.channels)
    }

    /// Calls `visit` with each run of numbers that lie side by side in the image and in a part: where it starts in both, where what is
    /// pooled of that part starts, and its length. Panics where no part fits.
    fn each_run(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let Parts { size, stride, padding } = self.parts;
        let (down, across) = self.count().unwrap_or_else(|| panic!("{self:?} without parts"));
        for (index, (y, x)) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))).enumerate() {
            let (top, left) = (y * stride, x * stride);
            let first = padding.saturating_sub(left);
            let end = size.min((self.width + padding).saturating_sub(left));
            for dy in 0..size {
                let inside = top + dy >= padding && top + dy < self.height + padding;
                if inside && first < end {
                    let pixel = ((top + dy - padding) * self.width + left + first - padding) * self.channels;
                    let place = index * self.part() + (dy * size + first) * self.channels;
                    visit(pixel, place, index * self.channels, (end - first) * self.channels);
                }
            }
        }
    }

    /// The same for each number of each row, in an order that fits how values lie.
    fn each(&self, lie: Lie, mut visit: impl FnMut(usize, usize, usize)) {
        let mut run = |rows: std::ops::Range<usize>| {
            self.each_run(|pixel, _, pooled, length| {
                for i in 0..length {
                    rows.clone().for_each(|row| visit(row, pixel + i, pooled + i % self.channels));
                }
            });
        };
        if lie.by_feature {
            return run(0..lie.rows);
        }
        (0..lie.rows).for_each(|row| run(row..row + 1));
    }

    /// Each run of each row, or of all rows where these lie side by side.
    fn each_block(&self, lie: Lie, mut visit: impl FnMut(Shape, usize, usize, usize)) {
        if lie.by_feature {
            return self.each_run(|pixel, place, _, length| visit(Shape::new(length, lie.rows), 0, pixel, place));
        }
        for row in 0..lie.rows {
            self.each_run(|pixel, place, _, length| visit(Shape::new(1, length), row, pixel, place));
        }
    }
}

impl Lie {
    fn shape(self, features: usize) -> Shape {
        if self.by_feature { Shape::new(features, self.rows) } else { Shape::new(self.rows, features) }
    }

    fn block(self, x: Block<'_>, row: usize, feature: usize) -> Block<'_> {
        if self.by_feature { x.from_row(feature) } else { x.from_row(row).from_column(feature) }
    }

    fn area(self, x: Area<'_>, row: usize, feature: usize) -> Area<'_> {
        if self.by_feature { x.from_row(feature) } else { x.from_row(row).from_column(feature) }
    }

    fn get(self, x: Block<'_>, row: usize, feature: usize) -> f32 {
        let (down, across) = if self.by_feature { (feature, row) } else { (row, feature) };
        x.data.get(down * x.row_stride + across * x.column_stride)
    }

    fn place(self, x: Area<'_>, row: usize, feature: usize) -> usize {
        if self.by_feature { feature * x.row_stride + row } else { row * x.row_stride + feature }
    }
}

/// The parts of each row's image side by side, zeros where they lie outside. Panics, as all that follow, where a view is too small.
pub fn unfold(isa: Isa, window: &Window, lie: Lie, out: Area<'_>, x: Block<'_>) {
    if window.parts.padding > 0 {
        let (down, across) = window.count().unwrap_or_default();
        kernels::fill(isa, lie.shape(down * across * window.part()), out, 0.0);
    }
    window.each_block(lie, |shape, row, pixel, place| {
        kernels::copy(isa, shape, lie.area(out, row, place), lie.block(x, row, pixel));
    });
}

/// Images that parts add up to.
pub fn fold(isa: Isa, window: &Window, lie: Lie, out: Area<'_>, parts: Block<'_>) {
    kernels::fill(isa, lie.shape(window.pixels()), out, 0.0);
    window.each_block(lie, |shape, row, pixel, place| {
        let out = lie.area(out, row, pixel);
        kernels::binary(isa, Binary::Add, shape, out, out.block(), lie.block(parts, row, place));
    });
}

/// One number for each part and channel.
pub fn pool(isa: Isa, window: &Window, pooled: Pooled, lie: Lie, out: Area<'_>, x: Block<'_>) {
    let (down, across) = window.count().unwrap_or_default();
    let (shape, of) = (lie.shape(down * across * window.channels), (window.parts.size * window.parts.size) as f32);
    kernels::fill(isa, shape, out, if pooled == Pooled::Max { f32::NEG_INFINITY } else { 0.0 });
    window.each(lie, |row, pixel, kept| {
        let (place, value) = (lie.place(out, row, kept), lie.get(x, row, pixel));
        let before = out.data.get(place);
        match pooled {
            // What is not a number stays, so that it is seen.
            Pooled::Max if value > before || value.is_nan() => out.data.set(place, value),
            Pooled::Max => {}
            Pooled::Mean => out.data.set(place, before + value),
        }
    });
    if pooled == Pooled::Mean {
        kernels::affine(isa, shape, out, out.block(), 1.0 / of, 0.0);
    }
}

/// The gradient of images of rows: all to the largest of each part, the first of equal ones; or to each its share.
pub fn pool_gradient(
    isa: Isa,
    window: &Window,
    pooled: Pooled,
    rows: usize,
    out: Area<'_>,
    x: Block<'_>,
    dy: Block<'_>,
) {
    let lie = Lie { rows, by_feature: false };
    kernels::fill(isa, lie.shape(window.pixels()), out, 0.0);
    let add = |row: usize, pixel: usize, value: f32| {
        let place = lie.place(out, row, pixel);
        out.data.set(place, out.data.get(place) + value);
    };
    if pooled == Pooled::Mean {
        let share = 1.0 / (window.parts.size * window.parts.size) as f32;
        return window.each(lie, |row, pixel, kept| add(row, pixel, lie.get(dy, row, kept) * share));
    }
    let (down, across) = window.count().unwrap_or_default();
    let mut largest = vec![None; down * across * window.channels];
    for row in 0..rows {
        largest.fill(None);
        window.each_run(|pixel, _, kept, length| {
            for i in 0..length {
                let best = &mut largest[kept + i % window.channels];
                let value = lie.get(x, row, pixel + i);
                if best.is_none_or(|(_, most)| value > most) {
                    *best = Some((pixel + i, value));
                }
            }
        });
        for (kept, best) in largest.iter().enumerate() {
            best.iter().for_each(|&(pixel, _)| add(row, pixel, lie.get(dy, row, kept)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;

    const WINDOW: Window = Window { height: 3, width: 4, channels: 2, parts: Parts { size: 2, stride: 2, padding: 1 } };

    #[test]
    fn parts_are_counted_with_their_padding() {
        assert_eq!(WINDOW.count(), Some((2, 3)));
        let small = Window { height: 1, parts: Parts { size: 2, stride: 1, padding: 0 }, ..WINDOW };
        assert_eq!(small.count(), None);
        assert_eq!(Window { parts: Parts { size: 2, stride: 1, padding: 2 }, ..WINDOW }.count(), None);
    }

    #[test]
    fn what_lies_feature_by_feature_unfolds_to_the_same() {
        let (rows, pixels) = (3, WINDOW.pixels());
        let x: Vec<f32> = (0..rows * pixels).map(|i| i as f32).collect();
        let turned: Vec<f32> = (0..pixels * rows).map(|i| x[(i % rows) * pixels + i / rows]).collect();
        let wide = 6 * WINDOW.part();
        let (mut plain, mut other) = (vec![f32::NAN; rows * wide], vec![f32::NAN; rows * wide]);
        let lie = |by_feature| Lie { rows, by_feature };
        let isa = Isa::detect();
        unfold(isa, &WINDOW, lie(false), Area::new(&mut plain, wide), Block::rows(&x, pixels));
        unfold(isa, &WINDOW, lie(true), Area::new(&mut other, rows), Block::rows(&turned, rows));
        for row in 0..rows {
            for i in 0..wide {
                assert_eq!(plain[row * wide + i], other[i * rows + row], "row {row}, number {i}");
            }
        }
        // The first part holds one pixel of the image, in its last corner.
        assert_eq!(plain[..8], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, x[0], x[1]]);
    }

    #[test]
    fn the_largest_is_the_first_of_equal_ones() {
        let window = Window { height: 2, width: 2, channels: 1, parts: Parts { size: 2, stride: 2, padding: 0 } };
        let (x, dy) = (vec![1.0, 3.0, 3.0, 2.0], vec![5.0]);
        let (mut out, mut kept) = (vec![0.0; 4], vec![0.0; 1]);
        let isa = Isa::detect();
        let lie = Lie { rows: 1, by_feature: false };
        pool(isa, &window, Pooled::Max, lie, Area::new(&mut kept, 1), Block::rows(&x, 4));
        pool_gradient(isa, &window, Pooled::Max, 1, Area::new(&mut out, 4), Block::rows(&x, 4), Block::rows(&dy, 1));
        assert_eq!((kept, out), (vec![3.0], vec![0.0, 5.0, 0.0, 0.0]));
    }
}
