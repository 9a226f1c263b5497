//! The programs that examine outputs: which there are, what each is for, how it is called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use crate::artifact::Artifact;
use crate::config::{CheckerChoice, patterns};

/// A program that examines outputs.
#[derive(Debug, Clone)]
pub struct Checker {
    /// What it is called in reports, and in `[lint.NAME]`.
    pub name: String,
    /// Which outputs it is for.
    pub fits: Fits,
    /// Program and arguments; `{file}` stands for the output. The program alone decides whether it is installed.
    pub command: Vec<String>,
    /// How its words are read.
    pub reading: Reading,
    /// The Debian package, for what is built in.
    pub package: Option<&'static str>,
    /// Whose command it is.
    pub author: Author,
}

/// Whose command a checker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Ours.
    BuiltIn,
    /// The configuration's.
    Configured,
}

/// Which outputs a checker is for.
#[derive(Debug, Clone)]
pub enum Fits {
    /// Scripts for bash and other shells of its kind.
    Shell,
    /// Rule files of nft.
    Nft,
    /// Configurations of dnsmasq.
    Dnsmasq,
    /// User data of cloud-init.
    CloudConfig,
    /// What matches one of these patterns, from the configuration.
    Globs(GlobSet),
}

/// How a checker's words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Lines with a place in them, in any of the usual forms; not 0 as exit code makes them errors.
    Places,
    /// ShellCheck's JSON.
    ShellCheck,
    /// `cloud-init schema`.
    CloudInit,
    /// Not a program's words: the options that a script gives to `openssl` are held against what it knows.
    Openssl,
}

/// One checker and one output.
pub(super) struct CheckerJob<'a> {
    pub(super) checker: &'a Checker,
    pub(super) artifact: &'a Artifact,
    /// The output's path below the folder that the checkers run in.
    pub(super) below: PathBuf,
}

impl Checker {
    /// The built-in checkers with what the configuration says of them, and those that it adds; sorted by name.
    pub fn all(choices: &BTreeMap<String, CheckerChoice>) -> Vec<Self> {
        let mut checkers: BTreeMap<String, Self> =
            built_in().into_iter().map(|checker| (checker.name.clone(), checker)).collect();
        for (name, choice) in choices {
            let checker = checkers.entry(name.clone()).or_insert_with(|| Self {
                name: name.clone(),
                fits: Fits::Globs(GlobSet::empty()),
                command: Vec::new(),
                reading: Reading::Places,
                package: None,
                author: Author::Configured,
            });
            if let Some(files) = &choice.files {
                checker.fits = Fits::Globs(patterns(files).unwrap_or_default());
            }
            if let Some(command) = &choice.command {
                checker.command.clone_from(command);
                checker.reading = Reading::Places;
                checker.author = Author::Configured;
            }
        }
        checkers.into_values().filter(|checker| !checker.command.is_empty()).collect()
    }

    /// Whether an output is one for this checker.
    pub fn examines(&self, path: &Path, text: &str) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match &self.fits {
            Fits::Shell => is_shell(&name, text),
            Fits::Nft => name.ends_with(".nft") || interpreter(text) == Some("nft"),
            Fits::Dnsmasq => {
                let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
                name.starts_with("dnsmasq") && name.ends_with(".conf") || folder == "dnsmasq.d"
            }
            Fits::CloudConfig => text.lines().next().is_some_and(|line| line.trim_end() == "#cloud-config"),
            Fits::Globs(globs) => globs.is_match(path),
        }
    }

    /// What to do if it is not installed.
    pub(super) fn remedy(&self) -> String {
        let leave = format!("leave it out with `[lint.{}]` and `files = []` in qvm-tangle.toml", self.name);
        match self.package {
            Some(package) => format!("install it (Debian package {package}), or {leave}"),
            None => format!("install it, or {leave}"),
        }
    }
}

fn built_in() -> Vec<Checker> {
    let checker = |name: &str, fits, reading, package, command: &[&str]| Checker {
        name: name.to_owned(),
        fits,
        command: command.iter().map(|&word| word.to_owned()).collect(),
        reading,
        package: Some(package),
        author: Author::BuiltIn,
    };
    vec![
        checker("bash", Fits::Shell, Reading::Places, "bash", &["bash", "-n", "{file}"]),
        checker(
            "shellcheck",
            Fits::Shell,
            Reading::ShellCheck,
            "shellcheck",
            // json1 counts a tab as one column, as we do.
            &["shellcheck", "--format=json1", "--source-path=SCRIPTDIR", "{file}"],
        ),
        checker("openssl", Fits::Shell, Reading::Openssl, "openssl", &["openssl"]),
        checker("nft", Fits::Nft, Reading::Places, "nftables", &["nft", "--check", "--file", "{file}"]),
        checker(
            "dnsmasq",
            Fits::Dnsmasq,
            Reading::Places,
            "dnsmasq-base",
            &["dnsmasq", "--test", "--conf-file={file}"],
        ),
        checker(
            "cloud-init",
            Fits::CloudConfig,
            Reading::CloudInit,
            "cloud-init",
            &["cloud-init", "schema", "--config-file", "{file}"],
        ),
    ]
}

/// Scripts by their first line; those without one by their name.
fn is_shell(name: &str, text: &str) -> bool {
    match interpreter(text) {
        Some(program) => matches!(program, "sh" | "bash" | "dash" | "ash" | "ksh"),
        None => Path::new(name).extension().is_some_and(|extension| extension == "sh" || extension == "bash"),
    }
}

/// The program that a `#!` line names, without its folder.
pub(super) fn interpreter(text: &str) -> Option<&str> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let first = words.next()?.rsplit('/').next()?;
    if first == "env" { words.find(|word| !word.starts_with('-')) } else { Some(first) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{Checker, built_in};
    use crate::config::{BUILT_IN_CHECKERS, CheckerChoice};

    #[test]
    fn the_configuration_knows_what_is_built_in() {
        let mut names: Vec<String> = built_in().into_iter().map(|checker| checker.name).collect();
        names.sort();
        assert_eq!(names, BUILT_IN_CHECKERS);
    }

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let choice = CheckerChoice {
            files: Some(vec!["sudoers.d/*".to_owned()]),
            command: Some(vec!["visudo".to_owned(), "-cf".to_owned(), "{file}".to_owned()]),
        };
        let off = CheckerChoice { files: Some(Vec::new()), command: None };
        let choices = BTreeMap::from([("visudo".to_owned(), choice), ("bash".to_owned(), off)]);
        let checkers = Checker::all(&choices);
        let names: Vec<&str> = checkers
            .iter()
            .filter(|checker| checker.examines(Path::new(path), text))
            .map(|checker| checker.name.as_str())
            .collect();
        assert_eq!(names, expected, "{path}");
    }

    #[test]
    fn each_output_has_the_checkers_that_fit_it() {
        check("a.sh", "echo\n", &["openssl", "shellcheck"]);
        check("deep/run", "#!/usr/bin/env -S bash -e\n", &["openssl", "shellcheck"]);
        check("a.sh", "#!/usr/bin/fish\n", &[]);
        check("a.nft", "table inet x {}\n", &["nft"]);
        check("rules", "#!/usr/sbin/nft -f\n", &["nft"]);
        check("dnsmasq.conf", "port=53\n", &["dnsmasq"]);
        check("user-data", "#cloud-config\n", &["cloud-init"]);
        check("sudoers.d/qvm", "x ALL=(ALL) ALL\n", &["visudo"]);
        check("notes.txt", "x\n", &[]);
    }
}
