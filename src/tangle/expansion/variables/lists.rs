//! Plain lists as values: the texts of their items (rule T-103).

use super::literal::literal;
use crate::org::{List, ListItem};
use crate::source::Source;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::text::body::remove_indentation;
use crate::tangle::text::{Text, TextBuilder};

/// The texts of a list's top-level items.
pub(super) fn value(source: &Source, list: &List<'_>) -> Lisp {
    Lisp::List(list.items.iter().map(|item| literal(&text(source, item))).collect())
}

/// The text of an item up to the first list in it; its first line is as far in as its bullet was wide.
fn text(source: &Source, item: &ListItem<'_>) -> String {
    let body = source.spanned(item.body.range());
    let line_start = source.text()[..body.span.range().start].rfind('\n').map_or(0, |newline| newline + 1);
    let width = source.text()[line_start..body.span.range().start].chars().count();
    let mut builder = TextBuilder::default();
    builder.push_made(&" ".repeat(width), body.span);
    builder.push(&Text::of(body));
    let text: Text<'_> = builder.finish();
    let length = text.as_str().strip_suffix('\n').map_or(text.as_str().len(), str::len);
    remove_indentation(text.slice(0..length)).as_str().to_owned()
}
