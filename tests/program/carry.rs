//! `detangle` of any output: values, blocks and templates, one hand edit of each kind.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::Project;

/// The repository's own document, compiled in a project of its own.
fn repository() -> Project {
    let document = include_str!("../../org/network.org");
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"org/network.org\"]\nout-dir = \"generated\"\n")
        .file("org/network.org", document);
    assert_eq!(project.run(&[]).code, 0);
    project
}

/// Edits an output: a text in it, as often as it stands there, becomes another one.
fn edit(project: &Project, output: &str, old: &str, new: &str) {
    let text = project.read(output);
    assert!(text.contains(old), "{output} has no {old}");
    project.write(output, &text.replace(old, new));
}

/// Carries the edits back, compiles, and sees that the edited outputs stay as they are.
#[track_caller]
fn carried(project: &Project, outputs: &[&str], told: &str) {
    let edited: Vec<String> = outputs.iter().map(|output| project.read(output)).collect();
    let before = project.snapshot();
    let shown = project.run(&[&["detangle"], outputs].concat());
    assert!(shown.code == 0 && shown.err.contains(&format!("{told} would change; --write does it")), "{}", shown.err);
    assert_eq!(project.snapshot(), before);
    let ran = project.run(&[&["detangle", "--write"], outputs].concat());
    assert!(ran.code == 0 && ran.err.contains(&format!("changed {told}")), "{}", ran.err);
    let ran = project.run(&[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let compiled: Vec<String> = outputs.iter().map(|output| project.read(output)).collect();
    assert_eq!(compiled, edited);
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn an_address_changes_everywhere() {
    let project = repository();
    edit(&project, "generated/hosts", "10.42.0.11", "10.42.0.21");
    let ran = project.run(&["detangle", "generated/hosts"]);
    assert!(ran.out.contains("+| wk-1  | wk-1.qvm0.lan | 10.42.0.21 | qvm0tap1 |\n"), "{}", ran.out);
    let also = ran.err.lines().find(|line| line.starts_with("also changes: ")).unwrap();
    assert!(also.contains("generated/dnsmasq.conf, ") && also.ends_with("; run `qvm-tangle` afterwards"), "{also}");
    carried(&project, &["generated/hosts"], "1 cell of org/network.org");
    assert!(project.read("generated/dnsmasq.conf").contains("52:54:00:2a:00:15"));
}

#[test]
fn a_block_and_a_value_go_back_together() {
    let project = repository();
    let script = fs::read_dir(project.path("generated")).unwrap().map(|entry| entry.unwrap().path());
    assert!(script.into_iter().any(|path| path.ends_with("gen-ca-keypair.sh")));
    edit(&project, "generated/gen-ca-keypair.sh", "set -euo pipefail\n", "set -euo pipefail\numask 077\n");
    edit(&project, "generated/ssh_config", "10.42.0.12", "10.42.0.22");
    let outputs = ["generated/gen-ca-keypair.sh", "generated/ssh_config"];
    carried(&project, &outputs, "1 block and 1 cell of org/network.org");
}

#[test]
fn a_built_in_template_is_copied_and_patched_and_then_the_projects_own() {
    let project = repository();
    edit(&project, "generated/hosts", "# Who is called what", "# Names");
    let told = "templates/hosts.text.j2 (a copy of the built-in template with the edit)";
    carried(&project, &["generated/hosts"], told);
    assert!(project.read("templates/hosts.text.j2").contains("\n# Names: for DNS"));
    edit(&project, "generated/hosts", "# Names", "# All names");
    carried(&project, &["generated/hosts"], "templates/hosts.text.j2");
}

#[test]
fn all_turns_of_a_loop_agree_or_nothing_is_done() {
    let project = repository();
    edit(&project, "generated/ssh_config", "  HostName", "  LogLevel ERROR\n  HostName");
    carried(
        &project,
        &["generated/ssh_config"],
        "templates/ssh_config.text.j2 (a copy of the built-in template with the edit)",
    );
    let text = project.read("generated/ssh_config");
    project.write("generated/ssh_config", &text.replacen("ERROR", "QUIET", 1));
    let before = project.snapshot();
    let ran = project.run(&["detangle", "--write", "generated/ssh_config"]);
    assert!(ran.code == 1 && ran.err.contains("error[uncarried-edit]"), "{}", ran.err);
    assert!(ran.err.contains("this line would be another one") && ran.err.contains("edited here"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn outputs_are_carried_back_together_or_not_at_all() {
    let project = repository();
    edit(&project, "generated/hosts", "10.42.0.11", "10.42.0.21");
    edit(&project, "generated/ssh_config", "10.42.0.11", "10.42.0.31");
    let before = project.snapshot();
    let ran = project.run(&["detangle", "--write", "generated/hosts", "generated/ssh_config"]);
    assert!(ran.code == 1 && ran.err.contains("two edits of one value contradict each other"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn a_template_is_written_below_the_project_alone_and_replaces_nothing() {
    let project = repository();
    edit(&project, "generated/hosts", "# Who is called what", "# Names");
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), project.path("templates")).unwrap();
    let ran = project.run(&["detangle", "--write", "generated/hosts"]);
    assert!(ran.code == 2 && ran.err.contains("is reached by a link"), "{}", ran.err);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    fs::remove_file(project.path("templates")).unwrap();
    fs::create_dir(project.path("templates")).unwrap();
    // A link is read by no run, so the built-in template is in use.
    symlink(outside.path().join("x"), project.path("templates/hosts.text.j2")).unwrap();
    let ran = project.run(&["detangle", "--write", "generated/hosts"]);
    assert!(ran.code == 2 && ran.err.contains("nothing is put in its place"), "{}", ran.err);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_template_serves_all_documents_of_the_project() {
    let network = |name: &str, subnet: u8| {
        format!(
            "- Name :: {name}\n- Subnet :: 10.{subnet}.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
             | {name}cp | 10.{subnet}.0.10 | {name}t0 |\n"
        )
    };
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a/a.org\", \"b/b.org\"]\n")
        .file("a/a.org", &network("lab1", 42))
        .file("b/b.org", &network("lab2", 43));
    assert_eq!(project.run(&[]).code, 0);
    edit(&project, "a/hosts", "# Who is called what", "# Names");
    let ran = project.run(&["detangle", "--write", "a/hosts"]);
    assert!(ran.code == 0 && ran.err.contains("also changes: b/hosts; run `qvm-tangle` afterwards"), "{}", ran.err);
    assert_eq!(project.run(&[]).code, 0);
    assert!(project.read("b/hosts").contains("# Names"));
}

#[test]
fn outputs_of_several_documents_go_together() {
    let document = |text: &str| format!("#+begin_src text :tangle {text}.txt\n{text}\n#+end_src\n");
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a.org\", \"b.org\"]\nout-dir = \"out\"\n")
        .file("a.org", &document("one"))
        .file("b.org", &document("two"));
    assert_eq!(project.run(&[]).code, 0);
    project.write("out/one.txt", "1\n");
    project.write("out/two.txt", "2\n");
    let ran = project.run(&["detangle", "--write", "out/one.txt", "out/two.txt"]);
    assert!(ran.code == 0 && ran.err.contains("changed 1 block of a.org, 1 block of b.org"), "{}", ran.err);
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn without_a_configuration_no_template_is_made() {
    let network = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
        | cp | 10.42.0.10 | qvm0tap0 |\n";
    let project = Project::new().file("a.org", network);
    assert_eq!(project.run(&["a.org"]).code, 0);
    edit(&project, "hosts", "# Who is called what", "# Names");
    let ran = project.run(&["detangle", "hosts"]);
    assert!(ran.code == 1 && ran.err.contains("make an empty `qvm-tangle.toml`"), "{}", ran.err);
    edit(&project, "hosts", "# Names", "# Who is called what");
    edit(&project, "hosts", "10.42.0.10", "10.42.0.20");
    assert_eq!(project.run(&["detangle", "--write", "hosts"]).code, 0);
    assert!(project.read("a.org").contains("10.42.0.20"));
}

#[test]
fn a_value_edited_in_an_output_whose_document_was_edited_since_is_refused() {
    let project = repository();
    edit(&project, "generated/hosts", "10.42.0.11", "10.42.0.21");
    edit(&project, "org/network.org", "10.42.0.12", "10.42.0.22");
    let ran = project.run(&["detangle", "--write", "generated/hosts"]);
    assert!(ran.code == 1 && ran.err.contains("was edited, and so was this document"), "{}", ran.err);
}

#[test]
fn a_file_far_from_its_document_is_looked_for_in_the_current_project() {
    let project = Project::new()
        .file("dots/qvm-tangle.toml", "documents = [\"a.org\"]\nallow-outside = [\"~/.config\"]\n")
        .file("dots/a.org", "#+begin_src conf :tangle ~/.config/x.conf\nkey = 1\n#+end_src\n")
        .file("home/.config/other.conf", "");
    let run = |arguments: &[&str]| {
        let output = project.command(arguments).current_dir(project.path("dots")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["--trust"]);
    edit(&project, "home/.config/x.conf", "key = 1", "key = 2");
    run(&["detangle", "--trust", "--write", "../home/.config/x.conf"]);
    assert!(project.read("dots/a.org").contains("\nkey = 2\n"));
}
