//! Every output of every document of `tests/network/documents`, held to the tools that will read it.
//!
//! Needs bash, shellcheck, nft (and user namespaces, or root), dnsmasq, cloud-init, Ansible and python3; fails without them.
#![expect(clippy::disallowed_methods, clippy::panic, reason = "the tests run other programs on files of their own")]

#[path = "network/rendered.rs"]
mod rendered;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rendered::{Project, documents, write};

/// Renders a document into a folder of this test's own.
fn outputs(document: &str, test: &str) -> Vec<PathBuf> {
    let artifacts = Project::of(document).render().unwrap_or_else(|found| panic!("{document}: {found:#?}"));
    write(&artifacts, &format!("{test}/{document}"))
}

/// Runs a tool on some files and says what it printed if it did not like one.
fn complaint(program: &str, arguments: &[&str], files: &[&Path]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .args(files)
        .output()
        .unwrap_or_else(|reason| panic!("{program} cannot be run ({reason}): tests/run installs it"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (!output.status.success()).then(|| format!("{program} {arguments:?} {files:?}\n{said}"))
}

#[track_caller]
fn nothing_wrong(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn with_ending(paths: &[PathBuf], ending: &str) -> Vec<PathBuf> {
    paths.iter().filter(|path| path.to_string_lossy().ends_with(ending)).cloned().collect()
}

#[test]
fn bash_can_read_every_script_and_shellcheck_has_nothing_to_say() {
    for document in documents() {
        let scripts = with_ending(&outputs(&document, "shell"), ".sh");
        assert!(scripts.len() > 8, "{document} gives only {scripts:?}");
        let each: Vec<String> = scripts.iter().filter_map(|script| complaint("bash", &["-n"], &[script])).collect();
        nothing_wrong(&each);
        let scripts: Vec<&Path> = scripts.iter().map(PathBuf::as_path).collect();
        // With the library after each script once; for the other documents, what their values could have spoilt.
        let arguments = match document.as_str() {
            "three-guests.org" => ["--external-sources", "--source-path=SCRIPTDIR"],
            _ => ["--shell=bash", "--exclude=SC1091,SC2034,SC2120,SC2154"],
        };
        nothing_wrong(complaint("shellcheck", &arguments, &scripts).as_slice());
    }
}

#[test]
fn nft_takes_every_rule() {
    for document in documents() {
        let rules = with_ending(&outputs(&document, "nft"), ".nft");
        assert!(!rules.is_empty());
        let check = |file: &PathBuf| complaint("unshare", &["-rn", "nft", "-c", "-f"], &[file]);
        nothing_wrong(&rules.iter().filter_map(check).collect::<Vec<String>>());
    }
}

#[test]
fn dnsmasq_takes_every_configuration() {
    let mut checked = 0;
    for document in documents() {
        let files = with_ending(&outputs(&document, "dnsmasq"), ".conf");
        for file in files.iter().filter(|file| !file.ends_with("ganesha.conf")) {
            let argument = format!("--conf-file={}", file.display());
            nothing_wrong(complaint("dnsmasq", &["--test", &argument], &[]).as_slice());
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} configurations");
}

#[test]
fn cloud_init_takes_the_vendor_data() {
    for document in ["three-guests.org", "other-names.org"] {
        for file in with_ending(&outputs(document, "cloud-init"), "vendor-config") {
            nothing_wrong(complaint("cloud-init", &["schema", "--config-file"], &[&file]).as_slice());
        }
    }
}

#[test]
fn ansible_takes_the_inventory() {
    for document in documents() {
        for file in with_ending(&outputs(&document, "ansible"), "/inventory.yaml") {
            let settings = ["LC_ALL=C.UTF-8", "ANSIBLE_INVENTORY_UNPARSED_FAILED=1"];
            let command = [&settings[..], &["ansible-inventory", "--list", "-i"]].concat();
            nothing_wrong(complaint("env", &command, &[&file]).as_slice());
        }
    }
}

#[test]
fn the_book_shows_the_command_that_starts_a_guest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join("generated/run-guest.sh"))
        .args(["--print", "cp"])
        .env("QVM_QEMU", "qemu-system-x86_64")
        .env("QVM_DIR", "/nowhere")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let page = fs::read_to_string(root.join("docs/src/how-to/host.md")).unwrap();
    assert!(page.contains(&format!("```sh\n{printed}```\n")), "the book does not show: {printed}");
}
