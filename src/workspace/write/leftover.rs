//! What a killed run left under temporary names, and what becomes of it.
//!
//! A temporary file holds the new text (the run was killed before the exchange), the old text (after it), or what another
//! program saved at that very moment. The first two are known by their hashes and go; the third is put back. A new file
//! that is not whole yet has a name of its own, since no hash tells it from a text of somebody else.

use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;

use super::folders;
use super::replacement::{look, move_to_free, open_file, partial};
use crate::record::FIRST_WORDS;
use crate::workspace::confine::ConfinedPath;

/// How every temporary name starts.
pub(super) const PREFIX: &str = ".qvm-tangle-";

/// Clears the temporary name that a killed run noted down for a target; `is_ours` knows our texts.
///
/// # Errors
/// The folder or a file in it cannot be used.
pub fn clear(target: &ConfinedPath, temporary: &str, is_ours: &dyn Fn(&[u8]) -> bool) -> io::Result<()> {
    let path = target.path();
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    if !is_temporary(temporary) {
        return Ok(());
    }
    let folder = match folders::open(parent) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    for temporary in [temporary.to_owned(), format!("{temporary}-old")] {
        clear_one(&folder, name, &temporary, is_ours)?;
    }
    match rustix::fs::unlinkat(&folder, partial(temporary), AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}

/// Removes records that a killed run had not yet given their name in a folder, which no other run uses now.
///
/// # Errors
/// The folder or a file in it cannot be used.
pub fn clear_records(folder: &Path) -> io::Result<()> {
    let names = match folder.read_dir() {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()),
    };
    let left: Vec<String> = names.filter(|name| is_temporary(name.trim_end_matches("-part"))).collect();
    if left.is_empty() {
        return Ok(());
    }
    let folder = folders::open(&folder.canonicalize()?)?;
    for name in left {
        let is_file = look(&folder, &name)?.is_some_and(|found| is_regular(&found));
        let is_record =
            |bytes: &[u8]| bytes.starts_with(FIRST_WORDS.as_bytes()) || FIRST_WORDS.as_bytes().starts_with(bytes);
        if is_file && is_record(&bytes(&folder, &name)?) {
            rustix::fs::unlinkat(&folder, &name, AtFlags::empty())?;
        }
    }
    Ok(())
}

/// Whether a name is of the form that `Token` gives: nothing that a record says leads to another file.
fn is_temporary(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
}

fn clear_one(folder: &OwnedFd, name: &str, temporary: &str, is_ours: &dyn Fn(&[u8]) -> bool) -> io::Result<()> {
    let Some(found) = look(folder, temporary)? else { return Ok(()) };
    if !is_regular(&found) {
        return Ok(());
    }
    let target = look(folder, name)?;
    let is_second_name =
        target.as_ref().is_some_and(|target| (target.st_dev, target.st_ino) == (found.st_dev, found.st_ino));
    if is_second_name || is_ours(&bytes(folder, temporary)?) {
        return Ok(rustix::fs::unlinkat(folder, temporary, AtFlags::empty())?);
    }
    match target {
        None => move_to_free(folder, temporary, name),
        Some(other) if is_regular(&other) && is_ours(&bytes(folder, name)?) => {
            Ok(rustix::fs::renameat(folder, temporary, folder, name)?)
        }
        // Two texts of somebody else: both stay.
        Some(_) => Ok(()),
    }
}

fn is_regular(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::RegularFile
}

fn bytes(folder: &OwnedFd, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(folder, name)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
