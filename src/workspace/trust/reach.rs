//! What a configuration asks for beyond work below its own folder.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::workspace::{Project, confine};

/// One thing that a configuration asks for and that needs trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRequirement {
    /// Which part of a run would use it.
    pub kind: ReachKind,
    /// The words of the configuration.
    pub asks: String,
    /// What it would do.
    pub means: String,
}

/// The parts of a configuration that can reach outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachKind {
    /// `documents` that lie elsewhere.
    Documents,
    /// The `out-dir`.
    OutDir,
    /// `allow-outside`.
    AllowOutside,
    /// A checker's `command`.
    Command,
}

/// Everything that a project's configuration asks for.
pub fn asked(project: &Project) -> Vec<TrustRequirement> {
    let Some(folder) = &project.folder else { return Vec::new() };
    let config = &project.config;
    let mut all = outside(project, folder);
    all.extend(commands(config));
    all
}

fn outside(project: &Project, folder: &Path) -> Vec<TrustRequirement> {
    let config = &project.config;
    let documents = config.documents.iter().map(|path| (ReachKind::Documents, path.clone()));
    let out_dir = config.out_dir.iter().map(|path| (ReachKind::OutDir, path.clone()));
    let allowed = config.allow_outside.iter().map(|path| (ReachKind::AllowOutside, path.clone()));
    let all = documents.chain(out_dir).chain(allowed);
    let way = |kind, path: &Path| leads_out(kind, &project.resolve(path), folder);
    all.filter_map(|(kind, path)| way(kind, &path).map(|way| TrustRequirement::outside(kind, &path, &way))).collect()
}

fn commands(config: &Config) -> impl Iterator<Item = TrustRequirement> {
    config.lint.iter().filter_map(|(name, choice)| {
        let command = choice.command.as_ref()?;
        Some(TrustRequirement {
            kind: ReachKind::Command,
            asks: format!("[lint.{name}] command = {command:?}"),
            means: "`lint` would run it".to_owned(),
        })
    })
}

/// How a path leaves a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FolderEscape {
    /// Its text says so.
    Elsewhere,
    /// A symbolic link is on the way; where it ends.
    Link(PathBuf),
}

/// How a path leaves the folder. What is written to must be where it says: a link to another place inside would be no
/// harm now, and could be one to anywhere by the time of writing.
fn leads_out(kind: ReachKind, path: &Path, folder: &Path) -> Option<FolderEscape> {
    let Ok(below) = path.strip_prefix(folder) else { return Some(FolderEscape::Elsewhere) };
    let folder = confine::real_path(folder).unwrap_or_else(|_| folder.to_owned());
    match confine::real_path(path) {
        Ok(real) if real == folder.join(below) => None,
        Ok(real) if kind != ReachKind::OutDir && real.starts_with(&folder) => None,
        Ok(real) => Some(FolderEscape::Link(real)),
        // Links in a circle, or a folder that may not be read.
        Err(_) => Some(FolderEscape::Link(path.to_owned())),
    }
}

impl TrustRequirement {
    fn outside(kind: ReachKind, path: &Path, way: &FolderEscape) -> Self {
        let place = match way {
            FolderEscape::Elsewhere => "outside of its folder".to_owned(),
            FolderEscape::Link(real) => format!("through a symbolic link, at {}", real.display()),
        };
        let path = path.display();
        let (asks, does) = match kind {
            ReachKind::Documents => (format!("documents = [\"{path}\"]"), "a document would be compiled"),
            ReachKind::AllowOutside => (format!("allow-outside = [\"{path}\"]"), "files could be written"),
            ReachKind::OutDir => (format!("out-dir = \"{path}\""), "files would be written"),
            ReachKind::Command => (format!("command = [\"{path}\"]"), "a program would run"),
        };
        Self { kind, asks, means: format!("{does} {place}") }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::asked;
    use crate::config::Config;
    use crate::workspace::Project;

    #[track_caller]
    fn check(config: &str, expected: &[&str]) {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap().join("own");
        fs::create_dir_all(folder.join("real")).unwrap();
        std::os::unix::fs::symlink("..", folder.join("up")).unwrap();
        std::os::unix::fs::symlink("real", folder.join("inside")).unwrap();
        let config = Config::parse(config).unwrap();
        let project = Project { folder: Some(folder), config, configuration: None };
        let asked: Vec<String> = asked(&project).into_iter().map(|reach| reach.asks).collect();
        assert_eq!(asked, expected);
    }

    #[test]
    fn what_stays_below_the_folder_asks_for_nothing() {
        check("out-dir = \"generated\"\ndocuments = [\"a.org\", \"org\"]\nallow-outside = [\"real/x\"]\n", &[]);
        check("[lint.bash]\nfiles = []\n", &[]);
    }

    #[test]
    fn what_leaves_it_by_text_or_by_a_link_asks() {
        check("out-dir = \"../x\"\n", &["out-dir = \"../x\""]);
        check("out-dir = \"up/x\"\n", &["out-dir = \"up/x\""]);
        check("out-dir = \"inside\"\n", &["out-dir = \"inside\""]);
        check("documents = [\"inside\", \"up/x\"]\n", &["documents = [\"up/x\"]"]);
        check("documents = [\"a.org\", \"/etc/x.org\"]\n", &["documents = [\"/etc/x.org\"]"]);
        check("allow-outside = [\"~/.ssh\", \"real\"]\n", &["allow-outside = [\"~/.ssh\"]"]);
        check("[lint.x]\ncommand = [\"sh\", \"{file}\"]\n", &["[lint.x] command = [\"sh\", \"{file}\"]"]);
    }
}
