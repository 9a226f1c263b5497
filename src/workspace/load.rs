//! Reads documents, their setup files and the project's templates into values for the core.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::file::{self, Links};
use super::{CONFIG_NAME, Failure, Project, is_there, shown};
use crate::compile::Inputs;
use crate::org::{self, ParsedDocument};
use crate::path::{normalise, relative, slashed};
use crate::render::{self, Template};
use crate::source::decode::{Decoded, decode, undecodable};
use crate::source::{Source, Sources};
use crate::tangle::{self, Languages, TangleEnvironment};

/// The folder of a project's own templates, beside its configuration.
pub const TEMPLATES: &str = "templates";

/// What every document of a run is loaded with.
#[derive(Debug, Default)]
pub struct Settings {
    /// What the command line and the configuration say of every document.
    pub options: DocumentOptions,
    /// The project's templates: name below `templates/`, path as messages show it, text.
    templates: Vec<(String, String, String)>,
    /// Template outputs made once a row: output to table.
    for_each: BTreeMap<String, String>,
    /// Where the picture of the network goes, as configured.
    graph: Option<String>,
    /// The folder of the configuration.
    folder: Option<PathBuf>,
    optional_outputs: Vec<String>,
}

/// What the command line and the configuration say of every document.
#[derive(Debug, Clone, Default)]
pub struct DocumentOptions {
    /// The folder that relative targets start from; the document's own if none.
    pub out_dir: Option<PathBuf>,
    /// Where absolute targets and those under `~` are put instead.
    pub destdir: Option<PathBuf>,
    /// Whose Babel support counts as loaded.
    pub languages: Languages,
    /// Which variables of the environment documents may read.
    pub variables: ReadableVariables,
}

/// Which variables of the environment documents may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadableVariables {
    /// `HOME` and `XDG_*`, which say where a person's files are.
    #[default]
    Folders,
    /// All of them, secrets among them: in a trusted folder.
    All,
}

impl ReadableVariables {
    fn has(self, name: &str) -> bool {
        self == Self::All || name == "HOME" || name.starts_with("XDG_")
    }
}

/// The texts of one document and of all that belongs to it.
#[derive(Debug)]
pub struct Loaded {
    /// The document, its setup files and all templates.
    pub sources: Sources,
    document: ParsedDocument,
    unwritable: Option<usize>,
    file_name: String,
    surroundings: TangleEnvironment,
    builtin_templates: Vec<Template>,
    own_templates: Vec<Template>,
    graph: Option<PathBuf>,
    seen_from_graph: String,
}

impl Settings {
    /// Reads what the project has beside its configuration.
    ///
    /// # Errors
    /// A template cannot be read.
    pub fn new(project: &Project, options: DocumentOptions) -> Result<Self, Failure> {
        let templates = match &project.folder {
            Some(folder) => templates_below(&folder.join(TEMPLATES))?,
            None => Vec::new(),
        };
        let config = &project.config;
        Ok(Self {
            options,
            templates,
            for_each: config.for_each.clone(),
            graph: config.graph.clone(),
            folder: project.folder.clone(),
            optional_outputs: config.optional_outputs.clone(),
        })
    }

    /// What the configuration says of an output, else what the built-in template of that name does.
    fn for_each(&self, template: &str, builtin: &[Template]) -> Option<String> {
        let same = || builtin.iter().find(|other| other.name == template)?.for_each.clone();
        self.for_each.get(render::output_of(template)).cloned().or_else(same)
    }
}

impl Loaded {
    /// Reads one document and what it names.
    ///
    /// # Errors
    /// The document or a file that it names cannot be read.
    pub fn read(path: &Path, text: Option<&[u8]>, settings: &Settings) -> Result<Self, Failure> {
        let decoded = match text {
            Some(bytes) => decoded(path, bytes.to_vec())?,
            None => read(path, file::LARGEST_TEXT)?,
        };
        let mut sources = Sources::default();
        let document = sources.add(shown(path), decoded.text);
        let document = org::parse(sources.shared(document));
        let builtin_templates = render::add_builtin(&mut sources, &settings.optional_outputs);
        let own_templates = settings
            .templates
            .iter()
            .filter(|(name, _, text)| render::is_asked_for(name, text, &settings.optional_outputs))
            .map(|(name, path, text)| Template {
                name: name.clone(),
                source: sources.add(path.clone(), text.clone()),
                for_each: settings.for_each(name, &builtin_templates),
            })
            .collect();
        let surroundings = surroundings(path, &document, &mut sources, &settings.options)?;
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let graph = settings.graph.as_ref().map(|graph| graph.replace("{document}", &stem));
        let graph = graph.map(|graph| normalise(&surroundings.base.join(graph)));
        let seen =
            graph.as_ref().and_then(|graph| seen_from(&surroundings.document, graph, settings.folder.as_deref()?));
        Ok(Self {
            seen_from_graph: seen.unwrap_or_else(|| file_name.clone()),
            graph,
            sources,
            document,
            unwritable: decoded.unwritable,
            file_name,
            surroundings,
            builtin_templates,
            own_templates,
        })
    }

    /// The document.
    pub fn document(&self) -> &ParsedDocument {
        &self.document
    }

    /// The document's own text.
    pub fn source(&self) -> &Source {
        self.document.source()
    }

    /// The setup files that it names, directly or through another, whether they are there or not.
    pub fn setup_files(&self) -> BTreeSet<PathBuf> {
        let TangleEnvironment { document, home, setup_files, .. } = &self.surroundings;
        let texts = setup_files.iter().map(|(path, parsed)| (path, &**parsed)).chain([(document, &self.document)]);
        let named = |(path, parsed): (&PathBuf, &ParsedDocument)| {
            tangle::setup_files(parsed.document(), path.parent().unwrap_or(path), home)
        };
        texts.flat_map(named).collect()
    }

    /// The same as the core takes it.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            sources: &self.sources,
            document: &self.document,
            unwritable: self.unwritable,
            file_name: &self.file_name,
            surroundings: &self.surroundings,
            builtin_templates: &self.builtin_templates,
            own_templates: &self.own_templates,
            graph: self.graph.as_deref(),
            seen_from_graph: &self.seen_from_graph,
        }
    }
}

/// A document as seen from the folder of its picture; nothing if one of them lies outside of the project, since what the
/// folders above it are called is no matter of the picture.
fn seen_from(document: &Path, graph: &Path, project: &Path) -> Option<String> {
    let is_inside = [document, graph].iter().all(|path| path.starts_with(project));
    if is_inside { Some(relative(document, graph.parent()?)) } else { None }
}

/// Where a document is, what it sees of the machine, and every setup file it names, directly or through another.
fn surroundings(
    path: &Path,
    document: &ParsedDocument,
    sources: &mut Sources,
    options: &DocumentOptions,
) -> Result<TangleEnvironment, Failure> {
    let all =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let (environment, withheld): (BTreeMap<String, String>, BTreeMap<String, String>) =
        all.partition(|(name, _)| options.variables.has(name));
    let variable = |name: &str| environment.get(name).cloned().unwrap_or_default();
    let home = PathBuf::from(variable("HOME"));
    // Only its name decides something.
    let shell = std::env::var("SHELL").unwrap_or_default();
    let folder = path.parent().unwrap_or(path).to_owned();
    let setup_files = tangle::read_setup_files(document.document(), &folder, &home, |path| {
        let Some(bytes) = file::read(path, Links::Follow, file::LARGEST_PART)? else { return Ok(None) };
        let source = sources.add(shown(path), decoded(path, bytes)?.text);
        Ok(Some(Arc::clone(sources.shared(source))))
    })?;
    Ok(TangleEnvironment {
        document: path.to_owned(),
        base: options.out_dir.clone().unwrap_or(folder),
        destdir: options.destdir.clone(),
        languages: options.languages.clone(),
        shell,
        setup_files,
        system_type: system_type().to_owned(),
        emacs_directory: emacs_directory(&home, environment.get("XDG_CONFIG_HOME").map(String::as_str)),
        home,
        environment,
        withheld: withheld.into_keys().collect(),
    })
}

/// What Emacs calls the system this program was built for.
fn system_type() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "windows-nt",
        "freebsd" | "openbsd" | "netbsd" | "dragonfly" => "berkeley-unix",
        _ => "gnu/linux",
    }
}

/// Emacs' own folder: `~/.emacs.d/`, unless there is neither that nor `~/.emacs`, but one by the XDG Base Directory
/// Specification (Emacs manual, "Find Init").
fn emacs_directory(home: &Path, xdg_config_home: Option<&str>) -> String {
    let by_xdg = format!("{}/emacs/", xdg_config_home.unwrap_or("~/.config"));
    let is_there = |name: &str| home.join(name.strip_prefix("~/").unwrap_or(name)).exists();
    let is_old = is_there(".emacs.d") || is_there(".emacs") || !is_there(&by_xdg);
    if is_old { "~/.emacs.d/".to_owned() } else { by_xdg }
}

/// The project's own templates, sorted by name; none if there is no such folder.
fn templates_below(folder: &Path) -> Result<Vec<(String, String, String)>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut templates = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|refused| walk_failure(folder, refused))?;
        let path = entry.path();
        if entry.file_type().is_file() && path.extension().is_some_and(|extension| extension == "j2") {
            let name = slashed(path.strip_prefix(folder).unwrap_or(path));
            templates.push((name, shown(path), read(path, file::LARGEST_PART)?.text));
        }
    }
    Ok(templates)
}

fn walk_failure(folder: &Path, refused: walkdir::Error) -> Failure {
    let path = refused.path().unwrap_or(folder).to_owned();
    Failure::Read(path, refused.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links")))
}

/// Whether a file is an Org document by its name.
pub fn is_org(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "org")
}

/// What stands below a folder, each part sorted; hidden folders do not count.
#[derive(Debug, Default)]
pub struct FolderContents {
    /// The Org files, but for those of other projects; at least one.
    pub documents: Vec<PathBuf>,
    /// The outermost folders that have a configuration of their own.
    pub projects: Vec<PathBuf>,
}

impl FolderContents {
    /// Looks at a folder and all below it.
    ///
    /// # Errors
    /// The folder cannot be read, or holds no Org file.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let is_hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        let mut found = Self::default();
        let mut entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !is_hidden(entry));
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(|refused| walk_failure(folder, refused))?;
            let kind = entry.file_type();
            if kind.is_dir() && entry.depth() > 0 && is_there(&entry.path().join(CONFIG_NAME)) {
                entries.skip_current_dir();
                found.projects.push(entry.into_path());
            } else if kind.is_file() && is_org(entry.path()) {
                found.documents.push(entry.into_path());
            }
        }
        if !found.documents.is_empty() {
            return Ok(found);
        }
        let reason = match found.projects.first() {
            Some(project) => format!("holds no Org file (*.org) but those of another project, `{}`", shown(project)),
            None => "holds no Org file (*.org)".to_owned(),
        };
        Err(Failure::Unusable(folder.to_owned(), reason))
    }
}

/// A file's bytes, or none if there is no such file.
///
/// # Errors
/// The file is there and cannot be read, or is no regular file.
pub fn optional(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    file::read(path, Links::Follow, file::LARGEST_TEXT)
}

/// The bytes of a lock file, or none if there is none. It says what may be replaced, so no link to it is followed.
///
/// # Errors
/// It is there and cannot be read, or is no regular file.
pub fn lock(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    file::read(path, Links::Refuse, file::LARGEST_LOCK)
}

/// Whether there is a regular file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// A file's permission bits.
///
/// # Errors
/// The file is not there or cannot be looked at.
pub fn mode(path: &Path) -> Result<u32, Failure> {
    use std::os::unix::fs::PermissionsExt as _;

    let found = fs::metadata(path).map_err(|reason| Failure::Read(path.to_owned(), reason))?;
    Ok(found.permissions().mode() & 0o7777)
}

fn read(path: &Path, limit: u64) -> Result<Decoded, Failure> {
    match file::read(path, Links::Follow, limit)? {
        Some(bytes) => decoded(path, bytes),
        None => Err(Failure::missing(path)),
    }
}

fn decoded(path: &Path, bytes: Vec<u8>) -> Result<Decoded, Failure> {
    match undecodable(&bytes) {
        Some(reason) => Err(Failure::Unusable(path.to_owned(), reason.to_owned())),
        None => Ok(decode(bytes)),
    }
}
