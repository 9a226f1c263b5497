//! Paths as text: nothing here looks at the disk.

use std::path::{Component, Path, PathBuf};

/// The longest path that Linux opens, in bytes: `PATH_MAX` of limits.h without the zero at its end.
pub const LONGEST_PATH: usize = 4095;

/// Resolves `.` and `..` by text, as Emacs' `expand-file-name` does (rule T-050).
pub fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

/// `path` as seen from `folder`, with `..` where needed and `/` between parts; both absolute and normalised.
pub fn relative(path: &Path, folder: &Path) -> String {
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = path.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A relative path with `/` between its parts.
pub fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{normalise, relative};

    #[test]
    fn paths_are_taken_by_text() {
        assert_eq!(normalise(Path::new("/p/./a/../../b//c/")), Path::new("/b/c"));
        assert_eq!(relative(Path::new("/p/org/a.org"), Path::new("/p/generated")), "../org/a.org");
        assert_eq!(relative(Path::new("/p/a/b"), Path::new("/p")), "a/b");
    }
}
