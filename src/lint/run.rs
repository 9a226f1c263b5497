//! Runs checkers side by side in a folder with all outputs of a document.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::checker::{Checker, Reading, interpreter};
use super::reading::{self, Said};
use super::{Remark, openssl};
use crate::artifact::Artifact;
use crate::build::parallel::{Progress, side_by_side};
use crate::workspace::Failure;

/// One checker and one output.
pub(super) struct Job<'a> {
    pub(super) checker: &'a Checker,
    pub(super) artifact: &'a Artifact,
    /// The output's path below the folder that the checkers run in.
    pub(super) below: PathBuf,
}

/// What became of a job.
pub(super) enum Verdict {
    /// It ran and said this.
    Remarks(Vec<Remark>),
    /// It is not installed, or cannot run here; why, as a verb phrase.
    Unusable(String),
}

/// Runs every job; the verdicts are in the jobs' order.
pub(super) fn run(
    jobs: &[Job<'_>],
    artifacts: &[Artifact],
    root: &Path,
    progress: &Progress,
) -> Result<Vec<Verdict>, Failure> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let folder = lay_out(artifacts, root)?;
    side_by_side(jobs, progress, |job| job.run(folder.path())).into_iter().collect()
}

/// Writes all outputs into a folder that nobody else can read, laid out as they will be.
fn lay_out(artifacts: &[Artifact], root: &Path) -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::tempdir().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
    let write = |path: &Path, bytes: &[u8]| {
        let target = folder.path().join(path);
        let written = target.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&target, bytes));
        written.map_err(|reason| Failure::Write(target, reason))
    };
    for artifact in artifacts {
        write(artifact.path.strip_prefix(root).unwrap_or(&artifact.path), artifact.text.as_bytes())?;
    }
    // ShellCheck looks for its settings from the script's folder upwards.
    let settings = root.ancestors().map(|folder| folder.join(".shellcheckrc")).find_map(|path| fs::read(path).ok());
    if let Some(settings) = settings {
        write(Path::new(".shellcheckrc"), &settings)?;
    }
    Ok(folder)
}

impl Job<'_> {
    fn run(&self, folder: &Path) -> Result<Verdict, Failure> {
        let Some(program) = find_program(&self.checker.command[0]) else {
            return Ok(Verdict::Unusable("is not installed".to_owned()));
        };
        if self.checker.reading == Reading::Openssl {
            return openssl::examine(&program, &self.artifact.text).map(Verdict::Remarks);
        }
        let mut command = self.command(&program);
        let output = command
            .current_dir(folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .map_err(|reason| Failure::Read(program.clone(), reason));
        let output = match output {
            Err(Failure::Read(_, reason)) if reason.kind() == ErrorKind::PermissionDenied => {
                return Ok(Verdict::Unusable("may not be run".to_owned()));
            }
            other => other?,
        };
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
        let refusal =
            text.lines().find(|line| line.starts_with("unshare: ") || line.contains("Operation not permitted"));
        if let Some(refusal) = refusal.filter(|_| !output.status.success()) {
            return Ok(Verdict::Unusable(format!("cannot run here: {}", refusal.trim())));
        }
        let said = Said { text: &text, content: output.status.success(), folder };
        Ok(Verdict::Remarks(match self.checker.reading {
            Reading::Places | Reading::Openssl => reading::places(&said),
            Reading::ShellCheck => reading::shellcheck(&said),
            Reading::CloudInit => reading::cloud_init(&said, &self.artifact.text),
        }))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // nft asks the kernel, which answers root only: be root of a network of our own.
        if self.checker.name == "nft" && !rustix::process::geteuid().is_root() {
            command = Command::new("unshare");
            command.args(["--map-root-user", "--net"]).arg(program);
        }
        let file = self.below.to_string_lossy();
        command.args(self.checker.command[1..].iter().map(|word| word.replace("{file}", &file)));
        if self.checker.reading == Reading::ShellCheck && interpreter(&self.artifact.text).is_none() {
            // That a script has no first line is our own finding already.
            command.arg("--shell=bash");
        }
        command
    }
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
