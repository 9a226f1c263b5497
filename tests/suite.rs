//! The generated folder stays small enough to be read before `sudo`: how long its scripts are, that none of their
//! functions stands twice or for nothing, and how little changes with the document.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the project's own documents; a failed step fails the test"
)]

#[path = "network/rendered.rs"]
mod rendered;

use std::collections::{BTreeMap, BTreeSet};

use qvm_tangle::render::optional_outputs;
use rendered::{Project, documents};
use similar::{ChangeTag, TextDiff};

/// A seed-like document: three guests and all services.
const SEED_LIKE: &str = include_str!("network/documents/three-guests.org");

/// What leaves the folder, and so has to stand alone.
const SELF_CONTAINED: &str = "setup-guest.sh";

/// The outputs of a document by their paths, without those that somebody has to ask for.
fn folder(name: &str, text: &str) -> BTreeMap<String, String> {
    let artifacts = Project::new(name, text).render().expect("it renders");
    artifacts
        .into_iter()
        .map(|it| (it.path.strip_prefix("/generated").unwrap().display().to_string(), it.text))
        .filter(|(path, _)| !optional_outputs().any(|optional| optional == path))
        .collect()
}

fn seed_like() -> BTreeMap<String, String> {
    folder("three-guests.org", SEED_LIKE)
}

fn is_code(path: &str) -> bool {
    [".sh", ".py"].iter().any(|ending| path.ends_with(ending))
}

/// How many lines are code: neither blank nor a comment, which in Python stands between quotes as well.
fn lines_of_code(text: &str) -> usize {
    let mut is_inside = false;
    let is_code = |line: &&str| {
        let line = line.trim();
        let quotes = line.matches("\"\"\"").count();
        let is_comment = is_inside || line.starts_with("\"\"\"");
        is_inside ^= is_comment && quotes == 1;
        !(is_comment || line.is_empty() || line.starts_with('#'))
    };
    text.lines().filter(is_code).count()
}

/// The functions that a script defines.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let shell = line.find("() {").or_else(|| line.find("() (")).map(|end| &line[..end]);
        let python = line.trim_start().strip_prefix("def ").and_then(|line| line.split('(').next());
        shell
            .or(python)
            .filter(|name| !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'))
    })
}

#[test]
fn the_scripts_are_small_enough_to_be_read() {
    let mut all = 0;
    for (path, text) in seed_like().iter().filter(|(path, _)| is_code(path)) {
        let lines = lines_of_code(text);
        let limit = match path.as_str() {
            "lib.sh" => 881,
            "status.sh" => 200,
            "guest-files.py" => 150,
            "setup-guest.sh" => 100,
            "svc-up.sh" => 83,
            _ => 80,
        };
        assert!(lines <= limit, "{path} has {lines} lines of code, and may have {limit}");
        all += lines;
    }
    assert!(all <= 1857, "all together have {all} lines of code");
}

#[test]
fn comments_and_blank_lines_are_no_code() {
    let shell = "#!/bin/sh\n\n  # Why.\nx=1 # This is.\n";
    assert_eq!(lines_of_code(shell), 1);
    let python = "\"\"\"One line.\"\"\"\nimport os\n\ndef f():\n    \"\"\"Two\n\n    lines.\n    \"\"\"\n    return \"\"\"x\"\"\"\n";
    assert_eq!(lines_of_code(python), 3);
}

#[test]
fn no_function_stands_in_two_files() {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in seed_like().into_iter().filter(|(path, _)| is_code(path) && path != SELF_CONTAINED) {
        for name in functions(&text) {
            if let Some(other) = owners.insert(name.to_owned(), path.clone()) {
                assert_eq!(other, path, "{name} stands in both");
            }
        }
    }
    assert!(owners.len() > 100, "only {} functions were found", owners.len());
}

#[test]
fn every_function_is_called() {
    let mut defined = BTreeSet::new();
    let mut definitions: BTreeMap<String, usize> = BTreeMap::new();
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents() {
        for (path, text) in folder(&document, &document_text(&document)).iter().filter(|(path, _)| is_code(path)) {
            for name in functions(text) {
                defined.insert((path.clone(), name.to_owned()));
                *definitions.entry(name.to_owned()).or_default() += 1;
            }
            let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            for word in code.flat_map(|line| line.split(|it: char| !it.is_ascii_alphanumeric() && it != '_')) {
                *words.entry(word.to_owned()).or_default() += 1;
            }
        }
    }
    // What Python's web server calls by itself, and what up.sh calls for scripts that are blocks of the document.
    let called_by_others = ["do_GET", "do_HEAD", "server_bind", "heading"];
    for (path, name) in defined {
        // Where it is defined it is named once; some functions come with what a document has.
        let is_called = words.get(&name) > definitions.get(&name) || called_by_others.contains(&name.as_str());
        assert!(is_called, "{name} in {path} is not called");
    }
}

fn document_text(name: &str) -> String {
    Project::of(name).sources.iter().find(|it| it.path() == name).expect("it was read").text().to_owned()
}

/// How many lines that were there are others now, and in how many files that were there something changes.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> (usize, usize) {
    let mut lines = 0;
    let mut files = 0;
    for (path, old) in before {
        let new = after.get(path).map_or("", String::as_str);
        let gone = TextDiff::from_lines(old.as_str(), new);
        lines += gone.iter_all_changes().filter(|change| change.tag() == ChangeTag::Delete).count();
        files += usize::from(old != new);
    }
    (lines, files)
}

#[test]
fn one_more_guest_changes_little_of_what_is_there() {
    let row = "| wk-2  | wk-2.qvm0.lan | 10.42.0.12 | qvm0tap2 |\n";
    let more = SEED_LIKE.replace(row, &format!("{row}| wk-3  | wk-3.qvm0.lan | 10.42.0.13 | qvm0tap3 |\n"));
    let (lines, files) = changes(&seed_like(), &folder("three-guests.org", &more));
    assert!(lines <= 15, "{lines} lines change");
    assert!((1..=10).contains(&files), "{files} files change");
}

#[test]
fn one_changed_address_changes_few_lines() {
    let other = SEED_LIKE.replace("10.42.0.11", "10.42.0.99");
    let (lines, _) = changes(&seed_like(), &folder("three-guests.org", &other));
    assert!((1..=10).contains(&lines), "{lines} lines change");
}
