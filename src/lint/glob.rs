//! Patterns for paths: `*` and `?` stay within a folder, `**` crosses folders.

/// Whether a path with `/` between its parts matches. A pattern without `/` is matched against the last part.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let path = if pattern.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) };
    matches_bytes(pattern.as_bytes(), path.as_bytes())
}

/// A step of a pattern.
#[derive(Clone, Copy)]
enum Step {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Some,
    /// `**`
    All,
    /// `**/`: folders, or none.
    Folders,
}

fn steps(pattern: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = pattern;
    while let Some(&first) = rest.first() {
        let (step, length) = match first {
            b'*' if rest.starts_with(b"**/") => (Step::Folders, 3),
            b'*' if rest.starts_with(b"**") => (Step::All, 2),
            b'*' => (Step::Some, 1),
            b'?' => (Step::One, 1),
            other => (Step::Byte(other), 1),
        };
        steps.push(step);
        rest = &rest[length..];
    }
    steps
}

/// Keeps, step by step, which beginnings of the path the pattern can have matched so far: no backtracking.
fn matches_bytes(pattern: &[u8], path: &[u8]) -> bool {
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for step in steps(pattern) {
        let mut next = vec![false; path.len() + 1];
        let mut is_open = false;
        for at in 0..=path.len() {
            let before = at.checked_sub(1).map(|before| (reached[before], path[before]));
            next[at] = match step {
                Step::Byte(byte) => before.is_some_and(|(was, last)| was && last == byte),
                Step::One => before.is_some_and(|(was, last)| was && last != b'/'),
                Step::Some => {
                    is_open = reached[at] || is_open && before.is_some_and(|(_, last)| last != b'/');
                    is_open
                }
                Step::All => {
                    is_open |= reached[at];
                    is_open
                }
                Step::Folders => {
                    let ends_folder = is_open && before.is_some_and(|(_, last)| last == b'/');
                    is_open |= reached[at];
                    reached[at] || ends_folder
                }
            };
        }
        reached = next;
    }
    reached[path.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
        for path in fitting {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for path in others {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn stars_stay_within_folders_unless_doubled() {
        check("*.sh", &["a.sh", "deep/er/a.sh", ".sh"], &["a.sh.bak", "sh"]);
        check("sudoers.d/*", &["sudoers.d/x"], &["sudoers.d/x/y", "etc/sudoers.d/x"]);
        check("**/sudoers.d/*", &["sudoers.d/x", "etc/a/sudoers.d/x"], &["sudoers.d/x/y", "xsudoers.d/y"]);
        check("etc/**", &["etc/a", "etc/a/b"], &["x/etc/a"]);
        check("a?c", &["abc", "x/abc"], &["a/c", "ac"]);
        check("exact", &["exact", "in/exact"], &["exactly"]);
        check("***", &["a", ""], &[]);
    }
}
