//! Where no network can be rehearsed: one line with the cause and the way out, and exit code 2.

use std::process::Command;

use super::{Project, Ran, ran, three_guests};

/// Runs a rehearsal in what a script makes of this machine; `$0` is the program.
fn rehearsed_in(script: &str) -> Ran {
    let project = Project::new(&three_guests());
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "bash", "-c", script, env!("CARGO_BIN_EXE_qvm-tangle")]);
    ran(command.current_dir(project.path("")).env("HOME", project.path("home")))
}

#[track_caller]
fn check(script: &str, cause: &str, way_out: &str) {
    let ran = rehearsed_in(&format!("{script}; exec \"$0\" rehearse --trust network.org"));
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains(cause) && ran.err.contains(way_out), "{}", ran.err);
}

#[test]
fn no_user_namespaces_are_allowed() {
    check(
        "echo 0 >/proc/sys/user/max_user_namespaces",
        "user.max_user_namespaces is 0",
        "sudo sysctl user.max_user_namespaces=",
    );
}

#[test]
fn there_is_no_device_for_taps() {
    check("mount -t tmpfs none /dev/net", "/dev/net/tun: no such file", "modprobe tun");
}

#[test]
fn parts_of_proc_are_masked() {
    check("mount -t tmpfs none /proc/tty", "masked", "systempaths=unconfined");
}

#[test]
fn a_program_is_missing() {
    check("mount --bind /dev/null /usr/bin/unshare", "missing unshare", "apt install util-linux");
}

#[test]
fn a_document_describes_no_network() {
    let ran = Project::new("* Nothing here\n").run(&["rehearse", "--trust", "network.org"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("describes no network"), "{}", ran.err);
}
