//! Runs checkers side by side in a folder with all outputs of a document.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::checker::{Author, CheckerJob, Reading, interpreter};
use super::reading::{self, CheckerOutput};
use super::scratch::{self, Scratch};
use super::{CheckerMessage, openssl};
use crate::artifact::Artifact;
use crate::build::Trust;
use crate::parallel::{Progress, side_by_side};
use crate::process::{self, Limits};
use crate::workspace::Failure;

/// What a checker may take. ShellCheck needs seconds for the longest scripts.
const LIMITS: Limits = Limits { time: Duration::from_secs(60), output: 16 << 20 };

/// What became of a job.
pub(super) enum Verdict {
    /// It ran and said this.
    Messages(Vec<CheckerMessage>),
    /// It is not installed, or cannot run here; why, as a verb phrase.
    Unusable(String),
}

/// Runs every job; the verdicts are in the jobs' order.
pub(super) fn run(
    jobs: &[CheckerJob<'_>],
    artifacts: &[Artifact],
    root: &Path,
    trust: &Trust,
    progress: &Progress,
) -> Result<Vec<Verdict>, Failure> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let scratch = Scratch::new(jobs, artifacts, root, trust)?;
    let surroundings = SharedInputs { artifacts, root, folder: scratch.path(), trust };
    let mut verdicts: Vec<Verdict> =
        side_by_side(jobs, progress, |job| job.run(&surroundings)).into_iter().collect::<Result<_, _>>()?;
    for (verdict, left_out) in verdicts.iter_mut().zip(scratch.left_out()) {
        if let Verdict::Messages(messages) = verdict {
            messages.extend(left_out);
        }
    }
    Ok(verdicts)
}

/// What is the same for every job.
struct SharedInputs<'a> {
    artifacts: &'a [Artifact],
    /// The deepest folder of all outputs.
    root: &'a Path,
    /// What stands for it while the checkers run.
    folder: &'a Path,
    trust: &'a Trust,
}

impl CheckerJob<'_> {
    fn run(&self, around: &SharedInputs<'_>) -> Result<Verdict, Failure> {
        let Some(program) = find_program(&self.checker.command[0]) else {
            return Ok(Verdict::Unusable("is not installed".to_owned()));
        };
        if self.checker.reading == Reading::Openssl {
            return openssl::examine(&program, &self.artifact.text).map(Verdict::Messages);
        }
        let mut command = self.command(&program, around);
        let ran = match process::run(command.current_dir(around.folder).env("LC_ALL", "C.UTF-8"), "", LIMITS) {
            Ok(ran) => ran,
            Err(reason) if reason.kind() == ErrorKind::PermissionDenied => {
                return Ok(Verdict::Unusable("may not be run".to_owned()));
            }
            Err(reason) => return Err(Failure::Read(program, reason)),
        };
        let status = match ran.ended {
            Ok(status) => status,
            Err(limit) => return Ok(Verdict::Messages(vec![reading::stopped(&limit)])),
        };
        let text = &format!("{}\n{}", ran.out, ran.err);
        let refusal =
            text.lines().find(|line| line.starts_with("unshare: ") || line.contains("Operation not permitted"));
        if let Some(refusal) = refusal.filter(|_| !status.success()) {
            return Ok(Verdict::Unusable(format!("cannot run here: {}", refusal.trim())));
        }
        let output = CheckerOutput { text, content: status.success(), folder: around.folder };
        Ok(Verdict::Messages(match self.checker.reading {
            Reading::Places | Reading::Openssl => reading::places(&output),
            Reading::ShellCheck => self.own(reading::shellcheck(&output)),
            Reading::CloudInit => reading::cloud_init(&output, &self.artifact.text),
        }))
    }

    /// ShellCheck examines every file that it is given, and the others have jobs of their own.
    fn own(&self, messages: Vec<CheckerMessage>) -> Vec<CheckerMessage> {
        let is_own = |message: &CheckerMessage| message.path.as_ref().is_none_or(|path| *path == self.below);
        messages.into_iter().filter(is_own).collect()
    }

    fn command(&self, program: &Path, around: &SharedInputs<'_>) -> Command {
        let mut command = Command::new(program);
        // nft asks the kernel, which answers root only: be root of a network of our own.
        if self.checker.name == "nft" && !rustix::process::geteuid().is_root() {
            command = Command::new("unshare");
            command.args(["--map-root-user", "--net"]).arg(program);
        }
        let file = argument(&self.below);
        command.args(self.checker.command[1..].iter().map(|word| word.replace("{file}", &file)));
        if self.checker.reading == Reading::ShellCheck {
            if interpreter(&self.artifact.text).is_none() {
                // That a script has no first line is our own diagnostic already.
                command.arg("--shell=bash");
            }
            match around.trust {
                Trust::Given => command.arg("--external-sources"),
                // It follows only what it is given.
                Trust::Withheld(_) => command.args(self.sourced(around).iter().map(|path| argument(path))),
            };
        }
        if self.checker.author == Author::BuiltIn {
            // No variable reaches a program that reads what a document says.
            command.env_clear().env("HOME", around.folder).envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        }
        command
    }

    /// The outputs that a script may read in, directly or through another.
    fn sourced(&self, around: &SharedInputs<'_>) -> Vec<PathBuf> {
        let mut found = vec![self.artifact];
        let mut next = 0;
        while let Some(script) = found.get(next) {
            let lines: Vec<&str> = script.text.lines().filter(|line| may_source(line)).collect();
            let is_named = |other: &&Artifact| {
                let name = other.path.file_name().unwrap_or_default().to_string_lossy();
                lines.iter().any(|line| line.contains(&*name))
            };
            let named: Vec<&Artifact> = around.artifacts.iter().filter(is_named).collect();
            for artifact in named {
                if found.iter().all(|known| known.path != artifact.path) {
                    found.push(artifact);
                }
            }
            next += 1;
        }
        found[1..].iter().map(|artifact| scratch::below(artifact, around.root)).collect()
    }
}

/// Whether a line may read in another script, or say in a comment which one it is.
fn may_source(line: &str) -> bool {
    line.contains("source") || line.trim_start().starts_with(". ") || line.contains(" . ")
}

/// A path as an argument that is no option.
fn argument(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.starts_with('-') { format!("./{path}") } else { path.into_owned() }
}

/// A program by name, also in the folders that only root has in its path; a path with `/` is taken as it is.
fn find_program(name: &str) -> Option<PathBuf> {
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(is_program);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(is_program)
}
