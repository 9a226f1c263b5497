//! What can be folded: sections, tables, drawers and blocks of all kinds.

use super::view::View;
use crate::org::Document;

/// Blocks in blocks, at most.
const MAXIMUM_DEPTH: usize = 32;

/// Lines of which only the first is shown when they are folded; both count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fold {
    pub(super) first: usize,
    pub(super) last: usize,
}

/// All that can be folded, top to bottom.
pub(super) fn folds(view: &View<'_>) -> Vec<Fold> {
    let document = view.document;
    let source = document.source;
    let line = |offset: usize| source.line_number(offset) - 1;
    let blocks = document.blocks.iter().map(|block| block.span);
    let spans = blocks.chain(document.tables.iter().map(|table| table.span));
    let mut folds: Vec<Fold> =
        spans.map(|span| Fold { first: line(span.range().start), last: line(span.range().end) }).collect();
    folds.extend(sections(document));
    folds.extend(drawers_and_blocks(document));
    folds.retain(|fold| fold.first < fold.last);
    folds.sort_unstable();
    folds.dedup_by_key(|fold| fold.first);
    folds
}

/// Each heading with its subtree, without the blank lines at its end.
fn sections(document: &Document<'_>) -> Vec<Fold> {
    let source = document.source;
    let last_before = |offset: usize| {
        let text = source.text()[..offset].trim_end();
        source.line_number(text.len()) - 1
    };
    let mut folds = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for heading in &document.headings {
        let start = heading.span.range().start;
        let mut last = None;
        while let Some((_, first)) = open.pop_if(|(level, _)| *level >= heading.level) {
            let last = *last.get_or_insert_with(|| last_before(start));
            folds.push(Fold { first, last });
        }
        open.push((heading.level, source.line_number(start) - 1));
    }
    let last = last_before(source.text().len());
    folds.extend(open.into_iter().map(|(_, first)| Fold { first, last }));
    folds
}

/// `:NAME:` to `:END:`, and `#+begin_NAME` to `#+end_NAME`, but for source blocks and what stands in them.
fn drawers_and_blocks(document: &Document<'_>) -> Vec<Fold> {
    let source = document.source;
    let mut blocks = document.blocks.iter().peekable();
    let mut folds = Vec::new();
    let mut drawer = None;
    let mut open: Vec<(&str, usize)> = Vec::new();
    for number in 0..source.line_count() {
        let Some(range) = source.line(number + 1) else { break };
        while blocks.next_if(|block| block.span.range().end < range.start).is_some() {}
        if blocks.peek().is_some_and(|block| block.span.range().start <= range.start) {
            continue;
        }
        let line = source.text()[range.clone()].trim();
        if line.starts_with('*')
            && document.headings.binary_search_by_key(&range.start, |heading| heading.span.range().start).is_ok()
        {
            // Neither goes on after a heading.
            drawer = None;
            open.clear();
        } else if line.eq_ignore_ascii_case(":end:") {
            folds.extend(drawer.take().map(|first| Fold { first, last: number }));
        } else if is_drawer(line) {
            drawer = drawer.or(Some(number));
        } else if let Some(name) = marked(line, "#+begin_") {
            // An end is looked for among few, so that many beginnings and other ends are no trap.
            if open.len() == MAXIMUM_DEPTH {
                open.remove(0);
            }
            open.push((name, number));
        } else if let Some(name) = marked(line, "#+end_")
            && let Some(at) = open.iter().rposition(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            folds.push(Fold { first: open[at].1, last: number });
            open.truncate(at);
        }
    }
    folds
}

fn is_drawer(line: &str) -> bool {
    let name = line.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

fn marked<'l>(line: &'l str, lead: &str) -> Option<&'l str> {
    let start = line.get(..lead.len())?;
    let name = line[lead.len()..].split_whitespace().next()?;
    start.eq_ignore_ascii_case(lead).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::folds;
    use crate::lsp::testing::built;
    use crate::lsp::view::View;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, usize)]) {
        let built = built(text);
        let found: Vec<_> = folds(&View::of(&built)).iter().map(|fold| (fold.first, fold.last)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn sections_fold_without_blank_lines_at_their_ends() {
        check("a\n* One\nb\n** Two\nc\n\n* Three\n* Four\nd\n\n", &[(1, 4), (3, 4), (7, 8)]);
    }

    #[test]
    fn tables_drawers_and_blocks_fold() {
        check("| a |\n| b |\n\n| c |\n", &[(0, 1)]);
        check("* A\n:PROPERTIES:\n:X: y\n:END:\n", &[(0, 3), (1, 3)]);
        check("#+begin_src org\n:A:\n:END:\n#+begin_quote\n#+end_quote\n#+end_src\n", &[(0, 5)]);
        check("#+BEGIN_QUOTE\n#+begin_example\nx\n#+end_example\n#+end_quote\n", &[(0, 4), (1, 3)]);
        check("#+begin_quote\n* A\n#+end_quote\n:open:\n", &[(1, 3)]);
    }
}
