//! Writes outputs and the records that protect them, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Records;
use super::after::After;
use crate::build::{Applied, Built};
use crate::drift::Change;
use crate::record::{self, Record};
use crate::workspace::Failure;
use crate::workspace::confine::{Place, Roots};
use crate::workspace::records::{Store, make_machine_folder};
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
        let after = After::new(self, built, applied);
        if steps.is_empty() && self.are_true(&after)? {
            return Ok(());
        }
        let protecting = if steps.is_empty() { BTreeSet::new() } else { self.protecting(built, changes) };
        let (_turn, machine) = self.locked_machine(&protecting)?;
        let is_protecting = |store: &Store| store.is_lock() || protecting.contains(&store.root);
        let stores = self.lock().into_iter().chain(machine.values());
        let (needed, others): (Vec<&Store>, Vec<&Store>) = stores.partition(|store| is_protecting(store));
        let announced = if steps.is_empty() {
            None
        } else {
            clear_leftovers(&needed)?;
            self.announce(built, changes, &needed)?
        };
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

    /// Notes the hashes that are about to be written and the temporary names, so that a run killed half-way is known later.
    ///
    /// Gives the token of the temporary names; none if there was nothing to note.
    fn announce(
        &self,
        built: &Built,
        changes: &[(usize, Change<'_>)],
        stores: &[&Store],
    ) -> Result<Option<Token>, Failure> {
        let token = Token::random();
        let mut records: BTreeMap<&Path, (&Store, Record)> =
            stores.iter().map(|store| (store.file.as_path(), (*store, store.record.clone()))).collect();
        for (number, (document, change)) in changes.iter().enumerate() {
            let Some(real) = built.observed.places.get(change.path).map(Place::path) else { continue };
            for keeper in self.keepers(*document, &real) {
                let Some((_, record)) = records.get_mut(keeper.file.as_path()) else { continue };
                let Some(key) = keeper.key(&real) else { continue };
                if let Some(artifact) = change.artifact {
                    // What an earlier run was killed over may still be on disk, so its hashes are kept.
                    let hashes = record.pending.entry(key.clone()).or_default();
                    hashes.insert(record::hash(artifact.text.as_bytes()));
                }
                record.temporary.insert(key, token.name(number));
            }
        }
        let steps = records.values().map(|(store, record)| store.step(record));
        let steps: Vec<Step<'_>> = steps.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let is_needed = !steps.is_empty();
        write::write(steps)?;
        Ok(is_needed.then_some(token))
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
        let roots: BTreeSet<&PathBuf> = self.machine.keys().chain(protecting).collect();
        let read = roots.into_iter().map(|root| Ok((root.clone(), Store::machine(root)?)));
        Ok((Some(turn), read.collect::<Result<_, Failure>>()?))
    }

    /// Writes a document, and what it gives for an output from then on into that output's entries: both or neither.
    ///
    /// The output has the document's new text already; its next edit starts from there.
    pub(in crate::build) fn write_back(&self, document: Step<'_>, output: &Path, gives: &str) -> Result<(), Failure> {
        let machine = make_machine_folder().ok();
        let _turn = Turn::take(self.lock().map(|store| store.root.as_path()));
        let _records = machine.as_deref().map(Turn::of_records);
        let mut transaction = Transaction::new(Token::random());
        transaction.add(vec![document])?;
        let sha256 = record::hash(gives.as_bytes());
        if let Some(store) = self.lock() {
            // Another run may have written since this one read the lock.
            note_hash(&Store::lock(&store.root)?, output, &sha256, &mut transaction)?;
        }
        for root in self.machine.keys() {
            note_hash(&Store::machine(root)?, output, &sha256, &mut transaction)?;
        }
        transaction.commit()
    }
}

/// Writes outputs and the records that protect them in one transaction; gives the folders that were made.
fn write_protected(
    steps: Vec<Step<'_>>,
    after: &After<'_>,
    stores: &[&Store],
    announced: Option<&Token>,
) -> Result<Vec<PathBuf>, Failure> {
    let mut transaction = Transaction::new(announced.cloned().unwrap_or_else(Token::random));
    transaction.add(steps)?;
    let made = transaction.made_folders().to_vec();
    let mut unused_folders = Vec::new();
    for store in stores {
        let (record, unused) = after.record(store, &made);
        unused_folders.extend(unused);
        let step = if announced.is_some() { Some(store.replacing(&record)?) } else { store.step(&record)? };
        transaction.add(step.into_iter().collect())?;
    }
    transaction.commit()?;
    unused_folders.iter().for_each(write::remove_empty_folder);
    Ok(made)
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
