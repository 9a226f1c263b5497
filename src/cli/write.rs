//! The main job: compile and write.

use std::path::PathBuf;

use super::output::Output;
use super::request::request;
use super::{Ending, Shared};
use crate::build::{self, Applied, Built, Edited};
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::Kind;
use crate::report::count;
use crate::workspace::{Failure, shown};

/// Compiles, reports, and writes if there is no error.
pub(super) fn run(shared: &Shared, files: &[PathBuf], force: bool, output: &Output) -> Result<Ending, Failure> {
    let request = request(shared, files)?;
    let _turn = build::take_turn(&request);
    let mut built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    let edited = if force { Edited::Overwrite } else { Edited::Keep };
    let applied = apply(&mut built, edited, &shared.command(&["check"], files))?;
    output.findings(&built)?;
    let Some(applied) = applied else { return Ok(Ending::of_errors(&built)) };
    tell(&built, &applied, output);
    Ok(if applied.kept.is_empty() { Ending::Clean } else { Ending::Differs })
}

/// Writes, unless a document has an error; that a hand edit is kept is one more finding, which `check` shows.
pub(super) fn apply(built: &mut Built, edited: Edited, check: &str) -> Result<Option<Applied>, Failure> {
    if built.has_error() {
        return Ok(None);
    }
    let applied = built.apply(edited)?;
    report_kept(built, &applied, check);
    Ok(Some(applied))
}

/// Says what was done.
pub(super) fn tell(built: &Built, applied: &Applied, output: &Output) {
    for change in &applied.done {
        let verb = match change.kind {
            Kind::Missing => "wrote (new)",
            Kind::Changed | Kind::Edited => "wrote",
            Kind::WrongMode { .. } => "set the mode of",
            Kind::Stale | Kind::StaleEdited => "removed",
        };
        output.note(&format!("{verb} {}", shown(&change.path)));
    }
    if applied.done.is_empty() && applied.kept.is_empty() {
        let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
        output.note(&format!("{} up to date", count(outputs, "output")));
    }
}

/// A kept hand edit is a finding at the declaration that leads to the file.
fn report_kept(built: &mut Built, applied: &Applied, check: &str) {
    for change in &applied.kept {
        let document = &mut built.documents[change.document];
        let path = shown(&change.path);
        let span = change.declared.unwrap_or_else(|| document.loaded.document().span(0..0));
        let message = match change.kind {
            Kind::StaleEdited => format!("`{path}` is no longer made here, and was edited by hand; it is kept"),
            Kind::Missing | Kind::Changed | Kind::WrongMode { .. } | Kind::Stale | Kind::Edited => {
                format!("`{path}` was edited by hand, or is not ours; it is kept as it is")
            }
        };
        let help = format!("carry the edit into the document (`{check}` shows it), or give it up with `--force`");
        document.diagnostics.push(Diagnostic::new(Code::EditedOutput, span, message, help));
    }
}
