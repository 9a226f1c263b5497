//! Renaming: each name of every document here gets another one, and the document means the same under it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use qvm_tangle::compile::{Compilation, compile, finish_diagnostics};
use qvm_tangle::source::Span;
use qvm_tangle::tangle::{MentionRole, element_mentions};
use qvm_tangle::workspace::load::{Loaded, Settings};
use serde_json::json;

use crate::Scratch;
use crate::client::Document;

/// At most this many names of a kind are tried in a document.
const NAMES: usize = 3;

fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["org", "tests/fixtures", "tests/network/documents"];
    let files = folders.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name());
    let paths = files.map(|entry| entry.unwrap().into_path());
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "org"));
    documents.filter_map(|path| Some((path.clone(), String::from_utf8(fs::read(path).ok()?).ok()?))).collect()
}

/// A document, compiled: what it gives and what is said of it, with one name in place of another.
struct Compiled {
    loaded: Loaded,
    compilation: Compilation,
    diagnostics: Vec<(String, String)>,
}

impl Compiled {
    fn of(path: &Path, text: &str) -> Option<Self> {
        let loaded = Loaded::read(path, Some(text.as_bytes()), &Settings::default()).ok()?;
        let (compilation, mut found) = compile(&loaded.inputs());
        finish_diagnostics(&loaded.inputs(), &mut found);
        let shown = |found: &qvm_tangle::diagnostic::Diagnostic| (found.code.name().to_owned(), found.message.clone());
        let diagnostics = found.iter().map(shown).collect();
        Some(Self { loaded, compilation, diagnostics })
    }

    /// Its outputs with old words in place of new ones. A name that is a word of a shell has quotes there, others have none.
    fn outputs(&self, undo: &[(String, String)]) -> Vec<(String, String)> {
        let outputs = self.compilation.artifacts.iter();
        let mut outputs: Vec<_> = outputs
            .map(|output| {
                (undone(&output.path.display().to_string(), undo), undone(&output.text.replace('\'', ""), undo))
            })
            .collect();
        outputs.sort();
        outputs
    }

    /// What is said of it, in the same way. What looks like an interface's name is told by how other ones begin.
    fn diagnostics(&self, undo: &[(String, String)]) -> Vec<(String, String)> {
        let all = self.diagnostics.iter().filter(|(code, _)| code != "unknown-interface");
        let mut all: Vec<_> = all.map(|(code, message)| (code.clone(), undone(message, undo))).collect();
        all.sort();
        all
    }

    /// Each name that can be renamed, with what it is the name of.
    fn names(&self) -> Vec<(&'static str, Span)> {
        let document = self.loaded.document().document();
        let own = document.source.id();
        let mut names = Vec::new();
        for network in &self.compilation.networks {
            names.push(("bridge", network.bridge.name.span));
            names.extend(network.guests.iter().map(|guest| ("guest", guest.name.span)));
            names.extend(network.guests.iter().map(|guest| ("TAP", guest.tap().span)));
            names.extend(network.exports.iter().map(|export| ("share", export.name.span)));
        }
        for mention in element_mentions(document) {
            let special = ["guests", "services", "bridge", "names", "publish", "exports"];
            if mention.role == MentionRole::Definition && !special.contains(&mention.name.value) {
                names.push(("element", mention.name.span));
            }
        }
        names.retain(|(_, span)| span.source == own);
        names
    }
}

/// A name of the same length that the document does not have, with letters, digits and signs where the old one has them.
fn other_name(text: &str, old: &str) -> Option<String> {
    ['z', 'y', 'x', 'k', 'j', 'v'].iter().zip(['8', '7', '6', '9', '5', '4']).find_map(|(letter, _)| {
        let mut number = 0;
        let other = |c: char| {
            number += 1;
            match c {
                'a'..='z' | 'A'..='Z' if number % 2 == 1 => *letter,
                'a'..='z' | 'A'..='Z' => 'q',
                _ => c,
            }
        };
        let new: String = old.chars().map(other).collect();
        (!text.to_lowercase().contains(&new)).then_some(new)
    })
}

fn undone(text: &str, undo: &[(String, String)]) -> String {
    undo.iter().fold(text.to_owned(), |text, (new, old)| text.replace(new.as_str(), old))
}

/// New words with the old ones: of a bridge, its name, what host names have of it, and what its namespace begins with.
fn words(what: &str, new: &str, old: &str) -> Vec<(String, String)> {
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let label = |name: &str| name.replace(['_', '.'], "-");
    let mut words = vec![(new.to_owned(), old.to_owned())];
    if what == "bridge" {
        words.extend([(label(new), label(old)), (stem(new), stem(old))]);
    }
    words
}

/// The first lines that differ.
fn difference(before: &[(String, String)], after: &[(String, String)]) -> Option<String> {
    let paths = |outputs: &[(String, String)]| outputs.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    if paths(before) != paths(after) {
        return Some(format!("{:?}, now {:?}", paths(before), paths(after)));
    }
    let mut pairs = before.iter().zip(after);
    let (before, after) = pairs.find(|(before, after)| before.1 != after.1)?;
    let lines = before.1.lines().zip(after.1.lines()).find(|(before, after)| before != after);
    Some(format!("{}: {lines:?}", before.0))
}

#[test]
fn every_name_of_every_document_can_be_another_one() {
    let scratch = Scratch::new();
    scratch.write("qvm-tangle.toml", "");
    let mut client = scratch.client();
    let (mut wrong, mut number) = (Vec::new(), 0);
    for (path, text) in documents() {
        let there = scratch.path("org").join(format!("d{number}.org"));
        let Some(before) = Compiled::of(&there, &text) else { continue };
        let mut document = Document::open(&mut client, &there, &text);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (what, span) in before.names() {
            let count = counts.entry(what).or_default();
            *count += 1;
            if *count > NAMES {
                continue;
            }
            let old = before.loaded.source().slice(span);
            let Some(new) = other_name(&text, old).filter(|new| new != old) else { continue };
            number += 1;
            let shown = format!("{}: {what} {old} as {new}", path.display());
            let position = document.place(span.range().start);
            let place = json!({ "textDocument": { "uri": document.uri }, "position": position });
            let after = Compiled::of(&there, &document.renamed(&mut client, &place, &new)).unwrap();
            let undo = words(what, &new, old);
            let (before_said, after_said) = (before.diagnostics(&[]), after.diagnostics(&undo));
            if before_said != after_said {
                wrong.push(format!("{shown}: {before_said:?}, now {after_said:?}"));
            }
            // A name of one letter stands in too many words to be put back.
            if old.len() > 1 {
                wrong.extend(
                    difference(&before.outputs(&[]), &after.outputs(&undo)).map(|lines| format!("{shown}: {lines}")),
                );
            }
        }
        client.tell("textDocument/didClose", &json!({ "textDocument": { "uri": document.uri } }));
    }
    assert!(wrong.is_empty(), "{} of {number}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(number > 150, "{number} names are few");
    client.leave();
}
