//! Kernels.

pub mod elementwise;
pub mod isa;
pub mod math;
pub mod matmul;
pub mod random;
pub mod rows;
pub mod select;
pub mod view;
