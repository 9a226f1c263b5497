//! Runs the program on a case in a scratch folder and says what it did.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::bytes::masked;
use crate::case_file::{Answer, Case, CaseFile};

/// What the program did with a case.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// Its errors, in its order.
    pub(crate) errors: Vec<ShownError>,
    /// Files that were made or changed, `@DIR@` in them for the folder.
    pub(crate) answer: Answer,
    /// What it printed for people.
    pub(crate) said: String,
}

/// Lays the case out, runs the program as its action says, and looks what changed.
pub(crate) fn run(case: &Case) -> Ran {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    lay_out(case, &folder);
    let before = files(&folder);
    let mut output = program(case, &folder);
    if case.action() == "tangle-twice" {
        output = program(case, &folder);
    }
    let mut writes: Vec<CaseFile> = files(&folder)
        .into_iter()
        .filter(|(name, file)| before.get(name) != Some(file))
        .map(|(_, file)| CaseFile { bytes: masked(&file.bytes, &folder), ..file })
        .collect();
    writes.sort();
    Ran {
        code: output.status.code(),
        errors: errors(&output.stdout),
        answer: Answer { writes, outcome: Vec::new() },
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ran {
    /// The codes of its errors, sorted, each once.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let codes: BTreeSet<&str> = self.errors.iter().map(|error| error.code.as_str()).collect();
        codes.into_iter().collect()
    }
}

fn lay_out(case: &Case, folder: &Path) {
    fs::create_dir(folder.join("home")).unwrap();
    let input = CaseFile { name: b"input.org".to_vec(), mode: 0o644, bytes: case.input.clone() };
    for file in std::iter::once(&input).chain(&case.before) {
        let path = folder.join(OsStr::from_bytes(&file.name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(file.mode)).unwrap();
    }
}

/// The shell sets the umask, which decides about the mode of new files where the document does not.
fn program(case: &Case, folder: &Path) -> Output {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 022; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_qvm-tangle")]);
    match case.action().split_once(' ') {
        Some(("detangle", file)) => command.args(["detangle", "--write", file]),
        // Emacs overwrites what is there.
        _ => command.args(["--force", "input.org"]),
    };
    command.args(["--format", "json", "--allow-outside"]).arg(folder);
    command.args(["--languages", if case.value("profile") == Some("all") { "all" } else { "none" }]);
    command.current_dir(folder).env_clear().env("HOME", folder.join("home")).env("SHELL", "/bin/sh");
    let state = tempfile::tempdir().unwrap();
    command.env("XDG_STATE_HOME", state.path());
    command.stdin(Stdio::null()).output().unwrap()
}

/// Every regular file below the folder, by name.
fn files(folder: &Path) -> BTreeMap<Vec<u8>, CaseFile> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().as_os_str().as_bytes().to_vec();
                let mode = metadata.permissions().mode() & 0o7777;
                found.insert(name.clone(), CaseFile { name, mode, bytes: fs::read(&path).unwrap() });
            }
        }
    }
    found
}

/// One error of a JSON report.
#[derive(Debug)]
pub(crate) struct ShownError {
    /// Its code.
    pub(crate) code: String,
    /// Line, column and message.
    pub(crate) shown: String,
}

fn errors(report: &[u8]) -> Vec<ShownError> {
    let report: serde_json::Value = serde_json::from_slice(report).unwrap_or_default();
    let diagnostics = report["diagnostics"].as_array().cloned().unwrap_or_default();
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic["severity"] == "error")
        .map(|diagnostic| {
            let text = |key: &str| diagnostic[key].as_str().unwrap_or_default().to_owned();
            let place = &diagnostic["place"];
            let shown = format!("{}:{}: {}: {}", place["line"], place["column"], text("code"), text("message"));
            ShownError { code: text("code"), shown }
        })
        .collect()
}
