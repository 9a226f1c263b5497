//! The parsed document: headings, keywords, blocks, tables and lists of one Org text, each with its place.
//!
//! Parsing never fails and loses nothing that a later phase asks for: broken input gives a document plus diagnostics.
//! The scanner is our own because it must agree with Emacs about every block and stay linear on any input; inline
//! markup inside one cell or item is `inline`'s job (orgize). What the tree means (tangling, networks) is not known here.

mod affiliated;
mod align;
mod closers;
mod heading;
pub mod inline;
mod key;
mod line;
mod list;
mod marks;
mod parsed;
mod scan;
mod section;
mod source_block;
mod table;

pub use align::aligned;
pub use parsed::{ParsedDocument, parse};

use crate::source::{Source, Span, Spanned};

/// An Org document as the later phases see it; borrows its source.
#[derive(Debug)]
pub struct Document<'s> {
    /// The text all spans are in.
    pub source: &'s Source,
    /// All headings in document order.
    pub headings: Vec<Heading<'s>>,
    /// Free-standing keyword lines (`#+PROPERTY: …`, `#+SETUPFILE: …`) in document order, affiliated ones not among them.
    pub keywords: Vec<Keyword<'s>>,
    /// Properties of the whole file: its property drawer before the first heading (rule T-035).
    pub properties: Vec<Property<'s>>,
    /// Source blocks in document order.
    pub blocks: Vec<SourceBlock<'s>>,
    /// Org tables in document order.
    pub tables: Vec<Table<'s>>,
    /// Plain lists that have a name or description items, in document order; nested lists follow their parents.
    /// Other lists are prose to every phase, so they are not kept.
    pub lists: Vec<List<'s>>,
    /// Elements of other kinds that have a name, in document order.
    pub named: Vec<NamedElement<'s>>,
    /// Paragraphs in document order: the text of sections, items and quotes, not that of drawers.
    pub prose: Vec<Span>,
    /// Lines that look like the ends of source blocks or like names, wherever they stand; in document order.
    pub markers: Vec<Marker>,
    /// Comments that speak to this program, in document order.
    pub directives: Vec<Directive>,
}

/// A comment line `# qvm-tangle: …` and what stands below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    /// From its `#` to the end of its line.
    pub span: Span,
    /// Offset after what it speaks for: the element directly below it and the keyword lines between; the line's own end if a
    /// blank line, a heading or the end of the surrounding element follows.
    pub reach: u32,
}

/// Index into [`Document::headings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeadingId(pub usize);

/// One heading line and its property drawer.
#[derive(Debug)]
pub struct Heading<'s> {
    /// The heading line without its newline.
    pub span: Span,
    /// Number of stars.
    pub level: usize,
    /// Text after the stars, as it stands (TODO keyword, priority, tags and all) but for blanks around it.
    pub text: Spanned<&'s str>,
    /// The innermost heading of a lower level above this one.
    pub parent: Option<HeadingId>,
    /// The property drawer's entries in order; a `+` at the end of the name is still part of it.
    pub properties: Vec<Property<'s>>,
    /// Offset of the first byte below the heading line, its planning line and its property drawer.
    pub contents: usize,
}

/// `:NAME: value` in a property drawer.
#[derive(Debug, Clone, Copy)]
pub struct Property<'s> {
    /// The name between the colons, as written.
    pub name: Spanned<&'s str>,
    /// The trimmed value; empty if there is none.
    pub value: Spanned<&'s str>,
}

/// `#+KEY: value`.
#[derive(Debug, Clone, Copy)]
pub struct Keyword<'s> {
    /// The whole line without its newline.
    pub span: Span,
    /// The key as written, without `#+` and colon.
    pub key: Spanned<&'s str>,
    /// The trimmed value.
    pub value: Spanned<&'s str>,
}

/// What stands directly above an element: its name and other affiliated keywords, top to bottom (rule T-022).
#[derive(Debug, Default)]
pub struct Affiliated<'s> {
    /// All affiliated keyword lines.
    pub keywords: Vec<Keyword<'s>>,
}

/// `#+begin_src` … `#+end_src`.
#[derive(Debug)]
pub struct SourceBlock<'s> {
    /// From the begin line's first byte to the end line's last, newline not included.
    pub span: Span,
    /// The `#+begin_src` line without its newline.
    pub begin: Span,
    /// The language; none if the line names none (rules T-003, T-004).
    pub language: Option<Spanned<&'s str>>,
    /// Switches such as `-n -r -l "FORMAT"`, as written (rule T-019).
    pub switches: Spanned<&'s str>,
    /// Header arguments after language and switches, as written.
    pub arguments: Spanned<&'s str>,
    /// The lines between the markers, last newline included.
    pub body: Spanned<&'s str>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// An Org table.
#[derive(Debug)]
pub struct Table<'s> {
    /// From the first row's first byte to the last row's last, newline not included.
    pub span: Span,
    /// Rows and rules, top to bottom.
    pub rows: Vec<TableRow<'s>>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// One line of a table.
#[derive(Debug)]
pub enum TableRow<'s> {
    /// A horizontal rule, `|---+---|`.
    Rule(Span),
    /// A row of cells; `span` is the line without indentation and newline.
    Cells {
        /// The row's line.
        span: Span,
        /// Trimmed cells; an empty cell is an empty string at the place where its text would stand.
        cells: Vec<Spanned<&'s str>>,
    },
}

/// A plain list: the items of one level.
#[derive(Debug)]
pub struct List<'s> {
    /// From the first item to the end of the last.
    pub span: Span,
    /// Top-level items, in order.
    pub items: Vec<ListItem<'s>>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// One list item, `- tag :: text`.
#[derive(Debug)]
pub struct ListItem<'s> {
    /// From the bullet to the end of the item's last line, newline not included.
    pub span: Span,
    /// The term before ` :: ` on the item's first line, trimmed; only description items have one.
    pub tag: Option<Spanned<&'s str>>,
    /// The rest of the item's first line, trimmed.
    pub text: Spanned<&'s str>,
    /// Everything after the bullet up to the first item nested in this one, or to its end, blank lines included.
    pub body: Span,
}

/// An element that is neither source block, table nor list but can be referred to by name.
#[derive(Debug)]
pub struct NamedElement<'s> {
    /// What it is.
    pub kind: NamedKind,
    /// Its lines, the last newline not included.
    pub span: Span,
    /// What stands inside: the lines between a block's markers, all lines of anything else; last newline included.
    pub contents: Spanned<&'s str>,
    /// Keywords directly above, the name among them.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// The kinds of element that [`NamedElement`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedKind {
    /// `#+begin_example`.
    Example,
    /// `#+begin_export`.
    Export,
    /// Quote, center, verse and special blocks: their text is a value.
    Text,
    /// Lines that start with `: `.
    FixedWidth,
    /// Lines of prose.
    Paragraph,
    /// Anything that has no value of its own: drawers, comment blocks, rules, calls.
    Other,
}

/// A line that matters to searches which do not look at structure (rules T-013, T-014, T-080 and T-087).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// Offset of the line's first byte.
    pub line: u32,
    /// What it looks like.
    pub kind: MarkerKind,
}

/// What a [`Marker`] line starts with, in any letter case, after blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    /// `#+begin_src`, whatever follows.
    Begin,
    /// `#+end_src`, whatever follows.
    End,
    /// `#+name:`.
    Name,
}

impl<'s> Affiliated<'s> {
    /// The value of the last `#+NAME:` line, if there is one that is not empty.
    pub fn name(&self) -> Option<Spanned<&'s str>> {
        self.keywords
            .iter()
            .rev()
            .find(|keyword| keyword.key.value.eq_ignore_ascii_case("name"))
            .map(|keyword| keyword.value)
            .filter(|name| !name.value.is_empty())
    }
}

/// Whether a character is white space to Org mode.
pub(crate) fn is_space(c: char) -> bool {
    line::is_space(c)
}

/// The column at which text starts after these blanks.
pub(crate) fn column(blanks: &str) -> usize {
    line::column(blanks)
}
