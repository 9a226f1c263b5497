//! The outline of a document: headings, blocks, guests.

use crate::network::DeclaredGuest;
use crate::org::Document;
use crate::source::Span;

/// One entry of the outline.
#[derive(Debug)]
pub(super) struct Symbol {
    /// What it is called.
    pub(super) name: String,
    /// What else there is to know in a few words.
    pub(super) detail: String,
    pub(super) kind: SymbolKind,
    /// All of it.
    pub(super) span: Span,
    /// Where its name stands.
    pub(super) selection: Span,
    /// What it holds.
    pub(super) children: Vec<Symbol>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SymbolKind {
    Heading,
    Block,
    Guest,
}

impl From<SymbolKind> for lsp_types::SymbolKind {
    fn from(kind: SymbolKind) -> Self {
        match kind {
            SymbolKind::Heading => Self::NAMESPACE,
            SymbolKind::Block => Self::FUNCTION,
            SymbolKind::Guest => Self::OBJECT,
        }
    }
}

/// The outline, top to bottom.
pub(super) fn symbols(document: &Document<'_>, guests: &[DeclaredGuest]) -> Vec<Symbol> {
    let all = headings(document).chain(blocks(document)).chain(guests.iter().map(guest));
    let mut flat: Vec<Symbol> = all.collect();
    flat.sort_by_key(|symbol| symbol.span.start);
    nested(flat)
}

/// Each heading with its whole subtree.
fn headings(document: &Document<'_>) -> impl Iterator<Item = Symbol> {
    let headings = &document.headings;
    let mut ends = vec![document.source.text().len() as u32; headings.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        while let Some(above) = open.pop_if(|above| headings[*above].level >= heading.level) {
            ends[above] = heading.span.start;
        }
        open.push(index);
    }
    headings.iter().zip(ends).map(|(heading, end)| Symbol {
        name: named(heading.text.value, "heading"),
        detail: String::new(),
        kind: SymbolKind::Heading,
        span: Span { end, ..heading.span },
        selection: heading.span,
        children: Vec::new(),
    })
}

fn blocks(document: &Document<'_>) -> impl Iterator<Item = Symbol> {
    document.blocks.iter().map(|block| {
        let name = block.affiliated.name();
        let language = block.language.map_or("", |language| language.value);
        let target = block.arguments.value.split(":tangle ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let first = block.body.value.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Symbol {
            name: named(name.map(|name| name.value).or(target).unwrap_or(first).trim(), "block"),
            detail: language.to_owned(),
            kind: SymbolKind::Block,
            span: name.map_or(block.span, |name| name.span.to(block.span)),
            selection: name.map_or(block.begin, |name| name.span),
            children: Vec::new(),
        }
    })
}

fn guest(guest: &DeclaredGuest) -> Symbol {
    Symbol {
        name: guest.name.value.to_string(),
        detail: guest.words.join(" "),
        kind: SymbolKind::Guest,
        span: guest.name.span,
        selection: guest.name.span,
        children: Vec::new(),
    }
}

/// The protocol forbids empty names.
fn named(name: &str, otherwise: &str) -> String {
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

/// Puts entries, sorted by their start, into the ones that hold them.
fn nested(flat: Vec<Symbol>) -> Vec<Symbol> {
    let mut top = Vec::new();
    let mut open: Vec<Symbol> = Vec::new();
    for symbol in flat {
        while let Some(done) = open.pop_if(|last| last.span.end <= symbol.span.start) {
            close(done, &mut open, &mut top);
        }
        open.push(symbol);
    }
    while let Some(done) = open.pop() {
        close(done, &mut open, &mut top);
    }
    top
}

fn close(done: Symbol, open: &mut [Symbol], top: &mut Vec<Symbol>) {
    open.last_mut().map_or(top, |parent| &mut parent.children).push(done);
}

#[cfg(test)]
mod tests {
    use super::{Symbol, symbols};
    use crate::lsp::testing::{NETWORK, built};
    use crate::lsp::view::View;

    fn outline(symbols: &[Symbol], depth: usize, lines: &mut Vec<String>) {
        for symbol in symbols {
            lines.push(format!("{}{}", "  ".repeat(depth), symbol.name));
            outline(&symbol.children, depth + 1, lines);
        }
    }

    #[test]
    fn headings_hold_what_stands_below_them() {
        let block = "#+name: part\n#+begin_src sh\ndate\n#+end_src\n#+begin_src sh :tangle x.sh\n#+end_src\n";
        let built =
            built(&format!("{NETWORK}* One\n** Two\n{block}* Three\n#+begin_src sh\n\n  run it\n#+end_src\n*  \n"));
        let mut lines = Vec::new();
        let view = View::of(&built);
        outline(&symbols(view.document, &view.guests), 0, &mut lines);
        let expected = ["cp", "wk-1", "One", "  Two", "    part", "    x.sh", "Three", "  run it", "heading"];
        assert_eq!(lines, expected);
    }
}
