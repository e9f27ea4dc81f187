//! Penchant's kernels: a verified plan, compiled once into a flat program, run deterministically on any number of threads.
//!
//! No Node, no files, no environment, no clock in here: the binding crate brings those.

pub mod compile;
pub mod elementwise;
pub mod failure;
pub mod isa;
pub mod math;
pub mod matmul;
pub mod plan;
pub mod program;
pub mod random;
pub mod rows;
pub mod select;
pub mod verify;
pub mod view;

mod simd;
