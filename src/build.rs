//! One run over some documents: load, compile, look at the disk, compare; and, when asked, write.
//!
//! What the command line, the watcher and the editor share. A run writes the outputs of all its documents or none.

mod copies;
mod last;
mod records;
mod without_output;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::compile::{self, Compilation};
use crate::config::CheckerChoice;
use crate::diagnostic::{self, Code, Diagnostic, Levels};
use crate::drift::{self, Change, ChangeKind, FolderTrust, Hidden, Modes, OnDisk, Policy, Recorded};
use crate::parallel::{Progress, side_by_side};
use crate::plan::{self, NetworkChange};
use crate::source::Span;
use crate::workspace::Failure;
use crate::workspace::confine::{ConfinedPath, Roots};
use crate::workspace::load::{self, Loaded};
use crate::workspace::observe::Observed;
use crate::workspace::run_lock::RunLock;
use crate::workspace::write::{Action, Durability, Expected, Step};
use records::Records;

/// What a run is asked to do; every path is absolute and normalised.
#[derive(Debug, Default)]
pub struct BuildRequest {
    /// What to load each document with.
    pub load: load::Settings,
    /// Documents in the order to report.
    pub documents: Vec<Input>,
    /// Whether these are all documents of the project, so that outputs of others are stale.
    pub whole_project: bool,
    /// Folders of other projects in folders that were named.
    pub passed_over: Vec<PathBuf>,
    /// Folder for relative targets; beside each document if none.
    pub out_dir: Option<PathBuf>,
    /// The folder of the configuration, which targets may lie in as well.
    pub project_folder: Option<PathBuf>,
    /// Folders outside the root that targets may lead to.
    pub allow_outside: Vec<PathBuf>,
    /// What each code weighs.
    pub levels: Levels,
    /// Which permission bits count.
    pub modes: Modes,
    /// What the configuration says of checkers.
    pub checkers: BTreeMap<String, CheckerChoice>,
    /// Whether documents and configuration may do what reaches beyond their folder.
    pub trust: Trust,
}

/// Whether documents and configuration may do what reaches beyond their folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Somebody trusts whoever wrote them.
    Given,
    /// Nobody has said so; with what the configuration asks for and does not get, as a sentence.
    Withheld(Option<String>),
}

impl Default for Trust {
    fn default() -> Self {
        Self::Withheld(None)
    }
}

/// One document to compile.
#[derive(Debug, Clone)]
pub struct Input {
    /// Absolute path of the file.
    pub path: PathBuf,
    /// The path as messages show it.
    pub shown: String,
    /// The text, where an editor has it and the disk does not.
    pub text: Option<Vec<u8>>,
    /// Whether it was named itself, and not found in a folder or listed in the configuration.
    pub is_named: bool,
}

/// A finished run: every diagnostic and every difference, nothing written yet.
#[derive(Debug)]
pub struct Built {
    /// One entry a document, in the request's order.
    pub documents: Vec<BuiltDocument>,
    observed: Observed,
    records: Records,
    /// The real root of each document.
    roots: Vec<PathBuf>,
    /// What the records have on each document.
    recorded: Vec<BTreeMap<PathBuf, Recorded>>,
    policy: Policy,
    /// Files whose texts may be shown though no record has them.
    revealed: BTreeSet<PathBuf>,
    /// Folders of other projects in folders that were named.
    pub passed_over: Vec<PathBuf>,
    /// What each code weighs, for what a command finds later.
    pub levels: Levels,
}

/// What one document gave.
#[derive(Debug)]
pub struct BuiltDocument {
    /// Which document.
    pub input: Input,
    /// The texts that spans point into.
    pub loaded: Loaded,
    /// Outputs and model.
    pub compilation: Compilation,
    /// Sorted diagnostics with their final severities, those about places on disk among them.
    pub diagnostics: Vec<Diagnostic>,
}

/// What `apply` did.
#[derive(Debug, Default)]
pub struct Applied {
    /// Differences that were put right.
    pub done: Vec<OutputChange>,
    /// Differences that were left alone, since what is on disk is not what we wrote.
    pub kept: Vec<OutputChange>,
    /// Files that were there before the documents gave their text, and that they no longer give.
    pub released: Vec<PathBuf>,
}

/// One difference and whose it is.
#[derive(Debug)]
pub struct OutputChange {
    /// Index of the document.
    pub document: usize,
    /// Absolute path of the file.
    pub path: PathBuf,
    /// What differed.
    pub kind: ChangeKind,
    /// The declaration in the document, if it still has one.
    pub declared: Option<Span>,
}

/// Loads and compiles every document and compares the result with the disk.
///
/// # Errors
/// A document, setup file, template, output or lock cannot be read.
pub fn build(request: &BuildRequest) -> Result<Built, Failure> {
    build_watched(request, &Progress::default())
}

/// The same for a run that somebody watches: it counts documents.
///
/// # Errors
/// As `build`.
pub fn build_watched(request: &BuildRequest, progress: &Progress) -> Result<Built, Failure> {
    let all_roots: Vec<Roots> =
        request.documents.iter().map(|input| roots(request, &input.path)).collect::<Result<_, _>>()?;
    let records = Records::read(request, &all_roots)?;
    let mut observed = Observed::new(request.out_dir.iter().chain(&request.load.options.destdir).cloned().collect());
    let mut documents = Vec::new();
    let compiled = compile_all(request, progress);
    for ((input, compiled), roots) in request.documents.iter().zip(compiled).zip(&all_roots) {
        let (loaded, compilation, mut diagnostics) = compiled?;
        observed.artifacts(&compilation.artifacts, &input.path, roots, &mut diagnostics)?;
        documents.push(BuiltDocument { input: input.clone(), loaded, compilation, diagnostics });
    }
    report_shared_targets(&mut documents);
    if let Some(out_dir) = &request.out_dir {
        copies::report(&mut documents, out_dir);
    }
    for document in &mut documents {
        request.levels.apply(&mut document.diagnostics);
        compile::finish_diagnostics(&document.loaded.inputs(), &mut document.diagnostics);
    }
    let recorded = records.recorded(&documents, &observed);
    for (recorded, roots) in recorded.iter().zip(&all_roots) {
        recorded.keys().try_for_each(|path| observed.recorded(path, roots))?;
    }
    let trust = if request.trust == Trust::Given { FolderTrust::Trusted } else { FolderTrust::Untrusted };
    let (policy, levels) = (Policy { modes: request.modes, trust }, request.levels.clone());
    let roots = all_roots.iter().map(|roots| roots.real_root().to_owned()).collect();
    let (passed_over, revealed) = (request.passed_over.clone(), BTreeSet::new());
    Ok(Built { documents, observed, records, roots, recorded, policy, revealed, passed_over, levels })
}

type CompiledDocument = (Loaded, Compilation, Vec<Diagnostic>);

/// Documents do not depend on each other, so they are compiled side by side.
fn compile_all(request: &BuildRequest, progress: &Progress) -> Vec<Result<CompiledDocument, Failure>> {
    side_by_side(&request.documents, progress, |input| {
        let loaded = Loaded::read(&input.path, input.text.as_deref(), &request.load)?;
        let (compilation, found) = compile::compile(&loaded.inputs());
        Ok((loaded, compilation, found))
    })
}

/// Waits until no other run writes where this one may; a run that writes takes the locks before it looks at the disk.
pub fn lock_roots(request: &BuildRequest) -> RunLock {
    RunLock::take(request.documents.iter().map(|input| root(request, &input.path)))
}

fn roots(request: &BuildRequest, document: &Path) -> Result<Roots, Failure> {
    Roots::new(root(request, document), &request.allow_outside)
}

fn root<'a>(request: &'a BuildRequest, document: &'a Path) -> &'a Path {
    let beside = document.parent().unwrap_or(document);
    let project = request.project_folder.as_deref().filter(|folder| document.starts_with(folder));
    request.out_dir.as_deref().or(project).unwrap_or(beside)
}

/// Two documents of one run must not write the same file.
fn report_shared_targets(documents: &mut [BuiltDocument]) {
    let mut owners: BTreeMap<PathBuf, String> = BTreeMap::new();
    for document in documents {
        for artifact in &document.compilation.artifacts {
            let Some(owner) = owners.insert(artifact.path.clone(), document.input.shown.clone()) else { continue };
            document.diagnostics.push(Diagnostic::new(
                Code::TargetOfTwoDocuments,
                artifact.declared,
                format!("`{owner}` writes `{}` as well", crate::workspace::shown(&artifact.path)),
                "choose another file name in one of them",
            ));
        }
    }
}

impl BuiltDocument {
    /// The paths of its outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &Path> {
        self.compilation.artifacts.iter().map(|artifact| artifact.path.as_path())
    }
}

impl Built {
    /// Whether some document has an error, so that nothing may be written.
    pub fn has_error(&self) -> bool {
        self.documents.iter().any(|document| diagnostic::has_error(&document.diagnostics))
    }

    /// All differences with the index of their document; none while there is an error.
    pub fn changes(&self) -> Vec<(usize, Change<'_>)> {
        if self.has_error() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (index, (document, recorded)) in self.documents.iter().zip(&self.recorded).enumerate() {
            let artifacts = &document.compilation.artifacts;
            let mut changes = drift::compare(artifacts, &self.observed.on_disk, recorded, self.policy);
            for change in &mut changes {
                if change.hidden == Some(Hidden::NotOurs) && self.revealed.contains(change.path) {
                    change.hidden = None;
                }
            }
            all.extend(changes.into_iter().map(|change| (index, change)));
        }
        all
    }

    /// Whether a path is one of an output, or of a file that an earlier run wrote.
    pub fn concerns(&self, path: &Path) -> bool {
        self.observed.places.contains_key(path)
    }

    /// Files that were adopted, are still there, and are no longer given.
    fn released(&self) -> Vec<PathBuf> {
        let adopted = |recorded: &Recorded| {
            recorded.lock.is_none() && recorded.machine.as_ref().is_some_and(|entry| entry.adopted)
        };
        let given: BTreeSet<&Path> = self.documents.iter().flat_map(BuiltDocument::outputs).collect();
        let adopted = self.recorded.iter().flatten().filter(|(_, recorded)| adopted(recorded)).map(|(path, _)| path);
        adopted.filter(|path| self.concerns(path) && !given.contains(path.as_path())).cloned().collect()
    }

    /// Files that differ and whose texts no report shows, since no record has them.
    pub fn not_ours(&self) -> Vec<PathBuf> {
        let changes = self.changes().into_iter().filter(|(_, change)| change.hidden == Some(Hidden::NotOurs));
        changes.map(|(_, change)| change.path.to_owned()).collect()
    }

    /// Lets reports show the texts of files that no record has, such as those that version control has.
    pub fn reveal(&mut self, files: BTreeSet<PathBuf>) {
        self.revealed = files;
    }

    /// Whether nothing that a document gives was ever written.
    pub fn is_new(&self, document: usize) -> bool {
        let is_there = |output: &Path| matches!(self.observed.on_disk.get(output), Some(OnDisk::File { .. }));
        let none_recorded = self.recorded.get(document).is_none_or(BTreeMap::is_empty);
        none_recorded && !self.documents[document].outputs().any(is_there)
    }

    /// What the records have on an output of a document.
    pub fn recorded(&self, document: usize, output: &Path) -> Option<&Recorded> {
        self.recorded.get(document)?.get(output)
    }

    /// The document as it was at the last write: its path then, and its text, if this machine has kept it.
    pub fn last_written(&self, document: usize) -> Option<(PathBuf, Vec<u8>)> {
        last::written(self, document)
    }

    /// What a document says of its networks beside what it said at its last write; nothing where that is not known.
    pub fn meanings(&self, document: usize, settings: &load::Settings) -> Vec<NetworkChange> {
        let old = last::networks(self, document, settings);
        old.map(|old| plan::meanings(&old, &self.documents[document].compilation.networks)).unwrap_or_default()
    }

    /// Writes documents and templates into which the edits of outputs were carried; `gives` is what they give for these
    /// outputs now.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub fn write_back(&self, sources: Vec<Step<'_>>, gives: &[(PathBuf, String)]) -> Result<(), Failure> {
        let real =
            |output: &PathBuf| self.observed.places.get(output).map_or_else(|| output.clone(), ConfinedPath::path);
        let gives: Vec<(PathBuf, &str)> = gives.iter().map(|(output, text)| (real(output), text.as_str())).collect();
        self.records.write_back(sources, &gives)
    }

    /// Writes what differs: all of it or nothing. Files that are not what we wrote are kept, but for those named here.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub fn apply(&self, overwrite: &Overwrite) -> Result<Applied, Failure> {
        let changes = self.changes().into_iter().filter(|(_, change)| self.observed.places.contains_key(change.path));
        let (kept, done): (Vec<_>, Vec<_>) =
            changes.partition(|(_, change)| change.kind.is_kept() && !overwrite.has(change.path));
        let steps: Vec<Step<'_>> = done.iter().filter_map(|(_, change)| self.step(change)).collect();
        let outcomes = |changes: &[(usize, Change<'_>)]| changes.iter().map(OutputChange::new).collect();
        let applied = Applied { done: outcomes(&done), kept: outcomes(&kept), released: self.released() };
        let unkept = last::forget(self);
        self.records.write(self, &done, steps, &applied)?;
        last::keep(&unkept);
        Ok(applied)
    }

    fn step<'a>(&'a self, change: &Change<'a>) -> Option<Step<'a>> {
        let place = self.observed.places.get(change.path)?.clone();
        let action = match (change.kind.modes(), change.artifact) {
            (Some([_, new]), _) => Action::SetMode(new),
            (None, Some(artifact)) => Action::Write {
                bytes: Cow::Borrowed(artifact.text.as_bytes()),
                mode: self.final_mode(artifact),
                make_folders: self.observed.makes_folders(artifact),
                durability: Durability::BeforeUse,
            },
            (None, None) => Action::Remove,
        };
        let expected = match self.observed.on_disk.get(change.path)? {
            OnDisk::Missing => Expected::Nothing,
            OnDisk::File { bytes, .. } => Expected::File(bytes),
        };
        Some(Step { place, expected, action })
    }

    /// Rules T-057 to T-059 and T-073: the mode asked for, else the present one, else 0644.
    fn final_mode(&self, artifact: &Artifact) -> u32 {
        artifact.mode.unwrap_or(match self.observed.on_disk.get(&artifact.path) {
            Some(OnDisk::File { mode, .. }) => *mode,
            Some(OnDisk::Missing) | None => 0o644,
        })
    }
}

impl OutputChange {
    fn new((document, change): &(usize, Change<'_>)) -> Self {
        Self { document: *document, path: change.path.to_owned(), kind: change.kind, declared: change.declared() }
    }
}

/// Which files are replaced or removed though they are not what we wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overwrite {
    /// `--overwrite`, as often as there are paths, absolute and normalised; none is none.
    These(BTreeSet<PathBuf>),
    /// `--force`: all of them.
    All,
}

impl Overwrite {
    /// No file.
    pub fn nothing() -> Self {
        Self::These(BTreeSet::new())
    }

    fn has(&self, path: &Path) -> bool {
        match self {
            Self::These(paths) => paths.contains(path),
            Self::All => true,
        }
    }
}
