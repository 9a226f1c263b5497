//! A parsed document as it is kept: the tree together with the text that it borrows.

use std::fmt;
use std::sync::Arc;

use self_cell::self_cell;

use super::{Document, scan};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

self_cell!(
    struct OwnedDocument {
        owner: Arc<Source>,
        #[covariant]
        dependent: Document,
    }
);

/// A document, its text, and what is wrong with the text itself (an unterminated block).
pub struct ParsedDocument {
    owned: OwnedDocument,
    diagnostics: Vec<Diagnostic>,
}

/// Parses a document. Linear in the length of the text; never fails.
pub fn parse(source: &Arc<Source>) -> ParsedDocument {
    let mut diagnostics = Vec::new();
    let owned = OwnedDocument::new(Arc::clone(source), |source| scan::scan(source, &mut diagnostics));
    ParsedDocument { owned, diagnostics }
}

impl ParsedDocument {
    /// The tree.
    pub fn document(&self) -> &Document<'_> {
        self.owned.borrow_dependent()
    }

    /// The text that it was parsed from.
    pub fn source(&self) -> &Source {
        self.owned.borrow_owner()
    }

    /// What is wrong with the text itself, in document order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Debug for ParsedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedDocument").field("path", &self.source().path()).finish_non_exhaustive()
    }
}
