//! Turning lines of text into comments (rule T-081).

use crate::source::Span;
use crate::tangle::text::body::{bytes_before, lines, without_ranges};
use crate::tangle::text::comments::syntax::{CommentStyle, Quoting, Syntax};
use crate::tangle::text::{Text, TextBuilder};

/// The text with each line that is not blank made a comment; `from` is what the marks stand for.
pub(in crate::tangle) fn comment<'s>(text: &Text<'s>, syntax: Syntax, from: Span) -> Text<'s> {
    let whole = text.as_str();
    if syntax.style == CommentStyle::Toggling && lines(whole).all(|line| mark_of_org_comment(&whole[line]).is_some()) {
        return without_marks(text);
    }
    let column = match syntax.style {
        CommentStyle::Indented | CommentStyle::Toggling => least_column(whole),
        CommentStyle::AtStart | CommentStyle::EveryLine => 0,
    };
    // White space at the very start and end, carriage returns among it, is stepped over, but not by the mode for LaTeX.
    let (start, end) = match syntax.style {
        CommentStyle::AtStart => (0, whole.len()),
        CommentStyle::Indented | CommentStyle::EveryLine | CommentStyle::Toggling => {
            let start = whole.len() - whole.trim_start_matches([' ', '\t', '\n', '\r']).len();
            (start, whole.trim_end_matches([' ', '\t', '\n', '\r']).len())
        }
    };
    let mut builder = TextBuilder::default();
    for line in lines(whole) {
        let content = &whole[line.clone()];
        let length = content.trim_end_matches('\n').len();
        if syntax.style != CommentStyle::EveryLine
            && (line.end <= start || line.start >= end || is_blank(&content[..length]))
        {
            builder.push_part(text, line);
            continue;
        }
        let indentation = bytes_before(content, column);
        builder.push_part(text, line.start..line.start + indentation);
        builder.push_made(syntax.start, from);
        push_quoted(&mut builder, text, line.start + indentation..line.start + length, syntax, from);
        builder.push_made(syntax.end, from);
        builder.push_part(text, line.start + length..line.end);
    }
    builder.finish()
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Where the mark of an Org comment starts on a line, and its length; a blank line has an empty one.
fn mark_of_org_comment(line: &str) -> Option<(usize, usize)> {
    let line = line.trim_end_matches('\n');
    let rest = line.trim_start_matches([' ', '\t']);
    let start = line.len() - rest.len();
    match rest.strip_prefix('#') {
        None if rest.is_empty() => Some((start, 0)),
        Some("") => Some((start, 1)),
        Some(text) if text.starts_with(' ') => Some((start, 2)),
        Some(_) | None => None,
    }
}

/// Takes the marks off lines that are all comments.
fn without_marks<'s>(text: &Text<'s>) -> Text<'s> {
    let whole = text.as_str();
    let marks = lines(whole).filter_map(|line| {
        let (start, length) = mark_of_org_comment(&whole[line.clone()])?;
        Some(line.start + start..line.start + start + length)
    });
    without_ranges(text.clone(), &marks.collect::<Vec<_>>())
}

/// The column at which the least indented line starts.
fn least_column(text: &str) -> usize {
    let texts = lines(text).map(|line| text[line].trim_end_matches('\n'));
    let columns = texts.filter_map(|line| {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        (blanks < line.len()).then(|| crate::org::column(&line[..blanks]))
    });
    columns.min().unwrap_or(0)
}

/// Appends a part with what could end the comment broken by a backslash.
fn push_quoted(builder: &mut TextBuilder, text: &Text<'_>, range: std::ops::Range<usize>, syntax: Syntax, from: Span) {
    let line = &text.as_str()[range.clone()];
    let mut done = 0;
    while let Some((at, mark)) = next_mark(&line[done..], syntax).map(|(at, mark)| (done + at, mark)) {
        let first = at + line[at..].chars().next().map_or(1, char::len_utf8);
        let is_single_end = mark == syntax.end.trim() && mark.len() == 1;
        if is_single_end && !line[first..].starts_with('\\') {
            // A backslash would not help: the end mark becomes a start mark with an exclamation mark.
            builder.push_part(text, range.start + done..range.start + at);
            builder.push_made("!", from);
            builder.push_made(syntax.start.trim(), from);
        } else {
            builder.push_part(text, range.start + done..range.start + first);
        }
        builder.push_made("\\", from);
        done = first;
    }
    builder.push_part(text, range.start + done..range.end);
}

/// Where the next mark that must be broken starts: one of the comment's own, backslashes after its first character or not.
fn next_mark(line: &str, syntax: Syntax) -> Option<(usize, &'static str)> {
    let marks: [&'static str; 2] = match syntax.quoting {
        Quoting::None => return None,
        Quoting::Marks => [syntax.end.trim(), syntax.start.trim()],
        Quoting::Hyphens => ["--", "--"],
    };
    line.char_indices().find_map(|(at, _)| {
        let mark = marks.into_iter().find(|mark| is_mark(&line[at..], mark))?;
        Some((at, mark))
    })
}

fn is_mark(text: &str, mark: &str) -> bool {
    let (first, rest) = mark.split_at(1);
    text.strip_prefix(first).is_some_and(|text| text.trim_start_matches('\\').starts_with(rest))
}

#[cfg(test)]
mod tests {
    use super::comment;
    use crate::source::Sources;
    use crate::tangle::text::Text;
    use crate::tangle::text::comments::syntax;

    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", text);
        let source = sources.get(id);
        let syntax = syntax::known(language).expect("Emacs knows the language");
        let commented = comment(&Text::of(source.spanned(0..text.len())), syntax, source.span(0..0));
        assert_eq!(commented.as_str(), expected);
    }

    #[test]
    fn each_line_with_text_becomes_a_comment() {
        check("sh", "one\n\n  two\n", "# one\n\n#   two\n");
        check("sh", "  one\n    two", "  # one\n  #   two");
        check("fortran", "one\n\n two", "c$$$one\nc$$$\nc$$$ two");
        check("latex", "  one\n two", "%%   one\n%%  two");
        check("org", "# one\n\n  # two", "one\n\n  two");
        check("org", "# one\ntwo", "# # one\n# two");
    }

    #[test]
    fn text_cannot_end_the_comment_around_it() {
        check("C", "a */ /* b **/", "/* a *\\/ /\\* b **\\/ */");
        check("html", "b --> <!-- c", "<!-- b -\\-> <\\!-- c -->");
        check("xml", "b --> c ---", "<!-- b -\\-> c -\\-\\- -->");
        check("pascal", "c } { d", "{ c !{\\ {\\ d }");
        check("modula-2", "*) (*", "(* *\\) (\\* *)");
        check("simula", "f ; g ! i", "! f !!\\ g !\\ i ;");
    }
}
