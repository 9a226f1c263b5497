//! From what was typed, and the configuration, to what is to be done.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Shared;
use super::permission::{Permission, RunPurpose};
use crate::build::{BuildRequest, Input, Trust};
use crate::config::LanguageChoice;
use crate::diagnostic::Levels;
use crate::drift::Modes;
use crate::tangle::Languages;
use crate::workspace::file::{LARGEST_TEXT, size};
use crate::workspace::load::{self, DocumentOptions, FolderContents, ReadableVariables, Settings};
use crate::workspace::staged::real_path;
use crate::workspace::{Failure, Project, absolute, nearest_configuration, project, shown, with_home};

/// The maximum number of entries of a folder that are looked at for an example.
const MOST_ENTRIES: usize = 10_000;

/// The request for some files and folders as typed, or for the configured documents.
pub(super) fn request(shared: &Shared, files: &[PathBuf]) -> Result<BuildRequest, Failure> {
    request_for(shared, files, RunPurpose::Compile)
}

/// The same for a purpose that may need more trust.
pub(super) fn request_for(
    shared: &Shared,
    files: &[PathBuf],
    purpose: RunPurpose<'_>,
) -> Result<BuildRequest, Failure> {
    let project = project(shared.config.as_deref(), start(shared, files))?;
    let permission = Permission { shared, project: &project, files, purpose };
    permission.check_configuration()?;
    let Chosen { mut documents, passed_over } = Chosen::by(shared, &project, files)?;
    let mut known = BTreeSet::new();
    documents.retain(|input| known.insert(input.path.clone()));
    let trust = permission.check_documents(&documents)?;
    let request = of_project(shared, &project, documents, trust)?;
    Ok(BuildRequest { whole_project: files.is_empty(), passed_over, ..request })
}

/// The request for one document whose text an editor has. Where something needs trust it is made without that, and says
/// so: an editor shows what is wrong with a document whoever wrote it.
#[cfg(feature = "lsp")]
pub(super) fn request_for_text(shared: &Shared, path: &Path, text: Vec<u8>) -> Result<BuildRequest, Failure> {
    let documents = vec![Input { text: Some(text), ..input(path)? }];
    let mut project = project(shared.config.as_deref(), path)?;
    let files = [path.to_owned()];
    let permission = Permission { shared, project: &project, files: &files, purpose: RunPurpose::Compile };
    let trust = match permission.check_configuration().and_then(|()| permission.check_documents(&documents)) {
        Ok(trust) => trust,
        Err(Failure::Untrusted(lack)) => {
            project.drop_reach();
            Trust::Withheld(Some(Failure::Untrusted(lack).to_string()))
        }
        Err(other) => return Err(other),
    };
    of_project(shared, &project, documents, trust)
}

/// The documents of the configuration that holds for a path. Where nobody trusts it, those below its own folder.
#[cfg(feature = "lsp")]
pub(super) fn documents_of_project(shared: &Shared, path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let project = project(shared.config.as_deref(), path)?;
    let files = [path.to_owned()];
    let permission = Permission { shared, project: &project, files: &files, purpose: RunPurpose::Compile };
    let is_trusted = permission.check_configuration().is_ok();
    let mut documents = Vec::new();
    for path in configured(&project) {
        if is_trusted || project.folder.as_ref().is_some_and(|folder| path.starts_with(folder)) {
            documents.extend(documents_of(absolute(&path)?)?);
        }
    }
    Ok(documents)
}

fn of_project(
    shared: &Shared,
    project: &Project,
    documents: Vec<Input>,
    trust: Trust,
) -> Result<BuildRequest, Failure> {
    let out_dir = match (&shared.out_dir, &project.config.out_dir) {
        (Some(typed), _) => Some(absolute(typed)?),
        (None, Some(written)) => Some(project.resolve(written)),
        (None, None) => None,
    };
    if let Some(file) = out_dir.as_ref().filter(|path| path.is_file()) {
        return Err(Failure::Unusable(file.clone(), "is a file, and outputs go to a folder".to_owned()));
    }
    let mut allow_outside: Vec<PathBuf> =
        project.config.allow_outside.iter().map(|folder| project.resolve(folder)).collect();
    for folder in shared.allow_outside.iter().chain(&shared.destdir) {
        allow_outside.push(absolute(&with_home(folder))?);
    }
    Ok(BuildRequest {
        load: Settings::new(
            project,
            DocumentOptions {
                out_dir: out_dir.clone(),
                destdir: shared.destdir.as_deref().map(absolute).transpose()?,
                languages: languages(shared, project)?,
                variables: match trust {
                    Trust::Given => ReadableVariables::All,
                    Trust::Withheld(_) => ReadableVariables::Folders,
                },
            },
        )?,
        documents,
        whole_project: false,
        passed_over: Vec::new(),
        out_dir,
        project_folder: project.folder.clone(),
        allow_outside,
        checkers: project.config.lint.clone(),
        levels: Levels {
            by_code: project.config.levels_by_code().unwrap_or_default(),
            deny_warnings: shared.deny.is_some(),
        },
        modes: Modes::Exact,
        trust,
    })
}

/// Where the configuration is searched from, upwards.
pub(super) fn start<'a>(shared: &'a Shared, files: &'a [PathBuf]) -> &'a Path {
    let here = Path::new(".");
    match files.first() {
        Some(dash) if dash.as_os_str() == "-" => shared.stdin_filename.as_deref().unwrap_or(here),
        Some(first) => first,
        None => here,
    }
}

/// The command line's list, else the configuration's.
fn languages(shared: &Shared, project: &Project) -> Result<Languages, Failure> {
    let words: Vec<&str> = match (&shared.languages, &project.config.languages) {
        (Some(typed), _) => typed.split(',').map(str::trim).collect(),
        (None, Some(LanguageChoice::Word(word))) => vec![word],
        (None, Some(LanguageChoice::List(words))) => words.iter().map(String::as_str).collect(),
        (None, None) => vec!["none"],
    };
    let name = if shared.languages.is_some() { "--languages" } else { "languages" };
    Languages::parse(words).map_err(|reason| Failure::Other(format!("`{name}`: {reason}")))
}

/// The folders that stand for the Org files below them: those that were typed, or else are configured.
pub(super) fn folders(shared: &Shared, files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let project = project(shared.config.as_deref(), start(shared, files))?;
    let paths = if files.is_empty() { configured(&project) } else { files.to_vec() };
    paths.iter().filter(|path| path.is_dir()).map(|folder| absolute(folder)).collect()
}

/// The documents of the configuration, those in its folders among them.
pub(super) fn configured_documents(project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let mut documents = Vec::new();
    for path in configured(project) {
        documents.extend(documents_of(path)?);
    }
    Ok(documents)
}

fn configured(project: &Project) -> Vec<PathBuf> {
    project.config.documents.iter().map(|path| project.resolve(path)).collect()
}

fn of_configuration(project: &Project) -> Result<Vec<Input>, Failure> {
    if project.config.documents.is_empty() {
        return Err(Failure::Other(no_document()));
    }
    configured_documents(project)?.iter().map(|document| input(document)).collect()
}

/// What to name, or how to begin where there is nothing.
fn no_document() -> String {
    let entries = Path::new(".").read_dir().into_iter().flatten().take(MOST_ENTRIES).flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_document = |name: &String| !name.starts_with('.') && load::is_org(Path::new(name));
    match names.filter(is_document).min() {
        Some(name) => format!(
            "`FILE` is missing: name an Org file, such as `{name}`, or list `documents` in qvm-tangle.toml (see --help)"
        ),
        None => "`FILE` is missing, and this folder has no Org file: name one, list `documents` in qvm-tangle.toml, or begin \
                 with `qvm-tangle init` (see --help)"
            .to_owned(),
    }
}

/// The documents of a run.
#[derive(Default)]
struct Chosen {
    documents: Vec<Input>,
    /// Folders of other projects in the folders that were named.
    passed_over: Vec<PathBuf>,
}

impl Chosen {
    /// Those of the files and folders as typed, or the configured ones.
    fn by(shared: &Shared, project: &Project, files: &[PathBuf]) -> Result<Self, Failure> {
        if files.is_empty() {
            return Ok(Self { documents: of_configuration(project)?, ..Self::default() });
        }
        let mut chosen = Self::default();
        for file in files {
            if file.as_os_str() == "-" {
                chosen.documents.push(standard_input(shared)?);
            } else if file.is_dir() {
                let found = FolderContents::read(file)?;
                for document in &found.documents {
                    chosen.documents.push(input(document)?);
                }
                chosen.passed_over.extend(found.projects);
            } else {
                chosen.documents.push(Input { is_named: true, ..input(file)? });
            }
        }
        if shared.config.is_none() {
            check_same_project(project, &chosen.documents)?;
        }
        Ok(chosen)
    }
}

/// A run has the configuration of what was named first; another document's own one would be left out.
fn check_same_project(project: &Project, inputs: &[Input]) -> Result<(), Failure> {
    let folders: BTreeMap<&Path, &Input> =
        inputs.iter().rev().filter_map(|input| Some((input.path.parent()?, input))).collect();
    for input in folders.into_values() {
        let own = project.configuration.as_ref().map(|file| file.path.as_path());
        let Some(other) = nearest_configuration(&input.path)? else { continue };
        if own.is_some_and(|own| real_path(own) == real_path(&other)) {
            continue;
        }
        let this = own.map_or_else(|| "has no configuration".to_owned(), |own| format!("goes by `{}`", shown(own)));
        return Err(Failure::Other(format!(
            "`{}` belongs to `{}`, and this run {this}: give it a run of its own, or say `--config`",
            input.shown,
            shown(&other)
        )));
    }
    Ok(())
}

/// A folder stands for the Org files below it.
fn documents_of(path: PathBuf) -> Result<Vec<PathBuf>, Failure> {
    if path.is_dir() { Ok(FolderContents::read(&path)?.documents) } else { Ok(vec![path]) }
}

fn input(path: &Path) -> Result<Input, Failure> {
    let path = absolute(path)?;
    Ok(Input { shown: shown(&path), path, text: None, is_named: false })
}

fn standard_input(shared: &Shared) -> Result<Input, Failure> {
    let path = shared.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("stdin.org"));
    let mut text = Vec::new();
    let failure = |reason| Failure::Read("-".into(), reason);
    std::io::stdin().take(LARGEST_TEXT + 1).read_to_end(&mut text).map_err(failure)?;
    if text.len() as u64 > LARGEST_TEXT {
        return Err(Failure::Other(format!("`-` is larger than {}", size(LARGEST_TEXT))));
    }
    Ok(Input { text: Some(text), is_named: true, ..input(&path)? })
}
