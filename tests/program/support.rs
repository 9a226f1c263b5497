//! A scratch project and the program run in it, so that a test reads as a paragraph.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own with the person's files in it.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    /// What this machine remembers.
    state: tempfile::TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Project {
    /// An empty project.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), state: tempfile::tempdir().unwrap() }
    }

    /// With one more file; folders are made.
    #[must_use]
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// The absolute path of a file.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    pub(crate) fn mode(&self, path: &str) -> u32 {
        self.path(path).metadata().unwrap().permissions().mode() & 0o7777
    }

    /// Every file and folder below the project with its content, to see that nothing changed.
    pub(crate) fn snapshot(&self) -> Vec<(PathBuf, String, std::time::SystemTime)> {
        let mut all: Vec<_> = walk(self.folder.path())
            .into_iter()
            .map(|path| {
                let text =
                    fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
                let time = path.symlink_metadata().unwrap().modified().unwrap();
                (path, text, time)
            })
            .collect();
        all.sort();
        all
    }

    /// The program in the project's folder, ready for more settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        self.in_environment(&mut command);
        command
    }

    /// Gives a command that runs the program the project's home and state.
    pub(crate) fn in_environment(&self, command: &mut Command) {
        command.env("HOME", self.folder.path().join("home")).env("XDG_STATE_HOME", self.state.path());
        command.env_remove("NO_COLOR");
    }

    /// The path of something that this machine remembers.
    pub(crate) fn state(&self, path: &str) -> PathBuf {
        self.state.path().join("qvm-tangle").join(path)
    }

    /// Makes this machine forget what it wrote and what it trusts, as another machine never knew it.
    pub(crate) fn forget_state(&self) {
        let _ = fs::remove_dir_all(self.state(""));
    }

    /// Runs the program in the project's folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&self.command(arguments).output().unwrap())
    }

    /// Runs the program with some text on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), input.as_bytes()).unwrap();
        ran(&child.wait_with_output().unwrap())
    }
}

/// How a command ended.
pub(crate) fn ran(output: &std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(walk(&entry.path()));
        }
        found.push(entry.path());
    }
    found
}
