//! The path that is probably meant by one that is not there.

use std::path::{Path, PathBuf};

use crate::diagnostic::closest;

/// In larger folders nothing is looked for.
const MOST_ENTRIES: usize = 10_000;

/// What is there under nearly the same name: the file itself, or a folder on the way to it.
pub(super) fn near(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return near(folder?).map(|folder| folder.join(name)).filter(|path| path.exists());
    }
    let entries = folder.unwrap_or(Path::new(".")).read_dir().ok()?.take(MOST_ENTRIES);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let near = closest(name, names.iter().map(String::as_str))?;
    Some(folder.map_or_else(|| PathBuf::from(near), |folder| folder.join(near)))
}
