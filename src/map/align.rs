//! Carries line numbers of an older text over to the present one.
//!
//! A tool complains about the file on disk, while the map knows what the document gives now. Where the two differ, a
//! line is looked up by what both have in common.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// How the lines of an older text became those of the present one.
#[derive(Debug, Default)]
pub struct Alignment {
    /// In the order of the old lines; none if both texts are the same.
    operations: Vec<DiffOp>,
    /// How many lines the present text has.
    lines: usize,
}

impl Alignment {
    /// Compares two texts.
    pub fn between(old: &str, new: &str) -> Self {
        if old == new {
            return Self::default();
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        Self { operations: capture_diff_slices(Algorithm::Patience, &old, &new), lines: new.len() }
    }

    /// The present line (from 1) that line `number` of the older text has become; a line that is gone leads to where it was.
    pub fn line(&self, number: usize) -> usize {
        let index = number.saturating_sub(1);
        let operation = self.operations.partition_point(|operation| operation.old_range().end <= index);
        let Some(operation) = self.operations.get(operation) else { return number };
        let after = index - operation.old_range().start;
        let found = operation.new_range();
        match operation {
            DiffOp::Equal { .. } => found.start + after + 1,
            // Of a changed passage, the line at the same height.
            DiffOp::Replace { .. } => (found.start + after).min(found.end - 1) + 1,
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => found.start.min(self.lines.saturating_sub(1)) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Alignment;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[usize]) {
        let lines = |text: &str| text.replace(' ', "\n");
        let alignment = Alignment::between(&lines(old), &lines(new));
        let found: Vec<usize> = (1..=expected.len()).map(|number| alignment.line(number)).collect();
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
