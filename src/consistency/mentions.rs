//! Names that a document mentions and nothing declares: one diagnostic a name, however often it is mentioned.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::{Document, TableRow};
use crate::source::{Span, Spanned};

/// At most this many other places of one name are shown; an editor's search finds the rest.
const MOST_LABELS: usize = 3;
/// At most this many names of a rule are compared with the known ones. Each takes a look at every candidate, and a
/// document with more unknown names than this needs another cure than hints.
const MOST_HINTS: usize = 50;
/// Longer names are nobody's slip.
const LONGEST_HINT: usize = 64;

/// The places of unknown names, in the order they first appear.
#[derive(Default)]
pub(super) struct Mentions {
    names: Vec<(String, Vec<Span>)>,
    index: HashMap<String, usize>,
}

/// A word in a text, with the bytes that touch it.
pub(super) struct MentionedWord<'s> {
    pub(super) word: Spanned<&'s str>,
    pub(super) before: Option<u8>,
    /// What follows, up to the end of the text.
    pub(super) after: &'s str,
}

impl Mentions {
    /// Notes one place of a name.
    pub(super) fn add(&mut self, name: &str, span: Span) {
        if let Some(&index) = self.index.get(name) {
            let places = &mut self.names[index].1;
            if places.len() <= MOST_LABELS {
                places.push(span);
            }
        } else {
            self.index.insert(name.to_owned(), self.names.len());
            self.names.push((name.to_owned(), vec![span]));
        }
    }

    /// A diagnostic for each name that `describe` gives message and help for: at its first place, the others as labels.
    ///
    /// `describe` gets the name and the candidate that is near to it, if one is.
    pub(super) fn report(
        self,
        code: Code,
        candidates: &[&str],
        describe: impl Fn(&str, Option<&str>) -> Option<(String, String)>,
        found: &mut Vec<Diagnostic>,
    ) {
        for (number, (name, places)) in self.names.into_iter().enumerate() {
            let may_hint = number < MOST_HINTS && name.len() <= LONGEST_HINT;
            let near = may_hint.then(|| closest(&name, candidates.iter().copied())).flatten();
            let Some((message, help)) = describe(&name, near) else { continue };
            let mut places = places.into_iter();
            let Some(first) = places.next() else { continue };
            let diagnostic = Diagnostic::new(code, first, message, help).fix(first, near);
            found.push(places.fold(diagnostic, |diagnostic, place| diagnostic.label(place, "also here")));
        }
    }
}

/// The words of a text that could be host names, interface names or addresses, without dots and hyphens at the end.
pub(super) fn words(text: Spanned<&str>) -> impl Iterator<Item = MentionedWord<'_>> {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let bytes = text.value.as_bytes();
    let mut at = 0;
    let runs = std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|&byte| belongs(byte))?;
        at = start + bytes[start..].iter().position(|&byte| !belongs(byte)).unwrap_or(bytes.len() - start);
        let end = start + text.value[start..at].trim_end_matches(['.', '-']).len();
        Some(MentionedWord {
            word: Spanned::new(&text.value[start..end], text.span.within(start..end)),
            before: start.checked_sub(1).map(|before| bytes[before]),
            after: &text.value[end..],
        })
    });
    runs.filter(|mention| !mention.word.value.is_empty())
}

/// Every word that stands in a table, in lower case: what a table has is declared, whatever the table is for.
pub(super) fn words_of_tables(document: &Document<'_>) -> HashSet<String> {
    let rows = document.tables.iter().flat_map(|table| &table.rows);
    let cells = rows.flat_map(|row| match row {
        TableRow::Cells { cells, .. } => &cells[..],
        TableRow::Rule(_) => &[],
    });
    cells.flat_map(|&cell| words(cell)).map(|mention| mention.word.value.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::consistency::testing::{NETWORK, diagnostics};
    use crate::source::{Sources, Spanned};

    #[test]
    fn words_come_without_punctuation() {
        let mut sources = Sources::default();
        let text = "An example: a.b-c_d, (10.0.0.1). é x--";
        let id = sources.add("a", text);
        let source = sources.get(id);
        let found: Vec<_> = words(Spanned::new(text, source.span(0..text.len()))).map(|mention| mention.word).collect();
        assert_eq!(
            found.iter().map(|word| word.value).collect::<Vec<_>>(),
            ["An", "example", "a.b-c_d", "10.0.0.1", "x"]
        );
        assert!(found.iter().all(|word| source.slice(word.span) == word.value));
    }

    #[test]
    fn a_name_is_reported_once_with_a_hint() {
        let found = diagnostics(&format!("{NETWORK}10.42.0.9, 10.42.0.9 and pc.qvm0.lan, pc.qvm0.lan.\n"), &[]);
        let helps: Vec<_> = found.iter().map(|(code, _, help)| format!("{code}: {help}")).collect();
        assert_eq!(
            helps,
            [
                "unknown-address: write `10.42.0.10` if that is meant, or add a row for `10.42.0.9`",
                "unknown-host-name: write `cp.qvm0.lan` if that is meant, or add a guest of that name",
            ]
        );
    }
}
