//! The lock of an output folder during one run: what it recorded before, what it records after.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Applied, Built, BuiltDocument};
use crate::drift::{Change, OnDisk, Recorded};
use crate::lock::{self, Entry, Lock};
use crate::workspace::confine::{Place, Roots};
use crate::workspace::turn::Turn;
use crate::workspace::write::{self, Action, Seen, Step};
use crate::workspace::{Failure, load, normalise, relative, slashed};

/// The output folder's lock as it was read.
#[derive(Debug)]
pub(super) struct Locked {
    out_dir: PathBuf,
    text: Option<Vec<u8>>,
    lock: Lock,
    whole_project: bool,
}

impl Locked {
    pub(super) fn read(out_dir: &Path, whole_project: bool) -> Result<Self, Failure> {
        let path = out_dir.join(lock::FILE_NAME);
        let text = load::lock(&path)?;
        let lock = match &text {
            None => Lock::empty(),
            Some(bytes) => Lock::parse(&String::from_utf8_lossy(bytes)).map_err(|reason| {
                Failure::Unusable(
                    path,
                    format!(
                        "is damaged or not ours: {reason}; restore it from version control, or remove it and run again \
                         (files that differ will then count as edited by hand)"
                    ),
                )
            })?,
        };
        Ok(Self { out_dir: out_dir.to_owned(), text, lock, whole_project })
    }

    /// Paths in the lock are relative to the output folder; absolute ones stay.
    fn absolute(&self, path: &str) -> PathBuf {
        normalise(&self.out_dir.join(path))
    }

    fn key(&self, path: &Path) -> String {
        match path.strip_prefix(&self.out_dir) {
            Ok(below) => slashed(below),
            Err(_) => path.display().to_string(),
        }
    }

    /// What concerns each document: entries for files it makes now, and for files it made before and nobody makes now.
    ///
    /// Entries of documents that the project no longer has count with the first document.
    pub(super) fn recorded(&self, documents: &[BuiltDocument]) -> Vec<Recorded> {
        let makers: BTreeMap<&Path, usize> = targets(documents).map(|(index, path)| (path, index)).collect();
        let origins = documents.iter().map(|document| relative(&document.input.path, &self.out_dir));
        let origins: BTreeMap<String, usize> = origins.zip(0..).collect();
        let of_the_project = if self.whole_project { documents.first().map(|_| 0) } else { None };
        let mut recorded = vec![Recorded::new(); documents.len()];
        for (path, entry) in &self.lock.files {
            let path = self.absolute(path);
            let owner = makers.get(path.as_path()).or_else(|| origins.get(&entry.origin)).copied();
            if let Some(owner) = owner.or(of_the_project) {
                recorded[owner].insert(path, entry.clone());
            }
        }
        recorded
    }

    fn place(&self) -> Result<Place, Failure> {
        let path = self.out_dir.join(lock::FILE_NAME);
        Roots::new(&self.out_dir, &[])?
            .place(&path)
            .map_err(|_| Failure::Unusable(path, "is a symbolic link that leads out of the output folder".to_owned()))
    }

    /// Notes the hashes that are about to be written, so that a run killed half-way knows its own files later.
    pub(super) fn announce(&self, changes: &[(usize, Change<'_>)]) -> Result<(), Failure> {
        let mut lock = self.lock.clone();
        for artifact in changes.iter().filter_map(|(_, change)| change.artifact) {
            // What an earlier run was killed over may still be on disk, so its hashes are kept.
            let hashes = lock.pending.entry(self.key(&artifact.path)).or_default();
            hashes.insert(lock::hash(artifact.text.as_bytes()));
        }
        self.write(&lock).map(drop)
    }

    /// Records what is true after the run, and removes folders of ours that became empty.
    pub(super) fn finish(&self, built: &Built, applied: &Applied, made: &[PathBuf]) -> Result<(), Failure> {
        let mut lock = self.lock.clone();
        lock.pending.clear();
        for outcome in &applied.done {
            lock.files.remove(&self.key(&outcome.path));
        }
        let kept: BTreeSet<&Path> = applied.kept.iter().map(|outcome| outcome.path.as_path()).collect();
        for document in &built.documents {
            let origin = relative(&document.input.path, &self.out_dir);
            for artifact in &document.compilation.artifacts {
                if !kept.contains(artifact.path.as_path()) {
                    let entry = Entry::new(artifact.text.as_bytes(), built.final_mode(artifact), &origin);
                    lock.files.insert(self.key(&artifact.path), entry);
                }
            }
        }
        self.forget_gone_files(built, &mut lock);
        lock.folders.extend(made.iter().filter(|folder| **folder != self.out_dir).map(|folder| self.key(folder)));
        self.remove_empty_folders(&mut lock)?;
        if self.text.as_deref() != Some(lock.print().as_bytes()) {
            self.write(&lock)?;
        }
        Ok(())
    }

    /// Entries of files that the documents no longer give and that somebody has removed already.
    fn forget_gone_files(&self, built: &Built, lock: &mut Lock) {
        let given: BTreeSet<&Path> = targets(&built.documents).map(|(_, path)| path).collect();
        lock.files.retain(|path, _| {
            let path = self.absolute(path);
            given.contains(path.as_path()) || built.observed.on_disk.get(&path) != Some(&OnDisk::Missing)
        });
    }

    fn remove_empty_folders(&self, lock: &mut Lock) -> Result<(), Failure> {
        let roots = Roots::new(&self.out_dir, &[])?;
        let folders: Vec<String> = lock.folders.iter().rev().cloned().collect();
        for folder in folders {
            let inside = format!("{folder}/");
            let used = lock.files.range(inside.clone()..).next().is_some_and(|(file, _)| file.starts_with(&inside));
            if !used {
                if let Ok(place) = roots.place(&self.absolute(&folder)) {
                    write::remove_empty_folder(&place);
                }
                lock.folders.remove(&folder);
            }
        }
        Ok(())
    }

    /// Writes a document, and what it gives for an output from then on into that output's entry: both or neither.
    ///
    /// The output has the document's new text already; its next edit starts from there.
    pub(super) fn write_back(&self, document: Step<'_>, output: &Path, gives: &str) -> Result<(), Failure> {
        let _turn = Turn::take([self.out_dir.as_path()]);
        // Another run may have written since this one read the lock.
        let Self { text, mut lock, .. } = Self::read(&self.out_dir, self.whole_project)?;
        let Some(entry) = lock.files.get_mut(&self.key(output)) else { return write::write(&[document]).map(drop) };
        entry.sha256 = lock::hash(gives.as_bytes());
        let seen = text.as_deref().map_or(Seen::Nothing, Seen::File);
        write::write(&[document, self.step(lock.print().as_bytes(), seen)?]).map(drop)
    }

    /// Puts the lock back after a run that failed; best effort, since `pending` entries do no harm.
    pub(super) fn restore(&self) {
        let _ = match (&self.text, self.place()) {
            (Some(_), _) => self.write(&self.lock),
            (None, Ok(place)) => write::write(&[Step { place, seen: Seen::Anything, action: Action::Remove }]),
            (None, Err(_)) => return,
        };
    }

    fn write(&self, lock: &Lock) -> Result<Vec<PathBuf>, Failure> {
        write::write(&[self.step(lock.print().as_bytes(), Seen::Anything)?])
    }

    /// What gives the lock file this text.
    fn step<'a>(&self, bytes: &'a [u8], seen: Seen<'a>) -> Result<Step<'a>, Failure> {
        Ok(Step { place: self.place()?, seen, action: Action::Write { bytes, mode: 0o644, make_folders: true } })
    }
}

/// The paths of all outputs of a run, each with the index of its document.
fn targets(documents: &[BuiltDocument]) -> impl Iterator<Item = (usize, &Path)> {
    documents.iter().enumerate().flat_map(|(index, document)| {
        document.compilation.artifacts.iter().map(move |artifact| (index, artifact.path.as_path()))
    })
}
