//! File names as Emacs takes them: resolved by text, never by looking at the disk (rule T-050).

use std::path::{Path, PathBuf};

use crate::path::normalise;

/// What a file name in a document stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExpandedPath {
    /// An absolute, normalised path.
    Path(PathBuf),
    /// `~user/…`: another user's home folder, which only the machine knows.
    OtherHome,
    /// `/method:host:…`: a file on another machine.
    Remote,
}

/// Makes a file name absolute: relative ones are in `folder`, `~` is `home`.
pub(crate) fn expand(name: &str, folder: &Path, home: &Path) -> ExpandedPath {
    if is_remote(name) {
        return ExpandedPath::Remote;
    }
    if let Some(rest) = name.strip_prefix('~') {
        return match rest.strip_prefix('/') {
            Some(below) => ExpandedPath::Path(normalise(&home.join(below.trim_start_matches('/')))),
            None if rest.is_empty() => ExpandedPath::Path(normalise(home)),
            None => ExpandedPath::OtherHome,
        };
    }
    ExpandedPath::Path(normalise(&folder.join(name)))
}

/// Whether a name says itself where it is, so that no out-dir moves it.
pub(crate) fn is_anchored(name: &str) -> bool {
    name.starts_with('/') || name.starts_with('~')
}

/// `/ssh:host:path` and its like: a method, a host, a path.
pub(crate) fn is_remote(name: &str) -> bool {
    let Some((method, rest)) = name.strip_prefix('/').and_then(|name| name.split_once(':')) else { return false };
    let is_method = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !method.is_empty() && method.chars().all(is_method) && rest.contains(':')
}

/// A path as it would be written in `folder`, with `..` where needed; both absolute. The path is taken as text, since
/// a link's search part may be after it (rule T-079).
pub(crate) fn written_in(path: &str, folder: &str) -> String {
    let path = normal_parts(path);
    let folder: Vec<_> = normal_parts(folder).into_iter().filter(|part| !part.is_empty()).collect();
    let common = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; folder.len() - common];
    parts.extend(&path[common..]);
    parts.join("/")
}

/// The parts of an absolute path; an empty last one stands for a slash at the end.
fn normal_parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut ends_in_folder = path.ends_with('/');
    for part in path.split('/') {
        match part {
            "" => {}
            "." => ends_in_folder = false,
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    ends_in_folder &= !path.ends_with("/./") && !path.ends_with("/../");
    if ends_in_folder && !parts.is_empty() {
        parts.push("");
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{ExpandedPath, expand, written_in};

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let expanded = expand(name, Path::new("/p/org"), Path::new("/home/ann"));
        assert_eq!(expanded, ExpandedPath::Path(PathBuf::from(expected)), "{name}");
    }

    #[test]
    fn names_are_resolved_by_text() {
        check("a", "/p/org/a");
        check("./x/../a", "/p/org/a");
        check("../../../a", "/a");
        check("/etc//x", "/etc/x");
        check("~/x", "/home/ann/x");
        check("~", "/home/ann");
        check("a:b.sh", "/p/org/a:b.sh");
        assert_eq!(expand("/ssh:host:/x", Path::new("/p"), Path::new("/h")), ExpandedPath::Remote);
        assert_eq!(expand("~root/x", Path::new("/p"), Path::new("/h")), ExpandedPath::OtherHome);
    }

    #[test]
    fn a_link_is_relative_to_its_target() {
        assert_eq!(written_in("/p/input.org::*Head", "/p/out/deep"), "../../input.org::*Head");
        assert_eq!(written_in("/p/input.org::*see http://a//b and ../c", "/p"), "input.org::*see http:/a/b and ../c");
    }
}
