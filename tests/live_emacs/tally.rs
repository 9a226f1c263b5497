//! What a run has examined.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Verdict;
use crate::case_file::Answer;
use crate::generate::Document;
use crate::ours::Ours;

/// How many documents came out how, and what was in them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    documents: usize,
    same: usize,
    with_files: usize,
    both_stop: usize,
    refused: usize,
    gone_on: usize,
    different: usize,
    /// Why both stop: our codes.
    stops: BTreeMap<&'static str, usize>,
    /// By feature: all documents, and those that gave a file.
    features: BTreeMap<&'static str, (usize, usize)>,
    /// Reports of differences.
    pub(crate) differences: Vec<String>,
}

impl Tally {
    /// Counts a document.
    pub(crate) fn note(&mut self, document: &Document, verdict: &Verdict, emacs: &Answer, ours: &Ours) {
        let gave_files = !emacs.writes.is_empty() && !emacs.stopped();
        if *verdict == Verdict::BothStop {
            let codes: BTreeSet<&str> = ours.errors.iter().map(|code| code.name()).collect();
            for code in codes {
                *self.stops.entry(code).or_default() += 1;
            }
        }
        self.documents += 1;
        self.with_files += usize::from(gave_files);
        match verdict {
            Verdict::Same => self.same += 1,
            Verdict::BothStop => self.both_stop += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::GoneOn => self.gone_on += 1,
            Verdict::Different => self.different += 1,
        }
        for feature in &document.features {
            let (all, fruitful) = self.features.entry(feature).or_default();
            *all += 1;
            *fruitful += usize::from(gave_files);
        }
    }

    /// Adds the counts of another.
    pub(crate) fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.same += other.same;
        self.with_files += other.with_files;
        self.both_stop += other.both_stop;
        self.refused += other.refused;
        self.gone_on += other.gone_on;
        self.different += other.different;
        for (code, count) in other.stops {
            *self.stops.entry(code).or_default() += count;
        }
        for (feature, (all, fruitful)) in other.features {
            let mine = self.features.entry(feature).or_default();
            *mine = (mine.0 + all, mine.1 + fruitful);
        }
        self.differences.extend(other.differences);
    }

    /// Whether the documents were worth asking about.
    pub(crate) fn check_variety(&self) {
        assert!(self.with_files * 10 > self.documents * 7, "most documents have to give a file");
        let dull: Vec<&str> =
            self.features.iter().filter(|(_, (all, _))| *all < 5).map(|(feature, _)| *feature).collect();
        assert!(dull.is_empty(), "hardly any document has: {}", dull.join(", "));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: usize| part * 100 / self.documents.max(1);
        writeln!(
            f,
            "{} documents, {} % with files: {} same, both stop at {}, we alone at {}, Emacs alone at {}, {} different",
            self.documents,
            share(self.with_files),
            self.same,
            self.both_stop,
            self.refused,
            self.gone_on,
            self.different
        )?;
        let stops: Vec<String> = self.stops.iter().map(|(code, count)| format!("{code} {count}")).collect();
        writeln!(f, "both stop: {}", stops.join(", "))?;
        writeln!(f, "documents with a feature, and how many of them gave files:")?;
        let features = self.features.iter().map(|(feature, (all, fruitful))| format!("{feature} {all}/{fruitful}"));
        let mut width = 0;
        for feature in features {
            width += feature.chars().count() + 2;
            if width > 120 {
                writeln!(f)?;
                width = feature.chars().count() + 2;
            }
            write!(f, "{feature}; ")?;
        }
        writeln!(f)
    }
}
