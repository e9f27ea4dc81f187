//! What an optimizer is and which slots it keeps.

use crate::failure::{Failure, Result};
use crate::rows::{Decay, Rule, Update};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Sgd,
    Momentum { momentum: f64, nesterov: bool },
    Adagrad { epsilon: f64, initial: f64 },
    Adam { beta1: f64, beta2: f64, epsilon: f64, lazy: bool },
    Ftrl { beta: f64, l1: f64 },
}

impl Kind {
    /// The kind that options say; else what is wrong with them.
    pub fn from_json(options: &Value) -> std::result::Result<Self, String> {
        let real = |name: &str| {
            let value = options[name].as_f64();
            value.ok_or_else(|| format!("The optimizer {} needs {name}", options["kind"]))
        };
        Ok(match options["kind"].as_str() {
            Some("sgd") => Self::Sgd,
            Some("momentum") => Self::Momentum { momentum: real("momentum")?, nesterov: options["nesterov"] == true },
            Some("adagrad") => Self::Adagrad { epsilon: real("epsilon")?, initial: real("initialAccumulator")? },
            Some("adam") => Self::Adam {
                beta1: real("beta1")?,
                beta2: real("beta2")?,
                epsilon: real("epsilon")?,
                lazy: options["lazy"] != false,
            },
            Some("ftrl") => Self::Ftrl { beta: real("beta")?, l1: real("l1")? },
            _ => return Err(format!("Unknown optimizer {}", options["kind"])),
        })
    }

    fn is_in_range(self) -> bool {
        let unit = |x: f64| (0.0..1.0).contains(&x);
        match self {
            Self::Sgd => true,
            Self::Momentum { momentum, .. } => unit(momentum),
            Self::Adagrad { epsilon, initial } => positive(epsilon) && positive(initial),
            Self::Adam { beta1, beta2, epsilon, .. } => unit(beta1) && unit(beta2) && positive(epsilon),
            // As a float32: it alone divides where nothing has been learned yet.
            Self::Ftrl { beta, l1 } => (beta as f32) > 0.0 && (beta as f32).is_finite() && positive(l1),
        }
    }

    pub fn has_m(self) -> bool {
        matches!(self, Self::Momentum { .. } | Self::Adam { .. } | Self::Ftrl { .. })
    }

    pub fn has_v(self) -> bool {
        matches!(self, Self::Adagrad { .. } | Self::Adam { .. } | Self::Ftrl { .. })
    }

    /// First value of every `v`.
    pub fn initial_v(self) -> f32 {
        if let Self::Adagrad { initial, .. } = self { initial as f32 } else { 0.0 }
    }

    /// Whether rows that a batch did not touch move too.
    pub fn moves_everything(self) -> bool {
        matches!(self, Self::Adam { lazy: false, .. })
    }

    /// The rule of step number `step` (the first is 1).
    fn rule(self, step: u64) -> Rule {
        match self {
            Self::Sgd => Rule::Sgd,
            Self::Momentum { momentum, nesterov } => Rule::Momentum { momentum: momentum as f32, nesterov },
            Self::Adagrad { epsilon, .. } => Rule::Adagrad { epsilon: epsilon as f32 },
            Self::Adam { beta1, beta2, epsilon, .. } => Rule::Adam {
                beta1: Decay::new(beta1),
                beta2: Decay::new(beta2),
                epsilon: epsilon as f32,
                correction1: (1.0 - beta1.powf(step as f64)) as f32,
                correction2: (1.0 - beta2.powf(step as f64)) as f32,
            },
            Self::Ftrl { beta, l1 } => Rule::Ftrl { beta: beta as f32, l1: l1 as f32 },
        }
    }
}

fn positive(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

/// The rule of a parameter that brings its own, in place of the training's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Own {
    pub kind: Kind,
    /// Times the training's learning rate.
    pub rate: f64,
    pub weight_decay: f64,
}

impl Own {
    /// What a plan says; else what is wrong with it.
    pub fn from_json(options: &Value) -> std::result::Result<Self, String> {
        let kind = Kind::from_json(options)?;
        let real = |name: &str| options[name].as_f64().ok_or_else(|| format!("An optimizer of its own needs {name}"));
        let own = Self { kind, rate: real("rate")?, weight_decay: real("weightDecay")? };
        if kind.is_in_range() && positive(own.rate) && positive(own.weight_decay) {
            return Ok(own);
        }
        Err(format!("An option of a parameter's own optimizer is out of range: {own:?}"))
    }
}

/// The training's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizer {
    pub kind: Kind,
    pub l2: f64,
    pub clip_norm: f64,
    pub weight_decay: f64,
}

impl Optimizer {
    pub fn check(&self) -> Result<()> {
        let rates = [self.l2, self.clip_norm, self.weight_decay];
        if self.kind.is_in_range() && rates.into_iter().all(positive) {
            return Ok(());
        }
        Err(Failure::input("An optimizer option is out of range").received(format!("{self:?}")))
    }

    /// How a parameter is updated at step number `step` (the first is 1): by its own rule and regularization where it has them.
    pub fn update(&self, own: Option<Own>, l2: Option<f32>, step: u64, rate: f32, gradient_scale: f32) -> Update {
        let training = Own { kind: self.kind, rate: 1.0, weight_decay: self.weight_decay };
        let Own { kind, rate: factor, weight_decay } = own.unwrap_or(training);
        Update {
            rule: kind.rule(step),
            rate: (f64::from(rate) * factor) as f32,
            l2: l2.unwrap_or(self.l2 as f32),
            weight_decay: weight_decay as f32,
            gradient_scale,
        }
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
            &PLAIN.update(None, None, 1, 0.1, 1.0),
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
        let wrong: [fn(&mut Optimizer); 18] = [
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
            |o| o.kind = Kind::Ftrl { beta: 0.0, l1: 0.0 },
            |o| o.kind = Kind::Ftrl { beta: f64::MIN_POSITIVE, l1: 0.0 },
            |o| o.kind = Kind::Ftrl { beta: 1.0, l1: -1.0 },
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
