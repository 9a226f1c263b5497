//! Named elements by name, and what each is worth as a value (rules T-101, T-103 and T-104).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::literal::literal;
use crate::org::{Affiliated, Document, HeadingId, NamedElement, NamedKind, SourceBlock, Table, TableRow};
use crate::tangle::Tangling;
use crate::tangle::arguments::lisp;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::expansion::variables::index::index;
use crate::tangle::expansion::variables::lists;
use crate::tangle::outline::HeadingStates;
use crate::tangle::text::Text;
use crate::tangle::text::body::{remove_indentation, unescape_commas};

/// Elements that a variable can refer to, the first live one of each name.
#[derive(Debug, Default)]
pub(in crate::tangle) struct Elements {
    by_name: HashMap<String, Element>,
    /// The values that were asked for.
    values: RefCell<HashMap<Element, Rc<Lisp>>>,
    /// How many elements that are not there were named by indices so far.
    absent: Cell<usize>,
}

/// How many elements that are not there all indices of a document may name: more than anybody means, fewer than fill the
/// memory.
const MOST_ABSENT: usize = 1_000_000;

/// One named element: its kind and its index in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Element {
    Table(usize),
    List(usize),
    Block(usize),
    Other(usize),
}

impl Elements {
    /// Collects the names of a document; what is under a COMMENT heading does not count.
    pub(in crate::tangle) fn of(document: &Document<'_>, outline: &HeadingStates<'_, '_>) -> Self {
        let mut all: Vec<(u32, &str, Element)> = Vec::new();
        let mut add = |start: u32, affiliated: &Affiliated<'_>, heading: Option<HeadingId>, element: Element| {
            let Some(keyword) = affiliated.any_name().filter(|_| !outline.is_commented(heading)) else { return };
            let key = keyword.key.value;
            if key.eq_ignore_ascii_case("name") || key.eq_ignore_ascii_case("tblname") {
                all.push((start, document.source.slice(keyword.value.span), element));
            }
        };
        for (index, table) in document.tables.iter().enumerate() {
            add(table.span.start, &table.affiliated, table.heading, Element::Table(index));
        }
        for (index, list) in document.lists.iter().enumerate() {
            add(list.span.start, &list.affiliated, list.heading, Element::List(index));
        }
        for (index, block) in document.blocks.iter().enumerate() {
            add(block.span.start, &block.affiliated, block.heading, Element::Block(index));
        }
        for (index, named) in document.named.iter().enumerate() {
            add(named.span.start, &named.affiliated, named.heading, Element::Other(index));
        }
        all.sort_by_key(|(start, ..)| *start);
        let mut by_name = HashMap::new();
        for (_, name, element) in all {
            by_name.entry(name.to_owned()).or_insert(element);
        }
        Self { by_name, ..Self::default() }
    }

    /// Whether an element has that name.
    pub(in crate::tangle) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The element of a name.
    pub(super) fn get(&self, name: &str) -> Option<Element> {
        self.by_name.get(name).copied()
    }

    /// The value of an element, for a block that of its text; none if it has none.
    pub(super) fn value(&self, tangling: &Tangling<'_, '_>, element: Element) -> Option<Rc<Lisp>> {
        if let Some(known) = self.values.borrow().get(&element) {
            return Some(Rc::clone(known));
        }
        let made = Rc::new(value(tangling, element)?);
        self.values.borrow_mut().insert(element, Rc::clone(&made));
        Some(made)
    }

    /// The part of a value that indices name; none if they name more than can be meant.
    pub(super) fn part(&self, value: &Lisp, indices: &str) -> Option<Lisp> {
        let mut left = MOST_ABSENT - self.absent.get();
        let part = index(value, indices, &mut left);
        self.absent.set(MOST_ABSENT - left);
        part
    }
}

fn value(tangling: &Tangling<'_, '_>, element: Element) -> Option<Lisp> {
    let document = tangling.document;
    match element {
        Element::Table(index) => Some(table(&document.tables[index])),
        Element::List(index) => Some(lists::value(document.source, &document.lists[index])),
        Element::Block(index) => Some(Lisp::Text(block_text(&document.blocks[index]))),
        Element::Other(index) => other(&document.named[index]),
    }
}

/// The text of a source block with its last newline.
fn block_text(block: &SourceBlock<'_>) -> String {
    let text = unescape_commas(Text::of(block.body));
    let keeps = crate::tangle::text::body::Switches::of(block).keeps_indentation();
    let text = if keeps { text } else { remove_indentation(text) };
    text.as_str().to_owned()
}

fn other(named: &NamedElement<'_>) -> Option<Lisp> {
    let text = match named.kind {
        NamedKind::Example | NamedKind::Export => remove_indentation(unescape_commas(Text::of(named.contents))),
        NamedKind::Text => {
            if named.contents.value.is_empty() {
                return None;
            }
            remove_indentation(Text::of(named.contents))
        }
        NamedKind::FixedWidth => {
            let text = fixed_width(named.contents.value);
            return Some(lisp::number(&text).unwrap_or(Lisp::Text(text)));
        }
        NamedKind::Paragraph => {
            if is_link(named.contents.value) {
                return None;
            }
            Text::of(named.contents)
        }
        NamedKind::Other => return None,
    };
    Some(Lisp::text(text.as_str()))
}

/// The text after the colons, trimmed as a whole.
fn fixed_width(lines: &str) -> String {
    let text = |line: &str| {
        let line = line.trim_start_matches([' ', '\t']);
        let line = line.strip_prefix(':').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line).to_owned()
    };
    let lines: Vec<String> = lines.lines().map(text).collect();
    lines.join("\n").trim_matches([' ', '\t', '\n', '\r']).to_owned()
}

/// Whether a paragraph is nothing but a link: Emacs would take its path.
fn is_link(paragraph: &str) -> bool {
    let text = paragraph.trim_matches([' ', '\t', '\n', '\r']);
    text.starts_with("[[") && text.find("]]").is_some_and(|end| end + 2 == text.len())
}

/// A table as a list of rows.
fn table(table: &Table<'_>) -> Lisp {
    let rows = table.rows.iter().map(|row| match row {
        TableRow::Rule(_) => Lisp::symbol("hline"),
        TableRow::Cells { cells, .. } => Lisp::List(cells.iter().map(|cell| literal(cell.value)).collect()),
    });
    Lisp::List(rows.collect())
}
