//! `qvm-tangle lint`: real checkers on real outputs, and their diagnostics at the document's lines.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::Project;

const NETWORK: &str = "\
- Name :: =qvm0=
- Subnet :: 10.42.0.1/24

| Guest | IP         | TAP      |
|-------+------------+----------|
| cp    | 10.42.0.10 | qvm0tap0 |
| wk    | 10.42.0.11 | qvm0tap1 |
";

/// A template's own line at fault, in every round of its loop.
const TEMPLATE: &str = "#!/bin/bash\n{% for guest in guests %}\nip link add dev {{ guest.tap }} $1\n{% endfor %}\n";

#[track_caller]
fn short(project: &Project, code: i32, expected: &[&str]) {
    // What is not trusted has its own tests.
    let ran = project.run(&["lint", "--trust", "--format", "short", "n.org"]);
    assert_eq!(ran.err.lines().collect::<Vec<_>>(), expected);
    assert_eq!(ran.code, code);
}

#[test]
fn a_fault_in_a_block_is_reported_at_its_line() {
    let project =
        Project::new().file("n.org", "#+begin_src sh :tangle a.sh :shebang #!/bin/bash\n  echo $1\n#+end_src\n");
    let double_quote = "Double quote to prevent globbing and word splitting.";
    short(&project, 0, &[&format!("n.org:2:8: warning[checker-warning]: shellcheck SC2086: {double_quote}")]);
    assert!(!project.has("a.sh"), "lint writes nothing");
}

#[test]
fn a_fault_in_a_template_is_reported_once_at_template_and_network() {
    let project =
        Project::new().file("n.org", NETWORK).file("qvm-tangle.toml", "").file("templates/extra.sh.shell.j2", TEMPLATE);
    let ran = project.run(&["lint", "n.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err.matches("SC2086: ").count(), 1, "{}", ran.err);
    for part in
        ["(and in one other place)", "--> n.org:1:1", "::: templates/extra.sh.shell.j2:3:33", "::: extra.sh:2:26"]
    {
        assert!(ran.err.contains(part), "{part}:\n{}", ran.err);
    }
}

#[test]
fn shellcheck_is_reported_at_the_block_at_the_cell_and_at_the_template() {
    let document = format!("{NETWORK}\n#+begin_src sh :tangle a.sh :shebang #!/bin/bash\n  echo $1\n#+end_src\n");
    let template = "#!/bin/bash\n{% for guest in guests %}\nfor x in {{ guest.tap }}; do echo \"$x\"; done\n{% endfor %}\ncd {{ bridge.name }}\n";
    let project =
        Project::new().file("n.org", &document).file("qvm-tangle.toml", "").file("templates/x.sh.shell.j2", template);
    let once = "This loop will only ever run once. Bad quoting or missing glob/expansion?";
    let found = [
        "n.org:1:1: warning[checker-warning]: shellcheck SC2164: Use 'cd ... || exit' or 'cd ... || return' in case cd fails.",
        &format!("n.org:6:24: warning[checker-warning]: shellcheck SC2043: {once}"),
        &format!("n.org:7:24: warning[checker-warning]: shellcheck SC2043: {once}"),
        "n.org:10:8: warning[checker-warning]: shellcheck SC2086: Double quote to prevent globbing and word splitting.",
    ];
    short(&project, 0, &found);
    let ran = project.run(&["lint", "n.org"]);
    for part in [
        "::: templates/x.sh.shell.j2:3:13",
        "::: x.sh:2:10",
        "::: templates/x.sh.shell.j2:5:1",
        "::: x.sh:4:1",
        "::: a.sh:2:6",
    ] {
        assert!(ran.err.contains(part), "{part}:\n{}", ran.err);
    }
}

#[test]
fn a_fault_that_a_value_brings_is_reported_at_its_cell() {
    let check = "[lint.names]\nfiles = [\"extra.sh\"]\n\
                 command = [\"sh\", \"-c\", \"grep -n tap1 $1 | sed 's|:.*|:17: error: no tap1 here|; s|^|extra.sh:|'\", \
                 \"names\", \"{file}\"]\n[lint.shellcheck]\nfiles = []\n";
    let project = Project::new()
        .file("n.org", NETWORK)
        .file("qvm-tangle.toml", check)
        .file("templates/extra.sh.shell.j2", TEMPLATE);
    short(&project, 1, &["n.org:7:24: error[checker-error]: names: no tap1 here"]);
}

#[test]
fn each_language_has_its_checker() {
    let block = |name: &str, body: &str| format!("#+begin_src text :tangle {name}\n{body}#+end_src\n");
    let project = Project::new().file(
        "n.org",
        &[
            block("a.sh", "# shellcheck shell=bash\nif true\n"),
            block("b.nft", "table inet x {\n  nonsense\n}\n"),
            block("dnsmasq.conf", "port=53\nnonsense\n"),
            block("user-data", "#cloud-config\npackages: 3\n"),
            block("c.sh", "#!/bin/sh\nopenssl req -nonsense -addext 'subjectAltNme = DNS:x'\n"),
        ]
        .concat(),
    );
    let ran = project.run(&["lint", "--format", "short", "n.org"]);
    assert_eq!(ran.code, 1);
    for part in [
        "n.org:3:1: error[checker-error]: bash: syntax error",
        "error[checker-error]: shellcheck SC",
        "n.org:7:3: error[checker-error]: nft: syntax error",
        "n.org:12:1: error[checker-error]: dnsmasq: bad option",
        "n.org:16:1: error[checker-error]: cloud-init: packages: 3 is not of type 'array'",
        "n.org:20:13: error[checker-error]: openssl: `openssl req` has no option `-nonsense` in OpenSSL ",
        "n.org:20:31: error[checker-error]: openssl: the extension cannot be read: unknown extension name",
    ] {
        assert!(ran.err.contains(part), "{part}:\n{}", ran.err);
    }
}

#[test]
fn nft_is_asked_without_being_root() {
    let project =
        Project::new().file("n.org", "#+begin_src text :tangle a.nft\ntable inet x {\n  nonsense\n}\n#+end_src\n");
    let program = project.path("qvm-tangle");
    fs::copy(env!("CARGO_BIN_EXE_qvm-tangle"), &program).unwrap();
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let mut lint = Command::new(program);
    lint.args(["lint", "--format", "short", "n.org"]).current_dir(project.path(""));
    if rustix::process::geteuid().is_root() {
        lint.uid(65534).gid(65534);
    }
    let output = lint.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("n.org:3:3: error[checker-error]: nft: syntax error"), "{said}");
}

#[test]
fn every_format_has_the_diagnostic() {
    let project =
        Project::new().file("n.org", "#+begin_src sh :tangle a.sh :shebang #!/bin/bash\n  echo $1\n#+end_src\n");
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["lint", "--format", "json", "n.org"]).out).unwrap();
    assert_eq!(json["diagnostics"][0]["code"], "checker-warning");
    assert_eq!(json["diagnostics"][0]["labels"][0]["place"]["path"], "a.sh");
    assert_eq!(json["changes"], serde_json::json!([]));
    let sarif: serde_json::Value =
        serde_json::from_str(&project.run(&["lint", "--format", "sarif", "n.org"]).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "checker-warning");
    let github = project.run(&["lint", "--format", "github", "n.org"]);
    assert!(github.out.starts_with("::warning file=n.org,line=2,"), "{}", github.out);
    assert_eq!(project.run(&["lint", "--deny", "warnings", "n.org"]).code, 1);
}

#[test]
fn a_warning_can_be_accepted_with_a_reason() {
    let block = "#+begin_src sh :tangle a.sh :shebang #!/bin/bash\n  echo $1\n#+end_src\n";
    let accepted = format!("# qvm-tangle: accept checker-warning: words are wanted\n{block}");
    let project = Project::new().file("n.org", &accepted);
    short(&project, 0, &[]);
    // `check` runs no checker, so it cannot say that the comment is of no use.
    assert_eq!(project.run(&["--deny", "warnings", "n.org"]).code, 0);
    project.write("n.org", &accepted.replace("echo $1", "echo one"));
    let nothing = "nothing below this comment is a `checker-warning`";
    short(&project, 0, &[&format!("n.org:1:1: warning[unused-acceptance]: {nothing}")]);
}

#[test]
fn a_checker_that_is_not_installed_is_named_once() {
    let project = Project::new()
        .file("qvm-tangle.toml", "[lint.rules]\nfiles = [\"*.txt\"]\ncommand = [\"no-such-checker\", \"{file}\"]\n")
        .file("n.org", "#+begin_src text :tangle a.txt\nx\n#+end_src\n#+begin_src text :tangle b.txt\nx\n#+end_src\n");
    let would = "it would examine `a.txt` and one other output";
    let diagnostic = format!("n.org:1:26: warning[missing-checker]: `rules` is not installed; {would}");
    short(&project, 0, &[&diagnostic]);
    project.write("o.org", "#+begin_src text :tangle c.txt\nx\n#+end_src\n");
    let ran = project.run(&["lint", "--trust", "--format", "short", "n.org", "o.org"]);
    assert_eq!(ran.err.lines().collect::<Vec<_>>(), [diagnostic]);
}

#[test]
fn the_repository_itself_has_no_diagnostic() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lint = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"));
    let output = lint.args(["lint", "--deny", "warnings"]).current_dir(root).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("examined by bash, cloud-init, dnsmasq, nft, openssl, shellcheck"), "{said}");
}
