//! `qvm-tangle check`: the gate. Compares and reports; writes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::detangle::{Edited, is_carried_back};
use super::output::Console;
use super::permission::RunPurpose;
use super::repair::{Drifted, WayBack, WorkTree, repairs};
use super::request::{request, request_for};
use super::{Outcome, Shared, nothing};
use crate::build::{self, BuildRequest, Built};
use crate::drift::{Change, ChangeKind, Modes};
use crate::plan::NetworkChange;
use crate::record::LOCK_NAME;
use crate::report::diff::Length;
use crate::report::{Report, count};
use crate::source::decode;
use crate::workspace::staged::{Exported, is_in_work_tree, real_path, tracked};
use crate::workspace::{Failure, load, shown};

/// For at most this many outputs it is tried out whether their edits can be carried back; of more, `detangle` says it.
const MOST_TRIED: usize = 8;

/// What `check` was asked for, and where it reports.
#[derive(Clone, Copy)]
pub(super) struct Check<'a> {
    pub(super) shared: &'a Shared,
    pub(super) files: &'a [PathBuf],
    pub(super) length: Length,
    pub(super) output: &'a Console,
}

impl Check<'_> {
    /// Checks the files on disk.
    pub(super) fn on_disk(self) -> Result<Outcome, Failure> {
        let mut request = request(self.shared, self.files)?;
        let documents = request.documents.iter();
        if documents.map(|input| &input.path).any(|path| is_in_work_tree(path)) {
            request.modes = Modes::ExecuteBit;
        }
        self.report(&request, tracked, |_, _| WorkTree::Compared, &[])
    }

    /// Checks what git's index holds.
    pub(super) fn staged(self) -> Result<Outcome, Failure> {
        let exported = Exported::enter()?;
        let request = request_for(self.shared, self.files, RunPurpose::CheckStaged(&exported))?;
        // All of it is in version control.
        let request = BuildRequest { modes: Modes::ExecuteBit, ..request };
        let in_work_tree = |change: &Change<'_>, real: &Path| work_tree(change, &exported.in_work_tree(real));
        let lock = request.out_dir.as_deref().map(|folder| folder.join(LOCK_NAME));
        let lock = lock.filter(|lock| exported.in_work_tree(&real_path(lock)).is_file());
        let lock: Vec<String> = lock.iter().map(|lock| shown(lock)).collect();
        self.report(&request, |files| files.iter().cloned().collect(), in_work_tree, &lock)
    }

    /// Compares and reports; `tracked` picks the files that version control has, `work_tree` says what it has of one, and
    /// `added` are files that go into the index with outputs.
    fn report(
        self,
        request: &BuildRequest,
        tracked: fn(&[PathBuf]) -> BTreeSet<PathBuf>,
        work_tree: impl Fn(&Change<'_>, &Path) -> WorkTree,
        added: &[String],
    ) -> Result<Outcome, Failure> {
        let output = self.output;
        let mut built = output.watched("documents", |progress| build::build_watched(request, progress))?;
        let hidden: Vec<PathBuf> = built.not_ours();
        built.reveal(tracked(&hidden));
        let changes = built.changes();
        let mut tries_left = MOST_TRIED;
        let drifted = |(index, change): &(usize, Change<'_>)| Drifted {
            path: shown(change.path),
            kind: change.kind,
            way_back: way_back(&built, *index, change, request, &mut tries_left),
            work_tree: work_tree(change, &real_path(change.path)),
        };
        let all: Vec<Drifted> = changes.iter().map(drifted).collect();
        let beside = Report {
            meanings: meanings(&built, request, &changes),
            length: self.length,
            repairs: if all.is_empty() { Vec::new() } else { self.repairs(&all, added) },
            ..Report::default()
        };
        output.differences(&built, changes, beside)?;
        if built.has_error() {
            return Ok(Outcome::of_errors(&built));
        }
        if all.is_empty() {
            let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
            let documents = count(request.documents.len(), "document");
            if outputs > 0 {
                output.note(&format!("{documents}: {} up to date", count(outputs, "output")));
            }
            nothing::tell(&built, output);
            return Ok(Outcome::Clean);
        }
        self.print_summary(&all, added);
        Ok(Outcome::Differs)
    }

    /// What to do, a sentence each.
    fn repairs(self, all: &[Drifted], added: &[String]) -> Vec<String> {
        if is_repaired_by_run(all) {
            return vec![format!("`{}` repairs it", self.shared.command(&[], self.files))];
        }
        repairs(self.shared, self.files, all, added)
    }

    /// Says what to do: in one line if a run repairs everything, else in one for each kind of drift.
    fn print_summary(self, all: &[Drifted], added: &[String]) {
        let verb = if all.len() == 1 { "differs" } else { "differ" };
        let differ = format!("{} {verb} from what the document gives", count(all.len(), "output"));
        let repairs = self.repairs(all, added);
        if is_repaired_by_run(all) {
            self.output.note(&format!("{differ}; {}", repairs.join("")));
            return;
        }
        self.output.note(&format!("{differ}:"));
        for line in repairs {
            self.output.note(&format!("- {line}"));
        }
    }
}

fn is_repaired_by_run(all: &[Drifted]) -> bool {
    all.iter().all(|drifted| !drifted.kind.is_kept() && drifted.work_tree == WorkTree::Compared)
}

/// What the documents of outputs that differ mean otherwise than when they were last written.
fn meanings(
    built: &Built,
    request: &BuildRequest,
    changes: &[(usize, Change<'_>)],
) -> Vec<(String, Vec<NetworkChange>)> {
    let differing: BTreeSet<usize> = changes.iter().map(|(document, _)| *document).collect();
    let meant = |document: usize| {
        let meanings = built.meanings(document, &request.load);
        (!meanings.is_empty()).then(|| (built.documents[document].input.shown.clone(), meanings))
    };
    differing.into_iter().filter_map(meant).collect()
}

/// Whether a file of the work tree is what the staged document gives.
fn work_tree(change: &Change<'_>, file: &Path) -> WorkTree {
    let bytes = load::optional(file).ok().flatten();
    let is_right = match (change.artifact, bytes) {
        (None, bytes) => bytes.is_none(),
        (Some(artifact), Some(bytes)) => {
            let is_executable = || load::mode(file).is_ok_and(|mode| mode & 0o100 != 0);
            let has_mode = artifact.mode.is_none_or(|mode| (mode & 0o100 != 0) == is_executable());
            has_mode && decode::decode(bytes).text == artifact.text
        }
        (Some(_), None) => false,
    };
    if is_right { WorkTree::Right } else { WorkTree::Wrong }
}

/// How an output's edit comes into the document: what can be carried back is known by trying.
fn way_back(
    built: &Built,
    index: usize,
    change: &Change<'_>,
    request: &BuildRequest,
    tries_left: &mut usize,
) -> WayBack {
    let Some(artifact) = change.artifact.filter(|_| change.kind == ChangeKind::Edited) else { return WayBack::Hand };
    let Some(left) = tries_left.checked_sub(1) else { return WayBack::Detangle };
    *tries_left = left;
    let edited = Edited { path: change.path, artifact, text: &change.old };
    let project = request.project_folder.as_deref();
    if is_carried_back(built, index, &edited, project) { WayBack::Detangle } else { WayBack::Hand }
}
