//! Every place of a document that says the name of an element: where a block, table or list gets it, and what refers to it.
//!
//! References are those of Org: `<<name>>` in a body, `name` after `:var x=`, `:noweb-ref`, `:post` and in their calls,
//! `#+call:`, `#+results:`, `call_name()` and the link `[[name]]`. What a reference means is `expansion`'s business.

use std::ops::Range;

use crate::org::{Affiliated, Document};
use crate::source::{Source, Spanned};
use crate::tangle::arguments::{ArgumentText, split_at, split_at_spaces};
use crate::tangle::checks;
use crate::tangle::expansion::noweb::reference::references;

/// Names in prose are no longer than that; looking for an end further away would not be linear.
const MAXIMUM_NAME: usize = 256;
/// Arguments of calls are looked through in no longer text: each may be a call again.
const MAXIMUM_CALL: usize = 1024;

/// A place that says the name of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementMention<'s> {
    /// The name, where it stands.
    pub name: Spanned<&'s str>,
    /// What it does there.
    pub role: MentionRole,
}

/// What the name of an element does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionRole {
    /// It gives the element its name.
    Definition,
    /// It refers to it, in a body or in a line of its own.
    Reference,
    /// It refers to it in a header argument or a call, which only a word can do.
    WordReference,
}

/// All such places of a document, in its order.
pub fn element_mentions<'s>(document: &Document<'s>) -> Vec<ElementMention<'s>> {
    let mut mentions = Vec::new();
    let mut add = |name: Spanned<&'s str>, role| mentions.push(ElementMention { name, role });
    for name in affiliated(document).filter_map(Affiliated::name) {
        add(name, MentionRole::Definition);
    }
    let text = document.source.text();
    let mut found = Places { source: document.source, names: Vec::new() };
    for block in &document.blocks {
        let body = block.body.span;
        for reference in references(block.body.value) {
            let name = body.within(reference.name).range();
            if text[name.clone()].ends_with(')') && text[name.clone()].contains('(') {
                found.call(name);
            } else {
                add(document.source.spanned(name), MentionRole::Reference);
            }
        }
    }
    for argument in checks::argument_texts(document, &document.keywords).iter().flat_map(ArgumentText::parse) {
        let Some(value) = argument.value.as_ref().filter(|value| value.span.source == document.source.id()) else {
            continue;
        };
        match argument.key.value.as_ref() {
            ":var" => found.assignments(value.span.range()),
            ":post" => found.call(value.span.range()),
            ":noweb-ref" => add(document.source.spanned(value.span.range()), MentionRole::Definition),
            _ => {}
        }
    }
    lines(document, &mut found);
    for span in &document.prose {
        found.inline(span.range());
    }
    mentions.extend(found.names.into_iter().map(|(range, role)| {
        let name = document.source.spanned(range);
        ElementMention { name, role }
    }));
    mentions.sort_by_key(|mention| mention.name.span);
    mentions.dedup_by_key(|mention| mention.name.span);
    mentions
}

/// The ids of headings and of the file, which references find before names.
pub fn section_ids<'s>(document: &Document<'s>) -> impl Iterator<Item = Spanned<&'s str>> {
    let properties = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
    let is_id = |name: &str| name.eq_ignore_ascii_case("custom_id") || name.eq_ignore_ascii_case("id");
    properties.filter(move |property| is_id(property.name.value)).map(|property| property.value)
}

fn affiliated<'d, 's>(document: &'d Document<'s>) -> impl Iterator<Item = &'d Affiliated<'s>> {
    let blocks = document.blocks.iter().map(|block| &block.affiliated);
    let tables = document.tables.iter().map(|table| &table.affiliated);
    let lists = document.lists.iter().map(|list| &list.affiliated);
    let named = document.named.iter().map(|element| &element.affiliated);
    blocks.chain(tables).chain(lists).chain(named)
}

/// `#+call: name(…)` and `#+results: name`, wherever they stand but in the body of a block.
fn lines(document: &Document<'_>, found: &mut Places<'_>) {
    let text = document.source.text();
    for at in memchr::memmem::find_iter(text.as_bytes(), "#+") {
        let before = text[..at].trim_end_matches([' ', '\t']);
        if !before.is_empty() && !before.ends_with('\n') {
            continue;
        }
        let line = document.source.rest_of_line(at).range();
        let Some((key, _)) = text[line.clone()].split_once(':') else { continue };
        let value = line.start + key.len() + 1..line.end;
        let key = key.split('[').next().unwrap_or_default();
        if !key.eq_ignore_ascii_case("#+call") && !key.eq_ignore_ascii_case("#+results") {
            continue;
        }
        let block = document.blocks.partition_point(|block| block.body.span.range().end <= at);
        if document.blocks.get(block).is_none_or(|block| block.body.span.range().start > at) {
            found.call(value);
        }
    }
}

/// Names that references say, by their places.
struct Places<'s> {
    source: &'s Source,
    names: Vec<(Range<usize>, MentionRole)>,
}

impl Places<'_> {
    fn add(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.names.push((range, MentionRole::WordReference));
        }
    }

    /// `x=name y=other(z=third)`; pieces that touch an equals sign belong together.
    fn assignments(&mut self, range: Range<usize>) {
        let text = &self.source.text()[range.clone()];
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for part in split_at_spaces(text) {
            match pieces.last_mut() {
                Some(last) if text[last.clone()].ends_with('=') || text[part.clone()].starts_with('=') => {
                    last.end = part.end;
                }
                Some(_) | None => pieces.push(part),
            }
        }
        for piece in pieces {
            self.value(range.start + piece.start..range.start + piece.end);
        }
    }

    /// `x=name`, or `name` alone where no equals sign is.
    fn value(&mut self, piece: Range<usize>) {
        let text = &self.source.text()[piece.clone()];
        let start = text.find('=').map_or(piece.start, |equals| piece.start + equals + 1);
        let value = self.trimmed(start..piece.end);
        let text = &self.source.text()[value.clone()];
        // Texts, Lisp and numbers say what they are.
        let is_literal = text.starts_with(['"', '(', '\'', '`', '[']) || text.parse::<f64>().is_ok();
        if !is_literal {
            self.call(value);
        }
    }

    /// `name`, `name[…]`, `name[…](x=other)[…]`.
    fn call(&mut self, range: Range<usize>) {
        let range = self.trimmed(range);
        let text = &self.source.text()[range.clone()];
        let end = text.find(['[', '(']).unwrap_or(text.len());
        self.add(self.trimmed(range.start..range.start + end));
        let call = Some(text).filter(|text| text.len() <= MAXIMUM_CALL);
        let brackets = call.and_then(|text| text.find('(').zip(text.rfind(')')));
        let Some((open, close)) = brackets.filter(|(open, close)| open < close) else { return };
        let arguments = range.start + open + 1..range.start + close;
        for part in split_at(&self.source.text()[arguments.clone()], b',') {
            let part = arguments.start + part.start..arguments.start + part.end;
            if self.source.text()[part.clone()].contains('=') {
                self.value(part);
            }
        }
    }

    /// `call_name(…)` and `[[name]]` in prose.
    fn inline(&mut self, prose: Range<usize>) {
        let text = &self.source.text()[prose.clone()];
        for (at, call) in text.match_indices("call_") {
            let is_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let name = prose.start + at + call.len();
            let rest = &self.source.text()[name..prose.end];
            let near = rest.bytes().take(MAXIMUM_NAME);
            let end = near.into_iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b'['));
            if let Some(end) = end.filter(|end| !is_word && rest[*end..].starts_with(['(', '['])) {
                self.add(name..name + end);
            }
        }
        for (at, open) in text.match_indices("[[") {
            let name = prose.start + at + open.len();
            let rest = &self.source.text()[name..prose.end];
            let end = rest.bytes().take(MAXIMUM_NAME).position(|byte| matches!(byte, b']' | b'\n'));
            if let Some(end) = end.filter(|end| rest[*end..].starts_with(']')) {
                self.names.push((name..name + end, MentionRole::Reference));
            }
        }
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.source.text()[range.clone()];
        let start = range.start + text.len() - text.trim_start().len();
        start..(start + text.trim().len())
    }
}

/// Whether two names are one to references: letter case does not count.
pub fn same_element(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{MentionRole, element_mentions};
    use crate::org::parse;
    use crate::source::Sources;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", text);
        let parsed = parse(sources.shared(id));
        let found = element_mentions(parsed.document());
        let shown: Vec<String> = found
            .iter()
            .map(|mention| {
                assert_eq!(sources.slice(mention.name.span), mention.name.value);
                let sign = if mention.role == MentionRole::Definition { "=" } else { "" };
                format!("{sign}{}", mention.name.value)
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn elements_get_names_from_keywords_and_blocks_from_arguments() {
        check("#+name: a\n#+begin_src sh :noweb-ref b c\n#+end_src\n", &["=a", "=b c"]);
        check("#+NAME: t\n| x |\n\n#+name: l\n- x\n\n#+name: p\nProse.\n\n#+name: none\n\n", &["=t", "=l", "=p"]);
    }

    #[test]
    fn bodies_arguments_calls_and_links_refer_to_them() {
        check("#+begin_src sh\n<<a b>> <<c(x=d)>>\n#+end_src\n", &["a b", "c", "d"]);
        check(
            "#+begin_src sh :var x=a[0] y = b() z=\"c\" n=5 l=(d) :post e(v=*this*)\n#+end_src\n",
            &["a", "b", "e", "*this*"],
        );
        check("#+header: :var x=a\n#+begin_src sh\n#+end_src\n#+PROPERTY: header-args :var y=b\n", &["a", "b"]);
        check(
            "* H\n:PROPERTIES:\n:header-args: :var x=a\n:END:\n#+CALL: b[:x y](z=c, 5)\n#+results[0a]: d\n",
            &["a", "b", "c", "d"],
        );
        check("See call_a(1), recall_b(1) and [[c]], [[d][e]], call_ f.\n", &["a", "c", "d"]);
        check("#+begin_src org\n#+call: a()\n#+end_src\n", &[]);
    }
}
