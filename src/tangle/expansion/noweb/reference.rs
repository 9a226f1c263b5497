//! Finding `<<name>>` in a text (rule T-085).

use std::ops::Range;

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReferenceSpan {
    /// From `<<` to `>>`.
    pub(crate) range: Range<usize>,
    /// What stands between.
    pub(crate) name: Range<usize>,
}

/// All references of a text, left to right; each is on one line.
pub(crate) fn references(text: &str) -> Vec<ReferenceSpan> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = memchr::memmem::find(&text.as_bytes()[from..], b"<<").map(|at| from + at) {
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |at| start + at);
        from = references_of_line(text, start..line_end, &mut found).max(line_end);
    }
    found
}

/// References from the first `<<` of a line on. Ends of names are found once for the line, so that a line full of
/// brackets is no trap.
fn references_of_line(text: &str, line: Range<usize>, found: &mut Vec<ReferenceSpan>) -> usize {
    let bytes = text.as_bytes();
    let is_blank = |at: usize| matches!(bytes[at], b' ' | b'\t');
    let closes = |at: usize| bytes[at] == b'>' && at + 1 < line.end && bytes[at + 1] == b'>';
    let ends: Vec<usize> = (line.start + 1..line.end).filter(|&at| closes(at) && !is_blank(at - 1)).collect();
    let mut next_end = ends.iter().copied().peekable();
    let mut at = line.start;
    while at + 2 < line.end {
        if &bytes[at..at + 2] != b"<<" || is_blank(at + 2) {
            at += 1;
            continue;
        }
        let name = at + 2;
        let first = text[name..].chars().next().map_or(1, char::len_utf8);
        // A name of one letter is tried last, so a longer one that ends at a later `>>` wins over it.
        while next_end.next_if(|&end| end < name + first + 1).is_some() {}
        let end = match next_end.peek() {
            Some(&end) => end,
            None if name + first < line.end && closes(name + first) => name + first,
            None => {
                at += 1;
                continue;
            }
        };
        found.push(ReferenceSpan { range: at..end + 2, name: name..end });
        at = end + 2;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::references;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let names: Vec<&str> = references(text).into_iter().map(|reference| &text[reference.name]).collect();
        assert_eq!(names, expected, "{text:?}");
    }

    #[test]
    fn a_name_ends_where_the_pattern_says() {
        check("<<aa>>", &["aa"]);
        check("<< aa>>", &[]);
        check("<<aa >>", &[]);
        check("<<>>", &[]);
        check("<<aa>>>", &["aa"]);
        check("<<<aa>>", &["<aa"]);
        check("<<b\nc>>", &[]);
        check("x << 2 && y >> 3", &[]);
        check("cat <<EOF >>aa", &[]);
        check("<<a>>", &["a"]);
        check("<<a>> then <<bb>>", &["a>> then <<bb"]);
        check("<<bb>> then <<a>>", &["bb", "a"]);
        check("<<a>> x>>", &["a>> x"]);
        check("<<a>> x >>", &["a"]);
        check("<<é>> <<ab>>\n<<cd>>", &["é>> <<ab", "cd"]);
        check("<<ab>><<cd>>", &["ab", "cd"]);
    }
}
