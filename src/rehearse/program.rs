//! Programs that are run inside the machine, with nothing of the environment and a limit to their time.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::job::Identities;
use super::layout::{FAILURES, HOME, PERSON, TOOLS};

/// How long a script may take: certificates of many guests take their time.
const LONGEST: Duration = Duration::from_secs(300);
/// How much of what a program says is kept.
const LARGEST: u64 = 4 << 20;

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) status: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs a program of the system; what it says is told if it fails.
pub(super) fn run(name: &str, arguments: &[&str]) -> io::Result<()> {
    let ran = output(system(name).args(arguments), "", LONGEST)?;
    if ran.status == 0 { Ok(()) } else { Err(io::Error::other(format!("{name}: {}", ran.err.trim()))) }
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

/// Runs a command to its end. What it says goes to files, since what it leaves running would hold a pipe open.
pub(super) fn output(command: &mut Command, input: &str, longest: Duration) -> io::Result<Ran> {
    let (mut out, mut err) = (scratch()?, scratch()?);
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(out.try_clone()?).stderr(err.try_clone()?).process_group(0);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input.as_bytes());
    }
    let status = wait(&mut child, longest)?;
    let status = status.map_or(124, |status| status.code().unwrap_or(125));
    Ok(Ran { status, out: text(&mut out)?, err: text(&mut err)? })
}

fn wait(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + longest;
    let mut nap = Duration::from_millis(1);
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(10));
    }
    // It leads a group, so that what it has started ends with it.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.wait()?;
    Ok(None)
}

fn scratch() -> io::Result<File> {
    tempfile::tempfile_in("/tmp")
}

fn text(file: &mut File) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
