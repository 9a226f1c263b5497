//! One run over some documents: load, compile, look at the disk, compare; and, when asked, write.
//!
//! What the command line, the watcher and the editor share. A run writes the outputs of all its documents or none.

mod locked;
pub mod parallel;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::compile::{self, Compilation};
use crate::config::CheckerChoice;
use crate::diagnostic::{self, Code, Diagnostic, Levels};
use crate::drift::{self, Change, Kind, Modes, OnDisk, Recorded};
use crate::lock::Entry;
use crate::source::Span;
use crate::workspace::Failure;
use crate::workspace::confine::Roots;
use crate::workspace::load::{self, Loaded};
use crate::workspace::observe::{Folders, Observed};
use crate::workspace::turn::Turn;
use crate::workspace::write::{self, Action, Seen, Step};
use locked::Locked;
use parallel::{Progress, side_by_side};

/// What a run is asked to do; every path is absolute and normalised.
#[derive(Debug, Default)]
pub struct Request {
    /// What to load each document with.
    pub load: load::Settings,
    /// Documents in the order to report.
    pub documents: Vec<Input>,
    /// Whether these are all documents of the project, so that outputs of others are stale.
    pub whole_project: bool,
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
}

/// A finished run: every finding and every difference, nothing written yet.
#[derive(Debug)]
pub struct Built {
    /// One entry a document, in the request's order.
    pub documents: Vec<BuiltDocument>,
    observed: Observed,
    locked: Option<Locked>,
    /// What the lock has on each document.
    recorded: Option<Vec<Recorded>>,
    folders: Folders,
    modes: Modes,
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
    /// Sorted findings with their final severities, those about places on disk among them.
    pub diagnostics: Vec<Diagnostic>,
}

/// What `apply` did.
#[derive(Debug, Default)]
pub struct Applied {
    /// Differences that were put right.
    pub done: Vec<Outcome>,
    /// Differences that were left alone, since the file was edited by hand.
    pub kept: Vec<Outcome>,
}

/// One difference and whose it is.
#[derive(Debug)]
pub struct Outcome {
    /// Index of the document.
    pub document: usize,
    /// Absolute path of the file.
    pub path: PathBuf,
    /// What differed.
    pub kind: Kind,
    /// The declaration in the document, if it still has one.
    pub declared: Option<Span>,
}

/// Loads and compiles every document and compares the result with the disk.
///
/// # Errors
/// A document, setup file, template, output or lock cannot be read.
pub fn build(request: &Request) -> Result<Built, Failure> {
    build_watched(request, &Progress::default())
}

/// The same for a run that somebody watches: it counts documents.
///
/// # Errors
/// As `build`.
pub fn build_watched(request: &Request, progress: &Progress) -> Result<Built, Failure> {
    let locked = request.out_dir.as_deref().map(|folder| Locked::read(folder, request.whole_project)).transpose()?;
    let is_ours = locked.is_some() || request.load.options.destdir.is_some();
    let folders = if is_ours { Folders::All } else { Folders::AskedFor };
    let mut observed = Observed::default();
    let mut documents = Vec::new();
    for (input, compiled) in request.documents.iter().zip(compile_all(request, progress)) {
        let (loaded, compilation, mut diagnostics) = compiled?;
        let roots = roots(request, &input.path)?;
        observed.artifacts(&compilation.artifacts, &input.path, &roots, folders, &mut diagnostics)?;
        documents.push(BuiltDocument { input: input.clone(), loaded, compilation, diagnostics });
    }
    report_shared_targets(&mut documents);
    for document in &mut documents {
        request.levels.apply(&mut document.diagnostics);
        compile::settle(&document.loaded.inputs(), &mut document.diagnostics);
    }
    let recorded = locked.as_ref().map(|locked| locked.recorded(&documents));
    for (document, recorded) in documents.iter().zip(recorded.iter().flatten()) {
        let roots = roots(request, &document.input.path)?;
        recorded.keys().try_for_each(|path| observed.recorded(path, &roots))?;
    }
    Ok(Built { documents, observed, locked, recorded, folders, modes: request.modes, levels: request.levels.clone() })
}

type Compiled = (Loaded, Compilation, Vec<Diagnostic>);

/// Documents do not depend on each other, so they are compiled side by side.
fn compile_all(request: &Request, progress: &Progress) -> Vec<Result<Compiled, Failure>> {
    side_by_side(&request.documents, progress, |input| {
        let loaded = Loaded::read(&input.path, input.text.as_deref(), &request.load)?;
        let (compilation, found) = compile::compile(&loaded.inputs());
        Ok((loaded, compilation, found))
    })
}

/// Waits until no other run writes where this one may; a run that writes takes its turn before it looks at the disk.
pub fn take_turn(request: &Request) -> Turn {
    Turn::take(request.documents.iter().map(|input| root(request, &input.path)))
}

fn roots(request: &Request, document: &Path) -> Result<Roots, Failure> {
    Roots::new(root(request, document), &request.allow_outside)
}

fn root<'a>(request: &'a Request, document: &'a Path) -> &'a Path {
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
        for (index, document) in self.documents.iter().enumerate() {
            let artifacts = &document.compilation.artifacts;
            let recorded = self.recorded.as_ref().map(|recorded| &recorded[index]);
            let changes = drift::compare(artifacts, &self.observed.on_disk, recorded, self.modes);
            all.extend(changes.into_iter().map(|change| (index, change)));
        }
        all
    }

    /// What the lock has on an output of a document.
    pub fn recorded(&self, document: usize, output: &Path) -> Option<&Entry> {
        self.recorded.as_ref()?.get(document)?.get(output)
    }

    /// Writes a document into which the edits of an output were carried; `gives` is what it gives for the output now.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub fn write_back(&self, document: Step<'_>, output: &Path, gives: &str) -> Result<(), Failure> {
        match &self.locked {
            Some(locked) => locked.write_back(document, output, gives),
            None => write::write(&[document]).map(drop),
        }
    }

    /// Writes what differs: all of it or nothing. Files that were edited by hand are kept unless `force`.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub fn apply(&self, edited: Edited) -> Result<Applied, Failure> {
        let (kept, done): (Vec<_>, Vec<_>) =
            self.changes().into_iter().partition(|(_, change)| edited == Edited::Keep && change.kind.is_kept());
        let steps: Vec<Step<'_>> = done.iter().filter_map(|(_, change)| self.step(change)).collect();
        let made = match &self.locked {
            Some(locked) if !steps.is_empty() => {
                locked.announce(&done)?;
                write::write(&steps).inspect_err(|_| locked.restore())?
            }
            Some(_) | None => write::write(&steps)?,
        };
        let outcomes = |changes: Vec<(usize, Change<'_>)>| changes.into_iter().map(Outcome::new).collect();
        let applied = Applied { done: outcomes(done), kept: outcomes(kept) };
        if let Some(locked) = &self.locked {
            locked.finish(self, &applied, &made)?;
        }
        Ok(applied)
    }

    fn step<'a>(&'a self, change: &Change<'a>) -> Option<Step<'a>> {
        let place = self.observed.places.get(change.path)?.clone();
        let action = match (change.kind, change.artifact) {
            (Kind::WrongMode { new, .. }, _) => Action::SetMode(new),
            (Kind::Missing | Kind::Changed | Kind::Edited, Some(artifact)) => Action::Write {
                bytes: artifact.text.as_bytes(),
                mode: self.final_mode(artifact),
                make_folders: artifact.make_folders || self.folders == Folders::All,
            },
            (Kind::Stale | Kind::StaleEdited | Kind::Missing | Kind::Changed | Kind::Edited, _) => Action::Remove,
        };
        let seen = match self.observed.on_disk.get(change.path)? {
            OnDisk::Missing => Seen::Nothing,
            OnDisk::File { bytes, .. } => Seen::File(bytes),
        };
        Some(Step { place, seen, action })
    }

    /// Rules T-057 to T-059 and T-073: the mode asked for, else the present one, else 0644.
    fn final_mode(&self, artifact: &Artifact) -> u32 {
        artifact.mode.unwrap_or(match self.observed.on_disk.get(&artifact.path) {
            Some(OnDisk::File { mode, .. }) => *mode,
            Some(OnDisk::Missing) | None => 0o644,
        })
    }
}

impl Outcome {
    fn new((document, change): (usize, Change<'_>)) -> Self {
        Self { document, path: change.path.to_owned(), kind: change.kind, declared: change.declared() }
    }
}

/// What happens to files that were edited by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// They are left alone and reported.
    Keep,
    /// `--force`: they are replaced.
    Overwrite,
}
