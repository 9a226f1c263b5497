//! Every folder of `tests/fixtures/diagnostics/` is named after a code and holds the smallest project that causes it:
//! `input.org`, perhaps a `qvm-tangle.toml` and other files, and `expected.txt`, exactly what the program prints.
//! A file `arguments` has the command line where `check input.org` does not cause it.
//!
//! `SNAPSHOTS=overwrite cargo test --test diagnostics fixture` records; read every change of a recorded text as you read code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use qvm_tangle::diagnostic::Code;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diagnostics");
    let mut fixtures: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    fixtures.sort();
    fixtures
}

fn name(fixture: &Path) -> &str {
    fixture.file_name().unwrap().to_str().unwrap()
}

/// Runs `check` on a copy, so that nothing a fixture does can reach the repository.
fn report(fixture: &Path) -> String {
    let (scratch, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(fixture, scratch.path());
    let arguments = fs::read_to_string(fixture.join("arguments")).unwrap_or_else(|_| "check input.org".to_owned());
    let output = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"))
        .args(arguments.split_whitespace())
        .current_dir(scratch.path())
        .env("HOME", "/home/user")
        .env("XDG_STATE_HOME", state.path())
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap().replace(&scratch.path().display().to_string(), "@DIR@")
}

fn copy(from: &Path, to: &Path) {
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_symlink() {
            std::os::unix::fs::symlink(entry.path().read_link().unwrap(), &target).unwrap();
        } else if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else if entry.file_name() != "expected.txt" {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// One test for each fixture, and one that there is one for each code.
pub(crate) fn trials() -> Vec<Trial> {
    let fixtures = fixtures();
    let names: Vec<String> = fixtures.iter().map(|fixture| name(fixture).to_owned()).collect();
    let trial = |fixture: PathBuf| Trial::test(format!("fixture::{}", name(&fixture)), move || check(&fixture));
    let mut trials: Vec<Trial> = fixtures.into_iter().map(trial).collect();
    trials.push(Trial::test("every_code_has_a_fixture_that_causes_it", move || check_names(&names)));
    trials
}

/// Says which codes have no fixture and which fixtures no code.
fn check_names(names: &[String]) -> Result<(), Failed> {
    let missing: Vec<&str> =
        Code::ALL.iter().map(|code| code.name()).filter(|code| !names.iter().any(|name| name == code)).collect();
    let strangers: Vec<&String> = names.iter().filter(|name| Code::from_name(name).is_none()).collect();
    if missing.is_empty() && strangers.is_empty() {
        return Ok(());
    }
    Err(format!("codes without a folder: {missing:?}; folders that are named after no code: {strangers:?}").into())
}

fn check(fixture: &Path) -> Result<(), Failed> {
    let printed = report(fixture);
    assert!(printed.contains(&format!("[{}]", name(fixture))), "it does not cause its own code:\n{printed}");
    let recorded = fixture.join("expected.txt");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(&recorded, &printed)?;
    } else if fs::read_to_string(&recorded).unwrap_or_default() != printed {
        return Err(format!("not as recorded in expected.txt:\n{printed}").into());
    }
    Ok(())
}
