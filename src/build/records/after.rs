//! What a record says after a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Owners, Records, targets};
use crate::build::{Applied, Built};
use crate::drift::{ChangeKind, FolderTrust};
use crate::record::{Entry, Record};
use crate::workspace::confine::{Place, Roots};
use crate::workspace::records::Store;

impl Records {
    /// What a record says after the run.
    pub(super) fn after(&self, store: &Store, built: &Built, applied: &Applied, made: &[PathBuf]) -> Record {
        let mut record = store.record.clone();
        record.pending.clear();
        record.temporary.clear();
        let documents = &built.documents;
        let owners = Owners::new(self, documents);
        let written: BTreeSet<&Path> = applied
            .done
            .iter()
            .filter(|outcome| !matches!(outcome.kind, ChangeKind::WrongMode { .. }))
            .map(|outcome| outcome.path.as_path())
            .collect();
        let kept: BTreeSet<&Path> = applied.kept.iter().map(|outcome| outcome.path.as_path()).collect();
        let mut given = BTreeSet::new();
        for (document, artifact, real) in targets(documents, &built.observed) {
            let Some(key) = self.key(store, document, &real) else { continue };
            given.insert(key.clone());
            if kept.contains(artifact.path.as_path()) {
                continue;
            }
            let origin = self.origin(store, &documents[document].input.path);
            let mut entry = Entry::new(artifact.text.as_bytes(), artifact.mode.unwrap_or(0o644), &origin);
            let was_adopted = record.files.get(&key).is_none_or(|before| before.adopted);
            entry.adopted = store.record.root.is_some() && was_adopted && !written.contains(artifact.path.as_path());
            record.files.insert(key, entry);
        }
        let removed: BTreeSet<String> = applied
            .done
            .iter()
            .filter(|outcome| outcome.kind.is_stale())
            .filter_map(|outcome| store.key(&outcome.path))
            .collect();
        record.files.retain(|key, entry| {
            let is_ours_to_forget = || !self.of_other_runs.contains(&store.root) && owners.of(entry).is_some();
            let path = store.path(key);
            // What was there before we gave its text stays there, and is none of ours from now on.
            let is_released = || store.record.root.is_some() && entry.adopted && !self.is_locked(&path);
            let is_gone = || path.symlink_metadata().is_err();
            given.contains(key) || !(removed.contains(key) || (is_ours_to_forget() && (is_released() || is_gone())))
        });
        let made = made.iter().filter(|folder| **folder != store.root && self.is_of(store, folder));
        record.folders.extend(made.filter_map(|folder| store.key(folder)));
        record
    }
}

/// Takes folders of ours without a recorded file out of a record; gives those that may be removed, the innermost first.
///
/// A lock that came with a folder nobody trusts may name any folder.
pub(super) fn drop_unused_folders(store: &Store, record: &mut Record, trust: FolderTrust) -> Vec<Place> {
    let may_remove = store.record.root.is_some() || trust == FolderTrust::Trusted;
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
