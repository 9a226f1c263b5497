//! Where the blocks' texts go: which files (`target`), and what stands around each text there (`assemble`).

pub(in crate::tangle) mod assemble;
mod check;
pub(in crate::tangle) mod target;

use assemble::Assembly;

use super::Tangled;
use crate::diagnostic::Diagnostic;

/// The finished files, each with the mode that its first block with a mode asks for.
pub(super) fn finish(assembly: Assembly, found: &mut Vec<Diagnostic>) -> Tangled {
    let mut tangled = Tangled::default();
    for mut target in assembly.targets {
        check::check(&target, found);
        if !target.linked.is_empty() {
            tangled.linked.insert(target.path.clone(), std::mem::take(&mut target.linked));
        }
        tangled.artifacts.push(target.into_artifact());
    }
    tangled
}
