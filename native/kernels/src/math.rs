//! Elementary functions on f32.

pub fn exp(x: f32) -> f32 {
    f64::from(x).exp() as f32
}
pub fn log(x: f32) -> f32 {
    f64::from(x).ln() as f32
}
pub fn sigmoid(x: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(x)).exp())) as f32
}
pub fn tanh(x: f32) -> f32 {
    f64::from(x).tanh() as f32
}
pub fn softplus(x: f32) -> f32 {
    let x = f64::from(x);
    (x.max(0.0) + (-x.abs()).exp().ln_1p()) as f32
}
