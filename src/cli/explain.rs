//! `qvm-tangle explain [CODE]`.

use super::Outcome;
use super::output::result;
use crate::diagnostic::{Code, Severity, closest};
use crate::drift;
use crate::report::word;
use crate::workspace::Failure;

/// Prints one explanation, or the list of all codes.
pub(super) fn run(name: Option<&str>) -> Result<Outcome, Failure> {
    let explained = explained();
    let Some(name) = name else {
        let list = explained.iter().map(|(code, severity, explanation)| {
            let summary = explanation.lines().next().unwrap_or_default();
            format!("{code:<28} {:<8} {summary}\n", word(*severity))
        });
        result(&list.collect::<String>())?;
        return Ok(Outcome::Clean);
    };
    let Some((code, severity, explanation)) = explained.iter().find(|(code, ..)| *code == name) else {
        let near = closest(name, explained.iter().map(|(code, ..)| *code));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure::Other(format!("`{name}` is no diagnostic{hint}")));
    };
    result(&format!("{code} ({})\n\n{explanation}", word(*severity)))?;
    Ok(Outcome::Clean)
}

/// Every code that a report can show, sorted, with its severity and its explanation.
fn explained() -> Vec<(&'static str, Severity, &'static str)> {
    let codes = Code::ALL.iter().map(|code| (code.name(), code.severity(), code.explanation()));
    let mut all: Vec<_> = codes.chain([(drift::CODE, Severity::Error, drift::EXPLANATION)]).collect();
    all.sort_unstable();
    all
}
