//! `qvm-tangle plan --host`: what the host lacks of the documents, and what `up.sh` would do about it.
//!
//! The host is asked by the document's own `status.sh` and `up.sh --dry-run`, which change nothing; from a scratch folder
//! where the outputs on disk are not what the document gives.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::build::BuiltDocument;
use crate::network::Network;
use crate::plan::{Circumstances, HostView};
use crate::process::{self, Limits, ProgramOutcome};
use crate::workspace::Failure;

const LIMITS: Limits = Limits { time: Duration::from_secs(300), output: 16 << 20 };

/// The folder of scripts that are what the document gives.
struct ScriptFolder {
    folder: PathBuf,
    /// Where they will lie.
    base: PathBuf,
    /// A folder of the run's own, which goes with it.
    _scratch: Option<TempDir>,
}

/// An entry of what `status.sh --json` says; notes have no `holds`.
#[derive(Debug, Deserialize)]
struct HostFact {
    holds: Option<bool>,
    says: String,
}

/// Asks this host about a network of a document.
///
/// # Errors
/// The scripts cannot be run, or say nothing that can be understood.
pub(super) fn ask(
    document: &BuiltDocument,
    network: &Network,
    circumstances: &Circumstances,
) -> Result<HostView, Failure> {
    let scripts = ScriptFolder::of(document, network.folder().unwrap_or_default(), circumstances)?;
    let facts = scripts.facts()?;
    let (runs, refuses) = scripts.dry_run()?;
    let lacks = facts.iter().filter(|fact| fact.holds == Some(false)).map(|fact| fact.says.clone());
    Ok(HostView {
        holds: facts.iter().filter(|fact| fact.holds == Some(true)).count(),
        lacks: lacks.collect(),
        runs,
        refuses,
    })
}

impl ScriptFolder {
    fn of(document: &BuiltDocument, network: &str, circumstances: &Circumstances) -> Result<Self, Failure> {
        let base = document.loaded.inputs().surroundings.base.join(network);
        if circumstances.compile.is_none() {
            return Ok(Self { folder: base.clone(), base, _scratch: None });
        }
        let scratch = TempDir::new().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        let folder = scratch.path().to_owned();
        for artifact in &document.compilation.artifacts {
            let Ok(name) = artifact.path.strip_prefix(&base) else { continue };
            let path = folder.join(name);
            lay_out(&path, &artifact.text, artifact.mode.unwrap_or(0o644))
                .map_err(|reason| Failure::Write(path.clone(), reason))?;
        }
        Ok(Self { folder, base, _scratch: Some(scratch) })
    }

    fn facts(&self) -> Result<Vec<HostFact>, Failure> {
        let ran = self.run("status.sh", "--json")?;
        serde_json::from_str(&ran.out).map_err(|_| Failure::Other(format!("status.sh says: {}", first_line(&ran))))
    }

    /// The commands that `up.sh` would run, and why it would stop.
    fn dry_run(&self) -> Result<(Vec<String>, Option<String>), Failure> {
        let ran = self.run("up.sh", "--dry-run")?;
        let here = |line: &str| line.replace(&self.folder.display().to_string(), &self.base.display().to_string());
        let commands = ran.err.lines().filter_map(|line| line.strip_prefix("# "));
        // Whom the seeds let in is told as a comment.
        let runs = commands.filter(|line| !line.starts_with("the guests let in: ")).map(here).collect();
        let is_fine = ran.ended.as_ref().is_ok_and(std::process::ExitStatus::success);
        let says = || ran.err.lines().rfind(|line| !line.starts_with("# ")).map(here);
        Ok((runs, if is_fine { None } else { says() }))
    }

    /// Runs a script as root: whoever has another account is asked by sudo.
    fn run(&self, script: &str, option: &str) -> Result<ProgramOutcome, Failure> {
        let path = self.folder.join(script);
        let mut command = if rustix::process::geteuid().is_root() {
            Command::new(&path)
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(std::env::var("QVM_DIR").map(|folder| format!("QVM_DIR={folder}"))).arg(&path);
            sudo
        };
        let failure = |reason| Failure::Read(path.clone(), reason);
        let ran = process::run(command.arg(option), "", LIMITS).map_err(failure)?;
        match &ran.ended {
            Ok(_) => Ok(ran),
            Err(limit) => Err(Failure::Other(format!("{script} {limit}"))),
        }
    }
}

fn lay_out(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn first_line(ran: &ProgramOutcome) -> String {
    ran.err.lines().chain(ran.out.lines()).next().unwrap_or("nothing").to_owned()
}
