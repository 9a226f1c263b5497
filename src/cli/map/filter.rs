//! `map -`: copies standard input and rewrites the places in outputs that it mentions.
//!
//! `x.sh:12:3: message` becomes `network.org:91:5: message [x.sh:12]`: the place comes first, where editors look for
//! it, and what the tool said is kept at the end.

use std::io::{self, BufRead as _};
use std::path::Path;

use super::answer::{Answer, Traced, numbers};
use super::outputs::{Found, Outputs};
use super::trace;
use crate::cli::Shared;
use crate::cli::output::{Reader, print};
use crate::map::mention::{Mention, mentions};
use crate::report::json::Place;
use crate::workspace::Failure;

/// Names that a shell gives itself when its script has none.
const NAMELESS: &[&str] = &["bash", "sh", "dash", "-bash", "stdin", "<stdin>", "/dev/stdin", "-", "standard input"];

/// Rewrites standard input to standard output, line by line as it comes.
pub(super) fn run(shared: &Shared, script: Option<&Path>) -> Result<(), Failure> {
    let mut outputs = Outputs::new(shared);
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = input.read_until(b'\n', &mut line).map_err(|reason| Failure::Read("-".into(), reason))?;
        if length == 0 {
            return Ok(());
        }
        // What is not text is not ours to touch.
        let rewritten = match std::str::from_utf8(&line) {
            Ok(text) => rewrite(text, script, &mut outputs)?.map(String::into_bytes),
            Err(_) => None,
        };
        // A reader that went away has read enough.
        if print(rewritten.as_deref().unwrap_or(&line))? == Reader::Gone {
            return Ok(());
        }
    }
}

/// The line with each place replaced; none if it mentions no output.
fn rewrite(line: &str, script: Option<&Path>, outputs: &mut Outputs<'_>) -> Result<Option<String>, Failure> {
    let content = line.trim_end_matches(['\n', '\r']);
    let mut text = String::new();
    let mut notes = Vec::new();
    let mut copied = 0;
    for mention in mentions(content) {
        for path in &mention.paths {
            let range = mention.span(path);
            let Some(name) = content.get(path.clone()).filter(|_| range.start >= copied) else { continue };
            let Some(answer) = source(name, &mention, script, outputs)? else { continue };
            text.push_str(&content[copied..range.start]);
            text.push_str(&written(&answer.document, &mention, content[path.end..].chars().next()));
            let template =
                answer.template.as_ref().map_or_else(String::new, |place| format!(", {}:{}", place.path, place.line));
            notes.push(format!("{name}:{}{template}", mention.line));
            copied = range.end;
            break;
        }
    }
    if notes.is_empty() {
        return Ok(None);
    }
    text.push_str(&content[copied..]);
    Ok(Some(format!("{text} [{}]{}", notes.join("; "), &line[content.len()..])))
}

/// The place as `PATH:LINE:COL`; behind a name in quotes as `PATH", line LINE`, which editors know as well.
fn written(place: &Place, mention: &Mention, behind: Option<char>) -> String {
    let Some(quote) = behind.filter(|c| matches!(c, '"' | '\'')) else { return numbers(place) };
    let column = mention.column.map_or_else(String::new, |_| format!(", column {}", place.column));
    format!("{}{quote}, line {}{column}", place.path, place.line)
}

/// Where the line that a mention names came from, if it is in an output.
fn source(
    name: &str,
    mention: &Mention,
    script: Option<&Path>,
    outputs: &mut Outputs<'_>,
) -> Result<Option<Answer>, Failure> {
    let Some(found) = find(name, script, outputs)?.map(Traced::new) else { return Ok(None) };
    let mappings = trace(&found, mention.line, mention.column)?;
    Ok(mappings.first().map(|mapping| found.answer(mapping)))
}

fn find<'o>(name: &str, script: Option<&Path>, outputs: &'o mut Outputs<'_>) -> Result<Option<Found<'o>>, Failure> {
    let path = match script {
        Some(script) if NAMELESS.contains(&name) => script,
        Some(_) | None => Path::new(name),
    };
    if path.is_file() {
        return outputs.find(path);
    }
    // The tool may have run in another folder.
    if path.file_name().is_some() && path.is_relative() { outputs.find_by_ending(path) } else { Ok(None) }
}
