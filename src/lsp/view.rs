//! One analysed document as questions see it.

use std::borrow::Cow;

use crate::artifact::Artifact;
use crate::build::BuiltDocument;
use crate::network::{self, DeclaredGuest, Guest, Network, Service};
use crate::org::{Document, TableRow};
use crate::source::Span;

/// A document, what it gives, and what was found.
pub(super) struct View<'a> {
    /// What a run made of it.
    pub(super) built: &'a BuiltDocument,
    /// Its parts.
    pub(super) document: &'a Document<'a>,
    /// The guests, as far as their table can be read.
    pub(super) guests: Cow<'a, [DeclaredGuest]>,
}

/// The guests of a document, as far as their table can be read.
pub(super) fn guests(built: &BuiltDocument) -> Vec<DeclaredGuest> {
    match &built.compilation.networks[..] {
        [] => network::declared_guests(built.loaded.document().document()),
        networks => networks.iter().flat_map(|network| &network.guests).map(DeclaredGuest::of).collect(),
    }
}

impl<'a> View<'a> {
    /// A document whose guests are known; questions make nothing anew.
    pub(super) fn new(built: &'a BuiltDocument, guests: &'a [DeclaredGuest]) -> Self {
        Self { built, document: built.loaded.document().document(), guests: Cow::Borrowed(guests) }
    }

    /// A document that is looked at once.
    #[cfg(test)]
    pub(super) fn of(built: &'a BuiltDocument) -> Self {
        Self { built, document: built.loaded.document().document(), guests: Cow::Owned(guests(built)) }
    }

    /// All guests that no mistake hides, each with its network; in the order of `guests`.
    pub(super) fn known_guests(&self) -> impl Iterator<Item = (&'a Network, &'a Guest)> + use<'a> {
        let networks = self.built.compilation.networks.iter();
        networks.flat_map(|network| network.guests.iter().map(move |guest| (network, guest)))
    }

    /// All services that no mistake hides, each with its network.
    pub(super) fn known_services(&self) -> impl Iterator<Item = (&'a Network, &'a Service)> + use<'a> {
        let networks = self.built.compilation.networks.iter();
        networks.flat_map(|network| network.services.iter().map(move |service| (network, service)))
    }

    /// The outputs.
    pub(super) fn artifacts(&self) -> &'a [Artifact] {
        &self.built.compilation.artifacts
    }

    /// The document's text.
    pub(super) fn text(&self) -> &'a str {
        self.document.source.text()
    }

    /// The cell at an offset, or the text after a list's term.
    pub(super) fn cell_at(&self, offset: usize) -> Option<Span> {
        let rows =
            self.document.tables.iter().filter(|table| touches(table.span, offset)).flat_map(|table| &table.rows);
        let cells = rows.flat_map(|row| match row {
            TableRow::Cells { cells, .. } => &cells[..],
            TableRow::Rule(_) => &[],
        });
        let items = self.document.lists.iter().filter(|list| touches(list.span, offset)).flat_map(|list| &list.items);
        let values = items.filter(|item| item.tag.is_some()).map(|item| item.text.span);
        cells.map(|cell| cell.span).chain(values).find(|span| touches(*span, offset))
    }

    /// Whether an offset is inside the body of a block.
    pub(super) fn is_in_body(&self, offset: usize) -> bool {
        let blocks = &self.document.blocks;
        let index = blocks.partition_point(|block| block.body.span.range().end <= offset);
        blocks.get(index).is_some_and(|block| block.body.span.range().start <= offset)
    }
}

/// Whether an offset is in a span or directly after it, where a cursor still belongs to a word.
pub(super) fn touches(span: Span, offset: usize) -> bool {
    (span.range().start..=span.range().end).contains(&offset)
}
