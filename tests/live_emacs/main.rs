//! A live Emacs as judge: generated documents give the same files, bytes and modes there and here, and where Emacs stops
//! we stop.
//!
//! The documents come from a grammar (`generate`), so a run can be repeated by its seed; `tests/README.md` has the
//! variables. The judge is the installed Emacs with its own Org, or the Org in `ORG_LISP`. What may differ is listed in
//! `known`. A difference is shrunk and printed in the format of `tests/cases`.
#![expect(clippy::disallowed_methods, reason = "the test lays documents out on disk and runs Emacs on them")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../tangle_cases/bytes.rs"]
mod bytes;
#[path = "../tangle_cases/case_file.rs"]
#[expect(dead_code, reason = "a part of the format is for recorded cases only")]
mod case_file;
mod emacs;
mod generate;
mod known;
mod ours;
#[path = "../common/random.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod random;
mod report;
mod shrink;
mod tally;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;

use case_file::Answer;
use emacs::Emacs;
use generate::{Document, Judge, Profile};
use known::Evidence;
use ours::Ours;
use tally::Tally;

const DOCUMENTS: u64 = 2_400;
const SEED: u64 = 1;
/// How many differences are shrunk and shown; each takes some hundred runs of Emacs.
const SHOWN: usize = 4;

/// How two answers to one document relate.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The same files.
    Same,
    /// Both stopped.
    BothStop,
    /// We stopped, as `known::REFUSED` says.
    Refused,
    /// Emacs stopped, as `known::GONE_ON` says.
    GoneOn,
    /// Neither.
    Different,
}

#[test]
fn generated_documents_give_what_emacs_gives() {
    let (seed, documents) = (number("LIVE_EMACS_SEED", SEED), number("LIVE_EMACS_DOCUMENTS", DOCUMENTS));
    let judge = emacs::judge();
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = [Profile::Vanilla, Profile::All]
            .into_iter()
            .map(|profile| scope.spawn(move || examine(profile, judge, seed, documents / 2)))
            .collect();
        for worker in workers {
            tally.add(worker.join().unwrap());
        }
    });
    // Not captured, so that a dull generator shows even where the test passes.
    writeln!(io::stderr(), "live Emacs, judge {judge:?}, LIVE_EMACS_SEED={seed}:\n{tally}").unwrap();
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n"));
    if documents >= DOCUMENTS {
        tally.check_variety();
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// Asks one Emacs about all documents of a profile.
fn examine(profile: Profile, judge: Judge, seed: u64, documents: u64) -> Tally {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path().canonicalize().unwrap();
    let mut emacs = Emacs::start(profile, &scratch);
    let mut tally = Tally::default();
    for number in 0..documents {
        let document = generate::document(seed, number, profile, judge);
        let (answer, ours) = both(&mut emacs, &scratch, &document);
        let verdict = verdict(&document, &answer, &ours);
        tally.note(&document, &verdict, &answer, &ours);
        if verdict == Verdict::Different && tally.differences.len() < SHOWN {
            let small = shrink::shrink(&document, judge, |document| {
                let (answer, ours) = both(&mut emacs, &scratch, document);
                self::verdict(document, &answer, &ours) == Verdict::Different
            });
            let (answer, ours) = both(&mut emacs, &scratch, &small);
            let shown = report::difference(&small, &answer, &ours);
            tally.differences.push(format!("document {number} of profile {}:\n{shown}", profile.name()));
        }
    }
    tally
}

/// Both answers to one document.
fn both(emacs: &mut Emacs, scratch: &Path, document: &Document) -> (Answer, Ours) {
    let folder = scratch.join("case");
    let _ = fs::remove_dir_all(&folder);
    ours::lay_out(document, &folder);
    let ours = ours::answer(document, &folder);
    (emacs.answer(document, &folder), ours)
}

fn verdict(document: &Document, emacs: &Answer, ours: &Ours) -> Verdict {
    let has = |evidence: &Evidence| match evidence {
        Evidence::Feature(feature) => document.features.contains(feature),
        Evidence::ControlCharacterInTarget => {
            emacs.writes.iter().any(|file| file.name.iter().any(u8::is_ascii_control))
        }
    };
    let is_refused = |code| known::REFUSED.iter().any(|(known, evidence)| *known == code && has(evidence));
    match (emacs.stopped(), ours.errors.is_empty()) {
        (true, false) => Verdict::BothStop,
        (false, true) if emacs.writes == ours.writes => Verdict::Same,
        (false, false) if ours.errors.iter().all(|code| is_refused(*code)) => Verdict::Refused,
        (true, true)
            if known::GONE_ON.iter().any(|(code, message)| ours.warnings.contains(code) && says(emacs, message)) =>
        {
            Verdict::GoneOn
        }
        _ => Verdict::Different,
    }
}

fn says(answer: &Answer, message: &str) -> bool {
    answer.outcome.iter().any(|line| line.starts_with("error: ") && line.contains(message))
}
