//! The line that begins a source block: language, switches, header arguments (rules T-003, T-004, T-019).

use std::ops::Range;

use super::line::{indentation, is_space, trim_range};
use crate::source::{Source, Spanned};

/// The parts of a `#+begin_src` line.
pub(super) struct BeginLine<'s> {
    pub(super) language: Option<Spanned<&'s str>>,
    pub(super) switches: Spanned<&'s str>,
    pub(super) arguments: Spanned<&'s str>,
}

/// Reads a `#+begin_src` line, given without its newline.
pub(super) fn begin_line(source: &Source, line: Range<usize>) -> BeginLine<'_> {
    let text = source.text();
    let mut at = line.start + indentation(&text[line.clone()]) + "#+begin_src".len();
    // Only spaces: after a tab there is no language.
    let name_start = at + spaces(&text[at..line.end]);
    let rest = &text[name_start..line.end];
    let name_length = rest.find(is_space).unwrap_or(rest.len());
    let language = (name_start > at && name_length > 0).then(|| name_start..name_start + name_length);
    if let Some(name) = &language {
        at = name.end;
    }
    let switches = at..at + switches_length(&text[at..line.end]);
    BeginLine {
        language: language.map(|range| source.spanned(range)),
        switches: source.spanned(trim_range(text, switches.clone())),
        arguments: source.spanned(trim_range(text, switches.end..line.end)),
    }
}

/// How much of the text is switches: each is a letter with a sign, some with a value, with spaces before it.
fn switches_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let space = spaces(&text[length..]);
        let Some(switch) = (space > 0).then(|| switch_length(&text[length + space..])).flatten() else { return length };
        length += space + switch;
    }
}

fn switch_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match (bytes.first()?, bytes.get(1)?) {
        (b'-', b'i' | b'k' | b'K' | b'r' | b'R') => Some(2),
        (b'-' | b'+', b'n' | b'N') => {
            let space = spaces(&text[2..]);
            let digits = text[2 + space..].bytes().take_while(u8::is_ascii_digit).count();
            Some(if digits > 0 { 2 + space + digits } else { 2 })
        }
        (b'-', b'l' | b'L') => {
            let format = text[2..].strip_prefix(" \"")?;
            // The last quote of the line ends the format, which is not empty.
            let end = format.rfind('"').filter(|&end| end > 0)?;
            Some(" -l\"".len() + end + 1)
        }
        _ => None,
    }
}

fn spaces(text: &str) -> usize {
    text.bytes().take_while(|&byte| byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::begin_line;
    use crate::source::Sources;

    #[track_caller]
    fn check(line: &str, language: Option<&str>, switches: &str, arguments: &str) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", line);
        let begin = begin_line(sources.get(id), 0..line.len());
        let parts = (begin.language.map(|name| name.value), begin.switches.value, begin.arguments.value);
        assert_eq!(parts, (language, switches, arguments), "{line:?}");
    }

    #[test]
    fn the_begin_line_is_language_switches_arguments() {
        check("#+begin_src sh :tangle a", Some("sh"), "", ":tangle a");
        check("  #+BEGIN_SRC   sh   -n 5 -i  :x y ", Some("sh"), "-n 5 -i", ":x y");
        check("#+begin_src\tsh :tangle a", None, "", "sh :tangle a");
        check("#+begin_src", None, "", "");
        check("#+begin_src sh -r -l \"#(%s)\" :tangle l.sh", Some("sh"), "-r -l \"#(%s)\"", ":tangle l.sh");
        check("#+begin_src sh :tangle late.sh -i", Some("sh"), "", ":tangle late.sh -i");
        check("#+begin_src sh\t:tangle a", Some("sh"), "", ":tangle a");
    }
}
