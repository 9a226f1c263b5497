//! `qvm-tangle lsp`: serves an editor on standard input and output.

use super::request::of_text;
use super::{Ending, Shared};
use crate::lsp::{self, Leave};

/// Serves until the editor leaves.
pub(super) fn run(shared: &Shared) -> Ending {
    match lsp::serve(&|path, text| of_text(shared, path, text)) {
        Leave::Orderly => Ending::Clean,
        Leave::Abrupt => Ending::Abandoned,
    }
}
