//! Programs that are run inside the machine, with nothing of the environment and a limit to their time.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::job::Identities;
use super::layout::{FAILURES, HOME, PERSON, TOOLS};
use crate::process::{self, Limits};

/// How long a script may take: certificates of many guests take their time.
const LONGEST: Duration = Duration::from_secs(300);
/// How much a program may say.
const LARGEST: u64 = 4 << 20;
/// The status of what was stopped at a limit, as timeout(1) has it, and of what a signal ended.
const STOPPED: i32 = 124;
const KILLED: i32 = 125;

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProgramOutput {
    pub(super) status: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs commands of `ip` at once, in a namespace if one is named.
pub(super) fn batch(space: Option<&str>, commands: impl Iterator<Item = String>) -> io::Result<()> {
    let input = commands.map(|command| command + "\n").collect::<String>();
    let mut command = system("ip");
    command.args(space.iter().flat_map(|space| ["-n", space])).args(["-batch", "-"]);
    let ran = output(&mut command, &input, LONGEST)?;
    if ran.status == 0 { Ok(()) } else { Err(io::Error::other(format!("ip: {}", ran.err.trim()))) }
}

/// The folders that programs are in.
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whether there is a program that can be run.
pub(super) fn exists(name: &str) -> bool {
    let is_program = |folder: &str| {
        let found = fs::metadata(Path::new(folder).join(name));
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    PATH.split(':').any(is_program)
}

/// A program of the system, with an environment of its own.
pub(super) fn system(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().envs([("PATH", PATH), ("HOME", "/root"), ("LC_ALL", "C")]);
    command
}

/// A script, as sudo would run it for the person; its failures are observed.
pub(super) fn script(path: &str, identities: Identities) -> Command {
    let mut command = system("bash");
    command.arg(path).env("BASH_ENV", format!("{TOOLS}/observe.bash")).env("REHEARSAL_FAILURES", FAILURES);
    match identities {
        Identities::Many => command.env("SUDO_UID", PERSON.to_string()).env("SUDO_GID", PERSON.to_string()),
        Identities::One => {
            command.env("QVM_USER", "0").env("QVM_DIR", format!("{HOME}/qvm")).env("PATH", format!("{TOOLS}:{PATH}"))
        }
    };
    command
}

/// Runs a command to its end, in a process group of its own.
pub(super) fn output(command: &mut Command, input: &str, longest: Duration) -> io::Result<ProgramOutput> {
    let limits = Limits { time: longest, output: LARGEST };
    let process::ProgramOutcome { ended, out, err } = process::run(command.process_group(0), input, limits)?;
    let status = ended.map_or(STOPPED, |status| status.code().unwrap_or(KILLED));
    Ok(ProgramOutput { status, out, err })
}
