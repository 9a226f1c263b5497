//! Runs one program to its end, or to a limit: of time, and of what it says.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a checker may take. ShellCheck needs seconds for the longest scripts.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// How much a checker may say.
const LARGEST: u64 = 16 << 20;
/// How often the limits are looked at, at most and at least.
const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(20);

/// How a program ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Itself(Finished),
    /// It was stopped at a limit; which, as a verb phrase.
    Stopped(String),
}

/// What a program printed that ended by itself.
#[derive(Debug)]
pub(super) struct Finished {
    /// Its exit status.
    pub(super) status: ExitStatus,
    /// What it said on standard output, then on standard error.
    pub(super) text: String,
}

/// Runs a program without input. What it says goes to files, so that no pipe fills up, and nothing waits for what it may
/// have left running. It stays in our process group, so that Ctrl-C ends it with us.
pub(super) fn run(command: &mut Command, longest: Duration) -> io::Result<Ended> {
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(err.try_clone()?);
    let mut child = command.spawn()?;
    let ended = wait(&mut child, [&out, &err], longest);
    if !matches!(ended, Ok(Ok(_))) {
        child.kill()?;
        child.wait()?;
    }
    match ended? {
        Ok(status) => Ok(Ended::Itself(Finished { status, text: format!("{}\n{}", text(&mut out)?, text(&mut err)?) })),
        Err(limit) => Ok(Ended::Stopped(limit)),
    }
}

fn wait(child: &mut Child, said: [&File; 2], longest: Duration) -> io::Result<Result<ExitStatus, String>> {
    let end = Instant::now() + longest;
    let mut nap = SHORTEST_NAP;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ok(status));
        }
        for file in said {
            if file.metadata()?.len() > LARGEST {
                return Ok(Err(format!("says more than {} MiB", LARGEST >> 20)));
            }
        }
        if Instant::now() >= end {
            return Ok(Err(format!("has not ended after {} seconds", longest.as_secs())));
        }
        thread::sleep(nap);
        nap = (nap * 2).min(LONGEST_NAP);
    }
}

fn text(file: &mut File) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Ended, LONGEST, run};

    #[track_caller]
    fn ended(script: &str, longest: Duration) -> Ended {
        run(Command::new("sh").args(["-c", script]), longest).unwrap()
    }

    #[test]
    fn what_a_program_says_is_kept() {
        let Ended::Itself(finished) = ended("echo out; echo err >&2; exit 3", LONGEST) else { panic!("it ends") };
        assert_eq!((finished.status.code(), finished.text.as_str()), (Some(3), "out\n\nerr\n"));
    }

    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let Ended::Stopped(limit) = ended("exec sleep 1000", Duration::ZERO) else { panic!("it is stopped") };
        assert_eq!(limit, "has not ended after 0 seconds");
    }

    #[test]
    fn a_program_that_does_not_stop_speaking_is_stopped() {
        let Ended::Stopped(limit) = ended("exec yes", LONGEST) else { panic!("it is stopped") };
        assert_eq!(limit, "says more than 16 MiB");
    }
}
