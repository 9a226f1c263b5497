//! Documents that somebody wants outputs of and that give none.

use super::{Built, BuiltDocument};
use crate::compile::no_output;
use crate::report::EmptyDocument;

impl Built {
    /// The documents that were named and give nothing, or all if none gives anything, each with the reasons; none while there
    /// is an error, which may be the reason.
    pub fn without_output(&self) -> Vec<EmptyDocument> {
        if self.has_error() {
            return Vec::new();
        }
        let gives_nothing = |document: &&BuiltDocument| document.compilation.artifacts.is_empty();
        let all: Vec<&BuiltDocument> = self.documents.iter().filter(gives_nothing).collect();
        let is_all = all.len() == self.documents.len();
        let told = all.into_iter().filter(|document| is_all || document.input.is_named);
        told.map(|document| EmptyDocument {
            shown: document.input.shown.clone(),
            reasons: no_output::reasons(&document.loaded.inputs()),
        })
        .collect()
    }
}
