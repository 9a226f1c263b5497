//! The person's document, unchanged, and this repository's own: they compile, and their blocks are what Emacs writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Project;

const SEED: &str = include_str!("../fixtures/seed/network.org");

/// Tangles a document with the Emacs on this machine.
fn tangle_with_emacs(document: &Path) {
    let form = format!("(org-babel-tangle-file {:?})", document.display().to_string());
    let output = Command::new("emacs")
        .args(["-Q", "--batch", "-l", "ob-tangle", "--eval", &form])
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("tests/run installs emacs-nox");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_seed_compiles_with_warnings_only() {
    let project = Project::new().file("network.org", SEED);
    let ran = project.run(&["network.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("warning["), "{}", ran.err);
    assert!(!ran.err.contains("error["), "{}", ran.err);
    for script in ["setup-host.sh", "bridge-up.sh", "setup-guest.sh", "svc-up.sh", "run-guest.sh", "status.sh"] {
        assert_eq!(project.mode(script), 0o755, "{script}");
    }
    let before = project.snapshot();
    assert_eq!(project.run(&["network.org"]).code, 0);
    assert_eq!(project.snapshot(), before, "a second run writes nothing");
    assert_eq!(project.run(&["check", "network.org"]).code, 0);
}

#[test]
fn the_seeds_own_defects_are_named_at_their_lines() {
    let project = Project::new().file("network.org", SEED);
    let ran = project.run(&["--format", "short", "network.org"]);
    let diagnostics = ran.err.lines().filter_map(|line| {
        let (place, diagnostic) = line.split_once(": warning[")?;
        Some(format!("{} {}", place.split(':').nth(1)?, diagnostic.split(']').next()?))
    });
    assert_eq!(
        diagnostics.collect::<Vec<_>>(),
        [
            "77 newer-curl-needed",
            "77 unwritten-path",
            "84 missing-shebang",
            "86 unmade-folder",
            "87 newer-openssl-needed",
            "104 missing-shebang",
            "106 missing-key-usage",
            "128 missing-shebang",
            "128 uncertified-guest",
            "132 unmade-folder",
            "137 certificate-name-mismatch",
        ]
    );
}

#[test]
fn the_seeds_blocks_are_what_emacs_writes() {
    let ours = Project::new().file("network.org", SEED);
    assert_eq!(ours.run(&["network.org"]).code, 0);
    let theirs = Project::new().file("network.org", SEED);
    tangle_with_emacs(&theirs.path("network.org"));
    for script in ["gen-ca-keypair.sh", "gen-ca-cert.sh", "gen-host-cert.sh"] {
        assert_eq!(ours.read(script), theirs.read(script), "{script}");
        assert_eq!(ours.mode(script), theirs.mode(script), "{script}");
    }
}

#[test]
fn the_repositorys_document_has_no_warnings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let project = ["org/network.org", "qvm-tangle.toml"]
        .iter()
        .fold(Project::new(), |project, path| project.file(path, &read(path)));
    let ran = project.run(&["--deny", "warnings", "show", "artifacts"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn emacs_writes_the_repositorys_blocks_to_the_same_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::new().file("org/network.org", &fs::read_to_string(root.join("org/network.org")).unwrap());
    fs::create_dir(project.path("generated")).unwrap();
    tangle_with_emacs(&project.path("org/network.org"));
    let written: Vec<_> = fs::read_dir(project.path("generated")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!written.is_empty());
    for path in written {
        let ours = root.join("generated").join(path.file_name().unwrap());
        assert_eq!(fs::read(&path).unwrap(), fs::read(&ours).unwrap(), "{}", ours.display());
        assert_eq!(fs::metadata(&path).unwrap().permissions(), fs::metadata(&ours).unwrap().permissions());
    }
}
