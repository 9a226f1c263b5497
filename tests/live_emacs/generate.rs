//! Org documents from a grammar of everything that decides what tangling gives.
//!
//! Every production notes the feature it stands for, so that the test can tell what its documents exercised. What ends
//! a run with an error is rare and kept to some of the documents, since such a run compares nothing.

mod arguments;
mod blocks;
mod bodies;
mod elements;
mod headings;
mod lisp;

use std::collections::BTreeSet;

use crate::case_file::CaseFile;
use crate::known;
use crate::random::Random;

/// Whose Babel support is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Emacs Lisp's alone, as in `emacs -Q`.
    Vanilla,
    /// That of every language.
    All,
}

impl Profile {
    /// The name in case files and for the recorder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vanilla => "vanilla",
            Self::All => "all",
        }
    }
}

/// Whose answer the documents are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    /// Org 9.8, which decides.
    Reference,
    /// Org 9.5: what it does otherwise is not generated.
    Old,
}

/// A document and what lies beside it.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Whose support is loaded.
    pub(crate) profile: Profile,
    /// The document.
    pub(crate) text: Vec<u8>,
    /// Files that are there before.
    pub(crate) before: Vec<CaseFile>,
    /// What the grammar used.
    pub(crate) features: BTreeSet<&'static str>,
}

/// The document of a number: the same for the same seed, profile and judge.
pub(crate) fn document(seed: u64, number: u64, profile: Profile, judge: Judge) -> Document {
    // One step apart, two generators would give the same numbers one step apart.
    let number = number * 2 + u64::from(profile == Profile::All);
    let start = Random(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93)).next();
    let mut grammar = Grammar {
        random: Random(start),
        profile,
        judge,
        is_risky: false,
        text: String::new(),
        before: Vec::new(),
        features: BTreeSet::new(),
        lines: 0,
        level: 0,
        has_references: false,
        has_surroundings: false,
        has_ids: false,
    };
    grammar.is_risky = grammar.chance(12);
    grammar.has_references = grammar.chance(75);
    grammar.has_surroundings = profile == Profile::Vanilla && grammar.chance(50);
    grammar.has_ids = grammar.chance(30);
    grammar.whole();
    let text = grammar.encoded();
    Document { profile, text, before: grammar.before, features: grammar.features }
}

/// The document so far.
#[expect(clippy::struct_excessive_bools, reason = "each is a throw of the dice for the whole document")]
struct Grammar {
    random: Random,
    profile: Profile,
    judge: Judge,
    /// Whether this document may have what ends a run.
    is_risky: bool,
    text: String,
    before: Vec<CaseFile>,
    features: BTreeSet<&'static str>,
    /// How many lines of code there are, so that each can be told from the others.
    lines: usize,
    /// The level of the last heading.
    level: usize,
    /// Whether references are expanded; for 9.5 such a document has no blank lines in bodies.
    has_references: bool,
    /// Whether headings have a `CUSTOM_ID`; for 9.5 such a document has no links.
    has_ids: bool,
    /// Whether there may be prologues; for 9.5 such a document has no variables.
    has_surroundings: bool,
}

impl Grammar {
    /// Whether something happens that is to happen this many times in a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    /// The same for something that is counted as a feature.
    fn feature(&mut self, percent: usize, name: &'static str) -> bool {
        let happens = self.chance(percent);
        if happens {
            self.hit(name);
        }
        happens
    }

    /// The same for something that most likely ends the run.
    fn risk(&mut self, percent: usize, name: &'static str) -> bool {
        self.is_risky && self.feature(percent, name)
    }

    fn hit(&mut self, name: &'static str) {
        self.features.insert(name);
    }

    fn pick(&mut self, all: &[&'static str]) -> &'static str {
        all[self.random.below(all.len())]
    }

    /// One of several indentations, without tabs where these count otherwise.
    fn indentation(&mut self, all: &[&'static str]) -> &'static str {
        let indentation = self.pick(all);
        if indentation.contains('\t') && !self.agrees("T-064") { "    " } else { indentation }
    }

    /// Whether the judge answers as the reference does where this rule counts.
    fn agrees(&self, rule: &'static str) -> bool {
        assert!(known::OF_9_5.iter().any(|difference| difference.rule == rule), "{rule} is not in the table");
        self.judge == Judge::Reference
    }

    /// Appends one of several texts.
    fn push_one(&mut self, all: &[&'static str]) {
        let text = self.pick(all);
        self.push(text);
    }

    /// Appends one of several lines.
    fn line_of(&mut self, all: &[&'static str]) {
        let text = self.pick(all);
        self.line(text);
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A word of any letter case.
    fn cased(&mut self, word: &str) -> String {
        match self.random.below(8) {
            0 => word.to_uppercase(),
            1 => word
                .chars()
                .enumerate()
                .map(|(index, c)| if index % 3 == 0 { c.to_ascii_uppercase() } else { c })
                .collect(),
            _ => word.to_owned(),
        }
    }

    fn whole(&mut self) {
        self.start();
        for _ in 0..self.random.below(4) {
            self.element(0);
        }
        let headings = self.random.below(6);
        for _ in 0..headings {
            self.heading();
            for _ in 0..self.random.below(4) {
                self.element(0);
            }
        }
        if self.chance(10) {
            self.keyword();
        }
    }

    /// Encoding and line ends.
    fn encoded(&mut self) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.text);
        if self.feature(5, "no newline at the end") {
            text.truncate(text.trim_end_matches('\n').len());
        }
        match self.random.below(40) {
            0 | 1 => {
                self.hit("CR LF throughout");
                text = text.replace('\n', "\r\n");
            }
            2 => {
                self.hit("CR LF here and there");
                let mut ended = String::new();
                for line in text.split_inclusive('\n') {
                    match line.strip_suffix('\n') {
                        Some(line) if self.chance(30) => ended.extend([line, "\r\n"]),
                        _ => ended.push_str(line),
                    }
                }
                text = ended;
            }
            _ => {}
        }
        if self.feature(2, "byte order mark") {
            text.insert(0, '\u{feff}');
        }
        if self.feature(2, "Latin-1") {
            return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        }
        text.into_bytes()
    }
}
