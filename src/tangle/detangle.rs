//! The way back: edits of a tangled file, carried into the blocks they came from (rules T-114 to T-116).
//!
//! Emacs finds a block by the link in its comment, and gets it wrong where titles repeat or names look like numbers. We
//! know the comments that each block was given, so we look for exactly these. A body that was not edited stays as it
//! is. An edit that cannot be told apart from what tangling added is refused, and so is one that would not come out
//! the same when the document is tangled again.

mod stray;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{TangleEnvironment, tangle};
use crate::diagnostic::{Code, Diagnostic};
use crate::org::{self, Document, SourceBlock};
use crate::source::{Source, Span};
use crate::tangle::targets::assemble::TangledFile;
use crate::tangle::text::Text;
use crate::tangle::text::body::{Point, Switches, finish, lines, plain, remove_indentation};

/// Maximum number of other blocks with the same comment that are shown.
const MOST_LABELS: usize = 3;

/// A document with the edits in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detangled {
    /// The document's whole new text.
    pub text: String,
    /// The bodies that were replaced, in the old text.
    pub changed: Vec<Span>,
    /// What each of them becomes.
    pub bodies: Vec<String>,
    /// What the new text gives for the file.
    pub gives: String,
}

/// A block's text between its two link comments, as the document gives it.
#[derive(Debug)]
struct Linked<'a> {
    /// Index of the block in the document.
    block: usize,
    /// The begin comment, without its last newline.
    begin: &'a str,
    /// The lines between.
    text: &'a str,
    /// The end comment.
    end: &'a str,
}

/// An edited text and the block it belongs to.
struct BlockEdit<'a> {
    linked: &'a Linked<'a>,
    /// Where comments and text stand in the edited file.
    range: Range<usize>,
    /// The text between the comments there, without its last newline.
    text: &'a str,
}

/// Carries the edits of a tangled file back into the document; none if anything is in the way.
///
/// `given` is the file as the document, which has no errors, gives it; `file` is its text as it is now. All diagnostics go to
/// `found`; those about the file are at the block or the document's start, with a label in the file.
pub fn detangle(
    document: &Document<'_>,
    surroundings: &TangleEnvironment,
    given: TangledFile<'_>,
    file: &Source,
    found: &mut Vec<Diagnostic>,
) -> Option<Detangled> {
    let linked = linked(given);
    let mut refused = false;
    let edits = match_edits(document, &linked, file, found).unwrap_or_else(|| {
        refused = true;
        Vec::new()
    });
    if !refused {
        stray::report(document, given, file, &edits, found);
    }
    let mut bodies: Vec<(Range<usize>, String)> = Vec::new();
    for edit in edits.iter().filter(|edit| edit.text != edit.linked.text) {
        let block = &document.blocks[edit.linked.block];
        match new_body(block, edit, document.source) {
            Ok(body) => bodies.push((block.body.span.range(), body)),
            Err(why) => {
                refused = true;
                let line = file.rest_of_line(edit.range.start);
                found.push(
                    Diagnostic::new(
                        Code::UncarriedEdit,
                        block.begin,
                        format!("the edit of this block cannot be carried back: {why}"),
                        "make the change in the document and tangle it",
                    )
                    .label(line, "edited here"),
                );
            }
        }
    }
    if refused {
        return None;
    }
    let changed = bodies.iter().map(|(range, _)| document.source.span(range.clone())).collect();
    let new_bodies = bodies.iter().map(|(_, body)| body.clone()).collect();
    let text = replaced(document.source.text(), bodies);
    let parsed = org::parse(&document.source.with_text(text.as_str()));
    let tangled = tangle(parsed.document(), surroundings, &mut Vec::new());
    let anew = TangledFile::at(given.path, &tangled.artifacts, &tangled.linked);
    if let Some(lost) = lost_edit(anew, &edits) {
        found.push(Diagnostic::new(
            Code::UncarriedEdit,
            document.blocks[lost.linked.block].begin,
            "the edit of this block cannot be carried back: tangling would not give the edited text again",
            "make the change in the document and tangle it",
        ));
        return None;
    }
    Some(Detangled { text, changed, bodies: new_bodies, gives: anew.text.to_owned() })
}

/// What stands between link comments in a file.
fn linked(file: TangledFile<'_>) -> Vec<Linked<'_>> {
    let part = |range: &Range<usize>| &file.text[range.clone()];
    let linked = file.linked.iter().map(|linked| Linked {
        block: linked.block,
        begin: part(&linked.begin),
        text: part(&linked.text),
        end: part(&linked.end),
    });
    linked.collect()
}

/// Finds each block's text in the edited file; none if some text belongs to no block or to several.
fn match_edits<'a>(
    document: &Document<'_>,
    linked: &'a [Linked<'a>],
    file: &'a Source,
    found: &mut Vec<Diagnostic>,
) -> Option<Vec<BlockEdit<'a>>> {
    let mut by_begin: HashMap<&str, Vec<&Linked<'_>>> = HashMap::new();
    for text in linked {
        by_begin.entry(text.begin).or_default().push(text);
    }
    let begins = begin_lines(file, &by_begin);
    let mut edits = Vec::new();
    let mut is_clear = true;
    let mut used: HashMap<&str, usize> = HashMap::new();
    let ends = EndLines::of(file.text(), linked);
    let mut end_of_last = 0;
    for line in begins.into_iter().filter(|line| line.known.is_some() || line.name.is_some()) {
        if line.range.start < end_of_last {
            continue;
        }
        let Some(begin) = line.known else {
            is_clear &= report_unknown(document, file, &line, found);
            continue;
        };
        let candidates = &by_begin[begin];
        let count = used.entry(begin).or_default();
        let occurrences = line.occurrences;
        *count += 1;
        if occurrences != candidates.len() && candidates.len() > 1 || occurrences > candidates.len() {
            is_clear = false;
            // Once for all of them: each is as unclear as the others.
            if *count == 1 {
                report_ambiguous(document, candidates, file, &line, found);
            }
            continue;
        }
        let linked = candidates[*count - 1];
        let Some((text, end)) = ends.text_until(line.range.end, linked.end) else {
            is_clear = false;
            report_unclosed(document, linked, file, &line, found);
            continue;
        };
        end_of_last = end;
        edits.push(BlockEdit { linked, range: line.range.start..end, text });
    }
    is_clear.then_some(edits)
}

/// A line of the edited file that is, or looks like, a begin comment.
struct BeginComment<'a> {
    range: Range<usize>,
    /// The comment, if some block has it.
    known: Option<&'a str>,
    /// How often it occurs in the file.
    occurrences: usize,
    /// The name in a link that no block has, if its end comment follows.
    name: Option<&'a str>,
}

fn begin_lines<'a>(file: &'a Source, by_begin: &HashMap<&'a str, Vec<&'a Linked<'a>>>) -> Vec<BeginComment<'a>> {
    let text = file.text();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let ends: HashSet<&str> = text.lines().filter(|line| line.contains(" ends here")).collect();
    let mut found = Vec::new();
    for range in lines(text) {
        let line = text[range.clone()].trim_end_matches('\n');
        if let Some((&begin, _)) = by_begin.get_key_value(line) {
            *counts.entry(begin).or_default() += 1;
            found.push(BeginComment { range, known: Some(begin), occurrences: 0, name: None });
        } else if let Some((name, _)) = link_name(line).filter(|(_, end)| ends.contains(end.as_str())) {
            found.push(BeginComment { range, known: None, occurrences: 0, name: Some(name) });
        }
    }
    for line in &mut found {
        line.occurrences = line.known.map_or(0, |begin| counts[begin]);
    }
    found
}

/// The name in `[[file:…][NAME]]`, and the line that would end its text.
fn link_name(line: &str) -> Option<(&str, String)> {
    let (before, rest) = line.split_once("[[file:")?;
    let (_, description) = rest.split_once("][")?;
    let (name, after) = description.rsplit_once("]]").filter(|(name, _)| !name.is_empty())?;
    Some((name, format!("{before}{name} ends here{after}")))
}

/// The lines of a file that are end comments of blocks.
struct EndLines<'a> {
    text: &'a str,
    /// Where each of them stands, from the top of the file.
    places: HashMap<&'a str, Vec<Range<usize>>>,
}

impl<'a> EndLines<'a> {
    fn of(text: &'a str, linked: &[Linked<'a>]) -> Self {
        let known: HashSet<&str> = linked.iter().map(|linked| linked.end).collect();
        let mut places: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
        for range in lines(text) {
            let line = text[range.clone()].trim_end_matches('\n');
            if known.contains(line) {
                places.entry(line).or_default().push(range);
            }
        }
        Self { text, places }
    }

    /// The lines from an offset up to an end comment, and the offset after that.
    fn text_until(&self, from: usize, end_line: &str) -> Option<(&'a str, usize)> {
        let places = self.places.get(end_line)?;
        let end = places.get(places.partition_point(|range| range.start < from))?;
        let inner = &self.text[from..end.start];
        Some((inner.strip_suffix('\n').unwrap_or(inner), end.end))
    }
}

/// The lines that a block gets for an edited text, or why it cannot get any.
fn new_body(block: &SourceBlock<'_>, edit: &BlockEdit<'_>, source: &Source) -> Result<String, &'static str> {
    let switches = Switches::of(block);
    if switches.keeps_indentation() {
        return Err("with the switch `-i` it is not clear which blanks belong to it");
    }
    let own = finish(plain(block), switches, Point::InBlock);
    if own.as_str().lines().count() < plain(block).as_str().trim().lines().count() {
        return Err("tangling leaves lines out");
    }
    if switches.removes_labels() {
        return Err("tangling removes labels from it");
    }
    let Some((before, after)) = edit.linked.text.split_once(own.as_str()) else {
        return Err("its text is expanded from others");
    };
    let edited = edit.text.strip_prefix(before).and_then(|text| text.strip_suffix(after));
    let Some(edited) = edited else {
        return Err("lines were changed that its header arguments add");
    };
    let text = Text::made(edited.trim_end_matches(['\n', ' ', '\t', '\r']).to_owned(), block.begin);
    let text = remove_indentation(text);
    if text.as_str().is_empty() {
        return Ok(String::new());
    }
    let old = source.slice(block.body.span);
    let indentation = body_indentation(old, source.slice(block.begin));
    let (above, code, below) = without_blank_edges(old);
    let old_lines: Vec<&str> = code.split_inclusive('\n').collect();
    let own_lines: Vec<&str> = own.as_str().split('\n').collect();
    let new_lines: Vec<&str> = text.as_str().split('\n').collect();
    let (first, last) = if old_lines.len() == own_lines.len() { same_edges(&own_lines, &new_lines) } else { (0, 0) };
    let edited = new_lines[first..new_lines.len() - last].iter().map(|line| org_line(line, &indentation));
    let (head, tail) = (&old_lines[..first], &old_lines[old_lines.len() - last..]);
    Ok(format!("{above}{}{}{}{below}", head.concat(), edited.collect::<String>(), tail.concat()))
}

/// How many lines at the start and at the end are the same: they stay as the document has them, commas and blanks included.
fn same_edges(old: &[&str], new: &[&str]) -> (usize, usize) {
    let first = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let last = old[first..].iter().rev().zip(new[first..].iter().rev()).take_while(|(old, new)| old == new).count();
    (first, last)
}

/// How far a block's lines are indented, so that those that were not edited stay as they are; Emacs' way for a body
/// that has none (rule T-115).
fn body_indentation(body: &str, begin: &str) -> String {
    let leading = |line: &'_ str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let code = body.lines().filter(|line| !line.trim().is_empty());
    match code.map(|line| &line[..leading(line)]).min_by_key(|blanks| blanks.len()) {
        Some(blanks) => blanks.to_owned(),
        None => format!("{}  ", &begin[..leading(begin)]),
    }
}

/// A body's code, and the blank lines above and below it, which tangling drops.
fn without_blank_edges(body: &str) -> (&str, &str, &str) {
    let is_blank = |line: &&str| line.trim().is_empty();
    let lines = || body.split_inclusive('\n');
    let above: usize = lines().take_while(is_blank).map(str::len).sum();
    let below: usize = lines().rev().take_while(is_blank).map(str::len).sum();
    if above == body.len() {
        return ("", "", "");
    }
    (&body[..above], &body[above..body.len() - below], &body[body.len() - below..])
}

/// A line of code as a line of a block: indented, with a comma where Org would take it for its own or take a comma off.
pub(crate) fn org_line(line: &str, indentation: &str) -> String {
    if line.trim_matches([' ', '\t']).is_empty() {
        return "\n".to_owned();
    }
    let code = line.trim_start_matches([' ', '\t']);
    let blanks = &line[..line.len() - code.len()];
    let without_commas = code.trim_start_matches(',');
    let has_commas = without_commas.len() < code.len();
    let is_heading = indentation.is_empty() && blanks.is_empty() && code.trim_start_matches('*').starts_with(' ');
    let is_escaped = has_commas || is_heading;
    let needs_comma = without_commas.starts_with("#+") || is_escaped && without_commas.starts_with('*');
    format!("{indentation}{blanks}{}{code}\n", if needs_comma { "," } else { "" })
}

fn replaced(text: &str, mut bodies: Vec<(Range<usize>, String)>) -> String {
    bodies.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, body) in bodies {
        result.push_str(&text[done..range.start]);
        result.push_str(&body);
        done = range.end;
    }
    result.push_str(&text[done..]);
    result
}

/// The first edited block that does not give the edited text.
fn lost_edit<'e, 'a>(anew: TangledFile<'_>, edits: &'e [BlockEdit<'a>]) -> Option<&'e BlockEdit<'a>> {
    let linked = linked(anew);
    let given: HashMap<(usize, &str), &str> =
        linked.iter().map(|linked| ((linked.block, linked.begin), linked.text)).collect();
    let is_same = |edit: &BlockEdit<'_>| {
        let given = given.get(&(edit.linked.block, edit.linked.begin));
        given.is_some_and(|given| given.trim() == edit.text.trim())
    };
    edits.iter().find(|edit| !is_same(edit))
}

fn report_unknown(
    document: &Document<'_>,
    file: &Source,
    line: &BeginComment<'_>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let Some(name) = line.name else { return true };
    found.push(
        Diagnostic::new(
            Code::UnknownOrigin,
            document.source.span(0..0),
            format!("no block of this document goes to the file as `{name}`"),
            "tangle the document before the file is edited, or edit the document",
        )
        .label(file.rest_of_line(line.range.start), "this comment names it"),
    );
    false
}

fn report_ambiguous(
    document: &Document<'_>,
    candidates: &[&Linked<'_>],
    file: &Source,
    line: &BeginComment<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut diagnostic = Diagnostic::new(
        Code::UnknownOrigin,
        document.blocks[candidates[0].block].begin,
        "several blocks have the same link comment, and the file does not have each of them once",
        "give the blocks names with `#+name:`",
    );
    for other in candidates.iter().skip(1).take(MOST_LABELS) {
        diagnostic = diagnostic.label(document.blocks[other.block].begin, "has the same comment");
    }
    found.push(diagnostic.label(file.rest_of_line(line.range.start), "which block is this?"));
}

fn report_unclosed(
    document: &Document<'_>,
    linked: &Linked<'_>,
    file: &Source,
    line: &BeginComment<'_>,
    found: &mut Vec<Diagnostic>,
) {
    found.push(
        Diagnostic::new(
            Code::UnknownOrigin,
            document.blocks[linked.block].begin,
            format!("the comment `{}` that ends this block's text is gone", linked.end),
            "put the comment back into the file, or tangle the document again",
        )
        .label(file.rest_of_line(line.range.start), "the text begins here"),
    );
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Detangled, TangledFile, detangle};
    use crate::diagnostic::{Code, Diagnostic};
    use crate::org::parse;
    use crate::source::Sources;
    use crate::tangle::{TangleEnvironment, tangle};

    /// Tangles a document, edits the file, and carries the edit back.
    fn edited(document: &str, edit: (&str, &str)) -> (Option<Detangled>, Vec<Diagnostic>, Sources) {
        let surroundings = TangleEnvironment {
            document: PathBuf::from("/p/t.org"),
            base: PathBuf::from("/p"),
            ..TangleEnvironment::default()
        };
        let mut sources = Sources::default();
        let id = sources.add("t.org", document);
        let mut found = Vec::new();
        let parsed = parse(sources.shared(id));
        let tangled = tangle(parsed.document(), &surroundings, &mut Vec::new());
        let given = TangledFile::at(Path::new("/p/t.sh"), &tangled.artifacts, &tangled.linked);
        let edited = sources.add("t.sh", given.text.replace(edit.0, edit.1));
        let result = detangle(parsed.document(), &surroundings, given, sources.get(edited), &mut found);
        (result, found, sources)
    }

    /// Tangles a document, edits the file, and gives the document with the edit or the first diagnostic.
    #[track_caller]
    fn check(document: &str, edit: (&str, &str), expected: &str) {
        let (result, found, _) = edited(document, edit);
        let message = found.first().map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
        assert_eq!(result.map_or(message, |detangled| detangled.text), expected);
    }

    const HEAD: &str = "#+begin_src sh :tangle t.sh :comments link\n";

    #[test]
    fn an_edited_body_goes_back_and_others_stay() {
        let document = format!("* H\n{HEAD}one\n#+end_src\n- item\n  {HEAD}    two\n  #+end_src\n");
        let expected = format!("* H\n{HEAD}one\n#+end_src\n- item\n  {HEAD}    two\n      more\n  #+end_src\n");
        check(&document, ("two", "two\n  more"), &expected);
        check(&document, ("nothing", ""), &document);
    }

    #[test]
    fn lines_that_were_not_edited_stay_as_they_are() {
        let document = format!("* H\n{HEAD}\n,*.a\n  two\nthree  \n\n#+end_src\n");
        check(&document, ("  two", "  2"), &document.replace("two", "2"));
    }

    #[test]
    fn lines_that_org_would_take_for_its_own_get_their_commas_back() {
        let document = format!("* H\n{HEAD}one\n#+end_src\n");
        check(
            &document,
            ("one", "* star\n#+end_src\n,* two"),
            &format!("* H\n{HEAD},* star\n,#+end_src\n,,* two\n#+end_src\n"),
        );
    }

    #[test]
    fn what_tangling_added_cannot_be_edited() {
        let document = "#+name: a\n#+begin_src sh\none\n#+end_src\n* H\n#+begin_src sh :tangle t.sh :comments link :noweb yes\n<<a>>\n#+end_src\n";
        check(
            document,
            ("one", "two"),
            "the edit of this block cannot be carried back: its text is expanded from others",
        );
        let document = "* H\n#+begin_src sh :tangle t.sh :comments link :prologue set -e\none\n#+end_src\n";
        check(document, ("one", "two"), &document.replace("one", "two"));
        check(
            document,
            ("set -e", "set -u"),
            "the edit of this block cannot be carried back: lines were changed that its header arguments add",
        );
    }

    /// Tangles a document, edits the file, and gives the lines of it where text begins that belongs to no block.
    #[track_caller]
    fn check_stray(document: &str, edit: (&str, &str), expected: &[&str]) {
        let (_, found, sources) = edited(document, edit);
        let stray = found.iter().filter(|diagnostic| diagnostic.code == Code::StrayText);
        let lines: Vec<&str> = stray.map(|diagnostic| sources.slice(diagnostic.labels[0].span)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn text_outside_of_blocks_is_not_passed_over() {
        let shebang = HEAD.replace(" :comments", " :shebang #!/bin/sh :prologue set -u :comments");
        let plain = "#+begin_src sh :tangle t.sh\nplain\n#+end_src\n";
        let document = format!("* H\n{shebang}one\n#+end_src\n{plain}* I\n{HEAD}two\n#+end_src\n{plain}");
        check_stray(&document, ("nothing", ""), &[]);
        check_stray(&document, ("one\n", "one\nmore\n"), &[]);
        check_stray(&document, ("# H:1 ends here\n", "# H:1 ends here\n\n\n"), &[]);
        check_stray(&document, ("#!/bin/sh\n", "#!/bin/sh\nset -e\n"), &["set -e"]);
        check_stray(&document, ("ends here\n", "ends here\n\nmore\nand more\n"), &["more", "more"]);
        check_stray(&document, ("plain", "changed"), &["changed", "changed"]);
        check_stray(&document, ("one\n", "# H:1 ends here\none\n"), &["one"]);
        check_stray(plain, ("plain", "plain\nmore"), &["more"]);
    }

    #[test]
    fn a_text_must_belong_to_one_block() {
        let document = format!("* H\n{HEAD}one\n#+end_src\n* H\n{HEAD}two\n#+end_src\n");
        let expected = format!("* H\n{HEAD}one\n#+end_src\n* H\n{HEAD}three\n#+end_src\n");
        check(&document, ("two", "three"), &expected);
        let ambiguous = "several blocks have the same link comment, and the file does not have each of them once";
        check(&document, ("# [[file:t.org::*H][H:1]]\none\n", ""), ambiguous);
        let gone = "the comment `# H:1 ends here` that ends this block's text is gone";
        check(&format!("* H\n{HEAD}one\n#+end_src\n"), ("# H:1 ends here\n", ""), gone);
    }
}
