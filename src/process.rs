//! Runs one program to its end, or to a limit: of time, and of what it says.
#![expect(clippy::disallowed_methods, reason = "this module owns programs that are waited for")]

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often the limits are looked at, at most and at least.
const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(10);

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may run.
    pub time: Duration,
    /// How many bytes it may say on each of its two outputs.
    pub output: u64,
}

/// What became of a program.
#[derive(Debug)]
pub struct ProgramOutcome {
    /// Its exit status; else at which limit it was stopped, as a verb phrase.
    pub ended: Result<ExitStatus, String>,
    /// What it said on standard output.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

/// Runs a program that reads some input. What it says goes to files, so that no pipe fills up, and nothing waits for what it
/// may have left running. If it leads a process group, a limit stops the whole of it.
///
/// # Errors
/// It cannot be run.
pub fn run(command: &mut Command, input: &str, limits: Limits) -> io::Result<ProgramOutcome> {
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(out.try_clone()?).stderr(err.try_clone()?);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends without reading has its reasons.
        let _ = stdin.write_all(input.as_bytes());
    }
    let ended = wait(&mut child, [&out, &err], limits);
    if !matches!(ended, Ok(Ok(_))) {
        stop(&mut child)?;
    }
    Ok(ProgramOutcome { ended: ended?, out: text(&mut out, limits)?, err: text(&mut err, limits)? })
}

fn wait(child: &mut Child, said: [&File; 2], limits: Limits) -> io::Result<Result<ExitStatus, String>> {
    let end = Instant::now() + limits.time;
    let mut nap = SHORTEST_NAP;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ok(status));
        }
        for file in said {
            if file.metadata()?.len() > limits.output {
                return Ok(Err(format!("says more than {} MiB", limits.output >> 20)));
            }
        }
        if Instant::now() >= end {
            return Ok(Err(format!("has not ended after {} seconds", limits.time.as_secs())));
        }
        thread::sleep(nap);
        nap = (nap * 2).min(LONGEST_NAP);
    }
}

fn stop(child: &mut Child) -> io::Result<()> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // There is no such group unless it leads one.
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.kill()?;
    child.wait().map(drop)
}

fn text(file: &mut File, limits: Limits) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(limits.output).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Limits, ProgramOutcome, run};

    const LIMITS: Limits = Limits { time: Duration::from_secs(60), output: 16 << 20 };

    #[track_caller]
    fn ran(script: &str, limits: Limits) -> ProgramOutcome {
        run(Command::new("sh").args(["-c", script]), "in", limits).unwrap()
    }

    #[test]
    fn what_a_program_says_is_kept() {
        let ran = ran("cat; echo err >&2; exit 3", LIMITS);
        assert_eq!(ran.ended.unwrap().code(), Some(3));
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("in", "err\n"));
    }

    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let ran = ran("exec sleep 1000", Limits { time: Duration::ZERO, ..LIMITS });
        assert_eq!(ran.ended.unwrap_err(), "has not ended after 0 seconds");
    }

    #[test]
    fn a_program_that_does_not_stop_speaking_is_stopped() {
        assert_eq!(ran("exec yes", LIMITS).ended.unwrap_err(), "says more than 16 MiB");
    }
}
