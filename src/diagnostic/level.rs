//! How the user weighs each code: `[levels]` of the configuration and `--deny warnings`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Code, Diagnostic, Severity};

/// What the user wants to hear of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Report it and write nothing.
    Error,
    /// Report it.
    Warning,
    /// Say nothing. Only codes that are warnings by themselves can be allowed.
    Allow,
}

/// The levels that differ from the codes' own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// Changed codes.
    pub by_code: BTreeMap<Code, Level>,
    /// `--deny warnings`: every warning that is left counts as an error.
    pub deny_warnings: bool,
}

impl Levels {
    /// Gives every diagnostic its final severity and drops those that are allowed.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| {
            match self.by_code.get(&diagnostic.code) {
                Some(Level::Error) => diagnostic.severity = Severity::Error,
                Some(Level::Warning) => diagnostic.severity = Severity::Warning,
                Some(Level::Allow) => return false,
                None => {}
            }
            if self.deny_warnings {
                diagnostic.severity = Severity::Error;
            }
            true
        });
    }
}
