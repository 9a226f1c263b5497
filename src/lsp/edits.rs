//! Edits of a document as an editor makes them: the tables that they are made in are aligned again, as Org would.

use std::ops::Range;

use super::view::View;
use crate::fix::with_tables_aligned;
use crate::source::{Span, spliced};

/// Edits in the order of the text, apart; those in tables become edits of the lines that change by them.
pub(super) fn aligned(view: &View<'_>, edits: Vec<(Span, String)>) -> Vec<(Span, String)> {
    let mut tables = view.document.tables.iter().map(|table| table.span).peekable();
    let mut edits = edits.into_iter().peekable();
    let mut all = Vec::new();
    while let Some((span, text)) = edits.next() {
        while tables.next_if(|table| table.end < span.start).is_some() {}
        let Some(table) = tables.peek().copied().filter(|table| table.start <= span.start && span.end <= table.end)
        else {
            all.push((span, text));
            continue;
        };
        let mut inside = vec![(span, text)];
        while let Some(next) = edits.next_if(|(span, _)| span.end <= table.end) {
            inside.push(next);
        }
        all.extend(of_table(view, table, &inside));
    }
    all
}

/// The text with edits made.
pub(super) fn applied(view: &View<'_>, edits: &[(Span, String)]) -> String {
    spliced(view.text(), edits.iter().map(|(span, text)| (span.range(), text.as_str()))).0
}

fn of_table(view: &View<'_>, table: Span, edits: &[(Span, String)]) -> Vec<(Span, String)> {
    let start = table.range().start;
    let old = &view.text()[table.range()];
    let within = |span: &Span| span.range().start - start..span.range().end - start;
    let (new, _) = spliced(old, edits.iter().map(|(span, text)| (within(span), text.as_str())));
    let whole: Vec<Range<usize>> = std::iter::once(0..new.len()).collect();
    let new = with_tables_aligned(new, &whole);
    if old.lines().count() != new.lines().count() {
        return vec![(table, new)];
    }
    let mut at = 0;
    let mut changed = Vec::new();
    for (old, new) in old.split('\n').zip(new.split('\n')) {
        if old != new {
            changed.push((table.within(at..at + old.len()), new.to_owned()));
        }
        at += old.len() + 1;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::{aligned, applied};
    use crate::lsp::testing::built;
    use crate::lsp::view::View;

    #[test]
    fn lines_of_a_table_change_with_the_width_of_a_cell() {
        let text = "a\n| x | 1 |\n|---+---|\n| y | 2 |\nb\n\n| c|3 |\n";
        let built = built(text);
        let view = View::of(&built);
        let edit = |old: &str, new: &str| {
            let at = text.find(old).unwrap();
            (view.document.source.span(at..at + old.len()), new.to_owned())
        };
        let edits = aligned(&view, vec![edit("a", "A"), edit("x", "xyz"), edit("2", "20"), edit("b", "B")]);
        assert_eq!(edits.len(), 5, "{edits:?}");
        assert_eq!(applied(&view, &edits), "A\n| xyz |  1 |\n|-----+----|\n| y   | 20 |\nB\n\n| c|3 |\n");
    }
}
