//! Runs that write take turns: an editor that saves, a watcher and a person at a shell may start one at the same moment.
//!
//! A run holds an advisory lock (flock(2)) on each root it may write below, from before it looks at the disk until it has
//! written. The kernel lets go of it when the process ends, however it ends, so no file is left that could be stale.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags};

use super::records::make_machine_folder;
use super::state::state_folder;

/// Maximum number of roots locked one by one: a process may not have many open files.
const MAXIMUM_ROOTS: usize = 64;

/// The right to write below some folders until it is dropped.
#[derive(Debug)]
pub struct RunLock {
    _locks: Vec<OwnedFd>,
}

impl RunLock {
    /// Waits until no other run writes below these folders, which need not exist yet.
    ///
    /// Every run shares the state folder; one with very many roots has it alone instead. A file system that knows no
    /// locks, or a folder that may not be read, is passed over: what was there when the run looked is compared again at
    /// the last moment (`write::Expected`).
    pub fn take<'a>(roots: impl IntoIterator<Item = &'a Path>) -> Self {
        // Sorted, so that two runs never wait for each other.
        let folders: BTreeSet<&Path> = roots.into_iter().filter_map(existing).collect();
        let state = make_machine_folder().and_then(|_| state_folder()).ok();
        let lock_state = |operation| state.as_deref().and_then(|state| lock(state, operation));
        if folders.len() > MAXIMUM_ROOTS {
            return Self { _locks: lock_state(FlockOperation::LockExclusive).into_iter().collect() };
        }
        let shared = lock_state(FlockOperation::LockShared);
        let locks = folders.into_iter().filter_map(|folder| lock(folder, FlockOperation::LockExclusive));
        Self { _locks: shared.into_iter().chain(locks).collect() }
    }

    /// Waits until no other run changes this machine's records.
    pub fn of_records(folder: &Path) -> Self {
        Self { _locks: lock(folder, FlockOperation::LockExclusive).into_iter().collect() }
    }
}

fn existing(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.is_dir())
}

fn lock(folder: &Path, operation: FlockOperation) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, flags, Mode::empty()).ok()?;
    rustix::fs::flock(&folder, operation).ok()?;
    Some(folder)
}
