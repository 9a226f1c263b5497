//! The link back to the document in a begin comment: `file:PATH::SEARCH` (rules T-077 to T-079).

use std::path::Path;

use crate::org::HeadingId;
use crate::tangle::Tangling;
use crate::tangle::path::written_in;

/// A place in the document that a link can lead to.
#[derive(Debug, Clone, Copy)]
pub(in crate::tangle) enum Place {
    /// A block.
    Block {
        /// Its index.
        block: usize,
        /// Offset of the line the search stands on.
        line: usize,
    },
    /// A heading's line, where a reference to its id leaves Emacs.
    Heading(HeadingId),
}

impl Place {
    /// The heading, if it is one.
    pub(in crate::tangle) fn heading(self) -> Option<HeadingId> {
        match self {
            Self::Heading(heading) => Some(heading),
            Self::Block { .. } => None,
        }
    }
}

/// The link to a place as a file in `folder` writes it.
pub(in crate::tangle) fn link(tangling: &Tangling<'_, '_>, place: Place, folder: &Path) -> String {
    let document = tangling.surroundings.document.to_string_lossy();
    let whole = match search(tangling, place) {
        Some(search) => format!("{document}::{search}"),
        None => document.into_owned(),
    };
    format!("file:{}", written_in(&escape(&whole), &folder.to_string_lossy()))
}

/// What finds the place again: the block's name, the heading's id or title, the line.
fn search(tangling: &Tangling<'_, '_>, place: Place) -> Option<String> {
    let document = tangling.document;
    let (line, block, heading) = match place {
        Place::Block { block, line } => (line, Some(&document.blocks[block]), document.blocks[block].heading),
        Place::Heading(heading) => (document.headings[heading.0].span.range().start, None, Some(heading)),
    };
    // On an end line the search stands in the block, where `<<NAME>>` is no target.
    let is_in_block = block.is_some_and(|block| line > block.begin.range().start);
    if let Some(target) = target_above(&document.source.text()[..line]).filter(|_| !is_in_block) {
        return Some(target.to_owned());
    }
    if let Some(name) = block.and_then(|block| block.affiliated.any_name()) {
        return Some(name.value.value.to_owned()).filter(|name| !name.is_empty());
    }
    let search = match heading {
        None => without_context_marks(&packed(crate::tangle::line_text(document, line))),
        Some(heading) => match custom_id(tangling, heading) {
            Some(id) => format!("#{id}"),
            None => format!("*{}", packed(tangling.outline.title(heading).unwrap_or_default())),
        },
    };
    Some(search).filter(|search| !search.trim().is_empty())
}

/// A target `<<NAME>>` at the very end of the line above: to Emacs the search still stands on it.
fn target_above(before: &str) -> Option<&str> {
    let inner = before.strip_suffix(">>\n")?;
    // The line alone is searched: there may be a line like this above every block of a long document.
    let line = memchr::memrchr(b'\n', inner.as_bytes()).map_or(0, |newline| newline + 1);
    let start = inner[line..]
        .rfind("<<")
        .map(|at| line + at)
        .filter(|&start| start > 0 && inner.as_bytes()[start - 1] != b'<')?;
    let name = &inner[start + 2..];
    (!name.is_empty() && !name.contains(['<', '>', '\n'])).then_some(name)
}

/// The id that the heading itself has; the last line of a drawer counts.
fn custom_id<'s>(tangling: &Tangling<'s, '_>, heading: HeadingId) -> Option<&'s str> {
    let properties = &tangling.document.headings[heading.0].properties;
    let mut ids = properties.iter().filter(|property| property.name.value.eq_ignore_ascii_case("custom_id"));
    ids.next_back().map(|property| property.value.value).filter(|id| !id.is_empty() && *id != "nil")
}

/// A title or line without progress cookies, runs of blanks made one.
fn packed(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(bracket) = rest.find('[') {
        result.push_str(&rest[..bracket]);
        let length = cookie_length(&rest[bracket..]);
        result.push_str(if length > 0 { " " } else { "[" });
        rest = &rest[bracket + length.max(1)..];
    }
    result.push_str(rest);
    let words = result.split([' ', '\t']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").trim_matches([' ', '\r', '\n']).to_owned()
}

/// The length of `[1/2]`, `[/]` or `[50%]`.
fn cookie_length(text: &str) -> usize {
    let inner = &text[1..];
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(inner);
    let length = match inner.as_bytes().get(first) {
        Some(b'%') => first + 1,
        Some(b'/') => first + 1 + digits(&inner[first + 1..]),
        _ => return 0,
    };
    if inner.as_bytes().get(length) == Some(&b']') { length + 2 } else { 0 }
}

/// A line without the stars, hashes and brackets around it that a search gives a meaning of its own.
fn without_context_marks(line: &str) -> String {
    let mut line = line;
    loop {
        if let Some(inner) = line.strip_prefix('(').and_then(|line| line.strip_suffix(')')) {
            line = inner.trim_matches([' ', '\t', '\r', '\n']);
        } else if line.starts_with(['#', '*']) {
            line = line.trim_start_matches(['#', '*']).trim_start_matches([' ', '\t']);
        } else {
            return line.to_owned();
        }
    }
}

/// Backslashes before brackets; those that stand before a bracket or at the end are doubled.
fn escape(link: &str) -> String {
    let mut escaped = String::with_capacity(link.len() + 8);
    let mut backslashes = 0;
    for c in link.chars() {
        if matches!(c, '[' | ']') {
            escaped.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        escaped.push(c);
    }
    escaped.extend(std::iter::repeat_n('\\', backslashes));
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escape, packed, without_context_marks};

    #[test]
    fn titles_are_packed_and_escaped() {
        assert_eq!(packed("A  heading   with [1/2] cookie [%]"), "A heading with cookie");
        assert_eq!(packed("brackets [x] [ 1/2]"), "brackets [x] [ 1/2]");
        assert_eq!(escape("a[b] \\c \\"), "a\\[b\\] \\c \\\\");
        assert_eq!(without_context_marks("#+begin_src sh"), "+begin_src sh");
    }
}
