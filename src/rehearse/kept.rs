//! A rehearsal that stays up after its facts are told, until somebody stops it, and the way in.
//!
//! There is one for each person. What is remembered of it is which process holds it, and since when, for another process
//! may get its number later.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::job::Plan;
use super::layout::FOLDER;
use super::machine::UserMapping;
use super::program::PATH;
use super::standin::space_of;
use crate::diagnostic::closest;
use crate::workspace::state::state_folder;
use crate::workspace::{Failure, plain, quoted};

/// A machine that stays up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMachine {
    /// The document, as messages show it.
    pub document: String,
    guests: Vec<String>,
    mapping: UserMapping,
    /// The process that the machine ends with.
    process: i32,
    /// When that started, in the kernel's own measure.
    started: u64,
}

impl KeptMachine {
    pub(super) fn new(document: String, plan: &Plan, mapping: UserMapping, process: u32) -> Option<Self> {
        let process = i32::try_from(process).ok()?;
        let guests = plan.guests.iter().map(|guest| guest.name.clone()).collect();
        Some(Self { document, guests, mapping, process, started: start_of(process)? })
    }

    /// What is up at the moment.
    ///
    /// # Errors
    /// There is no place for this person's state.
    pub fn find() -> Result<Option<Self>, Failure> {
        let text = fs::read_to_string(record()?).unwrap_or_default();
        let kept: Option<Self> = serde_json::from_str(&text).ok();
        Ok(kept.filter(|kept| start_of(kept.process) == Some(kept.started)))
    }

    /// Writes down that it is up.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn remember(&self) -> Result<(), Failure> {
        write(&serde_json::to_vec(self).map_err(|reason| Failure::Other(reason.to_string()))?)
    }

    /// Ends the machine, and with it all that runs in it.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn stop(&self) -> Result<(), Failure> {
        let ended = Pid::from_raw(self.process).ok_or(rustix::io::Errno::SRCH);
        let ended = ended.and_then(|process| kill_process(process, Signal::KILL));
        let _ = record().map(fs::remove_file);
        ended.map_err(|reason| Failure::Other(format!("the rehearsal does not stop: {}", io::Error::from(reason))))
    }

    /// A shell inside: that of the host, or of one guest.
    ///
    /// On a terminal it gets one of its own from script(1), so that what else runs inside cannot type into the person's.
    ///
    /// # Errors
    /// There is no such guest, or the machine has just ended.
    pub fn shell(&self, guest: Option<&str>) -> Result<Command, Failure> {
        let space = guest.map(|name| self.space(name)).transpose()?;
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.process)).unwrap_or_default();
        let first = children.split_whitespace().next();
        let first = first.ok_or_else(|| Failure::Other("the rehearsal has just ended".to_owned()))?;
        let mut words = vec!["nsenter".to_owned(), format!("--target={first}"), "--user".to_owned()];
        match self.mapping {
            UserMapping::Root => words.extend(["--setuid=0", "--setgid=0"].map(str::to_owned)),
            UserMapping::Range | UserMapping::One => words.push("--preserve-credentials".to_owned()),
        }
        words.extend(["--net", "--mount", "--pid", "--ipc", "--uts"].map(str::to_owned));
        words.push(format!("--wdns={FOLDER}"));
        if let Some(space) = space {
            words.extend(["ip", "netns", "exec", &space].map(str::to_owned));
        }
        let terminal = std::env::var("TERM").unwrap_or_default();
        let prompt = format!("PS1={}> ", guest.unwrap_or("host"));
        let set = ["env", "-i", &format!("PATH={PATH}"), "HOME=/root", &format!("TERM={terminal}"), &prompt];
        words.extend(set.map(str::to_owned));
        words.extend(["bash", "--norc", "--noprofile"].map(str::to_owned));
        let mut command = if io::stdin().is_terminal() {
            let line: Vec<String> = words.iter().map(|word| quoted(Path::new(word))).collect();
            let mut command = Command::new("script");
            command.args(["--quiet", "--return", "--command", &format!("{} -i", line.join(" ")), "/dev/null"]);
            command
        } else {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]);
            command
        };
        command.env("SHELL", "/bin/sh");
        Ok(command)
    }

    fn space(&self, guest: &str) -> Result<String, Failure> {
        let number = self.guests.iter().position(|name| name == guest);
        number.map(space_of).ok_or_else(|| Failure::Other(self.no_guest(guest)))
    }

    fn no_guest(&self, guest: &str) -> String {
        let hint = match closest(guest, self.guests.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("name one of {}", self.guests.join(", ")),
        };
        format!("there is no guest `{guest}` in the rehearsal: {hint}")
    }
}

/// Sees to it that a rehearsal can be remembered, before there is one.
///
/// # Errors
/// Nothing can be written there.
pub(super) fn make_place() -> Result<(), Failure> {
    write(b"")
}

fn write(text: &[u8]) -> Result<(), Failure> {
    let path = record()?;
    let written = fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).and_then(|()| fs::write(&path, text));
    written.map_err(|reason| Failure::Unusable(path, format!("cannot be written: {}", plain(&reason))))
}

fn record() -> Result<PathBuf, Failure> {
    Ok(state_folder()?.join("rehearsal.json"))
}

/// When a process started, if it is there (`proc_pid_stat(5)`, field 22).
fn start_of(process: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of its program, in brackets, may have any character.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{KeptMachine, UserMapping, start_of};

    #[test]
    fn a_guest_that_is_not_there_gets_the_closest() {
        let guests = ["cp", "wk-1", "wk-2"].map(str::to_owned).to_vec();
        let kept =
            KeptMachine { document: "n.org".to_owned(), guests, mapping: UserMapping::Root, process: 0, started: 0 };
        assert_eq!(kept.no_guest("wk1"), "there is no guest `wk1` in the rehearsal: did you mean `wk-1`?");
        assert_eq!(kept.no_guest("web"), "there is no guest `web` in the rehearsal: name one of cp, wk-1, wk-2");
    }

    #[test]
    fn a_process_has_a_start_and_nobody_has_none() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(start_of(own).is_some_and(|start| start > 0));
        assert_eq!(start_of(i32::MAX), None);
    }
}
