//! What one line is by itself: the first look that every element starts with (rules T-001 to T-007, T-011, T-035).
//!
//! Whether an opening line really opens something depends on its end being found; that is `section`'s job.

use std::ops::Range;

use super::key::is_affiliated;

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind<'s> {
    /// Nothing but spaces and tabs.
    Blank,
    /// `# …`, or `#` alone.
    Comment,
    /// `\begin{NAME}`.
    LatexBegin(&'s str),
    /// `:NAME:`.
    Drawer,
    /// `: …`, or `:` alone.
    FixedWidth,
    /// `#+begin: NAME …`.
    DynamicBegin,
    /// `#+begin_NAME …`.
    BlockBegin(&'s str),
    /// `#+KEY: …`; the length of KEY.
    Keyword(usize),
    /// `[fn:LABEL] …` at the line's start; the length up to the bracket.
    Footnote(usize),
    /// A rule, a diary entry: an element of one line that nobody asks for.
    Rule,
    /// `| …`.
    Table,
    /// `- …`, `1. …` and the like.
    Item,
    /// Prose.
    Text,
}

/// Emacs' white space in Org mode.
pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\x0C' | '\r' | ' ' | '\u{A0}' | '\u{2000}'..='\u{200B}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// A space or a tab.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The part of a line without spaces and tabs around it.
pub(super) fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `range` of `text` without spaces and tabs around it; an empty one stays where the text would stand.
pub(super) fn trim_range(text: &str, range: Range<usize>) -> Range<usize> {
    let end = range.start + text[range.clone()].trim_end_matches([' ', '\t']).len();
    if end == range.start {
        // Only blanks: one of them, if any, belongs to the mark before.
        let start = (range.start + 1).min(range.end);
        return start..start;
    }
    let start = end - text[range.start..end].trim_start_matches([' ', '\t']).len();
    start..end
}

/// How many bytes of blanks a line starts with.
pub(super) fn indentation(line: &str) -> usize {
    line.bytes().take_while(|&byte| is_blank(byte)).count()
}

/// The column at which text starts after these blanks; tabs reach to the next multiple of eight.
pub(super) fn column(blanks: &str) -> usize {
    blanks.bytes().fold(0, |column, byte| if byte == b'\t' { (column / 8 + 1) * 8 } else { column + 1 })
}

/// Whether a text starts with a word, letter case aside.
pub(super) fn starts_with(text: &str, word: &str) -> bool {
    text.len() >= word.len() && text.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
}

/// The number of stars if the line is a heading (rule T-011).
pub(super) fn heading_level(line: &str) -> Option<usize> {
    let stars = line.bytes().take_while(|&byte| byte == b'*').count();
    (stars > 0 && line.as_bytes().get(stars) == Some(&b' ')).then_some(stars)
}

/// Looks at one line, given without its newline.
pub(super) fn classify(line: &str) -> LineKind<'_> {
    let indentation = indentation(line);
    let text = &line[indentation..];
    let Some(&first) = text.as_bytes().first() else { return LineKind::Blank };
    match first {
        b'#' => classify_hash(text),
        b':' => classify_colon(text),
        b'\\' => latex_name(text).map_or(LineKind::Text, LineKind::LatexBegin),
        b'|' => LineKind::Table,
        b'[' if indentation == 0 => footnote_label(text).map_or(LineKind::Text, LineKind::Footnote),
        b'%' if indentation == 0 && text.starts_with("%%(") => LineKind::Rule,
        b'-' if text.starts_with("-----") && trim_blanks(text).bytes().all(|byte| byte == b'-') => LineKind::Rule,
        b'-' | b'+' | b'*' | b'0'..=b'9' if bullet_length(line).is_some() => LineKind::Item,
        _ => LineKind::Text,
    }
}

/// The length of a list bullet with its indentation, if the line has one; what follows it is a blank or nothing.
pub(super) fn bullet_length(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let start = indentation(line);
    let end = match bytes.get(start)? {
        b'-' | b'+' => start + 1,
        b'*' if start > 0 => start + 1,
        b'0'..=b'9' => {
            let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            matches!(bytes.get(start + digits), Some(b'.' | b')')).then_some(start + digits + 1)?
        }
        _ => return None,
    };
    bytes.get(end).is_none_or(|&byte| is_blank(byte)).then_some(end)
}

fn classify_hash(text: &str) -> LineKind<'_> {
    let Some(rest) = text.strip_prefix("#+") else {
        return if matches!(text.as_bytes().get(1), None | Some(b' ')) { LineKind::Comment } else { LineKind::Text };
    };
    if starts_with(rest, "begin:") && trim_blanks(&rest["begin:".len()..]).starts_with(|c| !is_space(c)) {
        return LineKind::DynamicBegin;
    }
    let word = rest.find(is_space).map_or(rest, |end| &rest[..end]);
    if starts_with(word, "begin_") && word.len() > "begin_".len() {
        return LineKind::BlockBegin(&word["begin_".len()..]);
    }
    if starts_with(word, "call:") {
        return LineKind::Keyword("call".len());
    }
    if let Some(length) = word.find(':').filter(|&length| is_affiliated(&word[..length])) {
        return LineKind::Keyword(length);
    }
    match word.rfind(':') {
        Some(length) if length > 0 => LineKind::Keyword(length),
        Some(_) | None => dual_keyword(rest).map_or(LineKind::Text, LineKind::Keyword),
    }
}

/// `caption[a b]:` and `results[a b]:`, whose brackets may hold blanks; the length up to the last colon after a bracket.
fn dual_keyword(rest: &str) -> Option<usize> {
    let name = ["caption", "results"].into_iter().find(|name| starts_with(rest, name))?;
    rest[name.len()..].starts_with('[').then_some(())?;
    rest.rfind("]:").map(|bracket| bracket + 1)
}

fn classify_colon(text: &str) -> LineKind<'_> {
    if matches!(text.as_bytes().get(1), None | Some(b' ')) {
        return LineKind::FixedWidth;
    }
    match text[1..].trim_end_matches([' ', '\t']).strip_suffix(':') {
        Some(name) if !name.is_empty() && name.chars().all(is_drawer_name) => LineKind::Drawer,
        Some(_) | None => LineKind::Text,
    }
}

/// Letters and digits of any script, and what else Org mode counts as part of a word.
fn is_drawer_name(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '-' | '_' | '\'' | '$' | '%')
        // Combining marks and pictures are parts of words to Emacs.
        || matches!(c, '\u{300}'..='\u{36F}' | '\u{1F300}'..='\u{1FAFF}')
}

/// The name in `\begin{NAME}` at the start of `text`.
fn latex_name(text: &str) -> Option<&str> {
    starts_with(text, "\\begin{").then_some(())?;
    let rest = &text["\\begin{".len()..];
    let name = &rest[..rest.find('}')?];
    is_latex_name(name).then_some(name)
}

/// Whether a LaTeX environment can have this name.
pub(super) fn is_latex_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'*')
}

/// The length of `[fn:LABEL]` at the start of `text`.
fn footnote_label(text: &str) -> Option<usize> {
    starts_with(text, "[fn:").then_some(())?;
    let label = &text["[fn:".len()..];
    let label = &label[..label.find(']')?];
    (!label.is_empty() && label.chars().all(is_drawer_name)).then_some("[fn:]".len() + label.len())
}

#[cfg(test)]
mod tests {
    use super::{LineKind, bullet_length, classify, trim_range};

    #[track_caller]
    fn check(line: &str, expected: LineKind<'_>) {
        assert_eq!(classify(line), expected, "{line:?}");
    }

    #[test]
    fn a_line_is_recognised_by_how_it_starts() {
        check("", LineKind::Blank);
        check(" \t", LineKind::Blank);
        check("# comment", LineKind::Comment);
        check("  #", LineKind::Comment);
        check("#hash", LineKind::Text);
        check("#+begin_src sh", LineKind::BlockBegin("src"));
        check("  #+BEGIN_Note", LineKind::BlockBegin("Note"));
        check("#+begin: clocktable", LineKind::DynamicBegin);
        check("#+begin:", LineKind::Keyword(5));
        check("#+name:one:2", LineKind::Keyword(4));
        check("#+other:one:2", LineKind::Keyword(9));
        check("#+PROPERTY:header-args :tangle x", LineKind::Keyword(8));
        check("#+caption[a short]: x", LineKind::Keyword(16));
        check("#+other[a short]: x", LineKind::Text);
        check("#+end_src", LineKind::Text);
        check(":drawer:  ", LineKind::Drawer);
        check(":drawer: x", LineKind::Text);
        check(": fixed", LineKind::FixedWidth);
        check("\\begin{align*} x", LineKind::LatexBegin("align*"));
        check("[fn:1] note", LineKind::Footnote(6));
        check(" [fn:1] note", LineKind::Text);
        check("-----  ", LineKind::Rule);
        check("- item", LineKind::Item);
        check("-item", LineKind::Text);
        check("* star", LineKind::Text);
        check(" * star", LineKind::Item);
        check("12) twelve", LineKind::Item);
        check("| a |", LineKind::Table);
    }

    #[test]
    fn a_bullet_ends_before_its_blank() {
        assert_eq!(bullet_length("  10. ten"), Some(5));
        assert_eq!(bullet_length("+"), Some(1));
        assert_eq!(bullet_length("1.5 units"), None);
    }

    #[test]
    fn trimmed_text_keeps_its_place() {
        assert_eq!(trim_range("| a |", 1..4), 2..3);
        assert_eq!(trim_range("|   |", 1..4), 2..2);
        assert_eq!(trim_range("||", 1..1), 1..1);
    }
}
