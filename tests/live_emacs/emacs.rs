//! A long-lived Emacs that answers one case file after the other; `judge.el` is its side.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::case_file::{Answer, Case};
use crate::generate::{Document, Judge, Profile};
use crate::report;

/// What Lisp finds in the environment beside `HOME`.
pub(crate) const ENVIRONMENT: &[(&str, &str)] =
    &[("LIVE_EMACS", "live"), ("SHELL", "/bin/sh"), ("LC_ALL", "C.UTF-8"), ("LANG", "C.UTF-8"), ("TZ", "UTC")];

/// A running Emacs.
pub(crate) struct Emacs {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    scratch: PathBuf,
}

/// Which Org the installed Emacs judges with: that of `ORG_LISP` if it is set, else its own.
pub(crate) fn judge() -> Judge {
    let mut command = command();
    command.args(["--eval", "(progn (require 'org) (princ (org-version)))"]);
    let output = command.output().expect("the package emacs-nox is needed, which tests/run installs");
    match String::from_utf8_lossy(&output.stdout).as_ref() {
        version if version.starts_with("9.8") => Judge::Reference,
        version if version.starts_with("9.5") => Judge::Old,
        version => panic!("Org 9.5 or 9.8 can judge, `{version}` cannot"),
    }
}

fn command() -> Command {
    let mut command = Command::new(std::env::var_os("EMACS").unwrap_or_else(|| "emacs".into()));
    command.args(["-Q", "--batch"]);
    if let Some(lisp) = std::env::var_os("ORG_LISP") {
        command.arg("-L").arg(lisp);
    }
    command
}

impl Emacs {
    /// Starts one that works below a scratch folder.
    pub(crate) fn start(profile: Profile, scratch: &Path) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let log = fs::File::create(scratch.join("log")).unwrap();
        let mut emacs = command();
        emacs.arg("-L").arg(&tests).arg("-l").arg(tests.join("live_emacs/judge.el"));
        // The shell sets the umask, which decides about the mode of new files.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(emacs.get_program()).args(emacs.get_args());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(ENVIRONMENT.iter().copied()).env("HOME", scratch);
        command.env("PROFILE", profile.name()).env("SCRATCH", scratch);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut emacs = Self { requests: process.stdin.take(), answers, scratch: scratch.to_owned(), process };
        emacs.wait();
        emacs
    }

    /// Its answer to a document in a folder, which lies in the scratch folder and stays.
    pub(crate) fn answer(&mut self, document: &Document, folder: &Path) -> Answer {
        let path = folder.with_extension("txt");
        fs::write(&path, report::question(document)).unwrap();
        writeln!(self.requests.as_mut().unwrap(), "{}", path.display()).unwrap();
        self.wait();
        let text = fs::read_to_string(&path).unwrap();
        Case::parse(&path, &text).unwrap_or_else(|wrong| panic!("{wrong}:\n{text}")).answers[""].clone()
    }

    fn wait(&mut self) {
        let mut line = String::new();
        // What else it prints are prompts that nobody answers.
        while !line.ends_with("ready\n") {
            line.clear();
            if self.answers.read_line(&mut line).unwrap() == 0 {
                let log = fs::read_to_string(self.scratch.join("log")).unwrap_or_default();
                panic!("Emacs ended: {:?}\n{log}", self.process.wait());
            }
        }
    }
}

impl Drop for Emacs {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.requests.take());
        let _ = self.process.wait();
    }
}
