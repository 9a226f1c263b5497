//! `qvm-tangle check`: the gate. Compares and reports; writes nothing.

use std::path::PathBuf;

use super::output::Output;
use super::permission::Purpose;
use super::request::{request, request_for};
use super::{Ending, Shared};
use crate::build::{self, Request};
use crate::drift::Modes;
use crate::report::count;
use crate::report::diff::Length;
use crate::workspace::Failure;
use crate::workspace::staged::{Exported, is_in_work_tree};

/// Checks the files on disk.
pub(super) fn run(shared: &Shared, files: &[PathBuf], length: Length, output: &Output) -> Result<Ending, Failure> {
    let mut request = request(shared, files)?;
    let documents = request.documents.iter();
    if documents.map(|input| &input.path).any(|path| is_in_work_tree(path)) {
        request.modes = Modes::ExecuteBit;
    }
    report(&request, shared, files, length, output)
}

/// Checks what git's index holds.
pub(super) fn staged(shared: &Shared, files: &[PathBuf], length: Length, output: &Output) -> Result<Ending, Failure> {
    let exported = Exported::enter()?;
    let request = request_for(shared, files, Purpose::CheckStaged(&exported))?;
    let request = Request { modes: Modes::ExecuteBit, ..request };
    report(&request, shared, files, length, output)
}

fn report(
    request: &Request,
    shared: &Shared,
    files: &[PathBuf],
    length: Length,
    output: &Output,
) -> Result<Ending, Failure> {
    let built = output.watched("documents", |progress| build::build_watched(request, progress))?;
    output.findings(&built)?;
    if built.has_error() {
        return Ok(Ending::of_errors(&built));
    }
    let changes = built.changes();
    let number = changes.len();
    if number == 0 {
        let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
        output.note(&format!(
            "{}: {} up to date",
            count(request.documents.len(), "document"),
            count(outputs, "output")
        ));
        return Ok(Ending::Clean);
    }
    output.differences(&built, length)?;
    let force: &[&str] = if changes.iter().any(|(_, change)| change.kind.is_kept()) { &["--force"] } else { &[] };
    let verb = if number == 1 { "differs" } else { "differ" };
    output.note(&format!(
        "{} {verb} from what the document gives; `{}` repairs it",
        count(number, "output"),
        shared.command(force, files)
    ));
    Ok(Ending::Differs)
}
