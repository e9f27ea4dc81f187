//! Borrowed memory that kernels read and write.
//!
//! Activations of one shard live in one buffer and may interleave (two halves of a concatenation are column blocks of the
//! same rows), or be updated in place. Rust's `&mut [f32]` cannot express that, a slice of cells can: any number of views
//! of one thread may read and write it. [`Source`] and [`Target`] are therefore made either from plain slices or from
//! slices of cells (`Cell::from_mut(buffer).as_slice_of_cells()`), and kernels never form references to the elements.

use std::cell::Cell;
use std::marker::PhantomData;

/// Floats to read: a plain slice, or cells that this thread may write meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pointer: *const f32,
    length: usize,
    life: PhantomData<&'a [Cell<f32>]>,
}

/// Floats to write (and read): an exclusive slice, or cells.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pointer: *mut f32,
    length: usize,
    life: PhantomData<&'a [Cell<f32>]>,
}

impl<'a> From<&'a [f32]> for Source<'a> {
    #[inline]
    fn from(slice: &'a [f32]) -> Self {
        Self { pointer: slice.as_ptr(), length: slice.len(), life: PhantomData }
    }
}

impl<'a> From<&'a Vec<f32>> for Source<'a> {
    #[inline]
    fn from(vector: &'a Vec<f32>) -> Self {
        Self::from(vector.as_slice())
    }
}

impl<'a> From<&'a [Cell<f32>]> for Source<'a> {
    #[inline]
    fn from(cells: &'a [Cell<f32>]) -> Self {
        Self { pointer: cells.as_ptr().cast(), length: cells.len(), life: PhantomData }
    }
}

impl<'a> From<Target<'a>> for Source<'a> {
    #[inline]
    fn from(target: Target<'a>) -> Self {
        Self { pointer: target.pointer, length: target.length, life: PhantomData }
    }
}

impl<'a> From<&'a mut [f32]> for Target<'a> {
    #[inline]
    fn from(slice: &'a mut [f32]) -> Self {
        Self { pointer: slice.as_mut_ptr(), length: slice.len(), life: PhantomData }
    }
}

impl<'a> From<&'a mut Vec<f32>> for Target<'a> {
    #[inline]
    fn from(vector: &'a mut Vec<f32>) -> Self {
        Self::from(vector.as_mut_slice())
    }
}

impl<'a> From<&'a [Cell<f32>]> for Target<'a> {
    #[inline]
    fn from(cells: &'a [Cell<f32>]) -> Self {
        // Writing through a pointer got from a shared slice is allowed because `Cell` has interior mutability.
        Self { pointer: cells.as_ptr().cast::<f32>().cast_mut(), length: cells.len(), life: PhantomData }
    }
}

impl<'a> Source<'a> {
    /// A view of raw memory.
    ///
    /// # Safety
    /// `pointer` is valid for reads of `length` floats during `'a`, and no other thread writes them meanwhile.
    #[inline]
    pub const unsafe fn from_raw(pointer: *const f32, length: usize) -> Self {
        Self { pointer, length, life: PhantomData }
    }

    #[inline]
    pub const fn len(self) -> usize {
        self.length
    }

    #[inline]
    pub const fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The part that starts at `offset`. Panics when `offset` is beyond the end.
    #[inline]
    pub fn from_offset(self, offset: usize) -> Self {
        assert!(offset <= self.length, "offset {offset} of a view of {}", self.length);
        // SAFETY: offset <= length, so the result stays inside (or one past) the borrowed memory.
        Self { pointer: unsafe { self.pointer.add(offset) }, length: self.length - offset, life: PhantomData }
    }

    /// One element. Panics when out of range.
    #[inline]
    pub fn get(self, index: usize) -> f32 {
        assert!(index < self.length, "index {index} of a view of {}", self.length);
        // SAFETY: index < length; the memory is initialized floats borrowed for 'a.
        unsafe { *self.pointer.add(index) }
    }

    #[inline]
    pub(crate) const fn pointer(self) -> *const f32 {
        self.pointer
    }
}

impl<'a> Target<'a> {
    /// A view of raw memory.
    ///
    /// # Safety
    /// `pointer` is valid for reads and writes of `length` floats during `'a`, and no other thread uses them meanwhile.
    #[inline]
    pub const unsafe fn from_raw(pointer: *mut f32, length: usize) -> Self {
        Self { pointer, length, life: PhantomData }
    }

    #[inline]
    pub const fn len(self) -> usize {
        self.length
    }

    #[inline]
    pub const fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The part that starts at `offset`. Panics when `offset` is beyond the end.
    #[inline]
    pub fn from_offset(self, offset: usize) -> Self {
        assert!(offset <= self.length, "offset {offset} of a view of {}", self.length);
        // SAFETY: offset <= length, so the result stays inside (or one past) the borrowed memory.
        Self { pointer: unsafe { self.pointer.add(offset) }, length: self.length - offset, life: PhantomData }
    }

    /// Reads one element. Panics when out of range.
    #[inline]
    pub fn get(self, index: usize) -> f32 {
        Source::from(self).get(index)
    }

    /// Writes one element. Panics when out of range.
    #[inline]
    pub fn set(self, index: usize, value: f32) {
        assert!(index < self.length, "index {index} of a view of {}", self.length);
        // SAFETY: index < length; the memory is writable for 'a and no reference to it exists.
        unsafe { *self.pointer.add(index) = value }
    }

    #[inline]
    pub(crate) const fn pointer(self) -> *mut f32 {
        self.pointer
    }
}

/// Rows and columns of a two-dimensional view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub width: usize,
}

impl Shape {
    #[inline]
    pub const fn new(rows: usize, width: usize) -> Self {
        Self { rows, width }
    }
}

/// A two-dimensional view to read: element (r, c) is `data[r * row_stride + c * column_stride]`, strides may be 0.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub data: Source<'a>,
    pub row_stride: usize,
    /// 1, or 0 where every column holds the same value.
    pub column_stride: usize,
}

impl<'a> Block<'a> {
    /// Rows of a matrix (or of a column block of a wider one).
    pub fn rows(data: impl Into<Source<'a>>, row_stride: usize) -> Self {
        Self { data: data.into(), row_stride, column_stride: 1 }
    }

    /// The same row `[width]` for every row.
    pub fn repeated(row: impl Into<Source<'a>>) -> Self {
        Self { data: row.into(), row_stride: 0, column_stride: 1 }
    }

    /// One value per row, `stride` apart, for all columns of the row.
    pub fn column(data: impl Into<Source<'a>>, stride: usize) -> Self {
        Self { data: data.into(), row_stride: stride, column_stride: 0 }
    }

    /// One value everywhere.
    pub fn scalar(data: impl Into<Source<'a>>) -> Self {
        Self { data: data.into(), row_stride: 0, column_stride: 0 }
    }

    /// The rows from this one on.
    pub fn from_row(self, row: usize) -> Self {
        Self { data: self.data.from_offset(row * self.row_stride), ..self }
    }

    /// The columns from this one on.
    pub fn from_column(self, column: usize) -> Self {
        Self { data: self.data.from_offset(column * self.column_stride), ..self }
    }

    /// Panics unless every element of `shape` lies inside `data`.
    #[inline]
    pub(crate) fn check(&self, shape: Shape) {
        assert!(self.column_stride <= 1, "column stride {}", self.column_stride);
        check_extent(self.data.len(), shape, self.row_stride, self.column_stride);
    }
}

/// A two-dimensional view to write: element (r, c) is `data[r * row_stride + c]`.
#[derive(Clone, Copy, Debug)]
pub struct Area<'a> {
    pub data: Target<'a>,
    pub row_stride: usize,
}

impl<'a> Area<'a> {
    pub fn new(data: impl Into<Target<'a>>, row_stride: usize) -> Self {
        Self { data: data.into(), row_stride }
    }

    /// The rows from this one on.
    pub fn from_row(self, row: usize) -> Self {
        Self { data: self.data.from_offset(row * self.row_stride), ..self }
    }

    /// The columns from this one on.
    pub fn from_column(self, column: usize) -> Self {
        Self { data: self.data.from_offset(column), ..self }
    }

    /// The same elements for reading.
    pub fn block(&self) -> Block<'a> {
        Block { data: self.data.into(), row_stride: self.row_stride, column_stride: 1 }
    }

    /// Panics unless every element of `shape` lies inside `data`.
    #[inline]
    pub(crate) fn check(&self, shape: Shape) {
        check_extent(self.data.len(), shape, self.row_stride, 1);
    }
}

/// Panics unless the last element of a strided matrix lies inside `length` elements (nothing to check when it is empty).
#[inline]
pub(crate) fn check_extent(length: usize, shape: Shape, row_stride: usize, column_stride: usize) {
    if shape.rows == 0 || shape.width == 0 {
        return;
    }
    let last = (shape.rows - 1)
        .checked_mul(row_stride)
        .zip((shape.width - 1).checked_mul(column_stride))
        .and_then(|(down, right)| down.checked_add(right));
    assert!(
        last.is_some_and(|last| last < length),
        "a view of {length} floats does not hold {} x {} with strides {row_stride}, {column_stride}",
        shape.rows,
        shape.width
    );
}
