//! Writes outputs and the records that protect them, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Records;
use super::after::drop_unused_folders;
use crate::build::{Applied, Built};
use crate::drift::{Change, ChangeKind};
use crate::record::{self, Record};
use crate::workspace::Failure;
use crate::workspace::confine::{Place, Roots};
use crate::workspace::records::{Store, machine_folder, make_machine_folder};
use crate::workspace::turn::Turn;
use crate::workspace::write::{self, Step, Token, Transaction, leftover};

impl Records {
    /// Carries out the steps of a run and writes the records that go with them, all or nothing.
    ///
    /// # Errors
    /// Something could not be written; everything is as it was before.
    pub(in crate::build) fn write(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        steps: Vec<Step<'_>>,
        applied: &Applied,
    ) -> Result<(), Failure> {
        let protecting = self.protecting(built, changes, !steps.is_empty())?;
        let (_turn, machine) = self.locked_machine(&protecting)?;
        let lock = self.lock.as_ref().map(|(_, store)| store);
        let stores: Vec<&Store> = lock.into_iter().chain(machine.values()).collect();
        let is_protecting = |store: &Store| store.record.root.is_none() || protecting.contains(&store.root);
        let (needed, others): (Vec<&Store>, Vec<&Store>) = stores.into_iter().partition(|store| is_protecting(store));
        if !steps.is_empty() {
            clear_leftovers(&needed)?;
        }
        let made = self.write_protected(built, changes, steps, applied, &needed)?;
        for store in others {
            // The lock protects what lies in the output folder; this only remembers whose machine it was.
            let mut record = self.after(store, built, applied, &made);
            drop_unused_folders(store, &mut record, built.policy.trust).iter().for_each(write::remove_empty_folder);
            if let Ok(Some(step)) = store.step(&record) {
                let _ = write::write(vec![step]);
            }
        }
        Ok(())
    }

    fn write_protected(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        steps: Vec<Step<'_>>,
        applied: &Applied,
        stores: &[&Store],
    ) -> Result<Vec<PathBuf>, Failure> {
        let token = Token::random();
        let announced = if steps.is_empty() { false } else { self.announce(built, changes, stores, &token)? };
        let mut transaction = Transaction::new(token);
        let written = transaction.add(steps).and_then(|()| {
            let made = transaction.made_folders().to_vec();
            let mut empty_folders = Vec::new();
            for store in stores {
                let mut record = self.after(store, built, applied, &made);
                empty_folders.extend(drop_unused_folders(store, &mut record, built.policy.trust));
                let step = if announced { Some(store.replacing(&record)?) } else { store.step(&record)? };
                transaction.add(step.into_iter().collect())?;
            }
            transaction.commit()?;
            Ok((made, empty_folders))
        });
        match written {
            Ok((made, empty_folders)) => {
                empty_folders.iter().for_each(write::remove_empty_folder);
                Ok(made)
            }
            Err(failure) => {
                if announced {
                    // Best effort: what was announced and not written does no harm.
                    let _ = write::write(stores.iter().filter_map(|store| store.restoring()).collect());
                }
                Err(failure)
            }
        }
    }

    /// Notes the hashes that are about to be written and the temporary names, so that a run killed half-way is known later.
    ///
    /// Tells whether anything was written.
    fn announce(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        stores: &[&Store],
        token: &Token,
    ) -> Result<bool, Failure> {
        let mut records: Vec<Record> = stores.iter().map(|store| store.record.clone()).collect();
        for (number, (document, change)) in changes.iter().enumerate() {
            let Some(real) = built.observed.places.get(change.path).map(Place::path) else { continue };
            for (store, record) in stores.iter().zip(&mut records) {
                let Some(key) = self.key(store, *document, &real) else { continue };
                if let Some(artifact) = change.artifact {
                    // What an earlier run was killed over may still be on disk, so its hashes are kept.
                    let hashes = record.pending.entry(key.clone()).or_default();
                    hashes.insert(record::hash(artifact.text.as_bytes()));
                }
                record.temporary.insert(key, token.name(number));
            }
        }
        let mut steps = Vec::new();
        for (store, record) in stores.iter().zip(&records) {
            steps.extend(store.step(record)?);
        }
        let is_announced = !steps.is_empty();
        write::write(steps)?;
        Ok(is_announced)
    }

    /// The roots whose machine's record must be written before files in them are.
    fn protecting(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        writes: bool,
    ) -> Result<BTreeSet<PathBuf>, Failure> {
        let mut protecting = BTreeSet::new();
        if !writes {
            return Ok(protecting);
        }
        for (document, change) in changes {
            let Some(real) = built.observed.places.get(change.path).map(Place::path) else { continue };
            if matches!(change.kind, ChangeKind::WrongMode { .. }) || self.is_locked(&real) {
                continue;
            }
            // Where there is no place for state, this says so.
            let store = self.machine_store(*document, &real).ok_or_else(|| machine_folder().map(drop));
            protecting.insert(
                store
                    .map_err(|missing| match missing {
                        Err(failure) => failure,
                        Ok(()) => Failure::Unusable(real.clone(), "is in no root of this run".to_owned()),
                    })?
                    .root
                    .clone(),
            );
        }
        Ok(protecting)
    }

    /// This machine's records as they are now, which no other run changes until the turn ends.
    fn locked_machine(
        &self,
        protecting: &BTreeSet<PathBuf>,
    ) -> Result<(Option<Turn>, BTreeMap<PathBuf, Store>), Failure> {
        let folder = match make_machine_folder() {
            Ok(folder) => folder,
            Err(failure) if !protecting.is_empty() => return Err(failure),
            Err(_) => return Ok((None, BTreeMap::new())),
        };
        let turn = Turn::of_records(&folder);
        let mut machine = BTreeMap::new();
        for root in self.machine.keys() {
            machine.insert(root.clone(), Store::machine(root)?);
        }
        Ok((Some(turn), machine))
    }

    /// Writes a document, and what it gives for an output from then on into that output's entries: both or neither.
    ///
    /// The output has the document's new text already; its next edit starts from there.
    pub(in crate::build) fn write_back(&self, document: Step<'_>, output: &Path, gives: &str) -> Result<(), Failure> {
        let machine = make_machine_folder().ok();
        let _turn = Turn::take(self.lock.iter().map(|(_, store)| store.root.as_path()));
        let _records = machine.as_deref().map(Turn::of_records);
        let mut transaction = Transaction::new(Token::random());
        transaction.add(vec![document])?;
        let sha256 = record::hash(gives.as_bytes());
        if let Some((_, store)) = &self.lock {
            // Another run may have written since this one read the lock.
            note_hash(&Store::lock(&store.root)?, output, &sha256, &mut transaction)?;
        }
        for root in self.machine.keys() {
            note_hash(&Store::machine(root)?, output, &sha256, &mut transaction)?;
        }
        transaction.commit()
    }
}

fn note_hash(store: &Store, output: &Path, sha256: &str, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
    let mut record = store.record.clone();
    let Some(entry) = store.key(output).and_then(|key| record.files.get_mut(&key)) else { return Ok(()) };
    sha256.clone_into(&mut entry.sha256);
    transaction.add(store.step(&record)?.into_iter().collect())
}

/// Clears what killed runs left beside their targets.
fn clear_leftovers(stores: &[&Store]) -> Result<(), Failure> {
    for store in stores {
        leftover::clear_records(store.file.parent().unwrap_or(&store.root))
            .map_err(|reason| Failure::Write(store.file.clone(), reason))?;
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
