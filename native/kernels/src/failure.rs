//! Errors as values: a stable code, a sentence and machine-readable facts. TypeScript turns them into its own error class.

use serde_json::{Map, Value, json};

/// Why a request was refused. Codes are those of `src/core/catalogue.ts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: &'static str,
    pub what: String,
    pub expected: Option<String>,
    pub received: Option<String>,
    pub details: Map<String, Value>,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), expected: None, received: None, details: Map::new() }
    }

    /// A plan that is not well formed.
    pub fn plan(what: impl Into<String>) -> Self {
        Self::new("GRAPH_PLAN", what)
    }

    /// Inputs that do not fit the plan.
    pub fn input(what: impl Into<String>) -> Self {
        Self::new("ENGINE_INPUT", what)
    }

    #[must_use]
    pub fn expected(mut self, expected: impl ToString) -> Self {
        self.expected = Some(expected.to_string());
        self
    }

    #[must_use]
    pub fn received(mut self, received: impl ToString) -> Self {
        self.received = Some(received.to_string());
        self
    }

    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The form that crosses to TypeScript.
    pub fn to_json(&self) -> Value {
        json!({
            "code": self.code,
            "what": self.what,
            "expected": self.expected,
            "received": self.received,
            "details": self.details,
        })
    }
}
