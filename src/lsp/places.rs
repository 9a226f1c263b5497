//! Spans of one analysed document as the protocol's places, and back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::{Location, Position, Range, Uri};

use super::position::{self, Encoding};
use super::uri;
use super::view::View;
use crate::build::BuiltDocument;
use crate::network::DeclaredGuest;
use crate::render;
use crate::source::Span;
use crate::workspace;

/// What turns spans into places.
pub(super) struct LocationConverter<'a> {
    /// The document that they belong to.
    pub(super) built: &'a BuiltDocument,
    /// Its guests.
    pub(super) guests: &'a [DeclaredGuest],
    /// Its address, as the client writes it.
    pub(super) uri: &'a Uri,
    /// Addresses of all open documents, as the client writes them.
    pub(super) open: &'a BTreeMap<PathBuf, Uri>,
    /// What a column is.
    pub(super) encoding: Encoding,
}

impl<'a> LocationConverter<'a> {
    /// The document as questions see it.
    pub(super) fn view(&self) -> View<'a> {
        View::new(self.built, self.guests)
    }

    /// Whether a span is in the document itself.
    pub(super) fn is_here(&self, span: Span) -> bool {
        span.source == self.built.loaded.source().id()
    }

    /// A span of any text.
    pub(super) fn range(&self, span: Span) -> Range {
        position::range(self.built.loaded.sources.get(span.source), span, self.encoding)
    }

    /// The file and the place in it; none for texts that are no file, such as the templates in this program.
    pub(super) fn location(&self, span: Span) -> Option<Location> {
        let path = self.built.loaded.sources.get(span.source).path();
        let uri = if self.is_here(span) {
            self.uri.clone()
        } else if render::is_builtin(path) {
            return None;
        } else {
            self.uri_of(&workspace::absolute(Path::new(path)).ok()?)?
        };
        Some(Location::new(uri, self.range(span)))
    }

    /// The address of a file; as the client writes it, if it is open.
    pub(super) fn uri_of(&self, path: &Path) -> Option<Uri> {
        self.open.get(path).cloned().or_else(|| uri::uri(path))
    }

    /// The offset of a place in the document.
    pub(super) fn offset(&self, position: Position) -> usize {
        position::offset(self.built.loaded.source(), position, self.encoding)
    }
}
