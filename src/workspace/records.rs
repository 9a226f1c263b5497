//! The files in which records lie: `qvm-tangle.lock` in an output folder, and this machine's records in its state folder.
//!
//! A machine has one record a root: an output folder, a project, a document's folder, a home. What a record says is
//! `record`'s business, which records a run needs is `build::records`'.

use std::borrow::Cow;
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::confine::{ConfinedPath, Roots};
use super::state::{boot, state_folder};
use super::write::{Action, Durability, Expected, Step};
use super::{Failure, load};
use crate::path::{normalise, slashed};
use crate::record::{LOCK_NAME, Record, hash};

/// A record and the file it was read from.
#[derive(Debug, Clone)]
pub struct Store {
    /// The real folder that the record's paths are relative to.
    pub root: PathBuf,
    /// The record's file.
    pub file: PathBuf,
    /// The text as it was read; none if there is no file.
    pub text: Option<Vec<u8>>,
    /// What it says.
    pub record: Record,
    /// This boot of the machine, where the record may have notes of files that are not synced.
    pub boot: Option<String>,
}

impl Store {
    /// The lock of an output folder; `root` is its real path.
    ///
    /// # Errors
    /// The lock cannot be read or is damaged.
    pub fn lock(root: &Path) -> Result<Self, Failure> {
        let advice = "restore it from version control, or remove it and run again (files that differ will then count \
                      as edited by hand)";
        Self::read(root, root.join(LOCK_NAME), advice)
    }

    /// This machine's record for a root, by its real path.
    ///
    /// # Errors
    /// There is no state folder, or the record in it cannot be read or is damaged.
    pub fn machine(root: &Path) -> Result<Self, Failure> {
        let advice = "remove it and run again (files that differ will then count as not made by qvm-tangle)";
        let name = root.display().to_string();
        let mut store = Self::read(root, machine_folder()?.join(format!("{}.toml", hash(name.as_bytes()))), advice)?;
        store.record.root = Some(name);
        store.boot = boot();
        store.record.rule_out_torn(store.boot.as_deref());
        Ok(store)
    }

    fn read(root: &Path, file: PathBuf, advice: &str) -> Result<Self, Failure> {
        let text = load::lock(&file)?;
        let record = match &text {
            None => Record::empty(),
            Some(bytes) => Record::parse(&String::from_utf8_lossy(bytes)).map_err(|reason| {
                Failure::Unusable(file.clone(), format!("is damaged or not ours: {reason}; {advice}"))
            })?,
        };
        Ok(Self { root: root.to_owned(), file, text, record, boot: None })
    }

    /// Whether it is the lock of an output folder, and not this machine's record.
    pub fn is_lock(&self) -> bool {
        self.record.root.is_none()
    }

    /// What the record calls a real path; none if it lies elsewhere.
    pub fn key(&self, path: &Path) -> Option<String> {
        path.strip_prefix(&self.root).ok().map(slashed)
    }

    /// The path that a record's word stands for.
    pub fn path(&self, key: &str) -> PathBuf {
        normalise(&self.root.join(key))
    }

    /// The step that gives the record's file a text; none if it has that text.
    ///
    /// # Errors
    /// The file is a link that leads elsewhere.
    pub fn step(&self, record: &Record) -> Result<Option<Step<'static>>, Failure> {
        let has_it = match &self.text {
            Some(text) => *text == record.print().into_bytes(),
            None => *record == self.empty(),
        };
        if has_it { Ok(None) } else { self.replacing(record).map(Some) }
    }

    /// The step that gives the record's file a text, whatever it has now.
    ///
    /// # Errors
    /// The file is a link that leads elsewhere.
    pub fn replacing(&self, record: &Record) -> Result<Step<'static>, Failure> {
        self.writing(record.print().into_bytes())
    }

    /// Cuts the record's file, which has this length, to a shorter one; best effort, since what stands there in between is
    /// as true.
    pub fn cut(&self, from: usize, to: usize) {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let options = OpenOptions::new().write(true).custom_flags(flags.bits().cast_signed()).open(&self.file);
        if let Ok(file) = options
            && file.metadata().is_ok_and(|found| found.is_file() && found.len() == from as u64)
        {
            let _ = file.set_len(to as u64);
        }
    }

    /// The step that takes the file back to what it was when it was read.
    pub fn restoring(&self) -> Option<Step<'static>> {
        match &self.text {
            Some(text) => self.writing(text.clone()).ok(),
            None => Some(Step { place: self.place().ok()?, expected: Expected::Anything, action: Action::Remove }),
        }
    }

    fn writing(&self, text: Vec<u8>) -> Result<Step<'static>, Failure> {
        // A machine's record tells where a person's files are.
        let mode = if self.is_lock() { 0o644 } else { 0o600 };
        let durability = Durability::BeforeUse;
        let action = Action::Write { bytes: Cow::Owned(text), mode, make_folders: true, durability };
        Ok(Step { place: self.place()?, expected: Expected::Anything, action })
    }

    fn empty(&self) -> Record {
        let mut empty = Record::empty();
        empty.root.clone_from(&self.record.root);
        empty
    }

    fn place(&self) -> Result<ConfinedPath, Failure> {
        let folder = self.file.parent().unwrap_or(&self.file);
        Roots::new(folder, &[])?.place(&self.file).map_err(|_| {
            Failure::Unusable(self.file.clone(), "is a symbolic link that leads to another folder".to_owned())
        })
    }
}

/// The folder of this machine's records; it need not exist yet.
///
/// # Errors
/// There is no place for state.
pub fn machine_folder() -> Result<PathBuf, Failure> {
    Ok(state_folder()?.join("outputs"))
}

/// Makes the folder of this machine's records, for its owner alone.
///
/// # Errors
/// It cannot be made.
pub fn make_machine_folder() -> Result<PathBuf, Failure> {
    let folder = machine_folder()?;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map(|()| folder.clone()).map_err(|reason| Failure::Write(folder, reason))
}
