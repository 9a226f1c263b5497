//! What `check` says of each kind of drift: the cell that causes it, and what to type.

use std::process::Command;

use crate::support::Project;

const NETWORK: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
    | cp | 10.42.0.10 | qvm0tap0 |\n\n#+begin_src sh :tangle own.sh :shebang #!/bin/sh :comments link\necho one\n#+end_src\n";

const CONFIG: &str = "documents = [\"a.org\"]\nout-dir = \"out\"\n";

fn project() -> Project {
    Project::new().file("qvm-tangle.toml", CONFIG).file("a.org", NETWORK)
}

fn git(project: &Project, arguments: &[&str]) {
    let done = Command::new("git").args(arguments).current_dir(project.path(".")).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_document_that_was_never_compiled_gets_a_list() {
    let project = project();
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.lines().all(|line| line.starts_with("out/") && line.contains(": missing (from ")), "{}", ran.out);
    assert!(project.run(&["check", "--full-diff"]).out.contains("+echo one\n"));
    assert_eq!(project.run(&[]).code, 0);
    // What is new beside what is there is told whole.
    project.write("a.org", &NETWORK.replace("own.sh", "new.sh"));
    assert!(project.run(&["check"]).out.contains("+echo one\n"));
}

#[test]
fn what_an_edit_means_stands_above_the_difference() {
    let project = project();
    assert_eq!(project.run(&[]).code, 0);
    project.write("a.org", &NETWORK.replace("10.42.0.10", "10.42.0.11"));
    let ran = project.run(&["check"]);
    let means = "a.org says otherwise than it did when it was last written:\n  ~ guest cp renumbered: address 10.42.0.10 -> \
        10.42.0.11, MAC address 52:54:00:2a:00:0a -> 52:54:00:2a:00:0b\n";
    assert!(ran.out.starts_with(means), "{}", ran.out);
    let json: serde_json::Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
    assert_eq!(json["meanings"][0]["edits"][0]["kind"], "guest-renumbered");
    // An edit of an output means nothing of the network.
    project.write("a.org", NETWORK);
    project.write("out/hosts", "edited\n");
    assert!(!project.run(&["check"]).out.contains("says otherwise"));
}

#[test]
fn drift_is_told_at_the_cell_or_block_line_that_causes_it() {
    let project = project();
    assert_eq!(project.run(&[]).code, 0);
    project.write("a.org", &NETWORK.replace("10.42.0.10", "10.42.0.11").replace("echo one", "echo two"));
    let ran = project.run(&["check", "--format", "short"]);
    let at = |place: &str, output: &str| {
        let line = format!("{place}: error[drift]: out/{output}: changed\n");
        assert!(ran.err.contains(&line), "{line}{}", ran.err);
    };
    at("a.org:6:8", "hosts");
    at("a.org:6:8", "network.nft");
    at("a.org:9:6", "own.sh");
    assert_eq!(ran.out, "", "diagnostics and drift are on one stream");
    let github = project.run(&["check", "--format", "github"]).out;
    let annotation = "::error file=a.org,line=6,endLine=6,col=8,endColumn=";
    assert!(github.lines().any(|line| line.starts_with(annotation) && line.contains("`out/hosts`")), "{github}");
    let sarif: serde_json::Value = serde_json::from_str(&project.run(&["check", "--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of_hosts = |result: &&serde_json::Value| result["message"]["text"].as_str().unwrap().contains("`out/hosts`");
    let result = results.iter().find(of_hosts).unwrap();
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 6, "{result}");
    let related = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(related, "out/hosts", "{result}");
    let json: serde_json::Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
    let change = json["changes"].as_array().unwrap().iter().find(|change| change["path"] == "out/hosts").unwrap();
    assert_eq!(change["causes"][0]["line"], 6, "{change}");
}

#[test]
fn each_kind_of_drift_has_its_repair() {
    let project = project();
    assert_eq!(project.run(&[]).code, 0);
    project.write("a.org", &NETWORK.replace("10.42.0.10", "10.42.0.11"));
    assert!(project.run(&["check"]).err.contains("differ from what the document gives; `qvm-tangle` repairs it\n"));
    project.write("a.org", NETWORK);

    let own = project.read("out/own.sh");
    project.write("out/own.sh", &own.replace("echo one", "echo two"));
    project.write("out/status.sh", "by hand\n");
    project.write("out/mine.txt", "mine\n");
    project.write("a.org", &format!("{NETWORK}\n#+begin_src text :tangle mine.txt\nx\n#+end_src\n"));
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, 3);
    for line in [
        "3 outputs differ from what the document gives:\n",
        "- `out/own.sh` was edited by hand: `qvm-tangle detangle out/own.sh` shows what the edit means in the document, \
         `qvm-tangle --overwrite out/own.sh` gives it up\n",
        "- `out/status.sh` was edited by hand: carry the edit into the document, or give it up with \
         `qvm-tangle --overwrite out/status.sh`\n",
        "- `out/mine.txt` was not made by qvm-tangle: move it away, or replace it with `qvm-tangle --overwrite out/mine.txt`\n",
    ] {
        assert!(ran.err.contains(line), "{line}{}", ran.err);
    }
    // The commands do what they are said to.
    assert_eq!(project.run(&["--overwrite", "out/status.sh", "--overwrite", "out/mine.txt"]).code, 3);
    assert_eq!(project.run(&["--overwrite", "out/own.sh"]).code, 0);
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn every_edit_that_can_be_carried_back_is_said_to_be() {
    let project = project();
    assert_eq!(project.run(&[]).code, 0);
    project.write("out/hosts", &project.read("out/hosts").replace("10.42.0.10", "10.42.0.20"));
    let status = project.read("out/status.sh");
    project.write("out/status.sh", &status.replace("#!/usr/bin/env bash\n", "#!/usr/bin/env bash\n# by hand\n"));
    project.write("out/ssh_config", "by hand\n");
    let ran = project.run(&["check"]);
    for line in [
        "- `out/hosts` and 1 other output were edited by hand: `qvm-tangle detangle out/hosts out/status.sh` shows what the \
         edit means in the document, `qvm-tangle --overwrite out/hosts --overwrite out/status.sh` gives it up\n",
        "- `out/ssh_config` was edited by hand: carry the edit into the document, or give it up with \
         `qvm-tangle --overwrite out/ssh_config`\n",
    ] {
        assert!(ran.err.contains(line), "{line}{}", ran.err);
    }
    // The commands do what they are said to.
    assert_eq!(project.run(&["--overwrite", "out/ssh_config"]).code, 3);
    let ran = project.run(&["detangle", "--write", "out/hosts", "out/status.sh"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(project.run(&[]).code, 0);
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn what_was_only_not_added_is_to_be_added() {
    let project = project();
    git(&project, &["init", "--quiet"]);
    assert_eq!(project.run(&[]).code, 0);
    git(&project, &["add", "."]);
    project.write("a.org", &NETWORK.replace("echo one", "echo two"));
    assert_eq!(project.run(&[]).code, 0);
    git(&project, &["add", "a.org"]);
    let ran = project.run(&["check", "--staged"]);
    let add = "git add -- out/own.sh out/qvm-tangle.lock";
    assert!(ran.err.contains(&format!("- 1 output is right in the work tree: `{add}`\n")), "{}", ran.err);
    git(&project, &add.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(project.run(&["check", "--staged"]).code, 0);

    project.write("a.org", &NETWORK.replace("echo one", "echo three"));
    git(&project, &["add", "a.org"]);
    let ran = project.run(&["check", "--staged"]);
    let line = format!("- 1 output is to be written: run `qvm-tangle`, then `{add}`\n");
    assert!(ran.err.contains(&line), "{}", ran.err);
}
