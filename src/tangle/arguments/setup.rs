//! The keywords of a document with those of its setup files in their places (rule T-039).

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::org::{self, Document, Keyword, ParsedDocument};
use crate::source::Source;
use crate::tangle::TangleEnvironment;
use crate::tangle::path::{ExpandedPath, expand};

/// How many files are read for one document before something must be wrong.
const MAX_FILES: usize = 1000;
/// How many keywords of files count that were read before: files that name others several times over would have more than
/// any machine has room for.
const MAX_REPEATED: usize = 100_000;

/// Setup files by absolute, normalised path.
pub type SetupFiles = BTreeMap<PathBuf, Arc<ParsedDocument>>;

/// Every setup file that a document names, directly or through another.
///
/// `folder` is where the document is, `home` what `~` stands for. `read` gives the text of a file by its absolute path, none
/// if there is no such file: that is the document's mistake, which tangling reports at its line.
///
/// # Errors
/// Those of `read`.
pub fn read_setup_files<F>(
    document: &Document<'_>,
    folder: &Path,
    home: &Path,
    mut read: impl FnMut(&Path) -> Result<Option<Arc<Source>>, F>,
) -> Result<SetupFiles, F> {
    let mut files = SetupFiles::new();
    let mut waiting = setup_files(document, folder, home);
    while let Some(path) = waiting.pop() {
        if files.contains_key(&path) {
            continue;
        }
        let Some(source) = read(&path)? else { continue };
        let parsed = org::parse(&source);
        waiting.append(&mut setup_files(parsed.document(), path.parent().unwrap_or(&path), home));
        files.insert(path, Arc::new(parsed));
    }
    Ok(files)
}

/// The paths of the setup files that one text names, in order; what cannot be a file of this machine is left out.
pub fn setup_files(document: &Document<'_>, folder: &Path, home: &Path) -> Vec<PathBuf> {
    let named = document.keywords.iter().filter(|keyword| is_setup_file(keyword));
    named.filter_map(|keyword| path(keyword, folder, home)).collect()
}

/// The free-standing keywords of a document, each `#+SETUPFILE:` replaced by the keywords of the file it names.
pub(in crate::tangle) fn all_keywords<'d>(
    keywords: &[Keyword<'d>],
    surroundings: &'d TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Vec<Keyword<'d>> {
    let mut collection =
        Collection { surroundings, found, all: Vec::new(), files: 0, known: HashSet::new(), repeated: 0 };
    collection.add(keywords, &surroundings.document_folder(), &mut Vec::new());
    collection.all
}

struct Collection<'d, 'a> {
    surroundings: &'d TangleEnvironment,
    found: &'a mut Vec<Diagnostic>,
    all: Vec<Keyword<'d>>,
    files: usize,
    /// The files whose keywords were added.
    known: HashSet<&'d Path>,
    repeated: usize,
}

impl<'d> Collection<'d, '_> {
    /// `above` are the files that led here: one that names itself is not read again.
    fn add(&mut self, keywords: &[Keyword<'d>], folder: &Path, above: &mut Vec<&'d Path>) {
        for keyword in keywords {
            if is_setup_file(keyword) {
                self.add_file(keyword, folder, above);
            } else {
                self.all.push(*keyword);
            }
        }
    }

    fn add_file(&mut self, keyword: &Keyword<'d>, folder: &Path, above: &mut Vec<&'d Path>) {
        let name = keyword.value;
        if is_url(unquoted(name.value)) {
            self.found.push(Diagnostic::new(
                Code::RemoteSetupFile,
                name.span,
                format!("setup file `{}` is on another machine", name.value),
                "download the file, commit it beside the document and name that copy",
            ));
            return;
        }
        let Some(path) = path(keyword, folder, &self.surroundings.home) else { return };
        if above.iter().any(|file| *file == path) {
            return;
        }
        self.files += 1;
        let Some((path, keywords)) = self.keywords(&path) else {
            self.report_missing(keyword);
            return;
        };
        above.push(path);
        self.add(keywords, path.parent().unwrap_or(path), above);
        above.pop();
    }

    /// The keywords of a file; none if it was not read, or if there are too many by now.
    fn keywords(&mut self, path: &Path) -> Option<(&'d Path, &'d [Keyword<'d>])> {
        let (path, setup) = self.surroundings.setup_files.get_key_value(path).filter(|_| self.files <= MAX_FILES)?;
        let keywords = &setup.document().keywords[..];
        if !self.known.insert(path) {
            self.repeated += keywords.len();
        }
        (self.repeated <= MAX_REPEATED).then_some((path.as_path(), keywords))
    }

    fn report_missing(&mut self, keyword: &Keyword<'_>) {
        self.found.push(Diagnostic::new(
            Code::MissingSetupFile,
            keyword.value.span,
            format!("setup file `{}` cannot be read", keyword.value.value),
            "correct the path, which is relative to the file that names it, or remove the line",
        ));
    }
}

fn is_setup_file(keyword: &Keyword<'_>) -> bool {
    keyword.key.value.as_bytes().eq_ignore_ascii_case(b"setupfile") && !keyword.value.value.is_empty()
}

fn path(keyword: &Keyword<'_>, folder: &Path, home: &Path) -> Option<PathBuf> {
    let name = unquoted(keyword.value.value);
    if is_url(name) {
        return None;
    }
    match expand(name, folder, home) {
        ExpandedPath::Path(path) => Some(path),
        ExpandedPath::OtherHome | ExpandedPath::Remote => None,
    }
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

fn is_url(name: &str) -> bool {
    ["http://", "https://", "ftp://", "file://"].iter().any(|scheme| name.starts_with(scheme))
}
