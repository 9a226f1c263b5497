//! `qvm-tangle check`: the gate. Compares and reports; writes nothing.

use std::collections::BTreeSet;
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
use crate::workspace::staged::{Exported, is_in_work_tree, tracked};

/// What `check` was asked for, and where it reports.
#[derive(Clone, Copy)]
pub(super) struct Check<'a> {
    pub(super) shared: &'a Shared,
    pub(super) files: &'a [PathBuf],
    pub(super) length: Length,
    pub(super) output: &'a Output,
}

impl Check<'_> {
    /// Checks the files on disk.
    pub(super) fn on_disk(self) -> Result<Ending, Failure> {
        let mut request = request(self.shared, self.files)?;
        let documents = request.documents.iter();
        if documents.map(|input| &input.path).any(|path| is_in_work_tree(path)) {
            request.modes = Modes::ExecuteBit;
        }
        self.report(&request, tracked)
    }

    /// Checks what git's index holds.
    pub(super) fn staged(self) -> Result<Ending, Failure> {
        let exported = Exported::enter()?;
        let request = request_for(self.shared, self.files, Purpose::CheckStaged(&exported))?;
        // All of it is in version control.
        self.report(&Request { modes: Modes::ExecuteBit, ..request }, |files| files.iter().cloned().collect())
    }

    /// Compares and reports; `tracked` picks the files that version control has.
    fn report(self, request: &Request, tracked: fn(&[PathBuf]) -> BTreeSet<PathBuf>) -> Result<Ending, Failure> {
        let output = self.output;
        let mut built = output.watched("documents", |progress| build::build_watched(request, progress))?;
        let hidden: Vec<PathBuf> = built.not_ours();
        built.reveal(tracked(&hidden));
        let changes = built.changes();
        let number = changes.len();
        let is_kept = changes.iter().any(|(_, change)| change.kind.is_kept());
        output.report(&built, changes, self.length)?;
        if built.has_error() {
            return Ok(Ending::of_errors(&built));
        }
        if number == 0 {
            let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
            let documents = count(request.documents.len(), "document");
            output.note(&format!("{documents}: {} up to date", count(outputs, "output")));
            return Ok(Ending::Clean);
        }
        let force: &[&str] = if is_kept { &["--force"] } else { &[] };
        let verb = if number == 1 { "differs" } else { "differ" };
        output.note(&format!(
            "{} {verb} from what the document gives; `{}` repairs it",
            count(number, "output"),
            self.shared.command(force, self.files)
        ));
        Ok(Ending::Differs)
    }
}
