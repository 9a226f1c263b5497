//! `qvm-tangle init`: what it writes compiles and rehearses, and nothing that is there is touched.

use std::fs;

use crate::support::{Project, ran};

#[test]
fn a_new_network_compiles_without_a_warning_and_is_up_to_date_then() {
    let project = Project::new();
    let began = project.run(&["init", "--pre-commit", "--ci", "github", "--from", "/a.whl", "network", "lab"]);
    assert_eq!(began.code, 0, "{}", began.err);
    assert_eq!(
        began.err.lines().collect::<Vec<_>>(),
        [
            "wrote lab/qvm-tangle.toml",
            "wrote lab/network.org",
            "wrote lab/.pre-commit-config.yaml",
            "wrote lab/.github/workflows/qvm-tangle.yml",
            "next: `qvm-tangle` writes the scripts, `qvm-tangle rehearse --trust` tries them out without root; all in lab",
        ]
    );
    let run = project.run(&["--config", "lab/qvm-tangle.toml", "--deny", "warnings"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(project.has("lab/generated/up.sh"));
    let checked = project.run(&["--config", "lab/qvm-tangle.toml", "check", "--deny", "warnings"]);
    assert_eq!((checked.code, checked.err.as_str()), (0, "1 document: 33 outputs up to date\n"));
}

#[test]
fn new_dotfiles_ask_for_trust_and_then_go_home() {
    let project = Project::new();
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ran(&project.command(arguments).env("HOME", home.path()).output().unwrap());
    let began = run(&["init", "dotfiles"]);
    assert!(began.err.contains("`qvm-tangle --trust --destdir preview` below a folder"), "{}", began.err);
    assert_eq!(run(&["--trust", "--destdir", "preview"]).code, 0);
    assert_eq!(run(&[]).code, 2);
    let trusted = run(&["--trust"]);
    assert_eq!(trusted.code, 0, "{}", trusted.err);
    assert!(fs::read_to_string(home.path().join(".config/example/example.conf")).unwrap().contains("greeting"));
}

#[test]
fn documents_that_are_there_get_a_configuration_that_changes_nothing() {
    let block = "#+begin_src text :tangle a.txt\nx\n#+end_src\n";
    let project = Project::new().file("notes/a.org", block).file("b \"c\".org", "b\n");
    assert_eq!(project.run(&["notes/a.org"]).code, 0);
    let began = project.run(&["init", "documents"]);
    assert_eq!(began.code, 0, "{}", began.err);
    assert!(project.read("qvm-tangle.toml").contains(", \"notes/a.org\"]\n"));
    let checked = project.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    let empty = Project::new().run(&["init", "documents"]);
    assert_eq!(empty.code, 2);
    assert!(empty.err.contains("holds no Org file"), "{}", empty.err);
}

#[test]
fn ci_and_the_hook_install_from_what_was_named() {
    let source = "git+https://example.org/it's/\"qvm-tangle\": #@v1";
    let quoted = r#""git+https://example.org/it's/\"qvm-tangle\": #@v1""#;
    let files = [(".github/workflows/qvm-tangle.yml", "github"), (".gitlab-ci.yml", "gitlab")];
    for (file, service) in files {
        let project = Project::new();
        assert_eq!(project.run(&["init", "--pre-commit", "--ci", service, "--from", source]).code, 0);
        assert!(project.read(file).contains(&format!(" QVM_TANGLE: {quoted}\n")), "{}", project.read(file));
        let hook = project.read(".pre-commit-config.yaml");
        assert!(hook.contains(&format!(" additional_dependencies: [{quoted}]\n")), "{hook}");
    }
}

#[test]
fn a_hook_without_a_source_takes_the_program_that_is_installed() {
    let project = Project::new();
    assert_eq!(project.run(&["init", "--pre-commit"]).code, 0);
    assert!(project.read(".pre-commit-config.yaml").contains("language: system\n"));
}

#[test]
fn a_project_that_is_there_gets_a_file_for_ci_alone() {
    let project = Project::new();
    assert_eq!(project.run(&["init"]).code, 0);
    let began = project.run(&["init", "nothing", "--ci", "github", "--from", "./a.whl"]);
    assert_eq!(began.code, 0, "{}", began.err);
    assert!(began.err.starts_with("wrote .github/workflows/qvm-tangle.yml\nnext: "), "{}", began.err);
    let again = project.run(&["init", "nothing", "--ci", "github", "--from", "./b.whl"]);
    assert!(again.err.contains("is there already; nothing was written"), "{}", again.err);
    let empty = project.run(&["init", "nothing"]);
    assert_eq!((empty.code, empty.err.contains("name one of them")), (2, true), "{}", empty.err);
}

#[test]
fn ci_without_a_source_is_refused_and_nothing_is_written() {
    let refused = |arguments: &[&str], reason: &str| {
        let project = Project::new();
        let ran = project.run(arguments);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(reason), "{}", ran.err);
        assert!(!project.has("qvm-tangle.toml"));
    };
    refused(&["init", "--ci", "github"], "`--ci` needs `--from SOURCE`");
    for source in ["./a.whl", "dist/a.whl", ".."] {
        refused(&["init", "--pre-commit", "--from", source], "needs an absolute path or an address");
    }
    refused(&["init", "--from", "./a.whl"], "`--from` says what `--ci` or `--pre-commit` installs");
    for source in ["", " ", "--from=--index-url", "a\nb"] {
        let option = if source.starts_with("--from") { source.to_owned() } else { format!("--from={source}") };
        refused(&["init", "--pre-commit", &option], "not what `pip` could install from");
    }
}

#[test]
fn what_is_there_stays_and_nothing_else_is_written() {
    let project = Project::new().file("network.org", "mine\n");
    let refused = project.run(&["init"]);
    assert_eq!(
        (refused.code, refused.err.as_str()),
        (2, "qvm-tangle: `network.org` is there already; nothing was written\n")
    );
    assert_eq!(project.read("network.org"), "mine\n");
    assert!(!project.has("qvm-tangle.toml"));
}

#[test]
fn a_link_in_the_place_of_a_file_counts_as_there() {
    let project = Project::new();
    std::os::unix::fs::symlink("/nowhere", project.path(".gitlab-ci.yml")).unwrap();
    let refused = project.run(&["init", "--ci", "gitlab", "--from", "./a.whl"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("`.gitlab-ci.yml` is there already"), "{}", refused.err);
}

#[test]
fn nothing_is_begun_inside_of_git() {
    let project = Project::new();
    fs::create_dir_all(project.path(".git/hooks")).unwrap();
    std::os::unix::fs::symlink(".git/hooks", project.path("linked")).unwrap();
    for folder in [".git", ".git/hooks/deep", "linked"] {
        let refused = project.run(&["init", "network", folder]);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("is git's own"), "{}", refused.err);
    }
    assert_eq!(fs::read_dir(project.path(".git/hooks")).unwrap().count(), 0);
}
