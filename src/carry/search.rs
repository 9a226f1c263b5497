//! Looks for the edits of sources that give what is wanted: each decision's likeliest option first, then the others.
//!
//! Compiling judges. What helps, since more lines are as they should be, is kept; so the number of trials grows with that of
//! the options and not with that of their combinations, and it has a limit.

use super::decision::Decision;
use super::source_edit::{EditSet, SourceEdit};
use super::trial::Trial;

/// So often a document is compiled at most.
pub(super) const MOST_TRIALS: usize = 60;

/// The best that was found.
pub(super) struct Best {
    pub(super) trial: Option<Trial>,
    pub(super) edits: Vec<SourceEdit>,
    pub(super) distance: usize,
}

/// Tries options; `attempt` gives what some edits come to and how far it is from what is wanted.
pub(super) fn search(
    decisions: &[Decision],
    trials_left: &mut usize,
    attempt: impl Fn(&[&SourceEdit]) -> Option<(Trial, usize)>,
) -> Best {
    let none = EditSet::new();
    let mut options: Vec<Vec<&EditSet>> = decisions.iter().map(|decision| decision.options.iter().collect()).collect();
    for options in options.iter_mut().filter(|_| decisions.len() > 1) {
        // It may follow from another one.
        options.push(&none);
    }
    options.retain(|options| !options.is_empty());
    let mut choice = vec![0; options.len()];
    let mut try_choice = |choice: &[usize]| {
        *trials_left = trials_left.checked_sub(1)?;
        let edits: Vec<&SourceEdit> = options.iter().zip(choice).flat_map(|(options, &at)| options[at]).collect();
        let (trial, distance) = match attempt(&edits) {
            Some((trial, distance)) => (Some(trial), distance),
            None => (None, usize::MAX),
        };
        Some(Best { trial, edits: edits.into_iter().cloned().collect(), distance })
    };
    let nothing = || Best { trial: None, edits: Vec::new(), distance: usize::MAX };
    let Some(mut best) = try_choice(&choice) else { return nothing() };
    let mut is_better = true;
    while is_better && best.distance > 0 {
        is_better = false;
        for decision in 0..options.len() {
            for other in 0..options[decision].len() {
                let mut changed = choice.clone();
                changed[decision] = other;
                if changed == choice || best.distance == 0 {
                    continue;
                }
                let Some(found) = try_choice(&changed) else { return best };
                if found.distance < best.distance {
                    (choice, best, is_better) = (changed, found, true);
                }
            }
        }
    }
    best
}
