//! What a heading line says: title, COMMENT, the tag ARCHIVE (rules T-015 to T-017 and T-077).

use std::collections::HashSet;

use crate::org::{Document, Heading, HeadingId, Keyword};
use crate::source::digits;

/// Which headings are skipped, and their titles.
pub(super) struct HeadingStates<'s, 'd> {
    document: &'d Document<'s>,
    todo_keywords: HashSet<&'s str>,
    commented: Vec<bool>,
    archived: Vec<bool>,
}

impl<'s, 'd> HeadingStates<'s, 'd> {
    /// `keywords` are those of the document and its setup files.
    pub(super) fn new(document: &'d Document<'s>, keywords: &[Keyword<'s>]) -> Self {
        let todo_keywords = todo_keywords(keywords);
        let mut outline = Self { document, todo_keywords, commented: Vec::new(), archived: Vec::new() };
        for heading in &document.headings {
            let above = heading.parent.map(|id| id.0);
            let is_commented = above.is_some_and(|id| outline.commented[id]) || outline.says_comment(heading);
            let is_archived = above.is_some_and(|id| outline.archived[id]) || says_archive(document, heading);
            outline.commented.push(is_commented);
            outline.archived.push(is_archived);
        }
        outline
    }

    /// Whether a place is under a COMMENT heading.
    pub(super) fn is_commented(&self, heading: Option<HeadingId>) -> bool {
        heading.is_some_and(|id| self.commented[id.0])
    }

    /// Whether a place is under a COMMENT heading or one with the tag ARCHIVE.
    pub(super) fn is_skipped(&self, heading: Option<HeadingId>) -> bool {
        self.is_commented(heading) || heading.is_some_and(|id| self.archived[id.0])
    }

    /// The title without stars, TODO keyword, priority and tags; none if nothing is left.
    pub(super) fn title(&self, heading: HeadingId) -> Option<&'s str> {
        let heading = &self.document.headings[heading.0];
        let line = self.document.source.slice(heading.span);
        let rest = without_tags(&line[heading.level..]).0;
        let rest = after_spaces(rest).and_then(|text| self.after_todo(text)).unwrap_or(rest);
        let rest = after_spaces(rest).and_then(after_priority).filter(|rest| ends_word(rest)).unwrap_or(rest);
        after_spaces(rest).filter(|title| !title.is_empty())
    }

    /// The rest after a TODO keyword that is a word of its own.
    fn after_todo<'t>(&self, text: &'t str) -> Option<&'t str> {
        let end = text.find(' ').unwrap_or(text.len());
        self.todo_keywords.contains(&text[..end]).then(|| &text[end..])
    }

    /// Emacs looks for the word after the keyword and, strangely, after a priority anywhere in the line.
    fn says_comment(&self, heading: &Heading<'_>) -> bool {
        let text = heading.text.value;
        let text = self.after_todo(text).map_or(text, |rest| rest.trim_start_matches([' ', '\t']));
        let priority = text.match_indices("[#").find_map(|(at, _)| after_any_priority(&text[at..]));
        let text = priority.map_or(text, |rest| rest.strip_prefix(' ').unwrap_or(rest));
        text.strip_prefix("COMMENT").is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

fn says_archive(document: &Document<'_>, heading: &Heading<'_>) -> bool {
    // The blank after the stars counts: a heading may be nothing but tags.
    without_tags(&document.source.slice(heading.span)[heading.level..]).1.split(':').any(|tag| tag == "ARCHIVE")
}

/// A heading's text and its tags, which are empty if there are none.
fn without_tags(text: &str) -> (&str, &str) {
    let trimmed = text.trim_end_matches([' ', '\t']);
    let start = trimmed.rfind([' ', '\t']).map_or(0, |blank| blank + 1);
    let tags = &trimmed[start..];
    let is_tag = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '%' | ':');
    let is_tags = tags.len() > 2 && tags.starts_with(':') && tags.ends_with(':') && tags.chars().all(is_tag);
    if is_tags && start > 0 { (trimmed[..start].trim_end_matches([' ', '\t']), tags) } else { (trimmed, "") }
}

/// Whether what stands before `rest` is a word of its own.
fn ends_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ')
}

/// The rest after at least one space.
fn after_spaces(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(' ');
    (rest.len() < text.len()).then_some(rest)
}

/// The rest after a priority in either letter case: Emacs looks so when it looks for COMMENT.
fn after_any_priority(text: &str) -> Option<&str> {
    let is_lower = text.as_bytes().get(2).is_some_and(u8::is_ascii_lowercase) && text.as_bytes().get(3) == Some(&b']');
    if is_lower { text.get(4..) } else { after_priority(text) }
}

/// The rest after a priority such as `[#A]` or `[#12]`.
fn after_priority(text: &str) -> Option<&str> {
    let (value, rest) = text.strip_prefix("[#")?.split_once(']')?;
    let is_letter = value.len() == 1 && value.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_number = value.len() <= 2 && digits::decimal(value).is_some_and(|number: u8| number <= 64);
    let has_leading_zero = value.len() == 2 && value.starts_with('0');
    (is_letter || is_number && !has_leading_zero).then_some(rest)
}

/// The words that count as TODO keywords: rule T-016.
fn todo_keywords<'s>(keywords: &[Keyword<'s>]) -> HashSet<&'s str> {
    let is_todo = |keyword: &&Keyword<'_>| {
        ["todo", "seq_todo", "typ_todo"].iter().any(|key| key.eq_ignore_ascii_case(keyword.key.value))
    };
    let words = keywords.iter().filter(is_todo).flat_map(|keyword| keyword.value.value.split_whitespace());
    let names =
        words.map(|word| word.split('(').next().unwrap_or(word)).filter(|word| !word.is_empty() && *word != "|");
    let own: HashSet<&str> = names.collect();
    if own.is_empty() { HashSet::from(["TODO", "DONE"]) } else { own }
}

#[cfg(test)]
mod tests {
    use super::HeadingStates;
    use crate::org::{HeadingId, parse};
    use crate::source::Sources;

    #[track_caller]
    fn check(text: &str, title: Option<&str>, is_skipped: bool) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", text);
        let parsed = parse(sources.shared(id));
        let document = parsed.document();
        let outline = HeadingStates::new(document, &document.keywords);
        let last = HeadingId(document.headings.len() - 1);
        assert_eq!((outline.title(last), outline.is_skipped(Some(last))), (title, is_skipped), "{text}");
    }

    #[test]
    fn a_heading_is_keyword_priority_title_tags() {
        check("* TODO [#A] A  heading   with [1/2] cookie :tag1:tag2:", Some("A  heading   with [1/2] cookie"), false);
        check("* TODO", None, false);
        check("* TODOx", Some("TODOx"), false);
        check("* [#A]x", Some("[#A]x"), false);
        check("* [#+5] x", Some("[#+5] x"), false);
        check("* :tag:", None, false);
        check("* ", None, false);
        check("* Old :x:ARCHIVE:y:", Some("Old"), true);
        check("* Old :archive:", Some("Old"), false);
        check("** :a:ARCHIVE:", None, true);
        check("* COMMENT\n** Child", Some("Child"), true);
        check("* COMMENTARY", Some("COMMENTARY"), false);
        check("* TODO COMMENT x", Some("COMMENT x"), true);
        check("* [#a] COMMENT x", Some("[#a] COMMENT x"), true);
        check("#+TODO: OPEN(o) | SHUT\n* TODO COMMENT x", Some("TODO COMMENT x"), false);
    }
}
