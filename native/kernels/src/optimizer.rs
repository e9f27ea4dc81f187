//! What an optimizer is and which slots it keeps.

use crate::failure::{Failure, Result};
use crate::rows::{Decay, Rule, Update};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Sgd,
    Momentum { momentum: f64, nesterov: bool },
    Adagrad { epsilon: f64, initial: f64 },
    Adam { beta1: f64, beta2: f64, epsilon: f64, lazy: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizer {
    pub kind: Kind,
    pub l2: f64,
    pub clip_norm: f64,
    pub weight_decay: f64,
}

impl Optimizer {
    pub fn check(&self) -> Result<()> {
        let unit = |x: f64| (0.0..1.0).contains(&x);
        let positive = |x: f64| x.is_finite() && x >= 0.0;
        let kind = match self.kind {
            Kind::Sgd => true,
            Kind::Momentum { momentum, .. } => unit(momentum),
            Kind::Adagrad { epsilon, initial } => positive(epsilon) && positive(initial),
            Kind::Adam { beta1, beta2, epsilon, .. } => unit(beta1) && unit(beta2) && positive(epsilon),
        };
        if kind && positive(self.l2) && positive(self.clip_norm) && positive(self.weight_decay) {
            return Ok(());
        }
        Err(Failure::input("An optimizer option is out of range").received(format!("{self:?}")))
    }

    pub fn has_m(&self) -> bool {
        matches!(self.kind, Kind::Momentum { .. } | Kind::Adam { .. })
    }

    pub fn has_v(&self) -> bool {
        matches!(self.kind, Kind::Adagrad { .. } | Kind::Adam { .. })
    }

    /// First value of every `v`.
    pub fn initial_v(&self) -> f32 {
        if let Kind::Adagrad { initial, .. } = self.kind { initial as f32 } else { 0.0 }
    }

    /// Whether rows that a batch did not touch move too.
    pub fn moves_everything(&self) -> bool {
        matches!(self.kind, Kind::Adam { lazy: false, .. })
    }

    /// The update of step number `step` (the first is 1).
    pub fn update(&self, step: u64, rate: f32, gradient_scale: f32) -> Update {
        let rule = match self.kind {
            Kind::Sgd => Rule::Sgd,
            Kind::Momentum { momentum, nesterov } => Rule::Momentum { momentum: momentum as f32, nesterov },
            Kind::Adagrad { epsilon, .. } => Rule::Adagrad { epsilon: epsilon as f32 },
            Kind::Adam { beta1, beta2, epsilon, .. } => Rule::Adam {
                beta1: Decay::new(beta1),
                beta2: Decay::new(beta2),
                epsilon: epsilon as f32,
                correction1: (1.0 - beta1.powf(step as f64)) as f32,
                correction2: (1.0 - beta2.powf(step as f64)) as f32,
            },
        };
        Update { rule, rate, l2: self.l2 as f32, weight_decay: self.weight_decay as f32, gradient_scale }
    }

    /// The same without what only touched rows get.
    pub fn untouched(update: &Update) -> Update {
        Update { l2: 0.0, weight_decay: 0.0, ..*update }
    }

    /// PyTorch's clip_grad_norm_: min(1, clip / (norm + 1e-6)).
    pub fn clip_scale(&self, squares: f64) -> f32 {
        if self.clip_norm == 0.0 { 1.0 } else { (self.clip_norm / (squares.sqrt() + 1e-6)).min(1.0) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;
    use crate::rows::{Gradient, update};
    use crate::view::Source;

    const ADAM: Kind = Kind::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: true };
    const PLAIN: Optimizer = Optimizer { kind: ADAM, l2: 0.0, clip_norm: 0.0, weight_decay: 0.0 };

    #[test]
    fn the_second_moment_of_adam_is_that_of_float64_to_the_last_bit_but_one() {
        let (mut w, mut m, mut v) = ([0.0_f32], [0.0], [0.0]);
        let gradient = [0.5_f32];
        update(
            Isa::detect(),
            &PLAIN.update(1, 0.1, 1.0),
            &mut w,
            &mut m,
            &mut v,
            Gradient::Row(Source::from(&gradient[..])),
        );
        let expected = (1.0 - 0.999_f64) * 0.25;
        assert!((f64::from(v[0]) / expected - 1.0).abs() < 2e-7, "{} instead of {expected}", v[0]);
        // The first step of Adam is as long as the rate.
        assert!((f64::from(w[0]) + 0.1).abs() < 1e-7, "{}", w[0]);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let with = |change: fn(&mut Optimizer)| {
            let mut optimizer = PLAIN;
            change(&mut optimizer);
            optimizer.check()
        };
        assert_eq!(with(|_| {}), Ok(()));
        assert_eq!(with(|o| o.kind = Kind::Adam { beta1: 0.0, beta2: 0.0, epsilon: 0.0, lazy: false }), Ok(()));
        assert_eq!(with(|o| o.kind = Kind::Momentum { momentum: 0.5, nesterov: true }), Ok(()));
        assert_eq!(with(|o| o.kind = Kind::Adagrad { epsilon: 0.0, initial: 0.0 }), Ok(()));
        let wrong: [fn(&mut Optimizer); 15] = [
            |o| o.kind = Kind::Adam { beta1: 1.0, beta2: 0.9, epsilon: 0.0, lazy: true },
            |o| o.kind = Kind::Adam { beta1: -0.1, beta2: 0.9, epsilon: 0.0, lazy: true },
            |o| o.kind = Kind::Adam { beta1: 0.9, beta2: 1.0, epsilon: 0.0, lazy: true },
            |o| o.kind = Kind::Adam { beta1: 0.9, beta2: -0.1, epsilon: 0.0, lazy: true },
            |o| o.kind = Kind::Adam { beta1: 0.9, beta2: f64::NAN, epsilon: 0.0, lazy: true },
            |o| o.kind = Kind::Adam { beta1: 0.9, beta2: 0.9, epsilon: -1.0, lazy: true },
            |o| o.kind = Kind::Momentum { momentum: 1.0, nesterov: false },
            |o| o.kind = Kind::Momentum { momentum: -0.5, nesterov: false },
            |o| o.kind = Kind::Adagrad { epsilon: -1.0, initial: 0.0 },
            |o| o.kind = Kind::Adagrad { epsilon: 0.0, initial: -1.0 },
            |o| o.kind = Kind::Adagrad { epsilon: 0.0, initial: f64::INFINITY },
            |o| o.l2 = -1.0,
            |o| o.clip_norm = -1.0,
            |o| o.weight_decay = -1.0,
            |o| o.weight_decay = f64::INFINITY,
        ];
        for (i, change) in wrong.into_iter().enumerate() {
            assert_eq!(with(change).map_err(|failure| failure.code), Err("ENGINE_INPUT"), "number {i}");
        }
    }
}
