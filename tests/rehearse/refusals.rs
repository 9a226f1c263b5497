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

/// In a root that is not that of its mounts the kernel refuses user namespaces, and says no more than seccomp would.
const REFUSED: &str = "mount --rbind / /mnt && mount -t tmpfs none /mnt/proc/sys/kernel";

/// What the kernel says of itself there, besides.
fn refused_with(setting: &str) -> String {
    format!("{REFUSED} && {setting} exec chroot /mnt env -C \"$PWD\" \"$0\" rehearse --trust network.org")
}

#[test]
fn the_kernel_refuses_namespaces() {
    check(&refused_with(""), "the kernel refuses namespaces", "--security-opt seccomp=unconfined");
}

#[test]
fn app_armor_restricts_namespaces() {
    check(
        &refused_with("echo 1 >/mnt/proc/sys/kernel/apparmor_restrict_unprivileged_userns &&"),
        "AppArmor keeps user namespaces from programs without a profile",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    );
}

#[test]
fn unprivileged_namespaces_are_switched_off() {
    check(
        &refused_with("echo 0 >/mnt/proc/sys/kernel/unprivileged_userns_clone &&"),
        "kernel.unprivileged_userns_clone is 0",
        "sudo sysctl kernel.unprivileged_userns_clone=1",
    );
}

/// Nobody gives the users of /etc/subuid to a process that may not gain privileges.
#[test]
fn no_privileges_may_be_gained() {
    let users = "echo root:100000:65536 >users; for file in /etc/subuid /etc/subgid; do mount --bind users $file; done";
    let rehearse = "exec setpriv --no-new-privs \"$0\" rehearse --trust network.org";
    let ran = rehearsed_in(&format!("{users}; {rehearse}"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("there is one user alone"), "{}", ran.err);
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
