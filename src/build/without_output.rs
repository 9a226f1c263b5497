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
        let all: Vec<&BuiltDocument> = self.documents.iter().filter(|document| document.gives_nothing()).collect();
        let is_all = all.len() == self.documents.len();
        let told = all.into_iter().filter(|document| is_all || document.input.is_named);
        told.map(|document| EmptyDocument {
            shown: document.input.shown.clone(),
            reasons: document.reasons_for_no_output(),
        })
        .collect()
    }
}

impl BuiltDocument {
    fn gives_nothing(&self) -> bool {
        self.compilation.artifacts.is_empty()
    }

    /// Why the document gives no output; nothing if it gives one.
    pub fn reasons_for_no_output(&self) -> Vec<String> {
        if self.gives_nothing() { no_output::reasons(&self.loaded.inputs()) } else { Vec::new() }
    }
}
