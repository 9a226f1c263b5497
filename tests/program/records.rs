//! What was not written here is neither replaced nor removed; what somebody saves during a run is kept; what a run that
//! failed or was killed began is taken back.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{Project, Ran, ran};

fn block(target: &str, text: &str) -> String {
    format!("#+begin_src text :tangle {target}\n{text}\n#+end_src\n")
}

/// Runs the program below another one that gets in its way, such as strace.
fn run_below(project: &Project, below: &[&str], arguments: &[&str]) -> Ran {
    let mut command = Command::new(below[0]);
    command.args(&below[1..]).arg(env!("CARGO_BIN_EXE_qvm-tangle")).args(arguments);
    project.in_environment(command.current_dir(project.path("")).stdin(Stdio::null()));
    ran(&command.output().unwrap())
}

fn inject<'a>(fault: &'a str, log: &'a str) -> Vec<&'a str> {
    vec!["strace", "-f", "-qq", "-o", log, "-e", fault]
}

#[test]
fn a_file_that_was_there_before_is_kept_until_it_is_named() {
    let document = block("up.sh", "ours") + &block("down.sh", "ours");
    let project = Project::new().file("a.org", &document).file("up.sh", "my own\n").file("down.sh", "my own\n");
    for _ in 0..2 {
        let ran = project.run(&["a.org"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(
            ran.err.contains("`up.sh` is there and was not made by qvm-tangle; it is kept as it is"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("or replace it with `--overwrite up.sh`"), "{}", ran.err);
        assert_eq!((project.read("up.sh"), project.read("down.sh")), ("my own\n".into(), "my own\n".into()));
    }
    assert_eq!(project.run(&["check", "a.org"]).code, 3);
    assert_eq!(project.run(&["--overwrite", "up.sh", "a.org"]).code, 3, "the other one is kept");
    assert_eq!((project.read("up.sh"), project.read("down.sh")), ("ours\n".into(), "my own\n".into()));
    assert_eq!(project.run(&["--force", "a.org"]).code, 0);
    assert_eq!(project.read("down.sh"), "ours\n");
    assert_eq!(project.run(&["check", "a.org"]).code, 0);
    let ran = project.run(&["--overwrite", "pu.sh", "a.org"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            2,
            "qvm-tangle: `pu.sh` is no output of these documents, so --overwrite cannot name it; did you mean `up.sh`?\n"
        )
    );
}

#[test]
fn without_an_out_dir_hand_edits_are_kept_and_stale_outputs_go() {
    let project = Project::new().file("a.org", &(block("one.txt", "1") + &block("two.txt", "2")));
    assert_eq!(project.run(&["a.org"]).code, 0);
    assert!(!project.has("qvm-tangle.lock"), "no file appears beside the document");
    project.write("one.txt", "by hand\n");
    assert_eq!(project.run(&["a.org"]).code, 3);
    assert_eq!(project.read("one.txt"), "by hand\n");
    assert_eq!(project.run(&["--overwrite", "one.txt", "a.org"]).code, 0);

    project.write("a.org", &block("one.txt", "changed"));
    let ran = project.run(&["check", "a.org"]);
    assert!(ran.code == 3 && ran.out.contains("two.txt: stale"), "{}", ran.out);
    assert_eq!(project.run(&["a.org"]).code, 0);
    assert_eq!(project.read("one.txt"), "changed\n");
    assert!(!project.has("two.txt"), "it is ours, and no document gives it any more");
}

#[test]
fn the_same_text_is_adopted_and_what_was_adopted_is_never_removed() {
    let project = Project::new().file("a.org", &block("conf", "mine")).file("conf", "mine\n");
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", "");
    let ran = project.run(&["a.org"]);
    let left = "left conf alone: no document gives it any more, and it was there before\n";
    assert!(ran.code == 0 && ran.err.contains(left), "{}", ran.err);
    assert_eq!(project.read("conf"), "mine\n");
    assert!(!project.run(&["a.org"]).err.contains("left conf"), "it is said once");

    project.write("a.org", &block("conf", "mine"));
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", &block("conf", "changed"));
    assert_eq!(project.run(&["a.org"]).code, 0, "its text came from the document, so nothing is lost");
    assert_eq!(project.read("conf"), "changed\n");
}

#[test]
fn permission_to_write_somewhere_is_none_to_overwrite() {
    let project = Project::new().file("a.org", &block("~/.bashrc", "theirs no more")).file("home/.bashrc", "mine\n");
    let home = project.path("home").display().to_string();
    for document in ["a.org", "b.org"] {
        project.write(document, &block("~/.bashrc", "ours"));
        assert_eq!(project.run(&["--allow-outside", &home, document]).code, 3);
        assert_eq!(project.read("home/.bashrc"), "mine\n");
    }
    // With an out-dir, too, and its lock tells nothing of the home.
    let settings = ["--out-dir", "out", "--allow-outside", &home, "a.org"];
    assert_eq!(project.run(&settings).code, 3);
    project.write("a.org", &(block("~/.bashrc", "ours") + &block("x.txt", "x")));
    assert_eq!(project.run(&[&["--force"], &settings[..]].concat()).code, 0);
    let lock = project.read("out/qvm-tangle.lock");
    assert!(lock.contains("x.txt") && !lock.contains("bashrc") && !lock.contains(&home), "{lock}");
    project.write("a.org", &block("x.txt", "x"));
    assert_eq!(project.run(&settings).code, 0);
    assert!(!project.has("home/.bashrc"), "a stale output is found outside, too");
}

#[test]
fn a_lock_does_not_tell_where_the_document_is_on_this_machine() {
    let project = Project::new().file("a.org", &block("x.txt", "x"));
    let elsewhere = tempfile::Builder::new().tempdir_in("/var/tmp").unwrap();
    let out = elsewhere.path().join("out").display().to_string();
    assert_eq!(project.run(&["--out-dir", &out, "a.org"]).code, 0);
    let lock = fs::read_to_string(elsewhere.path().join("out/qvm-tangle.lock")).unwrap();
    assert!(lock.contains("origin = \"a.org\""), "{lock}");
}

#[test]
fn the_words_of_a_header_make_a_file_no_output_of_ours() {
    let project = Project::new().file("network.org", &fs::read_to_string("tests/fixtures/seed/network.org").unwrap());
    let own = "#!/bin/sh\n# replaces what qvm-tangle would make\n";
    project.write("status.sh", own);
    assert_eq!(project.run(&["network.org"]).code, 3);
    assert_eq!(project.read("status.sh"), own);
}

#[test]
fn a_document_of_the_run_is_kept_like_any_other_file() {
    let project = Project::new().file("d.org", &block("other.org", "gone")).file("other.org", &block("x.txt", "x"));
    let ran = project.run(&["d.org", "other.org"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(project.read("other.org"), block("x.txt", "x"));
}

#[test]
fn on_the_word_of_a_committed_lock_alone_nothing_is_removed() {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a.org\"]\nout-dir = \"out\"\n")
        .file("a.org", &(block("x.txt", "x") + &block("sub/y.txt", "y")));
    assert_eq!(project.run(&[]).code, 0);
    // Another machine has the same folder by version control.
    project.forget_state();
    project.write("a.org", &block("x.txt", "changed"));
    let ran = project.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let said = "`out/sub/y.txt` is no longer made here, and only the committed lock says that it was; it is kept";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert_eq!((project.read("out/x.txt"), project.read("out/sub/y.txt")), ("changed\n".into(), "y\n".into()));
    assert!(project.run(&["check"]).out.contains("only the committed lock says"));
    assert_eq!(project.run(&["--overwrite", "out/sub/y.txt"]).code, 0);
    assert!(!project.has("out/sub/y.txt"));
}

#[test]
fn a_lock_leads_to_no_file_outside_and_removes_no_folder_of_others() {
    let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let entry =
        |path: &str| format!("\"{path}\" = {{ mode = \"0644\", sha256 = \"{hash}\", origin = \"../a.org\" }}\n");
    let mut project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a.org\"]\nout-dir = \"out\"\n")
        .file("a.org", &block("x.txt", "x"))
        .file("notes.txt", "x");
    fs::create_dir_all(project.path("out/empty")).unwrap();
    let absolute = project.path("notes.txt").display().to_string();
    let lock = format!("version = 1\nfolders = [\"empty\"]\n\n[files]\n{}{}", entry(&absolute), entry("../notes.txt"));
    project = project.file("out/qvm-tangle.lock", &lock);
    assert_eq!(project.run(&[]).code, 0);
    assert!(project.has("notes.txt") && project.has("out/empty"));
    assert!(!project.read("out/qvm-tangle.lock").contains("notes"));
}

#[test]
fn folders_are_made_for_targets_that_destdir_moves_and_for_no_others() {
    let home = "~/.config/x.conf";
    let project = Project::new().file("a.org", &(block("sub/a.conf", "a") + &block(home, "x")));
    let ran = project.run(&["--destdir", "stage", "a.org"]);
    assert!(ran.code == 1 && ran.err.contains("missing-folder"), "{}", ran.err);
    project.write("a.org", &block(home, "x"));
    for stage in ["one", "two"] {
        assert_eq!(project.run(&["--destdir", stage, "a.org"]).code, 0);
    }
    assert!(project.path("one").exists(), "what one destdir holds is no stale output of another");
}

#[test]
fn texts_of_others_and_private_texts_are_not_shown() {
    let project = Project::new()
        .file(
            "a.org",
            &(block(".env", "x") + "#+begin_src text :tangle key :tangle-mode (identity #o600)\nold\n#+end_src\n"),
        )
        .file(".env", "TOKEN=secret\n")
        .file("out/.env", "TOKEN=secret\n");
    assert_eq!(project.run(&["--overwrite", "key", "a.org"]).code, 3);
    project.write("a.org", &project.read("a.org").replace("old", "newer secret"));
    project.write(
        "out/qvm-tangle.lock",
        &format!(
            "version = 1\n[files]\n\".env\" = {{ mode = \"0644\", sha256 = \"{}\", origin = \"../a.org\" }}\n",
            "0".repeat(64)
        ),
    );
    for format in ["human", "short", "json", "sarif", "github"] {
        for settings in [&["check"][..], &["check", "--full-diff", "--out-dir", "out"]] {
            let ran = project.run(&[settings, &["--format", format, "a.org"]].concat());
            assert_eq!(ran.code, 3, "{}", ran.err);
            assert!(!(ran.out + &ran.err).contains("secret"), "{format} {settings:?}");
        }
    }
    let shown = project.run(&["check", "a.org"]).out;
    assert!(shown.contains("(its text is not shown, since no record says that qvm-tangle wrote it)"), "{shown}");
    assert!(shown.contains("(its text is not shown, since its mode keeps it from others)"), "{shown}");
}

#[test]
fn a_diff_of_what_version_control_has_is_shown_on_a_machine_that_never_wrote_it() {
    let project = Project::new().file("a.org", &block("x.txt", "new")).file("x.txt", "old\n");
    for arguments in [&["init", "--quiet"][..], &["add", "--all"]] {
        assert!(Command::new("git").args(arguments).current_dir(project.path("")).status().unwrap().success());
    }
    let ran = project.run(&["check", "a.org"]);
    assert!(ran.code == 3 && ran.out.contains("-old\n+new\n"), "{}", ran.out);
}

#[test]
fn where_no_record_can_be_written_nothing_else_is() {
    for state in ["/proc/nowhere", "/etc/passwd"] {
        let project = Project::new().file("a.org", &block("x.txt", "x"));
        let run = |arguments: &[&str]| {
            let mut command = project.command(arguments);
            ran(&command.env("XDG_STATE_HOME", state).output().unwrap())
        };
        let refused = run(&["a.org"]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains(&format!("cannot write `{state}/qvm-tangle/outputs`")), "{}", refused.err);
        assert!(!project.has("x.txt"));
        assert_eq!(run(&["check", "a.org"]).code, 3, "looking needs no record");
        assert_eq!(run(&["--out-dir", "out", "a.org"]).code, 0, "the lock protects what lies there");
    }
}

const OUT_DIR: &[&str] = &["--out-dir", "out"];

/// A project with two outputs that differ from the document, one of them new.
fn half_written(out_dir: &[&str]) -> Project {
    let project = Project::new().file("a.org", &(block("one.txt", "old") + &block("gone.txt", "old")));
    assert_eq!(project.run(&[out_dir, &["a.org"]].concat()).code, 0);
    project.write("a.org", &(block("one.txt", "new") + &block("two.txt", "new")));
    project
}

/// The folder of the outputs, as a prefix.
fn folder(out_dir: &[&str]) -> &'static str {
    if out_dir.is_empty() { "" } else { "out/" }
}

fn names(project: &Project, out_dir: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(project.path(folder(out_dir))).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn outputs(project: &Project) -> Vec<(String, String)> {
    names(project, OUT_DIR).into_iter().map(|name| (name.clone(), project.read(&format!("out/{name}")))).collect()
}

#[test]
fn whichever_rename_fails_everything_is_as_it_was() {
    let whole = half_written(OUT_DIR);
    assert_eq!(whole.run(&["--out-dir", "out", "a.org"]).code, 0);
    let new = outputs(&whole);
    let mut failed = 0;
    for number in 1..40 {
        let project = half_written(OUT_DIR);
        let old = outputs(&project);
        let fault = format!("inject=rename,renameat,renameat2:error=ENOSPC:when={number}");
        let ran = run_below(&project, &inject(&fault, "/dev/null"), &["--out-dir", "out", "a.org"]);
        if ran.code == 0 {
            // Past the last one, or of the record of this machine, which the lock can do without.
            assert_eq!(outputs(&project), new, "rename {number}");
            continue;
        }
        failed += 1;
        assert_eq!(ran.code, 2, "rename {number}: {}", ran.err);
        assert!(ran.err.contains("no space left on device; nothing was changed"), "{}", ran.err);
        assert_eq!(outputs(&project), old, "rename {number}: {}", ran.err);
    }
    assert!(failed >= 6, "{failed} renames failed, of three files and their record");
}

#[test]
fn wherever_a_run_is_killed_the_next_one_finishes_its_work_and_leaves_nothing() {
    for out_dir in [OUT_DIR, &[]] {
        for call in ["openat", "fsync", "renameat2", "unlinkat", "ftruncate"] {
            let mut killed = 0;
            for number in 1..100 {
                let project = half_written(out_dir);
                let arguments = [out_dir, &["a.org"]].concat();
                let fault = format!("inject={call}:signal=KILL:when={number}");
                let log = project.path("log").display().to_string();
                if run_below(&project, &inject(&fault, &log), &arguments).code == 0 {
                    break;
                }
                killed += 1;
                fs::remove_file(project.path("log")).unwrap();
                let ran = project.run(&arguments);
                let at = format!("{out_dir:?} {call} {number}: {}", ran.err);
                assert_eq!(ran.code, 0, "{at}");
                let expected: &[&str] = if out_dir.is_empty() {
                    &["a.org", "one.txt", "two.txt"]
                } else {
                    &["one.txt", "qvm-tangle.lock", "two.txt"]
                };
                assert_eq!(names(&project, out_dir), expected, "{at}");
                assert_eq!(project.read(&format!("{}one.txt", folder(out_dir))), "new\n", "{at}");
                assert_eq!(project.run(&[&["check"], &arguments[..]].concat()).code, 0, "{at}");
                // The folder of the records is tidied by the next run that changes one.
                project.write("a.org", &(block("one.txt", "newer") + &block("two.txt", "new")));
                assert_eq!(project.run(&arguments).code, 0, "{at}");
                assert_eq!(fs::read_dir(project.state("outputs")).unwrap().count(), 1, "{at}");
            }
            assert!(killed > 0, "{call} is never called");
        }
    }
}

#[test]
fn kernels_and_containers_that_lack_newer_calls_are_served_as_well() {
    for error in ["ENOSYS", "EPERM", "EINVAL"] {
        let project = half_written(OUT_DIR);
        let fault = format!("inject=openat2,renameat2:error={error}");
        let ran = run_below(&project, &inject(&fault, "/dev/null"), &["--out-dir", "out", "a.org"]);
        assert_eq!(ran.code, 0, "{error}: {}", ran.err);
        let names: Vec<String> = outputs(&project).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["one.txt", "qvm-tangle.lock", "two.txt"], "{error}");
        assert_eq!(project.read("out/one.txt"), "new\n");
    }
}

#[test]
fn what_is_saved_at_any_moment_of_a_run_is_kept() {
    // Each call that takes long is made to take longer, in turn, and something is saved meanwhile.
    for (call, number) in [("fsync", 1), ("fsync", 3), ("renameat2", 2), ("renameat2", 5), ("renameat2", 6)] {
        for saved in ["by rename", "in place"] {
            let project = half_written(OUT_DIR);
            project.write("saved", "saved meanwhile\n");
            let log = project.path("log").display().to_string();
            let fault = format!("inject={call}:delay_enter=700000:when={number}");
            let mut command = Command::new("strace");
            command.args(&inject(&fault, &log)[1..]).arg(env!("CARGO_BIN_EXE_qvm-tangle"));
            command.args(["--out-dir", "out", "a.org"]).stdin(Stdio::null()).stderr(Stdio::piped());
            project.in_environment(command.current_dir(project.path("")));
            let child = command.spawn().unwrap();
            thread::sleep(Duration::from_millis(400));
            if saved == "by rename" {
                fs::rename(project.path("saved"), project.path("out/one.txt")).unwrap();
            } else {
                fs::write(project.path("out/one.txt"), "saved meanwhile\n").unwrap();
            }
            let Output { stderr, .. } = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&stderr);
            assert_eq!(project.read("out/one.txt"), "saved meanwhile\n", "{saved} at {call} {number}: {said}");
            let left = outputs(&project).into_iter().find(|(name, _)| name.starts_with(".qvm-tangle-"));
            assert_eq!(left, None, "{saved} at {call} {number}: {said}");
        }
    }
}

#[test]
fn where_no_thread_can_start_the_work_is_done_all_the_same() {
    let mut document = String::new();
    for number in 0..40 {
        document += &block(&format!("{number}.txt"), "x");
    }
    let project = Project::new().file("a.org", &document).file("b.org", &block("b.txt", "x"));
    let program = project.path("qvm-tangle");
    fs::copy(env!("CARGO_BIN_EXE_qvm-tangle"), &program).unwrap();
    let open = |path: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(0o777)).unwrap();
    };
    fs::create_dir(project.path("state")).unwrap();
    ["", "state", "qvm-tangle"].into_iter().for_each(open);
    let mut command = Command::new("setpriv");
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid=65533", "--clear-groups"]);
    }
    command.args(["prlimit", "--nproc=1"]).arg(program).args(["a.org", "b.org"]);
    project.in_environment(command.current_dir(project.path("")));
    let ran = ran(&command.env("XDG_STATE_HOME", project.path("state")).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!((0..40).all(|number| project.has(&format!("{number}.txt"))) && project.has("b.txt"));
}

#[test]
fn more_folders_than_files_may_be_open_are_no_obstacle() {
    let mut project = Project::new();
    let mut folders = String::new();
    for number in 0..300 {
        project = project.file(&format!("docs/{number}/a.org"), &block("x.txt", "x"));
        let _ = write!(folders, "#+begin_src text :tangle made/{number}/y.txt :mkdirp yes\ny\n#+end_src\n");
    }
    project.write("docs/b.org", &folders);
    let ran = run_below(&project, &["prlimit", "--nofile=256:256"], &["docs"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(project.has("docs/299/x.txt") && project.has("docs/made/299/y.txt"));
}

#[test]
fn a_run_at_the_same_moment_in_another_project_keeps_its_entries_for_the_home() {
    let shared = Project::new();
    let home = shared.path("home").display().to_string();
    fs::create_dir_all(&home).unwrap();
    for round in 0..3 {
        let children: Vec<_> = (0..4)
            .map(|number| {
                let text = block(&format!("~/file-{number}"), &format!("{round}"));
                shared.write(&format!("p{number}/a.org"), &text);
                let mut command = shared.command(&["--allow-outside", &home, &format!("p{number}/a.org")]);
                command.stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let ended = ran(&child.wait_with_output().unwrap());
            assert_eq!(ended.code, 0, "{}", ended.err);
        }
    }
}

#[test]
fn a_link_in_place_of_the_state_folder_changes_nothing() {
    let project = Project::new().file("a.org", &block("x.txt", "x"));
    fs::create_dir_all(project.path("real-home/.local")).unwrap();
    symlink("real-home", project.path("home")).unwrap();
    let mut command = project.command(&["a.org"]);
    let first = ran(&command.env_remove("XDG_STATE_HOME").output().unwrap());
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(project.has("real-home/.local/state/qvm-tangle/outputs"), "a home may be a link");
}
