//! `qvm-tangle init`: a configuration and a first document where there is nothing yet.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Outcome;
use super::output::Console;
use super::rewrite::{Rewritten, created_below};
use crate::workspace::confine::Roots;
use crate::workspace::load::documents_below;
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
}

/// Who runs the checks.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CiService {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

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
        };
        if self.pre_commit {
            files.push((".pre-commit-config.yaml", include_str!("init/pre-commit.yaml").into()));
        }
        files.extend(self.ci.map(|service| match service {
            CiService::Github => (".github/workflows/qvm-tangle.yml", include_str!("init/github.yml").into()),
            CiService::Gitlab => (".gitlab-ci.yml", include_str!("init/gitlab.yml").into()),
        }));
        Ok(files)
    }

    /// What to type after it.
    fn next(&self) -> &'static str {
        match self.starter {
            Starter::Network => {
                "next: `qvm-tangle` writes the scripts, `qvm-tangle rehearse --trust` tries them out without root"
            }
            Starter::Documents => "next: `qvm-tangle check` shows what would be written",
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

fn created(folder: &Path, files: &[StarterFile]) -> Result<Vec<Rewritten>, Failure> {
    files.iter().map(|(name, text)| created_below(folder, &folder.join(name), text)).collect()
}

/// The configuration for the documents of a folder, whose outputs go where they go without it.
fn configuration(folder: &Path) -> Result<String, Failure> {
    let documents = documents_below(folder)?;
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
