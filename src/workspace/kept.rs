//! The texts of documents as they were last written, which this machine keeps so that a plan can say what an edit means.
//!
//! They lie beside this machine's records, for their owner alone, one file a document and root: the hash of the text, then
//! the text. They are a help and not a record: what cannot be kept is no fault, and a text that might not be the one of the
//! last write is not kept. The hash shows what a power cut has torn, so nobody waits until the disk has them.

use std::borrow::Cow;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::confine::Roots;
use super::file::{self, Links};
use super::state::state_folder;
use super::write::{self, Action, Durability, Expected, Step};
use crate::record::hash;

/// Maximum length of a text that is kept, with its hash.
const LONGEST: usize = 1 << 20;
/// Maximum number of texts that are kept: the oldest goes first.
const MOST: usize = 100;

/// The text of a document's last write below a root, if it was kept.
pub fn read(root: &Path, document: &Path) -> Option<Vec<u8>> {
    let kept = file::read(&place(root, document)?, Links::Refuse, LONGEST as u64).ok().flatten()?;
    let line_end = kept.iter().position(|byte| *byte == b'\n')?;
    let text = &kept[line_end + 1..];
    (hash(text).as_bytes() == &kept[..line_end]).then(|| text.to_owned())
}

/// Forgets the text of a document: what is written next may not be what it gives.
pub fn forget(root: &Path, document: &Path) {
    if let Some(file) = place(root, document) {
        let _ = fs::remove_file(file);
    }
}

/// Keeps the text of a document that was just written.
pub fn keep(root: &Path, document: &Path, text: &str) {
    let kept = format!("{}\n{text}", hash(text.as_bytes()));
    if kept.len() > LONGEST {
        return;
    }
    let Some(file) = place(root, document) else { return };
    let Some(folder) = file.parent() else { return };
    if DirBuilder::new().recursive(true).mode(0o700).create(folder).is_err() {
        return;
    }
    let target = Roots::new(folder, &[]).ok().and_then(|roots| roots.place(&file).ok());
    let (bytes, durability) = (Cow::Owned(kept.into_bytes()), Durability::Later);
    let action = Action::Write { bytes, mode: 0o600, make_folders: false, durability };
    if let Some(place) = target {
        let _ = write::write(vec![Step { place, expected: Expected::Anything, action }]);
    }
}

/// Leaves no more texts than are to be kept.
pub fn drop_oldest() {
    let Some(folder) = folder() else { return };
    let age = |entry: fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut kept: Vec<(SystemTime, PathBuf)> = entries.filter_map(age).collect();
    kept.sort();
    for (_, file) in kept.iter().rev().skip(MOST) {
        let _ = fs::remove_file(file);
    }
}

/// A document may be written below several roots, such as by another out-dir.
fn place(root: &Path, document: &Path) -> Option<PathBuf> {
    let name = hash(format!("{}\0{}", root.display(), document.display()).as_bytes());
    Some(folder()?.join(format!("{name}.org")))
}

fn folder() -> Option<PathBuf> {
    Some(state_folder().ok()?.join("texts"))
}
