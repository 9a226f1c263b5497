//! The command line as it is typed: what does not exist gets the closest that does, what has no effect is refused.

use crate::support::Project;

const ONE: &str = "#+begin_src text :tangle notes.txt\nfirst\n#+end_src\n";

/// Runs the program on mistakes, each with a part of what it says.
#[track_caller]
fn check(project: &Project, mistakes: &[(&str, &str)]) {
    for (typed, part) in mistakes {
        let ran = project.run(&typed.split(' ').collect::<Vec<_>>());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{typed}: {}", ran.err);
        assert!(ran.err.contains(part), "{typed}: {}", ran.err);
    }
}

#[test]
fn what_does_not_exist_gets_the_closest_that_does() {
    let project = Project::new().file("network.org", ONE).file("org/notes.org", ONE);
    check(
        &project,
        &[
            ("lits", "`lits` is neither a file nor a command; did you mean `qvm-tangle lint`?"),
            ("tangle", "`tangle` is neither a file nor a command; `qvm-tangle FILE` compiles and writes"),
            ("netwrk.org", "cannot read `netwrk.org`: no such file or directory; did you mean `network.org`?"),
            ("check ogr/notes.org", "did you mean `org/notes.org`?"),
            ("--config qvm-tangel.toml network.org", "cannot read `qvm-tangel.toml`: no such file or directory"),
            ("trust ogr", "did you mean `org`?"),
            ("explain hand-edited", "did you mean `edited-output`?"),
            ("explain unterminated-blok", "did you mean `unterminated-block`?"),
            ("--dry-run network.org", "tip: `qvm-tangle check` compares and writes nothing"),
            ("fix --dry-run network.org", "only show a patch"),
            ("--lint network.org", "tip: there is a command `qvm-tangle lint`"),
            ("--out_dir x network.org", "tip: a similar argument exists: '--out-dir'"),
            ("--overwrite notes.tx network.org", "did you mean `notes.txt`?"),
            ("map notes.tx:1", "`notes.tx` is no output of a document; did you mean `notes.txt`?"),
            ("man chekc", "there is no command `chekc`; did you mean `check`?"),
            ("man nothing", "there is no command `nothing`; name one of check, completions,"),
            (
                "--languages shel network.org",
                "`--languages`: there is no support for a language `shel`; did you mean `shell`?",
            ),
            ("check --verbose network.org", "tip: `--verbose` belongs to `qvm-tangle FILE`, which compiles and writes"),
            ("init lab/deep", "tip: `qvm-tangle init network lab/deep` begins in that folder"),
        ],
    );
}

#[test]
fn a_revision_that_does_not_exist_gets_the_closest_branch_or_tag() {
    let project = Project::new().file("a.org", ONE);
    let git = |words: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(words).current_dir(project.path(""));
        project.in_environment(&mut command);
        assert!(command.output().unwrap().status.success(), "git {words:?}");
    };
    let outside = project.run(&["plan", "--against", "HEAD", "a.org"]);
    assert!(outside.err.contains("`a.org` is in no git work tree, so there is no `HEAD`"), "{}", outside.err);
    let staged = project.run(&["check", "--staged", "a.org"]);
    assert!(staged.err.contains("this folder is in no git work tree, so there is no index to check"), "{}", staged.err);
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "a.org"]);
    git(&["commit", "-qm", "one"]);
    git(&["branch", "renumbering"]);
    git(&["tag", "v1.0"]);
    check(
        &project,
        &[
            ("plan --against mian a.org", "git has no revision `mian` here; did you mean `main`?"),
            ("plan --against renumberign a.org", "did you mean `renumbering`?"),
            ("plan --against v1.1 a.org", "did you mean `v1.0`?"),
            ("plan --against HAED~1 a.org", "did you mean `HEAD~1`?"),
            ("plan --against HEAD~7 a.org", "`HEAD` is there, and has not so many commits before it"),
            ("plan --against something-else a.org", "git has no revision `something-else` here\n"),
        ],
    );
}

#[test]
fn who_names_no_document_is_told_one_or_how_to_begin() {
    check(
        &Project::new(),
        &[(
            "check",
            "this folder has no Org file: name one, list `documents` in qvm-tangle.toml, or begin with `qvm-tangle init`",
        )],
    );
    let project = Project::new().file("b.org", ONE).file("a.org", ONE).file(".hidden.org", ONE);
    check(&project, &[("check", "name an Org file, such as `a.org`, or list `documents`")]);
}

#[test]
fn a_file_is_no_folder() {
    let project = Project::new().file("a.org", ONE).file("sub/b.org", ONE);
    check(
        &project,
        &[
            ("--out-dir a.org sub/b.org", "`a.org` is a file, and outputs go to a folder"),
            ("trust sub/b.org", "`sub/b.org` is a file, and folders are trusted: `qvm-tangle trust sub`"),
        ],
    );
    assert_eq!(project.run(&["trust", "sub"]).code, 0);
    std::fs::remove_dir_all(project.path("sub")).unwrap();
    // Whoever is gone can be forgotten.
    assert!(project.run(&["trust", "--revoke", "sub"]).err.contains("is no longer trusted"));
}

#[test]
fn help_for_a_full_disk_is_a_failure() {
    let project = Project::new().file("a.org", ONE);
    for arguments in [&["--help"][..], &["check", "--format", "github", "a.org"], &["explain"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = project.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said = project.command(&["check", "--format", "github", "a.org"]).stdout(full).output().unwrap().stderr;
    assert!(String::from_utf8_lossy(&said).contains("cannot write to standard output: no space left on device"));
}

#[test]
fn a_key_that_does_not_exist_gets_the_closest_or_the_list() {
    let project = Project::new().file("a.org", ONE);
    for (text, part) in [
        ("out_dir = \"x\"\n", "did you mean `out-dir`?"),
        ("destination = \"x\"\n", "there is no key `destination`; the keys are `documents`, `out-dir`,"),
        ("[levels]\nhand-edited = \"allow\"\n", "did you mean `edited-output`?"),
    ] {
        project.write("qvm-tangle.toml", text);
        check(&project, &[("a.org", part)]);
    }
}

#[test]
fn options_without_effect_are_refused_and_not_listed() {
    let project = Project::new().file("a.org", ONE);
    check(
        &project,
        &[
            ("explain --destdir /tmp", "`--destdir` has no effect on `explain`"),
            ("--destdir /tmp explain", "`--destdir` has no effect on `explain`"),
            ("lsp --format dot", "`--format` has no effect on `lsp`"),
            ("trust --languages all", "`--languages` has no effect on `trust`"),
            (
                "check --format dot a.org",
                "there is no `--format dot` for `check`; it takes human, short, json, sarif, github",
            ),
            ("--format junit a.org", "there is no `--format junit`; it takes human,"),
            ("show model --format dot a.org", "`--format` dot, mermaid and d2 are for `show graph`"),
            ("show schema a.org", "`show schema` is about no document"),
            ("--force check a.org", "`--force` before `check` has no effect"),
            ("a.org check", "the command comes first: `qvm-tangle check …`"),
        ],
    );
    let help = project.run(&["explain", "--help"]).out;
    for option in ["--destdir", "--out-dir", "--trust", "sarif"] {
        assert!(!help.contains(option), "{option}: {help}");
    }
    assert!(help.contains("--format"), "{help}");
    assert!(!project.run(&["check", "--help"]).out.contains("mermaid"));
}

#[test]
fn the_usage_line_is_true() {
    let project = Project::new().file("a.org", ONE);
    let help = project.run(&["--help"]).out;
    assert!(
        help.contains("Usage: qvm-tangle [OPTIONS] [FILE|DIR]...\n       qvm-tangle <COMMAND> [OPTIONS]...\n"),
        "{help}"
    );
    assert_eq!(
        project.run(&["--quiet", "--format", "short", "check", "a.org"]).code,
        3,
        "shared options may stand before"
    );
}
