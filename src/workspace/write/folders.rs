//! Opens and makes folders below a root without following any link.
//!
//! Each part of a path is opened from the folder before it with `O_NOFOLLOW` (open(2)), so a link that is swapped in
//! after the path was checked is refused by the kernel. This needs no `openat2`, which older kernels and some
//! containers lack; the crate `cap-std` follows links that stay inside, which is what must not happen here.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::workspace::confine::ConfinedPath;

/// Maximum number of folders kept open: a process may not have many files.
const MAXIMUM_OPEN: usize = 64;

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Open folders by their real paths, opened again when they are needed again.
#[derive(Debug, Default)]
pub(super) struct Folders {
    open: BTreeMap<PathBuf, Arc<OwnedFd>>,
    /// Folders that were made, outermost first.
    made: Vec<PathBuf>,
}

impl Folders {
    /// The folder that a file is in.
    pub(super) fn parent(&mut self, place: &ConfinedPath) -> io::Result<Arc<OwnedFd>> {
        self.get(place.path().parent().unwrap_or(Path::new("/")))
    }

    /// The folders that were made, outermost first.
    pub(super) fn made(&self) -> &[PathBuf] {
        &self.made
    }

    /// Makes each missing folder on the way to a file.
    pub(super) fn make(&mut self, place: &ConfinedPath) -> io::Result<()> {
        let path = place.path();
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut missing = Vec::new();
        let mut existing = folder;
        while let Err(refused) = self.get(existing) {
            let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else { return Err(refused) };
            if refused.kind() != io::ErrorKind::NotFound {
                return Err(refused);
            }
            missing.push(name);
            existing = parent;
        }
        let mut folder = existing.to_owned();
        for name in missing.into_iter().rev() {
            let parent = self.get(&folder)?;
            folder.push(name);
            match rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(0o777)) {
                Ok(()) => self.made.push(folder.clone()),
                Err(rustix::io::Errno::EXIST) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        Ok(())
    }

    /// Removes the folders that were made, as far as they are empty.
    pub(super) fn remove_made(&mut self) {
        for folder in std::mem::take(&mut self.made).into_iter().rev() {
            remove_empty(&folder);
        }
    }

    fn get(&mut self, path: &Path) -> io::Result<Arc<OwnedFd>> {
        if let Some(folder) = self.open.get(path) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(open(path)?);
        if self.open.len() >= MAXIMUM_OPEN {
            self.open.clear();
        }
        self.open.insert(path.to_owned(), Arc::clone(&folder));
        Ok(folder)
    }
}

/// Removes a folder by its absolute path if it is empty; best effort.
pub(super) fn remove_empty(path: &Path) {
    if let (Some(parent), Some(name)) = (path.parent(), path.file_name())
        && let Ok(folder) = open(parent)
    {
        let _ = rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR);
    }
}

/// Opens a folder by its absolute path, which must hold no link.
pub(super) fn open(path: &Path) -> io::Result<OwnedFd> {
    let mut names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    let root = rustix::fs::openat(CWD, "/", FOLDER, Mode::empty())?;
    names.try_fold(root, |folder, name: &OsStr| Ok(rustix::fs::openat(&folder, name, FOLDER, Mode::empty())?))
}
