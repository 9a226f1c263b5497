//! Every recorded case of `tests/cases/` through the real program: the same files, bytes and modes as Emacs makes.
//!
//! One test a case, so that each can be run by its name (`cargo test --test tangle_cases noweb`).
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
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;

use case_file::Case;
use run::{Ran, run};

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

/// Compares our answer with the reference's: the same files, stopped where it stops, or what the case says we do instead.
fn judge(case: &Case) -> Result<(), Failed> {
    let ran = run(case);
    let expected = case.expected();
    let refused = case.list("refused");
    let must_stop = expected.stopped() || !refused.is_empty();
    let is_as_said = if must_stop {
        ran.code == Some(1) && ran.answer.writes.is_empty() && ran.codes() == refused
    } else {
        ran.code == Some(0) && ran.answer.writes == expected.writes
    };
    if is_as_said { Ok(()) } else { Err(difference(case, &ran, must_stop).into()) }
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

fn what_is_not_offered_is_listed_by_name(all: &[Case]) {
    let listed: BTreeSet<&str> = NOT_OFFERED.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = all.iter().filter(|case| is_not_offered(case)).map(|case| case.name.as_str()).collect();
    assert_eq!(found, listed);
}

fn every_refusal_and_departure_has_a_reason(cases: &[Case]) {
    for case in cases {
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

fn every_case_stands_in_the_chapter_of_one_of_its_rules(cases: &[Case]) {
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
    for case in cases {
        let folder = case.path.parent().and_then(Path::file_name).unwrap().to_string_lossy().replace('-', " ");
        let stands = case.list("rules").iter().any(|rule| {
            let chapter = chapters.get(*rule).unwrap_or_else(|| panic!("{}: there is no rule {rule}", case.name));
            chapter.contains(&folder)
        });
        assert!(stands, "{}: none of its rules is in the chapter `{folder}`", case.name);
    }
}

fn what_a_case_shows_is_what_it_stands_for(cases: &[Case]) {
    for case in cases {
        let files = case.answers.values().flat_map(|answer| &answer.writes).chain(&case.before).map(|file| &file.bytes);
        for bytes in files.chain([&case.input]) {
            assert_eq!(&bytes::hide(&bytes::show(bytes)).unwrap(), bytes, "{}", case.name);
        }
    }
}

/// A test of all cases together.
type Check = fn(&[Case]);

fn main() {
    let cases: Arc<[Case]> = cases().into();
    let offered = (0..cases.len()).filter(|&index| !is_not_offered(&cases[index]));
    let trial = |index: usize| {
        let cases = Arc::clone(&cases);
        let path = cases[index].path.with_extension("");
        let name = path.strip_prefix(folder()).unwrap_or(&path).display().to_string();
        Trial::test(name, move || judge(&cases[index]))
    };
    let mut trials: Vec<Trial> = offered.map(trial).collect();
    let of_all: [(&str, Check); 4] = [
        ("what_is_not_offered_is_listed_by_name", what_is_not_offered_is_listed_by_name),
        ("every_refusal_and_departure_has_a_reason", every_refusal_and_departure_has_a_reason),
        ("every_case_stands_in_the_chapter_of_one_of_its_rules", every_case_stands_in_the_chapter_of_one_of_its_rules),
        ("what_a_case_shows_is_what_it_stands_for", what_a_case_shows_is_what_it_stands_for),
    ];
    trials.extend(of_all.map(|(name, check)| {
        let cases = Arc::clone(&cases);
        Trial::test(name, move || {
            check(&cases);
            Ok(())
        })
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
