//! Writes a set of files: all or none, each whole, each with its final mode from its first byte.
//!
//! 1. Every new file is made under a temporary name in its own folder, with its mode, then filled. It is synced, many at a
//!    time, unless a record knows what a power cut may leave of it (`record::unsynced`).
//! 2. Each new file changes places with its target (`replacement`). A target that is not what the step was decided on
//!    is put back; the first failure, or a panic, takes every step back.
//! 3. The old files go, unless somebody wrote into one of them meanwhile: then every step is taken back as well.
//!
//! Folders are opened without following links (`folders`). Temporary names have a random part, so they are nobody's
//! target; who wants a killed run to be cleaned up notes them down first (`leftover`).
//!
//! A file that another program saves at any moment of this is kept.

mod folders;
pub mod leftover;
mod replacement;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{Mode, OFlags};

use super::Failure;
use super::confine::ConfinedPath;
use folders::Folders;
use replacement::{Replacement, ReplacementState};

/// Maximum number of new files kept open before they are filled: a process may not have many.
const MAXIMUM_EMPTY: usize = 128;
/// Number of files and folders that are waited for at a time.
const WAITING: usize = 16;

/// One thing to do to one file.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The file.
    pub place: ConfinedPath,
    /// What the step was decided on.
    pub expected: Expected<'a>,
    /// What to do.
    pub action: Action<'a>,
}

/// What was at a place when a step was decided. If something else is there by now, somebody has just put it there, and
/// the step would lose it.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'a> {
    /// Nothing.
    Nothing,
    /// A file with this content.
    File(&'a [u8]),
    /// Whatever is there may go.
    Anything,
}

/// What is done to a file.
#[derive(Debug, Clone)]
pub enum Action<'a> {
    /// Give it this content and mode; missing folders are made if `make_folders` says so.
    Write {
        /// The whole content.
        bytes: Cow<'a, [u8]>,
        /// Permission bits.
        mode: u32,
        /// Whether missing folders are made.
        make_folders: bool,
        /// When the disk must have the content.
        durability: Durability,
    },
    /// Give it this mode.
    SetMode(u32),
    /// Remove it.
    Remove,
}

/// When the disk must have what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Before the file gets its name.
    BeforeUse,
    /// When the kernel finds the time: whoever reads it knows what a power cut may leave, as a record that is on disk
    /// already does.
    Later,
}

/// The part of temporary names that is one run's own.
#[derive(Debug, Clone)]
pub struct RunToken(String);

/// Steps that are being taken. Unless it is committed, all of them are taken back.
#[derive(Debug)]
pub struct Transaction<'a> {
    token: RunToken,
    folders: Folders,
    replacements: Vec<Replacement<'a>>,
    is_committed: bool,
}

/// Carries out all steps or none.
///
/// # Errors
/// The first thing that could not be done; every file is as it was before.
pub fn write(steps: Vec<Step<'_>>) -> Result<(), Failure> {
    let mut transaction = Transaction::new(RunToken::random());
    transaction.add(steps)?;
    transaction.commit()
}

/// Removes a folder if it is empty; keeps it otherwise.
pub fn remove_empty_folder(place: &ConfinedPath) {
    folders::remove_empty(&place.path());
}

impl RunToken {
    /// A token that no other run has.
    pub fn random() -> Self {
        Self(format!("{:016x}", RandomState::new().hash_one(std::process::id())))
    }

    /// The temporary name for the file of the step with this number.
    pub fn name(&self, number: usize) -> String {
        format!("{}{}-{number}", leftover::PREFIX, self.0)
    }
}

impl<'a> Transaction<'a> {
    /// No steps yet.
    pub fn new(token: RunToken) -> Self {
        Self { token, folders: Folders::default(), replacements: Vec::new(), is_committed: false }
    }

    /// Prepares more steps: makes folders and new files. No target is touched yet.
    ///
    /// # Errors
    /// The first thing that could not be made.
    pub fn add(&mut self, steps: Vec<Step<'a>>) -> Result<(), Failure> {
        // A folder that one step makes may be where the file of an earlier step goes.
        for Step { place, action, .. } in &steps {
            if let Action::Write { make_folders: true, .. } = action {
                self.folders.make(place).map_err(|reason| Failure::Write(place.path(), reason))?;
            }
        }
        let mut empty = Vec::new();
        for step in steps {
            let path = step.place.path();
            let file = self.prepare(step).map_err(|reason| Failure::Write(path, reason))?;
            empty.extend(file.map(|file| (file, self.replacements.len() - 1)));
            if empty.len() >= MAXIMUM_EMPTY {
                self.fill(&empty)?;
                self.complete(&empty)?;
                empty.clear();
            }
        }
        self.fill(&empty)?;
        self.complete(&empty)
    }

    /// Folders that were made so far, outermost first, as real paths.
    pub fn made_folders(&self) -> &[PathBuf] {
        self.folders.made()
    }

    /// Takes all steps.
    ///
    /// # Errors
    /// The first step that could not be taken; every file is as it was before.
    pub fn commit(mut self) -> Result<(), Failure> {
        for replacement in &mut self.replacements {
            let committed = self.folders.parent(&replacement.place).and_then(|folder| replacement.commit(&folder));
            committed.map_err(|reason| Failure::Write(replacement.place.path(), reason))?;
        }
        for replacement in &self.replacements {
            let checked = self.folders.parent(&replacement.place).and_then(|folder| replacement.check(&folder));
            checked.map_err(|reason| Failure::Write(replacement.place.path(), reason))?;
        }
        self.is_committed = true;
        Ok(())
    }

    fn prepare(&mut self, step: Step<'a>) -> io::Result<Option<File>> {
        let Step { place, expected, action } = step;
        let folder = self.folders.parent(&place)?;
        let name = place.relative.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::other("the path names no file"))?.to_owned();
        let temporary = self.token.name(self.replacements.len());
        let mut replacement =
            Replacement { place, name, temporary, expected, action, new: None, state: ReplacementState::Prepared };
        let file = replacement.create(&folder);
        self.replacements.push(replacement);
        file
    }

    /// Gives new files that are whole the names they are exchanged under.
    fn complete(&mut self, filled: &[(File, usize)]) -> Result<(), Failure> {
        for (_, index) in filled {
            let replacement = &mut self.replacements[*index];
            let completed = self.folders.parent(&replacement.place).and_then(|folder| replacement.complete(&folder));
            completed.map_err(|reason| Failure::Write(replacement.place.path(), reason))?;
        }
        Ok(())
    }

    /// Gives new files their content and makes it last.
    fn fill(&self, empty: &[(File, usize)]) -> Result<(), Failure> {
        let fill = |(file, index): &(File, usize)| {
            let Replacement { place, action: Action::Write { bytes, durability, .. }, .. } = &self.replacements[*index]
            else {
                return Ok(());
            };
            let mut file = file;
            let written = file.write_all(bytes).and_then(|()| match durability {
                Durability::BeforeUse => file.sync_all(),
                Durability::Later => Ok(()),
            });
            written.map_err(|reason| Failure::Write(place.path(), reason))
        };
        let waits = |(_, index): &(File, usize)| {
            matches!(&self.replacements[*index].action, Action::Write { durability: Durability::BeforeUse, .. })
        };
        if empty.iter().filter(|new| waits(new)).count() < 2 {
            return empty.iter().try_for_each(fill);
        }
        many_at_a_time(empty, &fill)
    }
}

impl Transaction<'_> {
    /// Syncing a folder makes its renames last. Some file systems refuse, which loses nothing.
    fn sync_folders(&mut self) {
        let parents: BTreeSet<PathBuf> = self
            .replacements
            .iter()
            .filter_map(|replacement| replacement.place.path().parent().map(Path::to_owned))
            .collect();
        let sync = |parent: &PathBuf| {
            let _ = folders::open(parent)
                .and_then(|folder| {
                    Ok(rustix::fs::openat(&folder, ".", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?)
                })
                .and_then(|folder| Ok(rustix::fs::fsync(folder)?));
            Ok(())
        };
        let _ = many_at_a_time(&parents.into_iter().collect::<Vec<_>>(), &sync);
    }
}

/// Does the work for each item, many at a time, since it waits for the disk, which takes together what comes together;
/// gives the first failure.
fn many_at_a_time<T: Sync>(items: &[T], work: &(impl Fn(&T) -> Result<(), Failure> + Sync)) -> Result<(), Failure> {
    if items.len() < 2 {
        return items.iter().try_for_each(work);
    }
    thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(items.len().div_ceil(WAITING))
            .map(|share| {
                let in_order = move || share.iter().try_for_each(work);
                // Where no thread can start, this one does the work.
                thread::Builder::new().spawn_scoped(scope, in_order).map_err(|_| in_order())
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker {
            Ok(worker) => worker.join().expect("writing does not panic"),
            Err(done) => done,
        })
    })
}

impl Drop for Transaction<'_> {
    /// Best effort: where something has to be taken back, the file system has already refused once.
    fn drop(&mut self) {
        if self.is_committed {
            self.sync_folders();
        }
        for replacement in self.replacements.iter_mut().rev() {
            let Ok(folder) = self.folders.parent(&replacement.place) else { continue };
            if !self.is_committed {
                replacement.undo(&folder);
            }
            replacement.forget(&folder);
        }
        if !self.is_committed {
            self.folders.remove_made();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use super::{Action, Durability, Expected, RunToken, Step, Transaction, leftover, write};
    use crate::workspace::confine::ConfinedPath;

    fn place(root: &Path, relative: &str) -> ConfinedPath {
        ConfinedPath { root: root.canonicalize().unwrap(), relative: PathBuf::from(relative) }
    }

    fn file<'a>(root: &Path, relative: &str, text: &'a str, mode: u32) -> Step<'a> {
        let (bytes, durability) = (text.as_bytes().into(), Durability::BeforeUse);
        let action = Action::Write { bytes, mode, make_folders: true, durability };
        Step { place: place(root, relative), expected: Expected::Anything, action }
    }

    fn removal<'a>(root: &Path, relative: &str, text: &'a str) -> Step<'a> {
        Step { expected: Expected::File(text.as_bytes()), action: Action::Remove, ..file(root, relative, "", 0) }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(root: &Path, name: &str) -> String {
        std::fs::read_to_string(root.join(name)).unwrap()
    }

    #[test]
    fn files_get_their_content_their_mode_and_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mut transaction = Transaction::new(RunToken::random());
        transaction.add(vec![file(root, "a/b/secret", "x\n", 0o600), file(root, "run.sh", "y\n", 0o755)]).unwrap();
        assert_eq!(transaction.made_folders().len(), 2);
        transaction.commit().unwrap();
        assert_eq!(read(root, "a/b/secret"), "x\n");
        assert_eq!(root.join("a/b/secret").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(names(root), ["a", "run.sh"]);
    }

    #[test]
    fn a_failure_half_way_puts_everything_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("one"), "old one\n").unwrap();
        std::fs::write(root.join("gone"), "old gone\n").unwrap();
        std::fs::create_dir_all(root.join("taken/inside")).unwrap();
        let steps = vec![
            file(root, "one", "new one\n", 0o600),
            file(root, "deep/two", "new two\n", 0o644),
            removal(root, "gone", "old gone\n"),
            // A folder cannot be replaced by a file: this step fails.
            file(root, "taken", "never\n", 0o644),
        ];
        write(steps).unwrap_err();
        assert_eq!(names(root), ["gone", "one", "taken"]);
        assert_eq!((read(root, "one"), read(root, "gone")), ("old one\n".to_owned(), "old gone\n".to_owned()));
    }

    #[test]
    fn steps_that_are_not_committed_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mut transaction = Transaction::new(RunToken::random());
        transaction.add(vec![file(root, "a/b", "x\n", 0o644)]).unwrap();
        drop(transaction);
        assert_eq!(names(root), [""; 0]);
    }

    #[test]
    fn names_that_look_like_temporary_ones_and_long_ones_are_targets_like_others() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let long = "x".repeat(255);
        let targets = ["a", ".a.qvm-tangle-new", ".a.qvm-tangle-old", ".qvm-tangle-0-0", &long];
        write(targets.iter().map(|name| file(root, name, name, 0o644)).collect()).unwrap();
        assert_eq!(names(root).len(), targets.len());
        for name in targets {
            assert_eq!(read(root, name), name);
        }
    }

    #[test]
    fn what_somebody_has_just_saved_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("new"), "just made\n").unwrap();
        std::fs::write(root.join("edited"), "just edited\n").unwrap();
        let cases =
            [("new", Expected::Nothing), ("edited", Expected::File(b"old\n")), ("gone", Expected::File(b"old\n"))];
        for (name, expected) in cases {
            let steps = vec![file(root, "other", "x\n", 0o644), Step { expected, ..file(root, name, "ours\n", 0o644) }];
            write(steps).unwrap_err();
        }
        write(vec![removal(root, "edited", "old\n")]).unwrap_err();
        assert_eq!(names(root), ["edited", "new"]);
        assert_eq!((read(root, "new"), read(root, "edited")), ("just made\n".to_owned(), "just edited\n".to_owned()));
    }

    #[test]
    fn a_save_between_preparing_and_committing_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a"), "old\n").unwrap();
        let step = Step { expected: Expected::File(b"old\n"), ..file(root, "a", "ours\n", 0o644) };
        let mut transaction = Transaction::new(RunToken::random());
        transaction.add(vec![file(root, "first", "x\n", 0o644), step]).unwrap();
        std::fs::write(root.join("saved"), "theirs\n").unwrap();
        std::fs::rename(root.join("saved"), root.join("a")).unwrap();
        transaction.commit().unwrap_err();
        assert_eq!((names(root), read(root, "a")), (vec!["a".to_owned()], "theirs\n".to_owned()));
    }

    #[test]
    fn a_link_swapped_in_after_the_check_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let step = file(folder.path(), "sub/file", "x\n", 0o644);
        std::os::unix::fs::symlink(outside.path(), folder.path().join("sub")).unwrap();
        write(vec![step]).unwrap_err();
        assert_eq!(names(outside.path()), [""; 0]);
    }

    #[test]
    fn what_a_killed_run_left_goes_and_what_somebody_saved_meanwhile_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let temporary = RunToken::random().name(0);
        let clear = |temporary: &str| {
            leftover::clear(&place(root, "a"), temporary, &|bytes| bytes.starts_with(b"ours")).unwrap();
        };
        // (what the temporary file holds, what the target holds, what the target holds afterwards)
        let cases = [
            ("ours new", Some("ours old"), "ours old"),
            ("ours old", Some("ours new"), "ours new"),
            ("theirs", Some("ours new"), "theirs"),
            ("theirs", None, "theirs"),
        ];
        for (left, target, expected) in cases {
            let _ = std::fs::remove_file(root.join("a"));
            if let Some(text) = target {
                std::fs::write(root.join("a"), text).unwrap();
            }
            std::fs::write(root.join(&temporary), left).unwrap();
            clear(&temporary);
            assert_eq!((names(root), read(root, "a").as_str()), (vec!["a".to_owned()], expected), "{left}, {target:?}");
        }
        std::fs::write(root.join("mine"), "ours").unwrap();
        for name in ["mine", "../mine", ".qvm-tangle-", ".qvm-tangle-../mine"] {
            clear(name);
        }
        assert_eq!(names(root), ["a", "mine"], "a record's word leads to no other file");
    }
}
