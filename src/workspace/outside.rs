//! Targets outside of every allowed folder: a few are told one by one, many below one folder together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::confine::Roots;
use super::with_tilde;
use crate::artifact::Artifact;
use crate::diagnostic::{Code, Diagnostic};

/// Up to this many below one folder are told one by one.
const FEW: usize = 3;

/// Reports the artifacts whose paths, as they are written, lie outside.
pub(super) fn report(artifacts: &[Artifact], roots: &Roots, found: &mut Vec<Diagnostic>) {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut groups: BTreeMap<PathBuf, Vec<&Artifact>> = BTreeMap::new();
    for artifact in artifacts.iter().filter(|artifact| !roots.allow(&artifact.path)) {
        let home = home.as_deref().filter(|home| artifact.path.starts_with(home));
        let place = home.map_or_else(|| artifact.path.components().take(2).collect(), Path::to_owned);
        groups.entry(place).or_default().push(artifact);
    }
    for group in groups.values() {
        if group.len() <= FEW {
            found.extend(group.iter().map(|artifact| refusal(artifact, roots)));
        } else {
            found.push(refusal_of_all(group, roots));
        }
    }
}

/// What is wrong with one of them.
pub(super) fn refusal(artifact: &Artifact, roots: &Roots) -> Diagnostic {
    let message = format!("`{}` is outside the output folder", artifact.path.display());
    Diagnostic::new(Code::TargetOutsideRoot, artifact.declared, message, help(&artifact.path, roots))
}

/// How it is allowed, or where it needs no permission.
pub(super) fn help(path: &Path, roots: &Roots) -> String {
    let folder = path.parent().unwrap_or(path).display();
    format!("keep it below `{}`, or allow it: `--allow-outside {folder}`", roots.root().display())
}

/// What is wrong with all of them, at the first.
fn refusal_of_all(group: &[&Artifact], roots: &Roots) -> Diagnostic {
    let paths: Vec<&Path> = group.iter().map(|artifact| artifact.path.as_path()).collect();
    let folder = with_tilde(common_folder(&paths));
    let message = format!("{} targets below `{folder}` are outside the output folder; this is the first", group.len());
    let help = format!(
        "allow them: `--allow-outside {folder}`, or `allow-outside = [\"{folder}\"]` in `qvm-tangle.toml`; \
         or keep them below `{}`",
        roots.root().display()
    );
    Diagnostic::new(Code::TargetOutsideRoot, group[0].declared, message, help)
}

/// The narrowest folder that holds all of them.
fn common_folder<'a>(paths: &[&'a Path]) -> &'a Path {
    let mut folders = paths[0].ancestors().skip(1);
    folders.find(|folder| paths.iter().all(|path| path.starts_with(folder))).unwrap_or(paths[0])
}
