//! `qvm-tangle lsp`: serves an editor on standard input and output.

use super::request::request_for_text;
use super::{Outcome, Shared};
use crate::lsp::{self, SessionEnd};

/// Serves until the editor leaves.
pub(super) fn run(shared: &Shared) -> Outcome {
    match lsp::serve(&|path, text| request_for_text(shared, path, text)) {
        SessionEnd::AfterShutdown => Outcome::Clean,
        SessionEnd::WithoutShutdown => Outcome::Abandoned,
    }
}
