//! `qvm-tangle check`: the gate. Compares and reports; writes nothing.

use super::Ending;
use super::output::Output;
use crate::build::{self, Request};
use crate::report::count;
use crate::report::diff::Length;
use crate::workspace::Failure;

/// Reports findings and differences.
pub(super) fn run(request: &Request, full_diff: bool, output: &Output) -> Result<Ending, Failure> {
    let built = build::build(request)?;
    output.findings(&built);
    if built.has_error() {
        return Ok(Ending::HasErrors);
    }
    let number = built.changes().count();
    if number == 0 {
        let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
        output.note(&format!(
            "{}: {} up to date",
            count(request.documents.len(), "document"),
            count(outputs, "output")
        ));
        return Ok(Ending::Clean);
    }
    output.differences(&built, if full_diff { Length::Full } else { Length::Cut });
    let names: Vec<&str> = request.documents.iter().map(|input| input.shown.as_str()).collect();
    let force = if built.changes().any(|(_, change)| change.kind.is_kept()) { "--force " } else { "" };
    let arguments = if request.whole_project { String::new() } else { names.join(" ") };
    let command = format!("qvm-tangle {force}{arguments}");
    let verb = if number == 1 { "differs" } else { "differ" };
    output.note(&format!(
        "{} {verb} from what the document gives; `{}` repairs it",
        count(number, "output"),
        command.trim_end()
    ));
    Ok(Ending::Differs)
}
