//! The records of one run: what they said before it, and what they say after it.
//!
//! The lock protects what lies in the output folder; everything else is protected by this machine's record for the root
//! that it lies in. This machine's record covers output folders, too: on the word of a committed lock alone nothing is
//! removed. A record that protects a file is written in the same transaction as the file.

mod after;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{BuildRequest, BuiltDocument};
use crate::artifact::Artifact;
use crate::drift::Recorded;
use crate::path::{normalise, relative};
use crate::record::Entry;
use crate::workspace::confine::Roots;
use crate::workspace::observe::Observed;
use crate::workspace::records::Store;
use crate::workspace::state::{home, state_folder};
use crate::workspace::{Failure, is_of_project_below, nearest_configuration};

/// The records that concern a run, as they were read.
#[derive(Debug)]
pub(super) struct Records {
    /// The output folder as it was named, and its lock.
    lock: Option<(PathBuf, Store)>,
    /// This machine's records by root; none where there is no place for state.
    machine: BTreeMap<PathBuf, Store>,
    /// For each document the roots that its outputs may lie in, the first that fits counts.
    roots: Vec<Vec<PathBuf>>,
    /// Roots whose files that nobody gives are none of this run's.
    of_other_runs: BTreeSet<PathBuf>,
    /// The project's folder, if these are all documents of the project.
    whole_project: Option<PathBuf>,
}

impl Records {
    /// Reads the lock and this machine's records; `roots` has the roots of each document.
    ///
    /// # Errors
    /// A record cannot be read or is damaged.
    pub(super) fn read(request: &BuildRequest, roots: &[Roots]) -> Result<Self, Failure> {
        let lock = match (&request.out_dir, roots.first()) {
            (Some(out_dir), Some(roots)) => Some((out_dir.clone(), Store::lock(roots.real_root())?)),
            (None, _) | (_, None) => None,
        };
        let destdir = request.load.options.destdir.clone();
        let elsewhere: Vec<PathBuf> = if request.allow_outside.is_empty() {
            Vec::new()
        } else {
            home().into_iter().chain([PathBuf::from("/")]).collect()
        };
        let real = |folders: &[PathBuf]| {
            let roots = folders.iter().map(|folder| Ok(Roots::new(folder, &[])?.real_root().to_owned()));
            roots.collect::<Result<Vec<PathBuf>, Failure>>()
        };
        let (first, last) = (real(destdir.as_slice())?, real(&elsewhere)?);
        // What other runs put at home is no output of one that puts it below a destdir.
        let of_other_runs = if destdir.is_some() { last.iter().cloned().collect() } else { BTreeSet::new() };
        let all = |roots: &Roots| [&first[..], &[roots.real_root().to_owned()], &last].concat();
        let roots: Vec<Vec<PathBuf>> = roots.iter().map(all).collect();
        let mut machine = BTreeMap::new();
        if state_folder().is_ok() {
            for root in roots.iter().flatten().collect::<BTreeSet<_>>() {
                match Store::machine(root) {
                    Ok(store) => drop(machine.insert(root.clone(), store)),
                    // Another user's state, or a file in its way: a run that must write there says so.
                    Err(Failure::Read(_, reason))
                        if matches!(reason.kind(), ErrorKind::PermissionDenied | ErrorKind::NotADirectory) => {}
                    Err(failure) => return Err(failure),
                }
            }
        }
        let project = request.project_folder.clone().or_else(|| request.out_dir.clone());
        let whole_project = if request.whole_project { project } else { None };
        Ok(Self { lock, machine, roots, of_other_runs, whole_project })
    }

    /// What the records say of each document's outputs, and of the files that it gave before and nobody gives now.
    ///
    /// Files of documents that the project no longer has count with its first document.
    pub(super) fn recorded(
        &self,
        documents: &[BuiltDocument],
        observed: &Observed,
    ) -> Vec<BTreeMap<PathBuf, Recorded>> {
        let owners = RecordOwners::new(self, documents);
        let mut recorded = vec![BTreeMap::<PathBuf, Recorded>::new(); documents.len()];
        let mut given = BTreeSet::new();
        for (document, artifact, real) in targets(documents, observed) {
            for store in self.keepers(document, &real) {
                let Some(entry) = store.key(&real).and_then(|key| store.record.files.get(&key)) else { continue };
                note(recorded[document].entry(artifact.path.clone()).or_default(), store, entry);
            }
            given.insert(real);
        }
        for (store, path, entry) in self.entries().filter(|(_, path, _)| !given.contains(path)) {
            if let Some(owner) = owners.of(entry) {
                note(recorded[owner].entry(path).or_default(), store, entry);
            }
        }
        recorded
    }

    /// The records that have an output of a document: the lock, and this machine's.
    fn keepers(&self, document: usize, real: &Path) -> impl Iterator<Item = &Store> {
        let machine = self.machine_root(document, real).and_then(|root| self.machine.get(root));
        self.lock().filter(|_| self.is_locked(real)).into_iter().chain(machine)
    }

    /// The records that have a folder which was made: the lock, and this machine's for the innermost root.
    fn folder_keepers(&self, folder: &Path) -> impl Iterator<Item = &Store> {
        let machine = folder.ancestors().skip(1).find_map(|root| self.machine.get(root));
        let lock = self.lock().filter(|store| folder != store.root && self.is_locked(folder));
        lock.into_iter().chain(machine)
    }

    fn lock(&self) -> Option<&Store> {
        self.lock.as_ref().map(|(_, store)| store)
    }

    /// The root whose machine's record has an output of a document.
    fn machine_root(&self, document: usize, real: &Path) -> Option<&PathBuf> {
        self.roots.get(document)?.iter().find(|root| real.starts_with(root))
    }

    fn is_locked(&self, real: &Path) -> bool {
        self.lock().is_some_and(|store| real.starts_with(&store.root))
    }

    /// Every entry that may be this run's, with its path.
    fn entries(&self) -> impl Iterator<Item = (&Store, PathBuf, &Entry)> {
        let machine = self.machine.values().filter(|store| !self.of_other_runs.contains(&store.root));
        let stores = self.lock().into_iter().chain(machine);
        stores.flat_map(|store| store.record.files.iter().map(move |(key, entry)| (store, store.path(key), entry)))
    }

    fn origin(&self, store: &Store, document: &Path) -> String {
        match &self.lock {
            Some((out_dir, _)) if store.is_lock() => lock_origin(document, out_dir),
            Some(_) | None => document.display().to_string(),
        }
    }
}

/// Adds what a record has on a file.
fn note(recorded: &mut Recorded, store: &Store, entry: &Entry) {
    let kept_in = if store.is_lock() { &mut recorded.lock } else { &mut recorded.machine };
    *kept_in = Some(entry.clone());
}

/// Which document of a run a recorded file counts with.
struct RecordOwners<'a> {
    by_origin: BTreeMap<String, usize>,
    whole_project: Option<&'a Path>,
    /// What the origins of a lock are relative to.
    out_dir: Option<&'a Path>,
}

impl<'a> RecordOwners<'a> {
    fn new(records: &'a Records, documents: &[BuiltDocument]) -> Self {
        let mut by_origin = BTreeMap::new();
        for (index, document) in documents.iter().enumerate() {
            let path = &document.input.path;
            by_origin.insert(path.display().to_string(), index);
            by_origin.extend(records.lock.iter().map(|(out_dir, _)| (lock_origin(path, out_dir), index)));
        }
        let has_documents = !documents.is_empty();
        Self {
            by_origin,
            whole_project: records.whole_project.as_deref().filter(|_| has_documents),
            out_dir: records.lock.as_ref().map(|(out_dir, _)| out_dir.as_path()),
        }
    }

    fn of(&self, entry: &Entry) -> Option<usize> {
        self.by_origin.get(&entry.origin).copied().or_else(|| self.is_of_the_project(&entry.origin).then_some(0))
    }

    /// Whether a document that the run does not have was one of its project, and is of no other one.
    fn is_of_the_project(&self, origin: &str) -> bool {
        let Some(project) = self.whole_project else { return false };
        let place = normalise(&self.out_dir.unwrap_or(project).join(origin));
        if place.starts_with(project) {
            return !is_of_project_below(&place, project);
        }
        // The lock is that of this project's output folder, though another project may use it, too.
        Path::new(origin).is_relative() && matches!(nearest_configuration(&place), Ok(None))
    }
}

/// A document as a lock names it: relative to the output folder. Where only the root is common the path would tell
/// about one machine, so its name has to do.
fn lock_origin(document: &Path, out_dir: &Path) -> String {
    let common = document.components().zip(out_dir.components()).take_while(|(a, b)| a == b).count();
    if common > 1 {
        return relative(document, out_dir);
    }
    document.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// All outputs of a run that may be written: the index of their document, the output, its real path.
fn targets<'a>(
    documents: &'a [BuiltDocument],
    observed: &'a Observed,
) -> impl Iterator<Item = (usize, &'a Artifact, PathBuf)> {
    documents.iter().enumerate().flat_map(move |(index, document)| {
        let artifacts = document.compilation.artifacts.iter();
        artifacts.filter_map(move |artifact| Some((index, artifact, observed.places.get(&artifact.path)?.path())))
    })
}
