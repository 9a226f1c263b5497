//! Whole processes in folders of their own: how long they take, and how much memory at most.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::is_document;

/// A folder for one document and its outputs.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Everything in it but the document.
    pub(crate) fn outputs(&self, document: &str) -> Vec<PathBuf> {
        let entries = self.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !is_document(path, document)).collect()
    }

    /// Removes everything but the document.
    pub(crate) fn empty(&self, document: &str) {
        for path in self.outputs(document) {
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
    }
}

/// The shortest of several times; `before` is run before each and does not count.
pub(crate) fn best_of(runs: usize, before: impl Fn(), run: impl Fn() -> Duration) -> Duration {
    let times = (0..runs).map(|_| {
        before();
        run()
    });
    times.min().unwrap_or_default()
}

/// Our program in a folder.
pub(crate) fn ours(folder: &Folder, arguments: &[&str]) -> Duration {
    time(Command::new(program()).args(arguments), folder, Stdio::null())
}

/// Emacs tangling a document.
pub(crate) fn emacs(folder: &Folder, document: &str) -> Duration {
    let tangle = format!("(org-babel-tangle-file \"{document}\")");
    time(
        Command::new("emacs").args(["-Q", "--batch", "--eval", "(require 'org)", "--eval", &tangle]),
        folder,
        Stdio::null(),
    )
}

/// The check that an editor starts for the text that is being typed.
pub(crate) fn check_typed(folder: &Folder, name: &str) -> Duration {
    let typed = fs::File::open(folder.path(name)).unwrap();
    let arguments = ["check", "--format", "json", "--stdin-filename", "typed.org", "-"];
    time(Command::new(program()).args(arguments), folder, typed.into())
}

/// Those of some documents that have an error, by their paths in the folder.
pub(crate) fn documents_with_errors(folder: &Folder, documents: &[String]) -> BTreeSet<String> {
    let mut command = Command::new(program());
    command.args(["check", "--format", "short"]).args(documents).current_dir(folder.folder.path());
    let report = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let errors = report.lines().filter(|line| line.contains(": error["));
    let named = |line: &str| documents.iter().find(|document| line.starts_with(&format!("{document}:"))).cloned();
    errors.filter_map(named).collect()
}

/// What a run of a program used.
pub(crate) struct Used {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Processor time, of the program and of the system for it.
    pub(crate) processor: Duration,
    /// Bytes of memory at most.
    pub(crate) memory: usize,
}

/// What one run of our program uses, as the system counts it.
pub(crate) fn used(folder: &Folder, arguments: &[&str]) -> Used {
    used_by(program(), folder, arguments)
}

/// What one run of another program uses.
pub(crate) fn used_by(program: &str, folder: &Folder, arguments: &[&str]) -> Used {
    measured(program, folder, arguments, Stdio::null())
}

/// The same with a text on standard input.
pub(crate) fn used_with_input(folder: &Folder, arguments: &[&str], input: &str) -> Used {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), input).unwrap();
    measured(program(), folder, arguments, fs::File::open(file.path()).unwrap().into())
}

fn measured(program: &str, folder: &Folder, arguments: &[&str], input: Stdio) -> Used {
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new("time");
    command.args(["-f", "%U %S %M", "-o"]).arg(note.path()).arg(program).args(arguments);
    let wall = time(&mut command, folder, input);
    let text = fs::read_to_string(note.path()).unwrap();
    let counts: Vec<f64> = text.lines().last().unwrap().split(' ').map(|count| count.parse().unwrap()).collect();
    Used { wall, processor: Duration::from_secs_f64(counts[0] + counts[1]), memory: counts[2] as usize * 1024 }
}

fn time(command: &mut Command, folder: &Folder, input: Stdio) -> Duration {
    command.current_dir(folder.folder.path()).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let ended = command.status();
    let time = start.elapsed();
    let name = Path::new(command.get_program()).display();
    match ended {
        Ok(status) => assert!(status.code().is_some_and(|code| code < 2 || code == 3), "{name} failed: {status}"),
        Err(reason) => panic!("{name} cannot be run: {reason}"),
    }
    time
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_qvm-tangle")
}
