//! Finds the document that gives an output, and compiles it once.
//!
//! The lock file beside the output names the document; without one the configuration does, and where there is none the
//! Org files in the output's own folder are asked, and those that its link comments name; at last the current project.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::build::{self, Built, BuiltDocument};
use crate::cli::{Shared, request};
use crate::path::{normalise, slashed};
use crate::record::{LOCK_NAME, Record};
use crate::workspace::{Failure, absolute, load, project};

/// The documents compiled so far.
pub(in crate::cli) struct Outputs<'a> {
    shared: &'a Shared,
    built: Vec<Built>,
    /// Where the outputs of each file name are: their run, their document, and their number there.
    by_name: HashMap<OsString, Vec<[usize; 3]>>,
    asked: BTreeSet<Vec<PathBuf>>,
}

/// An output and the document that gives it.
pub(super) type Found<'a> = (&'a BuiltDocument, &'a Artifact);

impl<'a> Outputs<'a> {
    pub(in crate::cli) fn new(shared: &'a Shared) -> Self {
        Self { shared, built: Vec::new(), by_name: HashMap::new(), asked: BTreeSet::new() }
    }

    /// The output at a path, compiling the documents that may give it.
    pub(super) fn find(&mut self, path: &Path) -> Result<Option<Found<'_>>, Failure> {
        let mut paths = vec![absolute(path)?];
        // A checkout below a symbolic link has two names; the documents know outputs by the one they were given.
        paths.extend(path.canonicalize().ok().filter(|real| *real != paths[0]));
        for path in &paths {
            if !self.has(path) {
                self.compile_for(path)?;
            }
        }
        Ok(paths.iter().find_map(|path| self.at(path)))
    }

    /// The output at its own path, if its document was compiled.
    pub(super) fn at(&self, path: &Path) -> Option<Found<'_>> {
        self.known(path, |artifact| artifact.path == path).into_iter().next()
    }

    /// The run and the index of the document that give the output at a path.
    pub(in crate::cli) fn place(&mut self, path: &Path) -> Result<Option<[usize; 2]>, Failure> {
        self.find(path)?;
        let gives = |document: &BuiltDocument| artifacts(document).any(|artifact| artifact.path == path);
        let mut runs = self.built.iter().enumerate();
        Ok(runs.find_map(|(run, built)| Some([run, built.documents.iter().position(gives)?])))
    }

    /// One of the runs so far.
    pub(in crate::cli) fn run(&mut self, number: usize) -> &mut Built {
        &mut self.built[number]
    }

    /// One run over the documents of several outputs, the first of which says where outputs are; its number, if there was none
    /// like it yet.
    pub(in crate::cli) fn together(&mut self, places: &[[usize; 2]], first: &Path) -> Result<Option<usize>, Failure> {
        let document = |[run, document]: &[usize; 2]| self.built[*run].documents[*document].input.path.clone();
        let documents: BTreeSet<PathBuf> = places.iter().map(document).collect();
        let documents: Vec<PathBuf> = documents.into_iter().collect();
        let before = self.built.len();
        self.compile(&documents, documents_from_lock(first)?.map(|(out_dir, _)| out_dir))?;
        Ok((self.built.len() > before).then_some(before))
    }

    /// The only output of the current project whose path ends like this: what a tool run elsewhere calls it.
    pub(super) fn find_by_ending(&mut self, ending: &Path) -> Result<Option<Found<'_>>, Failure> {
        self.compile_current()?;
        let found = self.known(ending, |artifact| artifact.path.ends_with(ending));
        let one = found.first().map(|(_, artifact)| artifact.path.clone());
        Ok(found
            .iter()
            .all(|(_, artifact)| Some(&artifact.path) == one.as_ref())
            .then(|| found.first().copied())
            .flatten())
    }

    /// All documents compiled so far.
    pub(super) fn documents(&self) -> impl Iterator<Item = &BuiltDocument> {
        self.built.iter().flat_map(|built| &built.documents)
    }

    /// Outputs with the same file name as a path.
    fn known(&self, path: &Path, is_it: impl Fn(&Artifact) -> bool) -> Vec<Found<'_>> {
        let places = path.file_name().and_then(|name| self.by_name.get(name));
        let found = places.into_iter().flatten().map(|&[run, document, index]| {
            let document = &self.built[run].documents[document];
            (document, &document.compilation.artifacts[index])
        });
        found.filter(|(_, artifact)| is_it(artifact)).collect()
    }

    fn has(&self, path: &Path) -> bool {
        self.at(path).is_some()
    }

    fn add(&mut self, built: Built) {
        let run = self.built.len();
        for (document, made) in built.documents.iter().enumerate() {
            for (index, artifact) in artifacts(made).enumerate() {
                let name = artifact.path.file_name().unwrap_or_default().to_owned();
                self.by_name.entry(name).or_default().push([run, document, index]);
            }
        }
        self.built.push(built);
    }

    /// Compiles the documents that may give an output, the likeliest first, until one does.
    fn compile_for(&mut self, path: &Path) -> Result<(), Failure> {
        let folder = path.parent().unwrap_or(path);
        if let Some((out_dir, document)) = documents_from_lock(path)? {
            self.compile(&[document], Some(out_dir))?;
        }
        if !self.has(path) {
            let project = project(self.shared.config.as_deref(), path)?;
            self.compile(&request::configured_documents(&project)?, None)?;
        }
        if !self.has(path) {
            self.compile(&documents_in(folder), None)?;
        }
        if !self.has(path) {
            self.compile(&documents_in_links(path)?, None)?;
        }
        // Dotfiles lie far from the documents that give them.
        if !self.has(path) {
            self.compile_current()?;
        }
        Ok(())
    }

    /// Compiles the documents of the current folder's project, once.
    fn compile_current(&mut self) -> Result<(), Failure> {
        if self.asked.insert(Vec::new())
            && let Ok(request) = request::request(self.shared, &[])
        {
            self.add(build::build(&request)?);
        }
        Ok(())
    }

    fn compile(&mut self, documents: &[PathBuf], out_dir: Option<PathBuf>) -> Result<(), Failure> {
        let documents: Vec<PathBuf> = documents.iter().filter(|document| document.is_file()).cloned().collect();
        if documents.is_empty() || !self.asked.insert(documents.clone()) {
            return Ok(());
        }
        let mut request = request::request(self.shared, &documents)?;
        if self.shared.out_dir.is_none() && out_dir.is_some() {
            // Perhaps it was written with `--out-dir`, of which the configuration knows nothing.
            request.load.options.out_dir.clone_from(&out_dir);
            request.out_dir = out_dir;
        }
        self.add(build::build(&request)?);
        Ok(())
    }
}

fn artifacts(document: &BuiltDocument) -> impl Iterator<Item = &Artifact> {
    document.compilation.artifacts.iter()
}

/// The output folder and the document that the nearest lock file names for an output.
fn documents_from_lock(path: &Path) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
    for folder in path.ancestors().skip(1) {
        let Some(text) = load::lock(&folder.join(LOCK_NAME))? else { continue };
        // A damaged lock stops writing; for a question there are other ways to an answer.
        let Ok(lock) = Record::parse(&String::from_utf8_lossy(&text)) else { continue };
        let below = path.strip_prefix(folder).unwrap_or(path);
        if let Some(entry) = lock.files.get(&slashed(below)) {
            return Ok(Some((folder.to_owned(), normalise(&folder.join(&entry.origin)))));
        }
    }
    Ok(None)
}

/// The Org files in a folder, not below it.
fn documents_in(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut documents: Vec<PathBuf> = entries.filter(|path| load::is_org(path)).collect();
    documents.sort();
    documents
}

/// The Org files that a file's link comments name, relative to its folder as tangling writes them.
fn documents_in_links(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let Some(bytes) = load::optional(path)? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let folder = path.parent().unwrap_or(path);
    let links = text.split("[[file:").skip(1).filter_map(|link| link.split_once("::"));
    let documents: BTreeSet<PathBuf> = links
        .filter(|(document, _)| !document.contains('\n'))
        .map(|(document, _)| normalise(&folder.join(document)))
        .filter(|document| load::is_org(document))
        .collect();
    Ok(documents.into_iter().collect())
}
