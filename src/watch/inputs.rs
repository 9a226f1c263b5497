//! What a run reads, and at which places of the file system a change of it shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// What a run reads, whether it is there or may come; all paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchedInputs {
    /// Single files.
    pub files: BTreeSet<PathBuf>,
    /// Folders with everything below them.
    pub trees: BTreeSet<WatchedTree>,
}

/// All files of one kind below a folder; hidden folders are passed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchedTree {
    /// The folder.
    pub folder: PathBuf,
    /// What the files' names end with, after the dot.
    pub extension: &'static str,
}

/// Where changes of inputs show; all paths are real ones, as events name them.
#[derive(Debug, Default)]
pub(super) struct WatchedPlaces {
    /// The folders to watch.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Inputs that have text.
    pub(super) with_text: Vec<PathBuf>,
    /// Names in those folders: of inputs, of folders on the way to them, of links.
    entries: BTreeSet<PathBuf>,
    trees: Vec<WatchedTree>,
}

impl WatchedInputs {
    /// Adds the inputs of another run.
    pub fn extend(&mut self, other: &Self) {
        self.files.extend(other.files.iter().cloned());
        self.trees.extend(other.trees.iter().cloned());
    }

    /// Looks up where changes would show.
    pub(super) fn places(&self) -> WatchedPlaces {
        let mut places = WatchedPlaces::default();
        for file in &self.files {
            places.add_file(file);
        }
        for tree in &self.trees {
            places.add_tree(tree);
        }
        places
    }
}

impl WatchedPlaces {
    fn add_file(&mut self, file: &Path) {
        self.add_way(file);
        if has_text(file) {
            self.with_text.push(file.to_owned());
        }
    }

    /// Every step of the way may be replaced: the file, a folder, a link.
    fn add_way(&mut self, path: &Path) {
        let mut steps: Vec<PathBuf> = path.ancestors().map(Path::to_owned).collect();
        steps.extend(path.canonicalize().iter().flat_map(|real| real.ancestors()).map(Path::to_owned));
        for step in steps {
            let (Some(folder), Some(name)) = (step.parent(), step.file_name()) else { continue };
            // What is not there yet comes to be in the nearest folder that is.
            let Ok(folder) = folder.canonicalize() else { continue };
            if folder.is_dir() {
                self.entries.insert(folder.join(name));
                self.folders.insert(folder);
            }
        }
    }

    fn add_tree(&mut self, tree: &WatchedTree) {
        self.add_way(&tree.folder);
        let Ok(folder) = tree.folder.canonicalize() else { return };
        let tree = WatchedTree { folder, extension: tree.extension };
        let is_hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        for entry in WalkDir::new(&tree.folder).into_iter().filter_entry(|entry| !is_hidden(entry)).flatten() {
            if entry.file_type().is_dir() {
                self.folders.insert(entry.into_path());
            } else if tree.has(entry.path()) && has_text(entry.path()) {
                self.with_text.push(entry.into_path());
            }
        }
        self.trees.push(tree);
    }

    /// Whether a folder has an input in it.
    pub(super) fn has_file_in(&self, folder: &Path) -> bool {
        let is_input = |path: &Path| path.parent() == Some(folder) && path.is_file();
        self.entries.iter().any(|entry| is_input(entry))
            || self.trees.iter().any(|tree| folder.starts_with(&tree.folder))
    }

    /// Whether a change at a path may change what a run reads.
    pub(super) fn concern(&self, path: &Path) -> bool {
        let is_folder = || path.is_dir() || self.folders.contains(path);
        self.entries.contains(path)
            || self.trees.iter().any(|tree| path.starts_with(&tree.folder) && (tree.has(path) || is_folder()))
    }
}

impl WatchedTree {
    fn has(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == self.extension)
    }
}

/// Whether there is a file with something in it.
pub(super) fn has_text(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.len() > 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{WatchedInputs, WatchedPlaces, WatchedTree};

    fn places(folder: &Path) -> WatchedPlaces {
        let tree = WatchedTree { folder: folder.join("notes"), extension: "org" };
        WatchedInputs { files: [folder.join("org/a.org"), folder.join("to/come.org")].into(), trees: [tree].into() }
            .places()
    }

    #[test]
    fn a_change_on_the_way_to_an_input_concerns_and_an_output_does_not() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("org/out")).unwrap();
        fs::create_dir_all(folder.join("notes/deep/.git")).unwrap();
        fs::create_dir_all(folder.join("notes/new")).unwrap();
        let mut places = places(&folder);
        for path in ["org", "org/a.org", "to", "notes", "notes/b.org", "notes/deep/b.org", "notes/new"] {
            assert!(places.concern(&folder.join(path)), "{path}");
        }
        for path in ["org/a.sh", "org/out", "org/.a.org.qvm-tangle-new", "notes/a.sh", "notes/deep/Makefile", "x.org"] {
            assert!(!places.concern(&folder.join(path)), "{path}");
        }
        places.folders.retain(|watched| watched.starts_with(&folder));
        let below: Vec<_> = places.folders.iter().map(|watched| watched.strip_prefix(&folder).unwrap()).collect();
        assert_eq!(below, ["", "notes", "notes/deep", "notes/new", "org"].map(Path::new));
    }

    #[test]
    fn a_link_is_watched_where_it_is_and_where_it_leads() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        for name in ["org", "real"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        fs::write(folder.join("real/a.org"), "x").unwrap();
        std::os::unix::fs::symlink("../real/a.org", folder.join("org/a.org")).unwrap();
        std::os::unix::fs::symlink("org", folder.join("link")).unwrap();
        let places = WatchedInputs { files: [folder.join("link/a.org")].into(), ..WatchedInputs::default() }.places();
        for path in ["link", "org/a.org", "real", "real/a.org"] {
            assert!(places.concern(&folder.join(path)), "{path}");
        }
    }
}
