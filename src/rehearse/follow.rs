//! Which rule drops what a guest sends, or the answer to it: nft follows the packets while the guest tries again.
//!
//! The tables that ask for it stand for that moment alone, and only where something has failed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::fact::Hint;
use super::job::Plan;
use super::program;

/// In every hook that packets come by, before all else.
const TABLES: &str = "table inet rehearsal {
  chain prerouting { type filter hook prerouting priority -350; meta nftrace set 1; }
  chain output { type filter hook output priority -350; meta nftrace set 1; }
}
table bridge rehearsal {
  chain prerouting { type filter hook prerouting priority -350; meta nftrace set 1; }
}
";
const LONGEST: Duration = Duration::from_secs(10);
/// `nft monitor` says nothing when it is ready, nor when it has said all.
const NAP: Duration = Duration::from_millis(400);
const LARGEST: u64 = 8 << 20;

/// Follows the packets of an address while something is tried; gives the rules that dropped any, the oldest first.
pub(super) fn dropped(plan: &Plan, address: Ipv4Addr, again: impl FnOnce()) -> io::Result<Vec<Hint>> {
    let places = [(None, "network.nft"), (Some(plan.namespace.as_str()), "services.nft")];
    let mut monitors = Vec::new();
    for (space, file) in places {
        if nft(space, &["-f", "-"], TABLES).is_ok() {
            monitors.push((Monitor::start(space)?, space, file));
        }
    }
    thread::sleep(NAP);
    again();
    thread::sleep(NAP);
    let mut hints = Vec::new();
    for (monitor, space, file) in monitors {
        for family in ["inet", "bridge"] {
            let _ = nft(space, &["delete", "table", family, "rehearsal"], "");
        }
        hints.extend(read(&monitor.end()?, &address.to_string(), file));
    }
    Ok(hints)
}

struct Monitor {
    process: Child,
    said: File,
}

impl Monitor {
    fn start(space: Option<&str>) -> io::Result<Self> {
        let said = tempfile::tempfile_in("/tmp")?;
        let mut command = command(space);
        command.args(["monitor", "trace"]).stdin(Stdio::null()).stdout(said.try_clone()?).stderr(Stdio::null());
        Ok(Self { process: command.spawn()?, said })
    }

    fn end(mut self) -> io::Result<String> {
        self.process.kill()?;
        self.process.wait()?;
        self.said.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        self.said.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn command(space: Option<&str>) -> Command {
    let Some(space) = space else { return program::system("nft") };
    let mut command = program::system("ip");
    command.args(["netns", "exec", space, "nft"]);
    command
}

fn nft(space: Option<&str>, arguments: &[&str], input: &str) -> io::Result<()> {
    let ran = program::output(command(space).args(arguments), input, LONGEST)?;
    if ran.status == 0 { Ok(()) } else { Err(io::Error::other(ran.err)) }
}

/// The rules in what `nft monitor trace` prints that dropped a packet from or to an address.
fn read(said: &str, address: &str, file: &str) -> Vec<Hint> {
    let mut is_ours: HashMap<&str, bool> = HashMap::new();
    let mut hints = Vec::new();
    for line in said.lines() {
        let Some((id, rest)) = line.strip_prefix("trace id ").and_then(|rest| rest.split_once(' ')) else { continue };
        if rest.contains(" packet: ") {
            *is_ours.entry(id).or_default() |= rest.split(' ').any(|word| word == address);
        }
        if !is_ours.get(id).copied().unwrap_or_default() {
            continue;
        }
        let hint = match rest.split_once(" rule ") {
            Some((_, rule)) => {
                rule.strip_suffix(" (verdict drop)").map(|rule| Hint::Rule(file.to_owned(), rule.to_owned()))
            }
            None => rest.contains(" policy drop").then(|| Hint::line(file, &["policy drop"])),
        };
        hints.extend(hint.filter(|hint| !hints.contains(hint)));
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::rehearse::fact::Hint;

    #[test]
    fn the_rule_that_dropped_the_guests_packet_is_named() {
        let said = "trace id aa inet qvm0 forward packet: iif \"qvm0\" ip saddr 10.42.0.10 ip daddr 203.0.113.10\n\
            trace id aa inet qvm0 forward rule iifname \"qvm0\" accept (verdict accept)\n\
            trace id bb inet qvm0 forward packet: iif \"wan0\" ip saddr 203.0.113.10 ip daddr 10.42.0.10\n\
            trace id bb inet qvm0 forward rule oifname \"qvm0\" drop (verdict drop)\n\
            trace id cc inet qvm0 forward packet: iif \"wan0\" ip saddr 203.0.113.10 ip daddr 10.42.0.11\n\
            trace id cc inet qvm0 forward rule drop (verdict drop)\n";
        let rule = Hint::Rule("network.nft".to_owned(), "oifname \"qvm0\" drop".to_owned());
        assert_eq!(read(said, "10.42.0.10", "network.nft"), [rule]);
    }
}
