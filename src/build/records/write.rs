//! Writes outputs and the records that protect them, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Records;
use super::after::After;
use crate::build::{Applied, Built};
use crate::drift::{Change, OnDisk};
use crate::record::{self, Record};
use crate::workspace::Failure;
use crate::workspace::confine::{ConfinedPath, Roots};
use crate::workspace::records::{Store, make_machine_folder};
use crate::workspace::run_lock::RunLock;
use crate::workspace::write::{self, Action, Durability, RunToken, Step, Transaction, leftover};

impl Records {
    /// Carries out the steps of a run and writes the records that go with them, all or nothing.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub(in crate::build) fn write(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        mut steps: Vec<Step<'_>>,
        applied: &Applied,
    ) -> Result<(), Failure> {
        let after = After::new(self, built, applied);
        if steps.is_empty() && self.are_true(&after)? {
            return Ok(());
        }
        let protecting = if steps.is_empty() { BTreeSet::new() } else { self.protecting(built, changes) };
        let (_run_lock, machine) = self.locked_machine(&protecting)?;
        let is_protecting = |store: &Store| store.is_lock() || protecting.contains(&store.root);
        let stores = self.lock().into_iter().chain(machine.values());
        let (mut needed, mut others): (Vec<&Store>, Vec<&Store>) = stores.partition(|store| is_protecting(store));
        clear_leftovers(&self.lock().into_iter().chain(machine.values()).collect::<Vec<_>>())?;
        let mut announced = None;
        if !steps.is_empty() {
            // This machine's record knows what a power cut leaves of outputs that the lock protects.
            let all: Vec<&Store> = needed.iter().chain(&others).copied().collect();
            match self.announce(built, changes, &after, &all) {
                Ok(notes) => (announced, needed, others) = (notes, all, Vec::new()),
                Err(failure) if others.is_empty() => return Err(failure),
                Err(_) => announced = self.announce(built, changes, &after, &needed)?,
            }
        }
        if let Some(announced) = &announced {
            announced.steps_can_wait(&needed, &mut steps);
        }
        let written = write_protected(steps, &after, &needed, announced.as_ref());
        if written.is_err() && announced.is_some() {
            // Best effort: what was announced and not written does no harm.
            let _ = write::write(needed.iter().filter_map(|store| store.restoring()).collect());
        }
        let made = written?;
        for store in others {
            // The lock protects what lies in the output folder; this only remembers whose machine it was.
            let (record, unused) = after.record(store, &made);
            unused.iter().for_each(write::remove_empty_folder);
            if let Ok(Some(step)) = store.step(&record) {
                let _ = write::write(vec![step]);
            }
        }
        Ok(())
    }

    /// Whether every record says already what is to be said after a run that writes nothing else.
    fn are_true(&self, after: &After<'_>) -> Result<bool, Failure> {
        for store in self.lock().into_iter().chain(self.machine.values()) {
            if store.step(&after.record(store, &[]).0)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes the hashes that are about to be written and the temporary names, so that a run killed half-way is known later;
    /// nothing is announced if there is nothing to note.
    fn announce(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        after: &After<'_>,
        stores: &[&Store],
    ) -> Result<Option<Announced>, Failure> {
        let mut announced = Announced { token: RunToken::random(), notes: BTreeMap::new() };
        for (number, (document, change)) in changes.iter().enumerate() {
            let Some(real) = built.observed.places.get(change.path).map(ConfinedPath::path) else { continue };
            for keeper in self.keepers(*document, &real) {
                let Some(key) = keeper.key(&real) else { continue };
                let new = change.artifact.and_then(|_| after.hash(keeper, &key));
                let new = new.map(|(hash, note)| with_note(hash, note));
                let old = match built.observed.on_disk.get(change.path) {
                    Some(OnDisk::File { bytes, .. }) => {
                        let hash = record::hash(bytes);
                        let before = keeper.record.files.get(&key);
                        let note = before.and_then(|entry| entry.note_of(&hash)).map(str::to_owned);
                        Some(with_note(&hash, note.as_deref()))
                    }
                    Some(OnDisk::Missing) | None => None,
                };
                let note = Note { temporary: announced.token.name(number), new, old };
                announced.notes.entry(keeper.file.clone()).or_default().insert(key, note);
            }
        }
        let steps = stores.iter().map(|store| store.step(&announced.before(store)));
        let steps: Vec<Step<'_>> = steps.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let is_needed = !steps.is_empty();
        write::write(steps)?;
        Ok(is_needed.then_some(announced))
    }

    /// The roots whose machine's record must be written before files in them are.
    fn protecting(&self, built: &Built, changes: &[(usize, Change<'_>)]) -> BTreeSet<PathBuf> {
        let with_text = changes.iter().filter(|(_, change)| change.kind.modes().is_none());
        let roots = with_text.filter_map(|(document, change)| {
            let real = built.observed.places.get(change.path)?.path();
            if self.is_locked(&real) { None } else { self.machine_root(*document, &real).cloned() }
        });
        roots.collect()
    }

    /// This machine's records as they are now, which no other run changes until the lock is dropped.
    fn locked_machine(
        &self,
        protecting: &BTreeSet<PathBuf>,
    ) -> Result<(Option<RunLock>, BTreeMap<PathBuf, Store>), Failure> {
        let folder = match make_machine_folder() {
            Ok(folder) => folder,
            Err(failure) if !protecting.is_empty() => return Err(failure),
            Err(_) => return Ok((None, BTreeMap::new())),
        };
        let run_lock = RunLock::of_records(&folder);
        let roots: BTreeSet<&PathBuf> = self.machine.keys().chain(protecting).collect();
        let read = roots.into_iter().map(|root| Ok((root.clone(), Store::machine(root)?)));
        Ok((Some(run_lock), read.collect::<Result<_, Failure>>()?))
    }

    /// Writes documents and templates, and what they give for some outputs from then on into these outputs' entries: all of
    /// it or nothing.
    ///
    /// The outputs have their new texts already; their next edits start from there.
    pub(in crate::build) fn write_back(
        &self,
        sources: Vec<Step<'_>>,
        gives: &[(PathBuf, &str)],
    ) -> Result<(), Failure> {
        let machine = make_machine_folder().ok();
        let _run_lock = RunLock::take(self.lock().map(|store| store.root.as_path()));
        let _records = machine.as_deref().map(RunLock::of_records);
        let mut transaction = Transaction::new(RunToken::random());
        transaction.add(sources)?;
        if let Some(store) = self.lock() {
            // Another run may have written since this one read the lock.
            note_hashes(&Store::lock(&store.root)?, gives, &mut transaction)?;
        }
        for root in self.machine.keys() {
            note_hashes(&Store::machine(root)?, gives, &mut transaction)?;
        }
        transaction.commit()
    }
}

/// What was noted before outputs are written, by the files of the records that have them.
struct Announced {
    token: RunToken,
    notes: BTreeMap<PathBuf, BTreeMap<String, Note>>,
}

/// What a run is about to do to one file.
struct Note {
    temporary: String,
    /// The hash of what is to be written, with its note if it is not synced; none for a file that is removed.
    new: Option<String>,
    /// The same of what is there.
    old: Option<String>,
}

fn with_note(hash: &str, note: Option<&str>) -> String {
    note.map_or_else(|| hash.to_owned(), |note| format!("{hash} {note}"))
}

impl Announced {
    /// Lets those files be synced later of which the announced records know what a power cut may leave.
    fn steps_can_wait(&self, stores: &[&Store], steps: &mut [Step<'_>]) {
        for step in steps {
            let path = step.place.path();
            let is_noted = |store: &&Store| {
                let note = store.key(&path).and_then(|key| self.notes.get(&store.file)?.get(&key)?.new.as_deref());
                note.is_some_and(|new| new.contains(' '))
            };
            if let Action::Write { durability, .. } = &mut step.action
                && stores.iter().any(is_noted)
            {
                *durability = Durability::Later;
            }
        }
    }

    /// A record before the run: a file may have its new text already.
    fn before(&self, store: &Store) -> Record {
        // What an earlier run was killed over may still be on disk, so its hashes are kept.
        self.noted(store, store.record.clone(), |note| note.new.as_ref())
    }

    /// The record after the run while the old files are still there under their temporary names.
    fn after(&self, store: &Store, record: Record) -> Record {
        self.noted(store, record, |note| note.old.as_ref())
    }

    fn noted(&self, store: &Store, mut record: Record, hash: fn(&Note) -> Option<&String>) -> Record {
        for (key, note) in self.notes.get(&store.file).into_iter().flatten() {
            if let Some(hash) = hash(note) {
                record.pending.entry(key.clone()).or_default().insert(hash.clone());
            }
            record.temporary.insert(key.clone(), note.temporary.clone());
        }
        record
    }
}

/// Writes outputs and the records that protect them in one transaction; gives the folders that were made.
///
/// The records tell of the old files until these are gone.
fn write_protected(
    steps: Vec<Step<'_>>,
    after: &After<'_>,
    stores: &[&Store],
    announced: Option<&Announced>,
) -> Result<Vec<PathBuf>, Failure> {
    let token = announced.map_or_else(RunToken::random, |announced| announced.token.clone());
    let mut transaction = Transaction::new(token);
    transaction.add(steps)?;
    let made = transaction.made_folders().to_vec();
    let (mut unused_folders, mut cuts) = (Vec::new(), Vec::new());
    for store in stores {
        let (record, unused) = after.record(store, &made);
        unused_folders.extend(unused);
        let step = match announced.filter(|announced| announced.notes.contains_key(&store.file)) {
            Some(announced) => {
                let length = record.print().len();
                let noted = announced.after(store, record);
                cuts.push((store, noted.print().len(), length));
                Some(store.replacing(&noted)?)
            }
            None => store.step(&record)?,
        };
        transaction.add(step.into_iter().collect())?;
    }
    transaction.commit()?;
    for (store, from, to) in cuts {
        store.cut(from, to);
    }
    unused_folders.iter().for_each(write::remove_empty_folder);
    Ok(made)
}

fn note_hashes(store: &Store, gives: &[(PathBuf, &str)], transaction: &mut Transaction<'_>) -> Result<(), Failure> {
    let mut record = store.record.clone();
    for (output, text) in gives {
        if let Some(entry) = store.key(output).and_then(|key| record.files.get_mut(&key)) {
            entry.sha256 = record::hash(text.as_bytes());
        }
    }
    transaction.add(store.step(&record)?.into_iter().collect())
}

/// Clears what killed runs left beside records and their targets.
fn clear_leftovers(stores: &[&Store]) -> Result<(), Failure> {
    let folders: BTreeSet<&Path> = stores.iter().filter_map(|store| store.file.parent()).collect();
    for folder in folders {
        leftover::clear_records(folder).map_err(|reason| Failure::Write(folder.to_owned(), reason))?;
    }
    for store in stores.iter().filter(|store| !store.record.temporary.is_empty()) {
        let roots = Roots::new(&store.root, &[])?;
        for (key, temporary) in &store.record.temporary {
            let path = store.path(key);
            let Ok(place) = roots.place(&path) else { continue };
            let is_ours = |bytes: &[u8]| store.record.files.get(key).is_some_and(|entry| entry.wrote(bytes));
            leftover::clear(&place, temporary, &is_ours).map_err(|reason| Failure::Write(path, reason))?;
        }
    }
    Ok(())
}
