//! What to do about outputs that differ: one line for each kind of drift, with the command to type.

use std::path::PathBuf;

use super::Shared;
use crate::drift::ChangeKind;
use crate::render::quote::{Language, QuoteKind};
use crate::report::count;

/// At most this many files are named in a command; for more there is `--force`.
const MOST_NAMED: usize = 6;

/// One output that differs.
pub(super) struct Drifted {
    /// Its path as messages show it.
    pub(super) path: String,
    /// How it differs.
    pub(super) kind: ChangeKind,
    /// Where its edits can be carried back from.
    pub(super) way_back: WayBack,
    /// Whether the work tree holds what the staged document gives.
    pub(super) work_tree: WorkTree,
}

/// How an edit of an output comes into the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayBack {
    /// `detangle` does it.
    Detangle,
    /// By hand.
    Hand,
}

/// What is known of the work tree's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkTree {
    /// It is what was compared.
    Compared,
    /// The index was compared, and the work tree has what the document gives.
    Right,
    /// The index was compared, and the work tree differs as well.
    Wrong,
}

/// The lines for all outputs that differ; `added` are further files that go into the index with them.
pub(super) fn repairs(shared: &Shared, files: &[PathBuf], all: &[Drifted], added: &[String]) -> Vec<String> {
    let (staged, others): (Vec<_>, Vec<_>) = all.iter().partition(|drifted| drifted.work_tree == WorkTree::Right);
    let (kept, written): (Vec<_>, Vec<_>) = others.into_iter().partition(|drifted| drifted.kind.is_kept());
    let add = |of: &[&Drifted]| {
        let paths = of.iter().map(|drifted| drifted.path.clone());
        git_add(&paths.chain(added.iter().cloned()).collect::<Vec<_>>())
    };
    let mut lines = Vec::new();
    if !staged.is_empty() {
        lines.push(format!("{} right in the work tree: `{}`", are(staged.len()), add(&staged)));
    }
    if !written.is_empty() {
        let is_staged = written.iter().any(|drifted| drifted.work_tree == WorkTree::Wrong);
        let then = if is_staged { format!(", then `{}`", add(&written)) } else { String::new() };
        lines.push(format!("{} to be written: run `{}`{then}", are(written.len()), shared.command(&[], files)));
    }
    lines.extend(KeptReason::ALL.iter().filter_map(|kind| {
        let of: Vec<_> = kept.iter().copied().filter(|drifted| KeptReason::of(drifted) == Some(*kind)).collect();
        of.first()?;
        let named: Vec<&str> = of.iter().flat_map(|drifted| ["--overwrite", drifted.path.as_str()]).collect();
        let overwrite = shared.command(if of.len() > MOST_NAMED { &["--force"] } else { &named }, files);
        let edited = of.iter().take(MOST_NAMED).map(|drifted| drifted.path.as_str());
        let detangle: Vec<&str> = std::iter::once("detangle").chain(edited).collect();
        Some(format!("{} {}", were(&of), kind.repair(&shared.command(&detangle, &[]), &overwrite)))
    }));
    lines
}

/// Why an output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeptReason {
    EditedTraceably,
    Edited,
    NotOurs,
    Stale,
}

impl KeptReason {
    const ALL: [Self; 4] = [Self::EditedTraceably, Self::Edited, Self::NotOurs, Self::Stale];

    fn of(drifted: &Drifted) -> Option<Self> {
        match (drifted.kind, drifted.way_back) {
            (ChangeKind::Edited, WayBack::Detangle) => Some(Self::EditedTraceably),
            (ChangeKind::Edited, WayBack::Hand) => Some(Self::Edited),
            (ChangeKind::NotOurs, _) => Some(Self::NotOurs),
            (ChangeKind::StaleEdited | ChangeKind::Unconfirmed, _) => Some(Self::Stale),
            (ChangeKind::Missing | ChangeKind::Changed | ChangeKind::WrongMode { .. } | ChangeKind::Stale, _) => None,
        }
    }

    /// What to do, after the words that the file was.
    fn repair(self, detangle: &str, overwrite: &str) -> String {
        match self {
            Self::EditedTraceably => format!(
                "edited by hand: `{detangle}` shows what the edit means in the document, `{overwrite}` gives it up"
            ),
            Self::Edited => {
                format!("edited by hand: carry the edit into the document, or give it up with `{overwrite}`")
            }
            Self::NotOurs => format!("not made by qvm-tangle: move it away, or replace it with `{overwrite}`"),
            Self::Stale => format!("no longer given by the document: remove it, or let `{overwrite}` do it"),
        }
    }
}

fn are(number: usize) -> String {
    format!("{} {}", count(number, "output"), if number == 1 { "is" } else { "are" })
}

/// The first file by its name, and how many more there are.
fn were(of: &[&Drifted]) -> String {
    let first = of.first().map(|drifted| drifted.path.as_str()).unwrap_or_default();
    match of.len() {
        0 | 1 => format!("`{first}` was"),
        number => format!("`{first}` and {} were", count(number - 1, "other output")),
    }
}

fn git_add(paths: &[String]) -> String {
    let folders = || {
        let folder = |path: &String| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        paths.iter().map(folder).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    let named: Vec<String> = if paths.len() > MOST_NAMED { folders() } else { paths.to_vec() };
    named.iter().fold("git add --".to_owned(), |command, word| {
        // A zero byte, all that it refuses, is in no path.
        format!("{command} {}", Language::Shell.quote(word, QuoteKind::Text).unwrap_or_else(|_| word.clone()))
    })
}
