//! Penchant's kernels: a verified plan, compiled once into a flat program, run deterministically on any number of threads.
//!
//! No Node, no files, no environment, no clock in here: the binding crate brings those.

pub mod attention;
pub mod batch_softmax;
pub mod buffer;
mod cache;
mod coarse;
pub mod compile;
pub mod cross_attention;
pub mod crosses;
pub mod diversity;
pub mod elementwise;
pub mod evaluate;
pub mod execute;
pub mod failure;
pub mod feed;
pub mod isa;
pub mod ivf;
pub mod math;
pub mod matmul;
pub mod matrix;
pub mod memory;
pub mod optimizer;
pub mod plan;
pub mod profile;
pub mod program;
pub mod ragged;
pub mod random;
pub mod recurrent;
pub mod request;
pub mod rows;
pub mod scorer;
pub mod select;
mod simd;
pub mod softmax;
pub mod solve;
pub mod sparse;
mod step;
pub mod sums;
pub mod threads;
pub mod trainer;
pub mod verify;
pub mod view;
pub mod window;
