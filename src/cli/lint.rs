//! `qvm-tangle lint`: runs the checkers of all outputs and reports at the document's lines.

use super::output::Console;
use super::permission::RunPurpose;
use super::{Outcome, Shared, nothing, request};
use crate::build;
use crate::lint::{self, checker::Checker};
use crate::report::count;
use crate::workspace::Failure;

/// Reports what the checkers find; the document's own errors come first, since without them there are no outputs.
pub(super) fn run(shared: &Shared, files: &[std::path::PathBuf], output: &Console) -> Result<Outcome, Failure> {
    let request = request::request_for(shared, files, RunPurpose::Lint)?;
    let mut built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    if built.has_error() {
        output.diagnostics(&built)?;
        return Ok(Outcome::of_errors(&built));
    }
    let checkers = Checker::all(&request.checkers);
    let ran = output
        .watched("checks", |progress| lint::lint(&mut built, &checkers, &request.levels, &request.trust, progress))?;
    output.diagnostics_alone(&built)?;
    let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
    let by = if ran.is_empty() { "no checker".to_owned() } else { ran.join(", ") };
    nothing::tell(&built, output);
    if outputs > 0 {
        output.note(&format!("{} examined by {by}", count(outputs, "output")));
    }
    Ok(if built.has_error() { Outcome::of_errors(&built) } else { Outcome::Clean })
}
