//! Why no machine can be made here, and the way out, in one line.

use std::fs;

use super::job::Plan;
use super::program;
use crate::workspace::plain;

/// What is needed and not there, or what the kernel refused; the end of a sentence that begins with the document.
pub(super) fn reason(step: Option<(&str, &str)>, said: &str) -> String {
    let (what, way_out) = cause(step, said);
    format!("cannot be rehearsed here: {what}; {way_out}")
}

fn cause(step: Option<(&str, &str)>, said: &str) -> (String, &'static str) {
    let no_spaces = said.contains("unshare failed") || said.contains("unshare: ") || said.contains("uid_map");
    match step {
        Some(("/dev/net/tun", reason)) => (
            format!("/dev/net/tun: {}", plain(reason)),
            "load the module with `sudo modprobe tun`, or give the container that device",
        ),
        Some((step, reason)) => (
            format!("{step}: {}", plain(reason)),
            "run it on a host, or in a container that masks nothing of /proc and /sys",
        ),
        None if said.contains("No space left on device") || is("user/max_user_namespaces", "0") => {
            ("user.max_user_namespaces is 0".to_owned(), "allow some with `sudo sysctl user.max_user_namespaces=10000`")
        }
        None if no_spaces && is("kernel/apparmor_restrict_unprivileged_userns", "1") => (
            "AppArmor keeps user namespaces from programs without a profile".to_owned(),
            "allow them with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`",
        ),
        None if is("kernel/unprivileged_userns_clone", "0") => (
            "kernel.unprivileged_userns_clone is 0".to_owned(),
            "allow user namespaces with `sudo sysctl kernel.unprivileged_userns_clone=1`",
        ),
        None if said.contains("mount /proc failed") || said.contains("mount proc") => (
            "parts of /proc are masked, as in a container".to_owned(),
            "run it on a host, or with `--security-opt systempaths=unconfined`",
        ),
        None if no_spaces => (
            "the kernel refuses namespaces, as a container's seccomp profile makes it do".to_owned(),
            "run it on a host, or with `--security-opt seccomp=unconfined`",
        ),
        None => {
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("the machine ended early");
            (last.trim().to_owned(), "run it on a host of your own")
        }
    }
}

/// Whether the users that a person has by /etc/subuid could not be given, as in a container, or with `no_new_privs`.
pub(super) fn lacks_users(said: &str) -> bool {
    said.contains("newuidmap") || said.contains("newgidmap")
}

/// Whether a setting of the kernel has a value.
fn is(setting: &str, value: &str) -> bool {
    fs::read_to_string(format!("/proc/sys/{setting}")).is_ok_and(|text| text.trim() == value)
}

/// The programs that a rehearsal cannot do without, as packages of Debian have them.
const NEEDED: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("openssl", "openssl"),
];

/// What is missing of the programs that a network needs; nothing if all are there.
pub(super) fn missing_programs(plan: &Plan) -> Option<String> {
    let has_names = plan.dhcp.or(plan.dns).map(|_| ("dnsmasq", "dnsmasq-base"));
    let needed = NEEDED.iter().copied().chain(has_names).chain(plan.seeds.map(|_| ("python3", "python3")));
    let missing: Vec<(&str, &str)> = needed.filter(|(name, _)| !program::exists(name)).collect();
    let (names, packages): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
    (!names.is_empty()).then(|| {
        let (names, packages) = (names.join(", "), packages.join(" "));
        format!("cannot be rehearsed here: missing {names}; install what has it (Debian: `apt install {packages}`)")
    })
}
