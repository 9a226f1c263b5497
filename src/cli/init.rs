//! `qvm-tangle init`: a configuration and a first document where there is nothing yet.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Outcome;
use super::output::Console;
use super::rewrite::{Rewritten, created_below};
use crate::workspace::confine::Roots;
use crate::workspace::load::FolderContents;
use crate::workspace::protected::is_git_own;
use crate::workspace::write::write;
use crate::workspace::{CONFIG_NAME, Failure, absolute, shown};

/// What `init` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to begin with
    #[arg(value_enum, default_value = "network")]
    starter: Starter,
    /// The folder to begin in; it is made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Write a `.pre-commit-config.yaml`, too, whose hook checks what is to be committed
    #[arg(long)]
    pre_commit: bool,
    /// Write a file for continuous integration, too, which checks every change
    #[arg(long, value_name = "SERVICE")]
    ci: Option<CiService>,
    /// What CI and the hook install the program from, as `pip` takes it: the address or path of a wheel, or a repository
    /// such as `git+https://HOST/PATH@TAG`; without it the hook takes the program that is installed
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    from: Option<String>,
}

/// What a first document is about.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Starter {
    /// A bridge, two guests and their services
    Network,
    /// Files of one's own, tangled into the home folder
    Dotfiles,
    /// The Org documents that are there: a configuration alone
    Documents,
    /// A project that is there: what `--ci` and `--pre-commit` write, nothing else
    Nothing,
}

/// Who runs the checks.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CiService {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

impl CiService {
    /// Where the service looks for what it runs, and that file with a placeholder for the source.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Github => (".github/workflows/qvm-tangle.yml", include_str!("init/github.yml")),
            Self::Gitlab => (".gitlab-ci.yml", include_str!("init/gitlab.yml")),
        }
    }
}

/// No registry has the program, so that a name alone might lead to somebody else's.
const NO_SOURCE: &str = "`--ci` needs `--from SOURCE`, what a fresh runner installs the program from, as `pip` takes it: \
                         the address of a wheel, or of a repository, such as `git+https://HOST/PATH@TAG`";

const NO_FILES: &str = "`init nothing` writes what `--ci` and `--pre-commit` ask for: name one of them";
const RELATIVE: &str =
    "pre-commit does not install from the project's folder: `--from` needs an absolute path or an address";

const NO_USE: &str = "`--from` says what `--ci` or `--pre-commit` installs";

/// A file by its path below the folder, and its text.
type StarterFile = (&'static str, Cow<'static, str>);

impl Arguments {
    fn files(&self, folder: &Path) -> Result<Vec<StarterFile>, Failure> {
        let mut files: Vec<StarterFile> = match self.starter {
            Starter::Network => vec![
                (CONFIG_NAME, include_str!("init/network.toml").into()),
                ("network.org", include_str!("init/network.org").into()),
            ],
            Starter::Dotfiles => vec![
                (CONFIG_NAME, include_str!("init/dotfiles.toml").into()),
                ("dotfiles.org", include_str!("init/dotfiles.org").into()),
            ],
            Starter::Documents => vec![(CONFIG_NAME, configuration(folder)?.into())],
            Starter::Nothing if self.ci.is_none() && !self.pre_commit => {
                return Err(Failure::Other(NO_FILES.to_owned()));
            }
            Starter::Nothing => Vec::new(),
        };
        if self.pre_commit {
            let text = match &self.from {
                None => include_str!("init/pre-commit.yaml").into(),
                Some(from) if is_relative(from) => return Err(Failure::Other(RELATIVE.to_owned())),
                Some(from) => installing(include_str!("init/pre-commit-from.yaml"), from).into(),
            };
            files.push((".pre-commit-config.yaml", text));
        }
        files.extend(self.ci_file()?);
        Ok(files)
    }

    fn ci_file(&self) -> Result<Option<StarterFile>, Failure> {
        match (self.ci, &self.from) {
            (None, Some(_)) if !self.pre_commit => Err(Failure::Other(NO_USE.to_owned())),
            (None, _) => Ok(None),
            (Some(_), None) => Err(Failure::Other(NO_SOURCE.to_owned())),
            (Some(service), Some(from)) => {
                let (name, text) = service.file();
                Ok(Some((name, installing(text, from).into())))
            }
        }
    }

    /// What to type after it.
    fn next(&self) -> &'static str {
        match self.starter {
            Starter::Network => {
                "next: `qvm-tangle` writes the scripts, `qvm-tangle rehearse --trust` tries them out without root"
            }
            Starter::Documents => "next: `qvm-tangle check` shows what would be written",
            Starter::Nothing => "next: `qvm-tangle check --deny warnings` shows what they will find; commit them",
            Starter::Dotfiles => {
                "next: `qvm-tangle trust` lets it write below ~/.config, `qvm-tangle --trust --destdir preview` below a folder, to look at"
            }
        }
    }
}

/// Writes the files, all or none; none if one of them is there already.
pub(super) fn run(arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let folder = absolute(&arguments.folder)?;
    if is_git_own(Roots::new(&folder, &[])?.real_root()) {
        return Err(Failure::Unusable(folder, "is git's own: begin somewhere else".to_owned()));
    }
    let files = arguments.files(&folder)?;
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(Failure::Unusable(path.clone(), "is there already; nothing was written".to_owned()));
    }
    let made = created(&folder, &files)?;
    write(made.iter().map(Rewritten::step).collect())?;
    for path in &paths {
        output.note(&format!("wrote {}", shown(path)));
    }
    output.note(&next(&folder, arguments.next())?);
    Ok(Outcome::Clean)
}

/// One line that is no option of `pip`.
fn source(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
        return Err("not what `pip` could install from".to_owned());
    }
    Ok(text.to_owned())
}

/// Whether a source is a path from where one is.
fn is_relative(source: &str) -> bool {
    let is_wheel = Path::new(source).extension().is_some_and(|extension| extension == "whl");
    source.starts_with('.') || is_wheel && !source.starts_with('/') && !source.contains("://")
}

/// A file that installs the program; a string of JSON is one of YAML as well.
fn installing(text: &str, from: &str) -> String {
    text.replace("{{ from }}", &serde_json::Value::from(from).to_string())
}

fn created(folder: &Path, files: &[StarterFile]) -> Result<Vec<Rewritten>, Failure> {
    files.iter().map(|(name, text)| created_below(folder, &folder.join(name), text)).collect()
}

/// The configuration for the documents of a folder, whose outputs go where they go without it.
fn configuration(folder: &Path) -> Result<String, Failure> {
    let documents = FolderContents::read(folder)?.documents;
    let names: Vec<Cow<'_, str>> =
        documents.iter().filter_map(|path| Some(path.strip_prefix(folder).ok()?.to_string_lossy())).collect();
    let list = toml::Value::from(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>()).to_string();
    let text = include_str!("init/network.toml").replace("[\"network.org\"]", &list);
    Ok(text.replace("\nout-dir =", "\n# out-dir =").replace("\ngraph =", "\n# graph ="))
}

/// What to type next, from where one is.
fn next(folder: &Path, commands: &str) -> Result<String, Failure> {
    let is_here = absolute(Path::new("."))? == *folder;
    Ok(if is_here { commands.to_owned() } else { format!("{commands}; all in {}", shown(folder)) })
}
