//! The keywords of a document with those of its setup files in their places (rule T-039).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Surroundings;
use super::path::{Expanded, expand};
use crate::diagnostic::{Code, Diagnostic};
use crate::org::{self, Keyword};
use crate::source::{Source, SourceId, Sources, Span};

/// How many files are read for one document before something must be wrong.
const MAX_FILES: usize = 1000;
/// How many keywords of files count that were read before: files that name others several times over would have more than
/// any machine has room for.
const MAX_REPEATED: usize = 100_000;

/// A setup file that a document or another setup file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupFile {
    /// Absolute, normalised path.
    pub path: PathBuf,
    /// The value of the keyword that names it.
    pub span: Span,
}

const SETUP_FILE: &[u8] = b"setupfile";

/// The setup files that one text names, in order; what cannot be a file of this machine is left out.
///
/// `folder` is where the text's file is. The shell reads these, and what they name in turn, into
/// [`Surroundings::setup_files`].
pub fn setup_files(source: &Source, folder: &Path, home: &Path) -> Vec<SetupFile> {
    if !mentions_setup_file(source.text()) {
        return Vec::new();
    }
    let document = org::parse(source, &mut Vec::new());
    let named = document.keywords.iter().filter(|keyword| is_setup_file(keyword));
    named
        .filter_map(|keyword| Some(SetupFile { path: path(keyword, folder, home)?, span: keyword.value.span }))
        .collect()
}

/// Looking for the word costs far less than a parse, and few documents have it.
fn mentions_setup_file(text: &str) -> bool {
    let text = text.as_bytes();
    let has_key =
        |at: usize| text[at + 2..].get(..SETUP_FILE.len()).is_some_and(|key| key.eq_ignore_ascii_case(SETUP_FILE));
    memchr::memmem::find_iter(text, "#+").any(has_key)
}

/// The free-standing keywords of a document, each `#+SETUPFILE:` replaced by the keywords of the file it names.
pub(super) fn all_keywords<'s>(
    keywords: &[Keyword<'s>],
    sources: &'s Sources,
    surroundings: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Vec<Keyword<'s>> {
    let mut collection =
        Collection { sources, surroundings, found, all: Vec::new(), files: 0, known: HashMap::new(), repeated: 0 };
    collection.add(keywords, &surroundings.document_folder(), &mut Vec::new());
    collection.all
}

struct Collection<'s, 'a> {
    sources: &'s Sources,
    surroundings: &'a Surroundings,
    found: &'a mut Vec<Diagnostic>,
    all: Vec<Keyword<'s>>,
    files: usize,
    /// The keywords of the files that were read.
    known: HashMap<SourceId, Rc<[Keyword<'s>]>>,
    repeated: usize,
}

impl<'s> Collection<'s, '_> {
    /// `above` are the files that led here: one that names itself is not read again.
    fn add(&mut self, keywords: &[Keyword<'s>], folder: &Path, above: &mut Vec<PathBuf>) {
        for keyword in keywords {
            if is_setup_file(keyword) {
                self.add_file(keyword, folder, above);
            } else {
                self.all.push(*keyword);
            }
        }
    }

    fn add_file(&mut self, keyword: &Keyword<'s>, folder: &Path, above: &mut Vec<PathBuf>) {
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
        if above.contains(&path) {
            return;
        }
        self.files += 1;
        let Some(&id) = self.surroundings.setup_files.get(&path).filter(|_| self.files <= MAX_FILES) else {
            self.report_missing(keyword);
            return;
        };
        let Some(setup) = self.keywords(id) else {
            self.report_missing(keyword);
            return;
        };
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        above.push(path);
        self.add(&setup, &folder, above);
        above.pop();
    }

    /// The keywords of a file; none if there are too many by now.
    fn keywords(&mut self, id: SourceId) -> Option<Rc<[Keyword<'s>]>> {
        if let Some(known) = self.known.get(&id) {
            self.repeated += known.len();
            return (self.repeated <= MAX_REPEATED).then(|| Rc::clone(known));
        }
        let keywords: Rc<[Keyword<'s>]> = org::parse(self.sources.get(id), &mut Vec::new()).keywords.into();
        self.known.insert(id, Rc::clone(&keywords));
        Some(keywords)
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
    keyword.key.value.as_bytes().eq_ignore_ascii_case(SETUP_FILE) && !keyword.value.value.is_empty()
}

fn path(keyword: &Keyword<'_>, folder: &Path, home: &Path) -> Option<PathBuf> {
    let name = unquoted(keyword.value.value);
    if is_url(name) {
        return None;
    }
    match expand(name, folder, home) {
        Expanded::Path(path) => Some(path),
        Expanded::OtherHome | Expanded::Remote => None,
    }
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

fn is_url(name: &str) -> bool {
    ["http://", "https://", "ftp://", "file://"].iter().any(|scheme| name.starts_with(scheme))
}
