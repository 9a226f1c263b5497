//! Power cuts: outputs are not synced, so that a cut may leave a part of one, or zeros; none counts as a hand edit later.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Project, ran};

const KNOWN: [&str; 3] = ["one.txt", "gone.txt", "two.txt"];

fn block(target: &str, text: &str) -> String {
    format!("#+begin_src text :tangle {target}\n{text}\n#+end_src\n")
}

/// A text of several sectors.
fn long(word: &str) -> String {
    word.repeat(400)
}

/// A project whose outputs were written, and then edited in the document: one changes, one goes, one comes.
fn edited() -> Project {
    let project = Project::new().file("a.org", &(block("one.txt", &long("old")) + &block("gone.txt", &long("old"))));
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", &(block("one.txt", &long("new")) + &block("two.txt", &long("new"))));
    project
}

/// Outputs and temporary files in the project's folder.
fn written(project: &Project) -> Vec<PathBuf> {
    let paths = fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().path());
    let is_written = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        KNOWN.contains(&name) || name.starts_with(".qvm-tangle-")
    };
    paths.filter(is_written).collect()
}

/// What a power cut leaves of a file that was not synced.
fn tear(path: &Path, how: &str) {
    let mut bytes = fs::read(path).unwrap();
    match how {
        "empty" => bytes.clear(),
        "short" => bytes.truncate(512),
        "zeros" => bytes.fill(0),
        _ => bytes.iter_mut().take(512).for_each(|byte| *byte = 0),
    }
    fs::write(path, bytes).unwrap();
}

/// Makes the records ones of an earlier boot.
fn boot_again(project: &Project) {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    for entry in fs::read_dir(project.state("outputs")).unwrap() {
        let path = entry.unwrap().path();
        let record = fs::read_to_string(&path).unwrap();
        fs::write(&path, record.replace(boot.trim(), "00000000-earlier")).unwrap();
    }
}

#[track_caller]
fn check_finished(project: &Project, at: &str) {
    let again = project.run(&["a.org"]);
    assert_eq!(again.code, 0, "{at}: {}", again.err);
    let left: Vec<PathBuf> = written(project);
    assert_eq!(left.len(), 2, "{at}: {left:?}");
    for name in ["one.txt", "two.txt"] {
        assert_eq!(project.read(name), format!("{}\n", long("new")), "{at}");
    }
    assert_eq!(project.run(&["check", "a.org"]).code, 0, "{at}");
}

#[test]
fn wherever_the_power_goes_no_torn_file_counts_as_a_hand_edit() {
    for how in ["empty", "short", "zeros", "a hole"] {
        for call in ["openat", "fsync", "renameat2", "unlinkat", "ftruncate"] {
            for number in (1..100).step_by(if call == "openat" { 7 } else { 1 }) {
                let project = edited();
                let fault = format!("inject={call}:signal=KILL:when={number}");
                let mut command = std::process::Command::new("strace");
                command.args(["-f", "-qq", "-o", "/dev/null", "-e", &fault]).arg(env!("CARGO_BIN_EXE_qvm-tangle"));
                project.in_environment(command.arg("a.org").current_dir(project.path("")));
                let is_over = ran(&command.output().unwrap()).code == 0;
                for path in &written(&project) {
                    tear(path, how);
                }
                boot_again(&project);
                check_finished(&project, &format!("{how}, {call} {number}"));
                if is_over {
                    break;
                }
            }
        }
    }
}

#[track_caller]
fn check_kept(project: &Project, how: &str) {
    tear(&project.path("one.txt"), how);
    let torn = project.read("one.txt");
    let again = project.run(&["a.org"]);
    assert_eq!(again.code, 3, "{how}: {}", again.err);
    assert_eq!(project.read("one.txt"), torn, "{how}");
    assert_eq!(project.run(&["--force", "a.org"]).code, 0);
}

#[test]
fn what_is_short_or_empty_is_a_hand_edit_where_no_power_cut_can_have_made_it() {
    let project = edited();
    check_finished(&project, "written");
    for how in ["empty", "short", "zeros"] {
        check_kept(&project, how);
        // The first run after a boot finds all files whole.
        boot_again(&project);
        assert_eq!(project.run(&["a.org"]).code, 0);
        check_kept(&project, how);
    }
    boot_again(&project);
    project.write("one.txt", "an edit\n");
    assert_eq!(project.run(&["a.org"]).code, 3, "no power cut leaves other bytes");
}
