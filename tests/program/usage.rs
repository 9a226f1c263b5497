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
        ],
    );
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
