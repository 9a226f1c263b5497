//! What the records say after a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{RecordOwners, Records, targets};
use crate::artifact::Artifact;
use crate::build::{Applied, Built};
use crate::drift::{ChangeKind, FolderTrust};
use crate::parallel::{Progress, side_by_side};
use crate::record::{Entry, Record, unsynced};
use crate::workspace::confine::{ConfinedPath, Roots};
use crate::workspace::records::Store;

/// What a run did, by the files of the records that have it.
pub(super) struct After<'a> {
    records: &'a Records,
    owners: RecordOwners<'a>,
    trust: FolderTrust,
    given: BTreeMap<&'a Path, BTreeMap<String, CurrentOutput>>,
    /// Files that were removed.
    removed: BTreeSet<&'a Path>,
}

/// An output that the documents give.
struct CurrentOutput {
    /// None for a file that was kept: what was recorded of it stays.
    entry: Option<Entry>,
    /// Whether its text was written, and not found there.
    is_written: bool,
}

/// Hashing this many bytes takes longer than a thread to start.
const LARGE: usize = 1 << 20;

/// What is to be remembered of each output, whoever it comes from.
fn entries(artifacts: &[&Artifact]) -> Vec<Entry> {
    let entry = |artifact: &&Artifact| Entry::new(artifact.text.as_bytes(), artifact.mode.unwrap_or(0o644), "");
    if artifacts.iter().map(|artifact| artifact.text.len()).sum::<usize>() < LARGE {
        return artifacts.iter().map(entry).collect();
    }
    side_by_side(artifacts, &Progress::default(), entry)
}

impl<'a> After<'a> {
    pub(super) fn new(records: &'a Records, built: &'a Built, applied: &'a Applied) -> Self {
        let (removed, done): (Vec<_>, Vec<_>) = applied.done.iter().partition(|outcome| outcome.kind.is_stale());
        let is_text = |kind: ChangeKind| kind.modes().is_none();
        let written = done.into_iter().filter(|outcome| is_text(outcome.kind)).map(|outcome| outcome.path.as_path());
        let written: BTreeSet<&Path> = written.collect();
        let kept: BTreeSet<&Path> = applied.kept.iter().map(|outcome| outcome.path.as_path()).collect();
        let mut given = BTreeMap::<&Path, BTreeMap<String, CurrentOutput>>::new();
        let targets: Vec<_> = targets(&built.documents, &built.observed).collect();
        let entries = entries(&targets.iter().map(|(_, artifact, _)| *artifact).collect::<Vec<_>>());
        for ((document, artifact, real), entry) in targets.into_iter().zip(entries) {
            let path = artifact.path.as_path();
            let is_kept = kept.contains(path);
            let entry = (!is_kept).then_some(entry);
            for store in records.keepers(document, &real) {
                let Some(key) = store.key(&real) else { continue };
                let origin = records.origin(store, &built.documents[document].input.path);
                let is_written = written.contains(path);
                let boot = store.boot.as_deref().filter(|_| is_written && !is_kept);
                let unsynced = boot.and_then(|boot| unsynced::note(boot, artifact.text.as_bytes()));
                let entry = entry.clone().map(|entry| Entry { origin, unsynced, ..entry });
                given.entry(&store.file).or_default().insert(key, CurrentOutput { entry, is_written });
            }
        }
        Self {
            records,
            owners: RecordOwners::new(records, &built.documents),
            trust: built.policy.trust,
            given,
            removed: removed.into_iter().map(|outcome| outcome.path.as_path()).collect(),
        }
    }

    /// The hash of what is given at a path of a record, and the note of it if it is written and not synced.
    pub(super) fn hash(&self, store: &Store, key: &str) -> Option<(&str, Option<&str>)> {
        let entry = self.given.get(store.file.as_path())?.get(key)?.entry.as_ref()?;
        Some((&entry.sha256, entry.unsynced.as_deref()))
    }

    /// What a record says, and the folders that may go since nothing of ours is in them, the innermost first; `made` are
    /// folders that were made.
    pub(super) fn record(&self, store: &Store, made: &[PathBuf]) -> (Record, Vec<ConfinedPath>) {
        let mut record = store.record.clone();
        record.pending.clear();
        record.temporary.clear();
        let nothing = BTreeMap::new();
        let given = self.given.get(store.file.as_path()).unwrap_or(&nothing);
        for (key, CurrentOutput { entry, is_written }) in given {
            let Some(entry) = entry.clone() else { continue };
            let before = record.files.get(key);
            let was_adopted = before.is_none_or(|before| before.adopted);
            let adopted = !store.is_lock() && was_adopted && !is_written;
            // Nothing is open about a file that was whole under another boot than the one it was written under.
            let is_open = |note: &&str| store.boot.as_deref().is_some_and(|boot| unsynced::is_of(note, boot));
            let old = before.filter(|_| !is_written).and_then(|before| before.note_of(&entry.sha256)).filter(is_open);
            let unsynced = old.map(str::to_owned).or_else(|| entry.unsynced.clone());
            record.files.insert(key.clone(), Entry { adopted, unsynced, ..entry });
        }
        record.files.retain(|key, entry| given.contains_key(key) || !self.is_forgotten(store, &store.path(key), entry));
        let made = made.iter().filter(|folder| self.records.folder_keepers(folder).any(|it| it.file == store.file));
        record.folders.extend(made.filter_map(|folder| store.key(folder)));
        let unused = self.drop_unused_folders(store, &mut record);
        (record, unused)
    }

    /// Whether nothing more is to be known of a file that the documents do not give.
    fn is_forgotten(&self, store: &Store, path: &Path, entry: &Entry) -> bool {
        if self.removed.contains(path) {
            return true;
        }
        // What a killed run was about to do has no origin.
        let is_this_runs = entry.origin.is_empty() || self.owners.of(entry).is_some();
        if self.records.of_other_runs.contains(&store.root) || !is_this_runs {
            return false;
        }
        // What was there before we gave its text stays there, and is none of ours from now on.
        let is_released = !store.is_lock() && entry.adopted && !self.records.is_locked(path);
        is_released || path.symlink_metadata().is_err()
    }

    /// Takes folders of ours without a recorded file out of a record; gives those that may be removed.
    ///
    /// A lock that came with a folder nobody trusts may name any folder.
    fn drop_unused_folders(&self, store: &Store, record: &mut Record) -> Vec<ConfinedPath> {
        let may_remove = !store.is_lock() || self.trust == FolderTrust::Trusted;
        let mut unused = Vec::new();
        let Ok(roots) = Roots::new(&store.root, &[]) else { return unused };
        let folders: Vec<String> = record.folders.iter().rev().cloned().collect();
        for folder in folders {
            let inside = format!("{folder}/");
            let used = record.files.range(inside.clone()..).next().is_some_and(|(file, _)| file.starts_with(&inside));
            if !used {
                unused.extend(roots.place(&store.path(&folder)).ok().filter(|_| may_remove));
                record.folders.remove(&folder);
            }
        }
        unused
    }
}
