//! Renaming named elements: blocks, tables, lists, and the groups of blocks that share a `:noweb-ref`.

use super::View;
use crate::lsp::view::touches;
use crate::network::schema::PARTS;
use crate::source::{Span, Spanned};
use crate::tangle::{ElementMention, MentionRole, element_mentions, same_element, section_ids};

/// The name of an element at an offset, if some element has it.
pub(super) fn at<'a>(view: &View<'a>, offset: usize) -> Option<Spanned<&'a str>> {
    let all = element_mentions(view.document);
    let here = all.iter().find(|mention| touches(mention.name.span, offset))?.name;
    let is_defined =
        all.iter().any(|other| other.role == MentionRole::Definition && same_element(other.name.value, here.value));
    is_defined.then_some(here)
}

/// Every place that says a name.
pub(super) fn places(view: &View<'_>, name: &str) -> Vec<Span> {
    let all = element_mentions(view.document).into_iter();
    all.filter(|mention| same_element(mention.name.value, name)).map(|mention| mention.name.span).collect()
}

/// Refuses to rename a table or list that the network knows by its name.
pub(super) fn check_present(name: &str) -> Result<(), String> {
    match part(name) {
        Some(what) => Err(format!("`{name}` says that this is the {what}: under another name it may be none")),
        None => Ok(()),
    }
}

/// Refuses a new name that cannot be used, or that something else has.
pub(super) fn check(view: &View<'_>, present: &str, new: &str) -> Result<(), String> {
    let all = element_mentions(view.document);
    if let Some(reason) = unusable(&all, present, new) {
        return Err(format!("`{}` cannot be the name: it {reason}", new.escape_debug()));
    }
    if let Some(what) = part(new) {
        return Err(format!("`{new}` is the name by which a document marks its {what}"));
    }
    if same_element(present, new) {
        return Ok(());
    }
    if let Some(taken) = all.iter().find(|mention| same_element(mention.name.value, new)) {
        let line = view.document.source.position(taken.name.span.range().start).line;
        let what = match taken.role {
            MentionRole::Definition => "has that name already",
            MentionRole::Reference | MentionRole::WordReference => "refers to something of that name already",
        };
        return Err(format!("`{new}` is taken: line {line} {what}"));
    }
    if section_ids(view.document).any(|id| same_element(id.value, new)) {
        return Err(format!("`{new}` is taken: it is the id of a section, which references find first"));
    }
    Ok(())
}

/// The part of the network that a name marks.
fn part(name: &str) -> Option<&'static str> {
    PARTS.iter().find(|part| part.name.eq_ignore_ascii_case(name)).map(|part| part.what)
}

/// Why a text cannot stand in all the places of a name.
fn unusable(all: &[ElementMention<'_>], present: &str, new: &str) -> Option<&'static str> {
    let is_word_needed = all
        .iter()
        .any(|mention| mention.role == MentionRole::WordReference && same_element(mention.name.value, present));
    if new.trim().is_empty() {
        Some("is empty")
    } else if new.trim() != new {
        Some("has blanks at an end")
    } else if new.contains(char::is_control) {
        Some("has a control character in it")
    } else if new.contains(['<', '>', '[', ']', '(', ')', '"', ',', '=']) {
        Some("has a character in it that means something in references: one of `<>[]()\",=`")
    } else if new.contains(" :") || new.starts_with(':') {
        Some("has a colon where a header argument begins")
    } else if is_word_needed && new.contains(char::is_whitespace) {
        Some("has a blank in it, and a header argument or call refers to it, which takes a word")
    } else if is_word_needed && (new.parse::<f64>().is_ok() || new.starts_with(['\'', '`'])) {
        Some("would be read as a value, and a header argument or call refers to it")
    } else {
        None
    }
}
