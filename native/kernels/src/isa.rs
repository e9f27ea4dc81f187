//! Which vector instructions to use, decided once at run time.

/// An instruction set that this processor has: the value is the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Isa {
    /// Plain arithmetic, everywhere available.
    pub const PORTABLE: Self = Self(Level::Portable);

    /// The fastest one of this processor.
    pub fn detect() -> Self {
        ["avx512", "avx2"].into_iter().find_map(Self::named).unwrap_or(Self::PORTABLE)
    }

    /// "avx512", "avx2" or "portable"; `None` when unknown or when this processor lacks it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            #[cfg(target_arch = "x86_64")]
            "avx512" => has_avx512().then_some(Self(Level::Avx512)),
            #[cfg(target_arch = "x86_64")]
            "avx2" => has_avx2().then_some(Self(Level::Avx2)),
            "portable" => Some(Self::PORTABLE),
            _ => None,
        }
    }

    /// All that this processor has, the fastest first.
    pub fn available() -> Vec<Self> {
        ["avx512", "avx2", "portable"].into_iter().filter_map(Self::named).collect()
    }

    pub(crate) const fn level(self) -> Level {
        self.0
    }

    /// The name that [`Isa::named`] knows.
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            Level::Portable => "portable",
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
}
