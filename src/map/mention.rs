//! Finds places such as `x.sh:12:3` in what other programs print.
//!
//! There is no one form: compilers write `FILE:LINE:COLUMN`, bash `FILE: line LINE`, dash `FILE: LINE`, ShellCheck's own
//! report `In FILE line LINE`, dnsmasq `at line LINE of FILE`, Python `File "FILE", line LINE`. All of them have a
//! number with a file name in front of it or after it, so each number of a line is asked for its file.

use std::ops::Range;

/// A place that a line of text mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionedPlace {
    /// The bytes that name the file, in the order of likelihood: a name may hold blanks, or not.
    pub paths: Vec<Range<usize>>,
    /// The bytes of the whole mention after the file's name, or before it for `line 3 of FILE`.
    pub rest: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, where there is one.
    pub column: Option<usize>,
    /// The last column of a range such as `3:14-20`.
    pub last_column: Option<usize>,
}

/// All places that a line of text mentions, from left to right.
pub fn mentions(text: &str) -> Vec<MentionedPlace> {
    let mut found: Vec<MentionedPlace> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let end = digits_end(text, start);
        at = end;
        let mention = after(text, start..end, " of ")
            .or_else(|| before(text, start..end))
            .or_else(|| after(text, start..end, " in "));
        if let Some(mention) = mention {
            at = mention.end().max(end);
            found.push(mention);
        }
    }
    found
}

impl MentionedPlace {
    /// Offset after the mention's last byte, with the likeliest file name.
    pub fn end(&self) -> usize {
        self.paths.first().map_or(self.rest.end, |path| path.end.max(self.rest.end))
    }

    /// All bytes of the mention with one of its file names.
    pub fn span(&self, path: &Range<usize>) -> Range<usize> {
        path.start.min(self.rest.start)..path.end.max(self.rest.end)
    }
}

fn digits_end(text: &str, start: usize) -> usize {
    text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| start + length)
}

/// No system has longer paths.
const LONGEST_NAME: usize = 4096;

/// What stands between a file's name and the line's number; the longer ones first.
const BETWEEN: &[&str] = &["\", line ", "', line ", ": line ", ", line ", " line ", ": ", ":"];

/// `FILE:LINE`, `FILE: line LINE` and their like.
fn before(text: &str, number: Range<usize>) -> Option<MentionedPlace> {
    let between = BETWEEN.iter().find(|between| text[..number.start].ends_with(**between))?;
    // dash writes `FILE: 3: message`; without the second colon it is any number.
    if *between == ": " && !text[number.end..].starts_with(": ") {
        return None;
    }
    let path_end = number.start - between.len();
    let mut paths = names_ending_at(text, path_end);
    if between.starts_with(['"', '\'']) {
        paths.retain(|path| text[..path.start].ends_with(&between[..1]));
    }
    let line = text[number.clone()].parse().ok()?;
    let (columns, end) = columns(text, number.end);
    let [column, last_column] = columns;
    (line > 0 && !paths.is_empty()).then_some(MentionedPlace { paths, rest: path_end..end, line, column, last_column })
}

/// `line LINE of FILE`.
fn after(text: &str, number: Range<usize>, joint: &str) -> Option<MentionedPlace> {
    let head = text[..number.start].strip_suffix("line ").filter(|_| text[number.end..].starts_with(joint))?;
    let start = number.end + joint.len();
    let mut longest = text.len().min(start + LONGEST_NAME);
    while !text.is_char_boundary(longest) {
        longest -= 1;
    }
    let end = text[start..longest].find(is_edge).map_or(longest, |length| start + length);
    let name = text[start..end].trim_end_matches(['.', ':']);
    let line = text[number].parse().ok()?;
    let paths: Vec<_> = (!name.is_empty()).then_some(start..start + name.len()).into_iter().collect();
    (line > 0 && !paths.is_empty()).then_some(MentionedPlace {
        paths,
        rest: head.len()..start,
        line,
        column: None,
        last_column: None,
    })
}

/// The column after a line's number, the last one of a range such as `14-20`, and where the mention ends.
fn columns(text: &str, end: usize) -> ([Option<usize>; 2], usize) {
    let number_at = |start: usize| {
        let after = digits_end(text, start);
        (after > start).then(|| (text[start..after].parse().ok().filter(|&column| column > 0), after))
    };
    let mut signs = [":", ", column ", " column "].into_iter().filter(|sign| text[end..].starts_with(sign));
    let found = signs.find_map(|sign| number_at(end + sign.len()));
    let Some((column, after)) = found else {
        return ([None, None], end);
    };
    match text[after..].starts_with('-').then(|| number_at(after + 1)).flatten() {
        Some((last, after)) => ([column, last], after),
        None => ([column, None], after),
    }
}

/// The names that can end at an offset: without blanks, in quotes, or the line from its start.
fn names_ending_at(text: &str, end: usize) -> Vec<Range<usize>> {
    let mut from = end.saturating_sub(LONGEST_NAME);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let head = &text[from..end];
    let edge = head.rfind(is_edge).map(|at| from + at + head[at..].chars().next().map_or(1, char::len_utf8));
    // What starts further in front is too long for a name.
    let start = (from == 0).then_some(0);
    let word = edge.or(start).map(|word| without_colour(text, word)..end);
    let quoted = head.rfind(['"', '\'']).map(|at| from + at + 1..end);
    let is_number = |word: Range<usize>| text[word].bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    if word.clone().is_none_or(is_number) && quoted.is_none() {
        return Vec::new();
    }
    let whole = start.map(|start| without_colour(text, start)..end);
    let mut names: Vec<_> = [word, quoted, whole].into_iter().flatten().collect();
    names.retain(|name| !name.is_empty());
    names.dedup();
    names
}

/// What no file name without quotes holds.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | ',' | ';')
}

/// The start moved after a sequence for colour, `ESC [ 1 m`; `start` may lie at the escape or after its bracket.
fn without_colour(text: &str, start: usize) -> usize {
    let escape = "\u{1b}[";
    let codes = if text[start..].starts_with(escape) { start + escape.len() } else { start };
    if !text[..codes].ends_with(escape) {
        return start;
    }
    let end =
        text[codes..].find(|c: char| !(c.is_ascii_digit() || c == ';')).map_or(text.len(), |length| codes + length);
    if text[end..].starts_with('m') { end + 1 } else { start }
}

#[cfg(test)]
mod tests {
    use super::mentions;

    /// Each mention as `FILE LINE COLUMN`, with the likeliest name.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = mentions(text)
            .iter()
            .map(|mention| {
                let column = mention.column.map_or_else(String::new, |column| format!(" {column}"));
                format!("{} {}{column}", &text[mention.paths[0].clone()], mention.line)
            })
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn the_forms_of_common_tools_are_found() {
        check("x.sh:12:3: warning: unused [SC2034]", &["x.sh 12 3"]);
        check("out/rules.nft:3:14-20: Error: syntax error", &["out/rules.nft 3 14"]);
        check("x.sh: line 42: foo: command not found", &["x.sh 42"]);
        check("./x.sh: 7: foo: not found", &["./x.sh 7"]);
        check("In out/x.sh line 5:", &["out/x.sh 5"]);
        check("dnsmasq: bad option at line 3 of dnsmasq.conf", &["dnsmasq.conf 3"]);
        check("  File \"a b.py\", line 9, in <module>", &["a b.py 9"]);
        check("x.yaml, line 2, column 8", &["x.yaml 2 8"]);
        check("bash: line 2: x: unbound variable", &["bash 2"]);
        check("at x.pl line 3.", &["x.pl 3"]);
        check("(x.c:1) and [y.c:2:3]", &["x.c 1", "y.c 2 3"]);
        check("\u{1b}[1mx.sh:3:4:\u{1b}[0m error", &["x.sh 3 4"]);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        check("took 12 s, 3 errors, 10.42.0.1 at 12:30:15", &[]);
        check("exit: 3", &[]);
        check("x.sh:0", &[]);
        check("x:99999999999999999999999", &[]);
        check("", &[]);
    }

    #[test]
    fn a_name_is_no_longer_than_a_path() {
        let found = mentions(&format!("{}:1 x.sh:2", "y".repeat(5000))).len();
        assert_eq!(found, 1);
    }

    #[test]
    fn a_name_may_hold_blanks() {
        let text = "my file.sh:3:1: error";
        let found = mentions(text);
        let names: Vec<&str> = found[0].paths.iter().map(|path| &text[path.clone()]).collect();
        assert_eq!(names, ["file.sh", "my file.sh"]);
        assert_eq!(&text[found[0].span(&found[0].paths[1])], "my file.sh:3:1");
    }
}
