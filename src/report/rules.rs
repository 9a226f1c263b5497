//! Every rule that a report can name, and what can be done about what it finds: all from the table of codes.

use schemars::JsonSchema;
use serde::Serialize;

use super::failure::FailureRule;
use super::word;
use crate::diagnostic::{Code, Severity};
use crate::drift;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it weighs unless the configuration says otherwise.
    pub severity: Severity,
    /// Markdown.
    pub explanation: &'static str,
    /// What finds it.
    source: RuleSource,
}

/// What finds a rule's cases.
#[derive(Debug, Clone, Copy)]
enum RuleSource {
    /// A diagnostic of a document.
    Diagnostic(Code),
    /// The comparison of outputs with the disk.
    Drift,
    /// A run that could not be done.
    Failure,
}

/// A rule for programs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleEntry {
    /// The name that reports have.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub explanation: &'static str,
    /// Whether `qvm-tangle fix` knows the edit, at least at times.
    pub brings_fix: bool,
    /// Whether a comment in the document can accept it at one place.
    pub acceptable: bool,
    /// The command that finds it, where `check` does not.
    pub found_by: Option<&'static str>,
}

/// All rules, sorted by name.
pub fn rules() -> Vec<Rule> {
    let rule = |code: &Code| Rule {
        name: code.name(),
        severity: code.severity(),
        explanation: code.explanation(),
        source: RuleSource::Diagnostic(*code),
    };
    let error = |name, explanation, source| Rule { name, severity: Severity::Error, explanation, source };
    let drift = error(drift::CODE, drift::EXPLANATION, RuleSource::Drift);
    let failures = FailureRule::ALL.map(|rule| error(rule.name(), rule.explanation(), RuleSource::Failure));
    let mut rules: Vec<Rule> = Code::ALL.iter().map(rule).chain([drift]).chain(failures).collect();
    rules.sort_by_key(|rule| rule.name);
    rules
}

impl Rule {
    fn code(&self) -> Option<Code> {
        match self.source {
            RuleSource::Diagnostic(code) => Some(code),
            RuleSource::Drift | RuleSource::Failure => None,
        }
    }

    /// Its first sentence, on one line.
    pub fn summary(&self) -> String {
        let paragraph = self.explanation.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
        paragraph[..end].trim_end().to_owned()
    }

    /// The rule for programs.
    pub fn entry(&self) -> RuleEntry {
        let is = |test: fn(Code) -> bool| self.code().is_some_and(test);
        let found_by = [(is(Code::is_from_checkers), "lint"), (is(Code::is_from_rehearsals), "rehearse")];
        RuleEntry {
            code: self.name,
            severity: word(self.severity),
            summary: self.summary(),
            explanation: self.explanation,
            brings_fix: is(Code::brings_fix),
            acceptable: is(Code::is_acceptable),
            found_by: found_by.into_iter().find(|(is_so, _)| *is_so).map(|(_, command)| command),
        }
    }

    /// What can be done about it, in Markdown: how to fix, accept and lower it.
    pub fn advice(&self) -> String {
        let name = self.name;
        let code = match self.source {
            RuleSource::Diagnostic(code) => code,
            RuleSource::Drift => {
                return "Fix: `qvm-tangle` writes what the document gives; `qvm-tangle detangle PATH` carries a hand edit \
                        back.\n\nIt cannot be accepted or lowered.\n"
                    .to_owned();
            }
            RuleSource::Failure => {
                return "Fix: by hand, as the message says.\n\nIt cannot be accepted or lowered.\n".to_owned();
            }
        };
        let fix = if code.brings_fix() {
            "Fix: `qvm-tangle fix` shows the edit where it is known, and `--write` makes it (with `--unsafe` where it may \
             change the meaning).\n"
        } else {
            "Fix: by hand, as the right example shows.\n"
        };
        if code.is_acceptable() {
            format!(
                "{fix}\nAccept it at one place, directly above the element:\n\n```org\n# qvm-tangle: accept {name}: REASON\n```\n\n\
                 Lower it everywhere, in `qvm-tangle.toml`, or raise it with `\"error\"`:\n\n```toml\n[levels]\n{name} = \
                 \"allow\"\n```\n"
            )
        } else if self.severity == Severity::Error {
            format!(
                "{fix}\nIt is an error, which cannot be accepted or lowered: the outputs would be wrong or unsafe.\n"
            )
        } else {
            format!("{fix}\nIt cannot be accepted or lowered.\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rules;

    #[test]
    fn each_summary_is_a_whole_sentence() {
        for rule in rules() {
            let summary = rule.summary();
            assert!(summary.ends_with(['.', ':']) && !summary.contains('\n'), "{}: {summary}", rule.name);
            assert_eq!(summary.matches('`').count() % 2, 0, "{}: {summary}", rule.name);
        }
    }
}
