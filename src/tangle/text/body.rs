//! The lines of a block as text: commas, indentation, labels, white space at the edges (rules T-020, T-061 to T-067).

use std::ops::Range;

use super::{Text, TextBuilder};
use crate::org::SourceBlock;
use crate::source::Span;

/// What the switches of a `#+begin_src` line ask for (rule T-019).
#[derive(Debug, Clone, Copy)]
pub(in crate::tangle) struct Switches<'s> {
    text: &'s str,
}

impl<'s> Switches<'s> {
    pub(in crate::tangle) fn of(block: &SourceBlock<'s>) -> Self {
        Self { text: block.switches.value }
    }

    /// `-i`: indentation stays.
    pub(in crate::tangle) fn keeps_indentation(self) -> bool {
        ends_word(self.text, "-i")
    }

    /// `-r`: labels go. Emacs looks for these two characters anywhere, a label format included, in either case.
    pub(in crate::tangle) fn removes_labels(self) -> bool {
        self.text.contains("-r") || self.text.contains("-R")
    }

    /// What stands before and after a label.
    fn label_format(self) -> &'s str {
        let quoted = self.text.find("-l").or_else(|| self.text.find("-L")).and_then(|at| {
            let rest = self.text[at + 2..].trim_start_matches(' ').strip_prefix('"')?;
            rest.find('"').map(|end| &rest[..end])
        });
        quoted.unwrap_or("(ref:%s)")
    }
}

/// Whether a switch occurs with no letter directly after it.
fn ends_word(text: &str, switch: &str) -> bool {
    text.match_indices(switch).any(|(at, _)| !text[at + switch.len()..].starts_with(|c: char| c.is_alphanumeric()))
}

/// The body of a block: its lines without the last newline, commas unescaped, common indentation removed.
pub(in crate::tangle) fn plain<'s>(block: &SourceBlock<'s>) -> Text<'s> {
    let body = without_last_newline(unescape_commas(Text::of(block.body)));
    if Switches::of(block).keeps_indentation() { body } else { remove_indentation(body) }
}

/// Where Emacs' point is when a block's text is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tangle) enum Point {
    /// In the block.
    InBlock,
    /// At a heading that a reference has led to.
    AtHeading,
}

/// The last steps before a body goes to its target: labels, indentation, edges.
///
/// Emacs asks for `-i` where its point is by now.
pub(in crate::tangle) fn finish<'s>(body: Text<'s>, switches: Switches<'_>, point: Point) -> Text<'s> {
    let body = if switches.removes_labels() { remove_labels(body, switches.label_format()) } else { body };
    if switches.keeps_indentation() && point == Point::InBlock {
        return trim(body, without_leading_blank_lines);
    }
    trimmed(remove_indentation(body))
}

fn without_last_newline(text: Text<'_>) -> Text<'_> {
    let end = text.as_str().strip_suffix('\n').unwrap_or(text.as_str()).len();
    text.slice(0..end)
}

fn trim(text: Text<'_>, start: impl Fn(&str) -> usize) -> Text<'_> {
    let end = text.as_str().trim_end_matches(is_edge).len();
    let start = start(&text.as_str()[..end]);
    text.slice(start..end)
}

/// A text without white space at its start and end.
pub(in crate::tangle) fn trimmed(text: Text<'_>) -> Text<'_> {
    trim(text, |text| text.len() - text.trim_start_matches(is_edge).len())
}

fn is_edge(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The length of the lines of spaces and tabs that a text starts with.
fn without_leading_blank_lines(text: &str) -> usize {
    let mut start = 0;
    while let Some(end) = text[start..].find('\n') {
        if !text[start..start + end].bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            break;
        }
        start += end + 1;
    }
    start
}

/// The lines of a text with their newlines.
pub(in crate::tangle) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        (start < text.len()).then(|| {
            let length = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len() - start, |end| end + 1);
            start += length;
            start - length..start
        })
    })
}

/// Removes one comma a line: the one before `*` or `#+`.
pub(in crate::tangle) fn unescape_commas(body: Text<'_>) -> Text<'_> {
    let text = body.as_str();
    if memchr::memchr(b',', text.as_bytes()).is_none() {
        return body;
    }
    let cuts: Vec<Range<usize>> = lines(text)
        .filter_map(|line| escaping_comma(&text[line.clone()]).map(|at| line.start + at..line.start + at + 1))
        .collect();
    without_ranges(body, &cuts)
}

fn escaping_comma(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches([' ', '\t']);
    let after = rest.trim_start_matches(',');
    let has_comma = after.len() < rest.len();
    (has_comma && (after.starts_with('*') || after.starts_with("#+"))).then(|| line.len() - after.len() - 1)
}

/// A text without some ranges, which are sorted and do not overlap.
pub(in crate::tangle) fn without_ranges<'s>(text: Text<'s>, ranges: &[Range<usize>]) -> Text<'s> {
    if ranges.is_empty() {
        return text;
    }
    let starts = std::iter::once(0).chain(ranges.iter().map(|range| range.end));
    let ends = ranges.iter().map(|range| range.start).chain([text.as_str().len()]);
    let kept = starts.zip(ends).map(|(start, end)| start..end);
    text.keep(kept)
}

/// Removes the indentation that all lines share; a text that cannot lose it stays as it is (rules T-063 and T-064).
pub(in crate::tangle) fn remove_indentation(text: Text<'_>) -> Text<'_> {
    let width = common_width(text.as_str());
    if width == Some(0) {
        return text;
    }
    let width = width_to_remove(text.as_str(), width);
    if width == 0 || indented_lines(text.as_str()).any(|line| line.start_without(width, text.as_str()).is_none()) {
        return text;
    }
    let mut kept: Vec<Range<u32>> = Vec::new();
    for line in indented_lines(text.as_str()) {
        let start = line.start_without(width, text.as_str()).unwrap_or(line.start);
        kept.push(start as u32..line.end as u32);
    }
    text.keep(kept.iter().map(|range| range.start as usize..range.end as usize))
}

/// A line and the blanks that it starts with.
struct Indented {
    start: usize,
    /// Where the blanks end.
    code: usize,
    end: usize,
    /// How wide they are.
    column: usize,
}

fn indented_lines(text: &str) -> impl Iterator<Item = Indented> {
    lines(text).map(|line| Indented::of(text, line))
}

/// The smallest indentation of the lines that start with text, if any does.
fn common_width(text: &str) -> Option<usize> {
    let mut least: Option<usize> = None;
    for line in indented_lines(text) {
        if text[line.code..line.end].starts_with(|c| !crate::org::is_space(c)) {
            if line.column == 0 {
                return Some(0);
            }
            least = Some(least.map_or(line.column, |least| least.min(line.column)));
        }
    }
    least
}

/// Emacs looks for the least width from the number of characters plus one downwards. That shows in a text whose tabs are wider than
/// it is long, and in one of blanks only.
fn width_to_remove(text: &str, width: Option<usize>) -> usize {
    match width {
        // A character has four bytes at most.
        Some(width) if width <= text.len() / 4 => width,
        width => (text.chars().count() + 1).min(width.unwrap_or(usize::MAX)),
    }
}

impl Indented {
    fn of(text: &str, line: Range<usize>) -> Self {
        let code = line.end - text[line.clone()].trim_start_matches([' ', '\t']).len();
        let column = crate::org::column(&text[line.start..code]);
        Self { start: line.start, code, end: line.end, column }
    }

    /// Where the line starts once it has lost a width; none if it has text before that column.
    fn start_without(&self, width: usize, text: &str) -> Option<usize> {
        if self.column < width {
            let is_blank_line = matches!(text.as_bytes().get(self.code), None | Some(b'\n'));
            return is_blank_line.then_some(self.code);
        }
        Some(self.start + bytes_before(&text[self.start..self.code], width))
    }
}

/// How many bytes of blanks lie before a column; a tab that crosses it comes after it.
pub(in crate::tangle) fn bytes_before(line: &str, column: usize) -> usize {
    let mut reached = 0;
    let is_before = |byte: &u8| {
        match byte {
            b' ' => reached += 1,
            b'\t' => reached = (reached / 8 + 1) * 8,
            _ => return false,
        }
        reached <= column
    };
    line.as_bytes().iter().copied().take_while(is_before).count()
}

/// Removes the label at the end of each line, with the blanks around it (rule T-020).
fn remove_labels<'s>(text: Text<'s>, format: &str) -> Text<'s> {
    let format = LabelFormat::of(format);
    let labels: Vec<_> = lines(text.as_str())
        .filter_map(|line| {
            let content = text.as_str()[line.clone()].trim_end_matches('\n');
            let start = format.label_start(content)?;
            Some(line.start + start..line.start + content.len())
        })
        .collect();
    without_ranges(text, &labels)
}

/// What stands before an end of a text; letter case does not count, as in Emacs' searches.
fn before_end<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let (before, found) = text.split_at_checked(text.len().checked_sub(end.len())?)?;
    found.eq_ignore_ascii_case(end).then_some(before)
}

/// What stands around a label, as in `(ref:%s)`.
struct LabelFormat<'f> {
    before: &'f str,
    /// What follows the label; without one the format is all that is looked for.
    after: Option<&'f str>,
}

impl<'f> LabelFormat<'f> {
    fn of(format: &'f str) -> Self {
        let (before, after) = format.split_once("%s").map_or((format, None), |(before, after)| (before, Some(after)));
        Self { before, after }
    }

    /// Where a line's last label starts, blanks before it included.
    fn label_start(&self, line: &str) -> Option<usize> {
        let end = line.trim_end_matches([' ', '\t']);
        let Some(after) = self.after else {
            let start = before_end(end, self.before)?.len();
            return Some(line[..start].trim_end_matches([' ', '\t']).len());
        };
        let inner = before_end(end, after)?;
        let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
        // The leftmost place from which only a label follows.
        let mut label =
            inner.len() - inner.chars().rev().take_while(|&c| is_label(c)).map(char::len_utf8).sum::<usize>();
        let start = loop {
            let starts_well = inner[label..].starts_with(|c: char| is_label(c) && c != ' ');
            if let Some(rest) = before_end(&inner[..label], self.before).filter(|_| starts_well) {
                break rest.len();
            }
            label += inner[label..].chars().next().map(char::len_utf8)?;
        };
        Some(line[..start].trim_end_matches([' ', '\t']).len())
    }
}

/// The parts around a body, each on lines of its own (rule T-066).
pub(in crate::tangle) fn surround<'s>(
    before: &[(String, Span)],
    body: Text<'s>,
    after: Option<&(String, Span)>,
) -> Text<'s> {
    if before.is_empty() && after.is_none() {
        return body;
    }
    let mut builder = TextBuilder::default();
    for (text, span) in before {
        builder.push_made(text, *span);
        builder.push_made("\n", *span);
    }
    builder.push_owned(body);
    if let Some((text, span)) = after {
        builder.push_made("\n", *span);
        builder.push_made(text, *span);
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::{Point, Switches, finish, plain, remove_indentation};
    use crate::org::parse;
    use crate::source::Sources;
    use crate::tangle::text::Text;

    #[track_caller]
    fn check(body: &str, switches: &str, expected: &str) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", format!("#+begin_src sh {switches}\n{body}\n#+end_src\n"));
        let parsed = parse(sources.shared(id));
        let document = parsed.document();
        let block = &document.blocks[0];
        let text = finish(plain(block), Switches::of(block), Point::InBlock);
        assert_eq!(text.as_str(), expected, "{body:?}");
    }

    #[test]
    fn one_comma_a_line_is_unescaped() {
        check(",* h\n,,* two\n  ,#+x\n,not\na ,*\n,# x", "", "* h\n,* two\n  #+x\n,not\na ,*\n,# x");
    }

    #[test]
    fn common_indentation_goes_and_edges_are_trimmed() {
        check("    four\n      six\n\n    four", "", "four\n  six\n\nfour");
        check("    four\n\ttab\n  \tmixed", "", "four\n\ttab\n\tmixed");
        check("\ttab\n\t\ttwo\n        eight", "", "tab\n\ttwo\neight");
        check("\n    lead\nzero  \n\n", "", "lead\nzero");
        check("    kept\n\n  ", "-i", "    kept");
        check("  a\n \u{c}\n  b", "", "a\n \u{c}\n  b");
    }

    #[test]
    fn tabs_that_are_wider_than_the_text_is_long_stay() {
        let check = |text: &str, expected: &str| {
            let mut sources = Sources::default();
            let id = sources.add("t.org", text);
            let text = Text::of(sources.get(id).spanned(0..text.len()));
            assert_eq!(remove_indentation(text).as_str(), expected);
        };
        check("\t\ttwo", "\t\ttwo");
        check("\t\ttwo\n\t\tx", "\ttwo\n\tx");
        check("    ", "");
        check("\t", "\t");
    }

    #[test]
    fn labels_go_only_with_the_switch() {
        check("one (ref:first)\nmid (ref:m) dle\nx   (ref:has space)  ", "-r", "one\nmid (ref:m) dle\nx");
        check("one (ref:first)", "-n", "one (ref:first)");
        check("one #(alpha)\ntwo (ref:b)", "-r -l \"#(%s)\"", "one\ntwo (ref:b)");
        for switches in ["-R", "-n -R", "-R -K", "-K -r"] {
            check("x (ref:a)\ny (REF:a)\nz (Ref:b)", switches, "x\ny\nz");
        }
        check("x <a>\ny (ref:b)", "-r -L \"<%s>\"", "x\ny (ref:b)");
        check("x <r1>\ny <R2>", "-r -l \"<R%s>\"", "x\ny");
        check("x (line:a)\ny ü", "-l \"(LINE:%s)\" -r", "x\ny ü");
    }
}
