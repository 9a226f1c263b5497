//! What goes wrong half-way: a killed run, a full disk, a folder that cannot be written. Every file stays whole.

use std::fmt::Write as _;
use std::fs::File;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::Project;

const FILES: usize = 60;

/// A document that gives many files, all with the same text.
fn many_files(word: &str, lines: usize) -> String {
    let mut document = String::new();
    for number in 0..FILES {
        let body = format!("{word}\n").repeat(lines);
        let _ = write!(document, "#+begin_src text :tangle {number}.txt\n{body}#+end_src\n");
    }
    document
}

fn configured(document: &str) -> Project {
    Project::new().file("qvm-tangle.toml", "documents = [\"a.org\"]\nout-dir = \"generated\"\n").file("a.org", document)
}

/// Every output is whole: all lines are the same word, and there are as many as there should be.
#[track_caller]
fn check_whole(project: &Project, lines: usize) {
    for number in 0..FILES {
        let text = project.read(&format!("generated/{number}.txt"));
        let first = text.lines().next().expect("no output is empty");
        assert!(text.lines().all(|line| line == first), "{number}.txt is mixed");
        assert_eq!(text.lines().count(), lines, "{number}.txt is cut");
    }
}

#[test]
fn a_killed_run_leaves_every_file_whole_and_the_next_one_goes_on() {
    let project = configured(&many_files("start", 20));
    assert_eq!(project.run(&[]).code, 0);
    let mut interrupted = 0;
    for round in 0..40_u64 {
        project.write("a.org", &many_files(&format!("round{round}"), 20));
        let mut child = project.command(&[]).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(1000 + round * 700));
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            interrupted += 1;
        }
        check_whole(&project, 20);
    }
    assert!(interrupted > 0, "no run was killed half-way, so this test proves nothing");

    // The document has changed since, and yet nothing counts as edited by hand: all of it is our own work.
    project.write("a.org", &many_files("end", 20));
    let ran = project.run(&[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(project.run(&["check"]).code, 0);
    assert_eq!(project.path("generated").read_dir().unwrap().count(), FILES + 1, "temporary files are left");
}

#[test]
fn runs_at_the_same_moment_lock_rootss() {
    let project = configured(&many_files("start", 20));
    assert_eq!(project.run(&[]).code, 0);
    for round in 0..5 {
        project.write("a.org", &many_files(&format!("round{round}"), 20));
        let start = || project.command(&[]).stderr(Stdio::piped()).spawn().unwrap();
        let running: Vec<_> = (0..4).map(|_| start()).collect();
        let outputs = running.into_iter().map(|child| child.wait_with_output().unwrap());
        let said: Vec<String> = outputs
            .map(|output| {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{said}");
                said
            })
            .collect();
        let writers = said.iter().filter(|said| said.contains("wrote")).count();
        assert_eq!(writers, 1, "one writes, the others find everything up to date: {said:?}");
        assert_eq!(project.run(&["check"]).code, 0);
    }
}

#[test]
fn a_full_disk_changes_nothing() {
    let project = configured(&many_files("old", 2));
    let new = many_files("new", 4000);
    project.write("new.org", &new);
    // A file system of 600 KiB, seen by these commands alone.
    let script = "set -e
mkdir small
mount -t tmpfs -o size=600k tmpfs small
cp qvm-tangle.toml a.org small/
cd small
\"$1\" --quiet
find generated | sort >../before; cat generated/*.txt generated/qvm-tangle.lock >../texts-before
\"$1\" --quiet --out-dir generated ../new.org 2>../message && exit 1
echo $? >../code
find generated | sort >../after; cat generated/*.txt generated/qvm-tangle.lock >../texts-after";
    // `new.org` is another document for the lock, so its outputs belong to the same targets but are not stale.
    let status = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_qvm-tangle")])
        .current_dir(project.path(""))
        .status()
        .unwrap();
    assert!(status.success(), "the commands themselves failed");
    assert_eq!(project.read("code"), "2\n");
    let message = project.read("message");
    assert!(message.contains("no space left on device; nothing was changed"), "{message}");
    assert_eq!(project.read("before"), project.read("after"));
    assert_eq!(project.read("texts-before"), project.read("texts-after"));
}

#[test]
fn a_folder_that_cannot_be_written_changes_nothing() {
    let project = configured(
        "#+begin_src text :tangle one.txt\nx\n#+end_src\n#+begin_src text :tangle zzz/two.txt\nx\n#+end_src\n",
    );
    assert_eq!(project.run(&[]).code, 0);
    let document = project.read("a.org").replace("\nx\n", "\ny\n");
    project.write("a.org", &document);
    // Root may write everywhere, so the folder is made immutable for everyone: a read-only mount.
    let script =
        "mount --bind -o ro generated/zzz generated/zzz && mount -o remount,bind,ro generated/zzz && exec \"$1\"";
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_qvm-tangle")])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("zzz/two.txt") && message.contains("read-only file system"), "{message}");
    assert_eq!(project.read("generated/one.txt"), "x\n");
    assert_eq!(project.path("generated").read_dir().unwrap().count(), 3, "temporary files are left");
}

/// A run whose standard output is `out`: its exit code and what it says.
fn run_into(project: &Project, arguments: &[&str], out: impl Into<Stdio>) -> (Option<i32>, String) {
    let input = File::open(project.path("input")).unwrap();
    let child = project.command(arguments).stdin(input).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A project in which every command has something to say on standard output.
fn talkative() -> Project {
    let project = Project::new()
        .file("input", "t.sh:3: message\n")
        .file("a.org", "#+begin_src sh :tangle t.sh :comments link :shebang \"#!/bin/sh\"\nold\n#+end_src\n");
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("t.sh", &project.read("t.sh").replace("old", "new"));
    project
}

const WITH_RESULTS: &[&[&str]] = &[
    &["show", "model", "a.org"],
    &["show", "artifacts", "a.org"],
    &["show", "schema"],
    &["show", "schema", "--format", "json"],
    &["show", "report-schema"],
    &["explain"],
    &["explain", "edited-output"],
    &["map", "t.sh:3"],
    &["map", "-"],
    &["check", "a.org"],
    &["check", "--format", "json", "a.org"],
    &["check", "--format", "sarif", "a.org"],
    &["check", "--format", "github", "a.org"],
    &["lint", "--format", "json", "a.org"],
    &["detangle", "t.sh"],
    &["--format", "json", "--quiet", "a.org"],
];

#[test]
fn results_that_cannot_be_written_are_a_failure() {
    for arguments in WITH_RESULTS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, said) = run_into(&talkative(), arguments, full);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        let message = "qvm-tangle: cannot write to standard output: no space left on device\n";
        assert_eq!(said, message, "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in WITH_RESULTS {
        let (read, written) = std::io::pipe().unwrap();
        drop(read);
        let (code, said) = run_into(&talkative(), arguments, written);
        assert_ne!(code, Some(2), "{arguments:?}: {said}");
        assert!(!said.contains("standard output"), "{arguments:?}: {said}");
    }
}
