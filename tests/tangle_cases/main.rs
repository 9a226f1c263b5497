//! Every recorded case of `tests/cases/` through the real program: the same files, bytes and modes as Emacs makes.
//!
//! Where Emacs stops we must stop, too, and write nothing. A case that we refuse or answer differently on purpose says
//! so, with the reason; what the program does not offer is listed here by name, and the list must stay complete.
#![expect(clippy::disallowed_methods, reason = "the cases are files, and run the program on files")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod bytes;
mod case_file;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use case_file::Case;
use run::{Ran, run};

/// Cases of noweb references, comments and variables, which are not written yet.
const PENDING: &str = include_str!("pending.txt");

/// Cases of things that the program does not offer, each with the reason.
const NOT_OFFERED: &[(&str, &str)] = &[
    ("clean-tangled-file", "removing link comments: in the reference it removes nothing"),
    ("comments-absolute-variable", "variables of Emacs that change comments"),
    ("comments-format-variable", "variables of Emacs that change comments"),
    ("comments-uncomment-variable", "variables of Emacs that change comments"),
    ("jump-outside", "jumping from an output to its source is the command `map`, which needs no comments"),
    ("jump-to-block", "jumping from an output to its source is the command `map`, which needs no comments"),
    ("lang-regexp-argument", "tangling the blocks of some languages only: outputs would depend on the command line"),
    ("misc-lob-ingest", "the Library of Babel: outputs would depend on what was ingested before"),
    ("out-indent-preserve-variable", "variables of Emacs: the switch `-i` does the same for each block"),
    ("target-file-argument", "a default target from the command line: outputs would depend on it"),
    (
        "var-table-shell-under-bash",
        "variables of Emacs: the form of shell variables does not depend on the user's shell",
    ),
];

/// How our answer relates to the reference's.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The same files, or stopped where Emacs stops.
    Same,
    /// Stopped where Emacs goes on, as the case says.
    Refused,
    /// Another answer, as the case says.
    Departs,
    /// Not as the case says: a report.
    Different(String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for chapter in folder().read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        paths.extend(chapter.read_dir().unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            Case::parse(path, &text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
        })
        .collect()
}

/// Whether the program has no such command or option.
fn is_not_offered(case: &Case) -> bool {
    let action = case.action().split(' ').next().unwrap_or_default();
    case.keys.contains_key("variable") || matches!(action, "target" | "lang" | "ingest" | "clean" | "jump")
}

fn judge(case: &Case, ran: &Ran) -> Verdict {
    let expected = case.expected();
    let refused = case.list("refused");
    let must_stop = expected.stopped() || !refused.is_empty();
    if must_stop && ran.code == Some(1) && ran.answer.writes.is_empty() && ran.codes() == refused {
        return if expected.stopped() { Verdict::Same } else { Verdict::Refused };
    }
    if !must_stop && ran.code == Some(0) && ran.answer.writes == expected.writes {
        return if case.answers.contains_key("ours") { Verdict::Departs } else { Verdict::Same };
    }
    Verdict::Different(difference(case, ran, must_stop))
}

/// What is wrong, for the person who fixes it.
fn difference(case: &Case, ran: &Ran, must_stop: bool) -> String {
    let mut report = format!("{}:\n", case.path.strip_prefix(folder()).unwrap_or(&case.path).display());
    if must_stop {
        let _ = writeln!(report, "has to stop: refused: {}", case.list("refused").join(", "));
    }
    if ran.code != Some(0) {
        let _ = write!(report, "exit code {:?}: refused: {}\n{}", ran.code, ran.codes().join(", "), ran.said);
    }
    for error in &ran.errors {
        let _ = writeln!(report, "{}", error.shown);
    }
    let theirs = if must_stop { String::new() } else { case.expected().shown() };
    let ours = ran.answer.shown();
    report + &TextDiff::from_lines(&theirs, &ours).unified_diff().header("expected", "ours").to_string()
}

#[test]
fn every_case_gives_what_emacs_gives() {
    let (mut same, mut refused, mut departs, mut pending, mut different) = (0, 0, 0, 0, Vec::new());
    for case in cases().iter().filter(|case| !is_not_offered(case)) {
        match judge(case, &run(case)) {
            Verdict::Same => same += 1,
            Verdict::Refused => refused += 1,
            Verdict::Departs => departs += 1,
            Verdict::Different(_) if PENDING.lines().any(|name| name == case.name) => pending += 1,
            Verdict::Different(report) => different.push(report),
        }
    }
    let count = different.len();
    let summary = format!(
        "{same} same, {refused} refused, {departs} depart on purpose, {pending} wait for features, {count} different"
    );
    assert!(different.is_empty(), "{}\n{summary}", different.join("\n"));
}

#[test]
fn what_is_not_offered_is_listed_by_name() {
    let listed: BTreeSet<&str> = NOT_OFFERED.iter().map(|(name, _)| *name).collect();
    let all = cases();
    let found: BTreeSet<&str> = all.iter().filter(|case| is_not_offered(case)).map(|case| case.name.as_str()).collect();
    assert_eq!(found, listed);
}

#[test]
fn every_refusal_and_departure_has_a_reason() {
    for case in cases() {
        let emacs_stops = case.answers[""].stopped();
        let (refused, because) = (case.value("refused").is_some(), case.value("because").is_some());
        assert_eq!(
            because,
            refused && !emacs_stops,
            "{}: `because` goes with `refused` where Emacs goes on",
            case.name
        );
        let departs = case.value("departs").is_some();
        assert_eq!(departs, case.answers.contains_key("ours"), "{}: `departs` goes with `ours …`", case.name);
    }
}

#[test]
fn every_case_stands_in_the_chapter_of_one_of_its_rules() {
    let rules = fs::read_to_string(folder().join("rules.md")).unwrap();
    let mut chapter = String::new();
    let mut chapters = BTreeMap::new();
    for line in rules.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            chapter = title.to_lowercase();
        } else if let Some((rule, _)) = line.strip_prefix("- **").and_then(|rest| rest.split_once("**")) {
            chapters.insert(rule.to_owned(), chapter.clone());
        }
    }
    for case in cases() {
        let folder = case.path.parent().and_then(Path::file_name).unwrap().to_string_lossy().replace('-', " ");
        let stands = case.list("rules").iter().any(|rule| {
            let chapter = chapters.get(*rule).unwrap_or_else(|| panic!("{}: there is no rule {rule}", case.name));
            chapter.contains(&folder)
        });
        assert!(stands, "{}: none of its rules is in the chapter `{folder}`", case.name);
    }
}

#[test]
fn what_a_case_shows_is_what_it_stands_for() {
    for case in cases() {
        let files = case.answers.values().flat_map(|answer| &answer.writes).chain(&case.before).map(|file| &file.bytes);
        for bytes in files.chain([&case.input]) {
            assert_eq!(&bytes::hide(&bytes::show(bytes)).unwrap(), bytes, "{}", case.name);
        }
    }
}
