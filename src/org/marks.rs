//! The first pass: every line that ends something or starts a section, found at memory speed.
//!
//! The second pass (`section`) asks whether an opening line has its end; with these marks the answer needs no search
//! of its own, so unclosed elements cannot make parsing slow.

use super::line::{heading_level, indentation, is_latex_name, is_space, starts_with, trim_blanks};

/// One line of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineMark {
    /// Offset of the line's first byte.
    pub(super) line: u32,
    /// What is interesting about it.
    pub(super) kind: MarkKind,
}

/// What a marked line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// A heading.
    Heading,
    /// `#+begin_src`, whatever follows.
    BeginSource,
    /// `#+end_src` and something after it; the end of a special block if that is no blank.
    FalseEndSource,
    /// `#+end_src`.
    EndSource,
    /// `#+end_NAME` of another block.
    EndBlock,
    /// `#+end:` or `#+end`.
    EndDynamic,
    /// `:END:`.
    EndDrawer,
    /// A line that ends in `\end{NAME}`.
    EndLatex,
    /// `#+name:`.
    Name,
}

/// Marks all lines of interest in a text.
pub(super) fn mark(text: &str) -> Vec<LineMark> {
    let mut marks = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len())) {
        if let Some(kind) = mark_line(&text[start..end]) {
            marks.push(LineMark { line: start as u32, kind });
        }
        start = end + 1;
    }
    marks
}

/// Most lines are prose or code that starts at once and ends in no brace: two bytes decide.
fn mark_line(line: &str) -> Option<MarkKind> {
    let first = *line.as_bytes().get(indentation(line))?;
    let last = *line.as_bytes().last()?;
    let by_start = match first {
        b'#' => mark_hash(line),
        b':' => trim_blanks(line).eq_ignore_ascii_case(":end:").then_some(MarkKind::EndDrawer),
        b'*' => heading_level(line).map(|_| MarkKind::Heading),
        _ => None,
    };
    let by_end = || matches!(last, b'}' | b' ' | b'\t').then(|| latex_end_name(line)).flatten();
    by_start.or_else(|| by_end().map(|_| MarkKind::EndLatex))
}

fn mark_hash(line: &str) -> Option<MarkKind> {
    let rest = trim_blanks(line).strip_prefix("#+")?;
    if starts_with(rest, "begin_src") {
        return Some(MarkKind::BeginSource);
    }
    if starts_with(rest, "name:") {
        return Some(MarkKind::Name);
    }
    starts_with(rest, "end").then_some(())?;
    match &rest["end".len()..] {
        "" | ":" => Some(MarkKind::EndDynamic),
        name if name.eq_ignore_ascii_case("_src") => Some(MarkKind::EndSource),
        name if starts_with(name, "_src") => Some(MarkKind::FalseEndSource),
        name if name.len() > 1 && name.starts_with('_') && !name.contains(is_space) => Some(MarkKind::EndBlock),
        _ => None,
    }
}

/// The name in `\end{NAME}` at the end of a line, if there is one.
pub(super) fn latex_end_name(line: &str) -> Option<&str> {
    let rest = line.trim_end_matches([' ', '\t']).strip_suffix('}')?;
    let brace = rest.rfind('{')?;
    let name = &rest[brace + 1..];
    let before = &rest.as_bytes()[..brace];
    (before.len() >= 4 && before[before.len() - 4..].eq_ignore_ascii_case(b"\\end") && is_latex_name(name))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{MarkKind, latex_end_name, mark};

    #[test]
    fn only_lines_that_matter_are_marked() {
        let text = "* H\n#+begin_src sh\n  #+END_SRC\n#+end_src x\n#+end_note\n#+end:\n :end: \nx \\end{a} \n*bold*\n#+Name: n\n";
        let kinds: Vec<_> = mark(text).into_iter().map(|mark| mark.kind).collect();
        let expected = [
            MarkKind::Heading,
            MarkKind::BeginSource,
            MarkKind::EndSource,
            MarkKind::FalseEndSource,
            MarkKind::EndBlock,
            MarkKind::EndDynamic,
            MarkKind::EndDrawer,
            MarkKind::EndLatex,
            MarkKind::Name,
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn an_environment_ends_at_a_line_end() {
        assert_eq!(latex_end_name("a \\end{x*}  "), Some("x*"));
        assert_eq!(latex_end_name("\\end{x} y"), None);
        assert_eq!(latex_end_name("end{x}"), None);
    }
}
