//! Carries a line number of an older text over to the present one.
//!
//! A tool complains about the file on disk, while the map knows what the document gives now. Where the two differ, the
//! line is looked up by what both have in common.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The line of `new` (from 1) that line `number` of `old` has become; a line that is gone leads to where it was.
pub fn line(old: &str, new: &str, number: usize) -> usize {
    if old == new {
        return number;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let index = number.saturating_sub(1);
    for operation in capture_diff_slices(Algorithm::Patience, &old, &new) {
        if !operation.old_range().contains(&index) {
            continue;
        }
        let behind = index - operation.old_range().start;
        let found = operation.new_range();
        return match operation {
            DiffOp::Equal { .. } => found.start + behind + 1,
            // Of a changed passage, the line at the same height.
            DiffOp::Replace { .. } => (found.start + behind).min(found.end - 1) + 1,
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => found.start.min(new.len().saturating_sub(1)) + 1,
        };
    }
    number
}

#[cfg(test)]
mod tests {
    use super::line;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[usize]) {
        let lines = |text: &str| text.replace(' ', "\n");
        let found: Vec<usize> = (1..=expected.len()).map(|number| line(&lines(old), &lines(new), number)).collect();
        assert_eq!(found, expected, "{old:?} {new:?}");
    }

    #[test]
    fn lines_move_with_what_they_say() {
        check("a b c", "a b c", &[1, 2, 3]);
        check("a b c", "x y a b c", &[3, 4, 5]);
        check("x y a b c", "a b c", &[1, 1, 1, 2, 3]);
        check("a X c", "a Y c", &[1, 2, 3]);
        check("a b", "", &[1, 1]);
        check("a", "a b c", &[1, 2]);
    }
}
