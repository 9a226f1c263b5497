//! The machine from outside: namespaces of its own, made by `unshare`, with a user namespace around them all, so that
//! nothing needs root and nothing reaches the host.
//!
//! Its first process is a shell that takes in what others leave after, and starts this program again. What that process
//! inherits is three pipes: no descriptor, no variable and no terminal of the person's.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::fact::Event;
use super::job::{AfterRehearsal, Identities, RehearsalJob};
use super::program::{self, PATH};

/// Closes what was inherited and enters the namespaces. The program is held open: its path may be one that the user inside
/// cannot go.
const ENTER: &str = r#"
exec 3<"$1"
for fd in /proc/self/fd/*; do
  fd=${fd##*/}
  ((fd <= 3)) || eval "exec $fd<&-"
done
# At most this many processes, threads among them, and this many KiB for each; a lower limit stays.
ulimit -u 10000 2>/dev/null
ulimit -v 4194304 2>/dev/null
spaces=(--net --mount --pid --fork --ipc --uts --mount-proc --kill-child)
first=(bash -c '"$@"; exit $?' rehearsal /proc/self/fd/3 rehearse --inside)
case $2 in
  range) exec unshare --user --map-auto --map-root-user "${spaces[@]}" -- "${first[@]}" ;;
  one) exec unshare --user --map-root-user "${spaces[@]}" -- "${first[@]}" ;;
  root)
    exec unshare --user --keep-caps -- bash -c 'echo && read -r _ && exec "$@"' rehearsal \
      setpriv --reuid 0 --regid 0 --clear-groups -- unshare "${spaces[@]}" -- "${first[@]}"
    ;;
esac
"#;
/// The users that root's machine has: numbers that no account has.
const BASE: u64 = 1_500_000_000;
const USERS: u64 = 65_536;

/// How the users of the machine come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum UserMapping {
    /// Root gives it numbers of nobody's.
    Root,
    /// The numbers that `/etc/subuid` has for this person.
    Range,
    /// This person alone.
    One,
}

/// A machine that runs.
pub(super) struct Machine {
    process: Child,
    /// Whether it ends with this value.
    end: AfterRehearsal,
    input: ChildStdin,
    events: BufReader<ChildStdout>,
    said: fs::File,
}

impl UserMapping {
    /// The best one that this person has.
    pub(super) fn best() -> Self {
        // Root of a container may be the only user there is.
        let own = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        if rustix::process::geteuid().is_root() && number_of(&own) > 1 {
            return Self::Root;
        }
        if has_range("/etc/subuid") && has_range("/etc/subgid") && program::exists("newuidmap") {
            Self::Range
        } else {
            Self::One
        }
    }

    pub(super) fn identities(self) -> Identities {
        match self {
            Self::Root | Self::Range => Identities::Many,
            Self::One => Identities::One,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Range => "range",
            Self::One => "one",
        }
    }
}

impl Machine {
    /// Starts a machine and gives it its job.
    pub(super) fn start(job: &RehearsalJob, mapping: UserMapping) -> io::Result<Self> {
        let said = tempfile::tempfile()?;
        let mut command = Command::new("bash");
        command.args(["-c", ENTER, "rehearsal"]).arg(std::env::current_exe()?).arg(mapping.word());
        command.env_clear().env("PATH", PATH).env("LC_ALL", "C");
        if job.end == AfterRehearsal::Kept {
            // A signal of the terminal's is for what was typed there.
            command.process_group(0);
        }
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said.try_clone()?);
        let mut process = command.spawn()?;
        let taken = process.stdin.take().zip(process.stdout.take());
        let (input, events) = taken.ok_or_else(|| io::Error::other("a process without pipes"))?;
        let mut machine = Self { process, end: AfterRehearsal::AtOnce, input, events: BufReader::new(events), said };
        if mapping == UserMapping::Root {
            machine.give_users()?;
        }
        let job = serde_json::to_string(job).map_err(io::Error::other)?;
        // A machine that could not start has closed its input; what it said tells why.
        let _ = machine.input.write_all(job.as_bytes()).and_then(|()| machine.input.write_all(b"\n"));
        Ok(machine)
    }

    /// Root itself writes down which users there are, once the namespace is made.
    fn give_users(&mut self) -> io::Result<()> {
        let mut line = String::new();
        if self.events.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let folder = Path::new("/proc").join(self.process.id().to_string());
        for name in ["uid_map", "gid_map"] {
            let users = users(&fs::read_to_string(Path::new("/proc/self").join(name))?);
            fs::write(folder.join(name), users)?;
        }
        self.input.write_all(b"\n")
    }

    /// What the machine says next; nothing once it has ended.
    pub(super) fn next(&mut self) -> Option<Event> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.events.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            if let Ok(event) = serde_json::from_str(&line) {
                return Some(event);
            }
        }
    }

    /// The process that it ends with.
    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Lets it go on.
    pub(super) fn keep(mut self) {
        self.end = AfterRehearsal::Kept;
    }

    /// What its programs said on standard error.
    pub(super) fn said(&mut self) -> String {
        let mut bytes = Vec::new();
        if self.said.seek(SeekFrom::Start(0)).is_ok() {
            let _ = (&self.said).take(1 << 16).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.end == AfterRehearsal::AtOnce {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// The line for a map: nobody's numbers, or in a container that has fewer, the container's own.
fn users(own: &str) -> String {
    let all = number_of(own);
    if all > BASE + USERS { format!("0 {BASE} {USERS}\n") } else { format!("0 0 {}\n", all.clamp(1, USERS)) }
}

/// How many users a map has, in its longest row.
fn number_of(map: &str) -> u64 {
    let number = |line: &str| line.split_whitespace().nth(2).and_then(|word| word.parse::<u64>().ok());
    map.lines().filter_map(number).max().unwrap_or_default()
}

/// Whether a file of `newuidmap` has this person.
fn has_range(file: &str) -> bool {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_own = |line: &&str| line.split(':').nth(2) == Some(&id);
    let name = users.lines().find(is_own).and_then(|line| line.split(':').next()).unwrap_or(&id);
    let ranges = fs::read_to_string(file).unwrap_or_default();
    ranges.lines().filter_map(|line| line.split(':').next()).any(|who| who == name || who == id)
}

#[cfg(test)]
mod tests {
    use super::users;

    #[test]
    fn root_gives_numbers_of_nobody_where_it_has_them() {
        assert_eq!(users("         0          0 4294967295\n"), "0 1500000000 65536\n");
        assert_eq!(users("0 1000 1\n1 100000 65536\n"), "0 0 65536\n");
    }
}
