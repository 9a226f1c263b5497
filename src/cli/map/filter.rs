//! `map -`: copies standard input and rewrites the places in outputs that it mentions.
//!
//! `x.sh:12:3: message` becomes `network.org:91:5: message [x.sh:12]`: the place comes first, where editors look for
//! it, and what the tool said is kept at the end.

use std::collections::HashMap;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::answer::{Lines, Traced, numbers};
use super::outputs::Outputs;
use crate::cli::Shared;
use crate::cli::output::{StdoutState, print};
use crate::map::mention::{MentionedPlace, mentions};
use crate::report::json::JsonPlace;
use crate::workspace::Failure;

/// Names that a shell gives itself when its script has none.
const NAMELESS: &[&str] = &["bash", "sh", "dash", "-bash", "stdin", "<stdin>", "/dev/stdin", "-", "standard input"];

/// Rewrites standard input to standard output, line by line as it comes.
pub(super) fn run(shared: &Shared, script: Option<&Path>) -> Result<(), Failure> {
    let mut outputs = Asked { outputs: Outputs::new(shared), script, lines: HashMap::new(), names: HashMap::new() };
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
            Ok(text) => rewrite(text, &mut outputs)?.map(String::into_bytes),
            Err(_) => None,
        };
        // A reader that went away has read enough.
        if print(rewritten.as_deref().unwrap_or(&line))? == StdoutState::Closed {
            return Ok(());
        }
    }
}

/// The line with each place replaced; none if it mentions no output.
fn rewrite(line: &str, outputs: &mut Asked<'_>) -> Result<Option<String>, Failure> {
    let content = line.trim_end_matches(['\n', '\r']);
    let mut text = String::new();
    let mut notes = Vec::new();
    let mut copied = 0;
    for mention in mentions(content) {
        for path in &mention.paths {
            let range = mention.span(path);
            let Some(name) = content.get(path.clone()).filter(|_| range.start >= copied) else { continue };
            let Some((document, template)) = outputs.source(name, &mention)? else { continue };
            text.push_str(&content[copied..range.start]);
            text.push_str(&written(&document, &mention, content[path.end..].chars().next()));
            let template = template.map_or_else(String::new, |place| format!(", {}:{}", place.path, place.line));
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

/// The place as `PATH:LINE:COL`; after a name in quotes as `PATH", line LINE`, which editors know as well.
fn written(place: &JsonPlace, mention: &MentionedPlace, after: Option<char>) -> String {
    let Some(quote) = after.filter(|c| matches!(c, '"' | '\'')) else { return numbers(place) };
    let column = mention.column.map_or_else(String::new, |_| format!(", column {}", place.column));
    format!("{}{quote}, line {}{column}", place.path, place.line)
}

/// The outputs, and what is known of those that were mentioned: a log names the same few files over and over.
struct Asked<'a> {
    outputs: Outputs<'a>,
    script: Option<&'a Path>,
    lines: HashMap<PathBuf, Rc<Lines>>,
    /// Files that are there, and the paths of the outputs that they are.
    names: HashMap<PathBuf, Option<PathBuf>>,
}

impl Asked<'_> {
    /// Where the line that a mention names came from, if it is in an output.
    fn source(
        &mut self,
        name: &str,
        mention: &MentionedPlace,
    ) -> Result<Option<(JsonPlace, Option<JsonPlace>)>, Failure> {
        let path = match self.script {
            Some(script) if NAMELESS.contains(&name) => script,
            Some(_) | None => Path::new(name),
        };
        let found = if path.is_file() {
            match self.names.get(path) {
                Some(None) => None,
                Some(Some(output)) => self.outputs.at(output),
                None => {
                    let found = self.outputs.find(path)?;
                    self.names.insert(path.to_owned(), found.map(|(_, artifact)| artifact.path.clone()));
                    found
                }
            }
        } else if path.file_name().is_some() && path.is_relative() {
            // The tool may have run in another folder.
            self.outputs.find_by_ending(path)?
        } else {
            None
        };
        let Some(found) = found else { return Ok(None) };
        let lines = self.lines.entry(found.1.path.clone()).or_insert_with(|| Rc::new(Lines::of(found.1)));
        Traced::with(found, Rc::clone(lines)).source(mention.line, mention.column)
    }
}
