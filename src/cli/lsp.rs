//! `qvm-tangle lsp`: serves an editor on standard input and output.

use std::path::Path;

use super::request::{documents_of_project, request_for_text};
use super::{Outcome, Shared};
use crate::lsp::{self, Projects, SessionEnd};

/// Serves until the editor leaves.
pub(super) fn run(shared: &Shared) -> Outcome {
    let projects = Projects {
        request_for: &|path: &Path, text| request_for_text(shared, path, text),
        documents_of: &|path: &Path| documents_of_project(shared, path),
    };
    match lsp::serve(projects) {
        SessionEnd::AfterShutdown => Outcome::Clean,
        SessionEnd::WithoutShutdown => Outcome::Abandoned,
    }
}
