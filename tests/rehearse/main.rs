//! `rehearse` as a whole: five named documents, mistakes that only a running network shows, and what a hostile document
//! reaches.
//!
//! It needs what the scripts need, and either root or user namespaces for everybody.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the one test binary runs the program; a failed step fails the test"
)]

mod documents;
mod hostile;
mod kept;
mod planted;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a document in it.
struct Project {
    folder: tempfile::TempDir,
}

/// How a run ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Project {
    /// With a document `network.org`.
    fn new(document: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("network.org", document);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("HOME", self.path("home")).env("XDG_STATE_HOME", self.path("state"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn ran(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Three guests and every service.
fn three_guests() -> String {
    fs::read_to_string(repository("tests/network/documents/three-guests.org")).unwrap()
}
