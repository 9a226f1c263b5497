//! The open documents: their texts as the client has them, what was made of the newest, what was published.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, Location, Range, SymbolInformation, TextDocumentContentChangeEvent, Uri};

use super::diagnostics::{Labels, by_file};
use super::markup::Markup;
use super::places::LocationConverter;
use super::position::{Encoding, offset_in, range};
use super::project::{MAXIMUM_SYMBOLS, PlacedSymbol, matching, with_document};
use super::symbols::{Symbol, symbols};
use super::uri;
use super::view::guests;
use crate::build::{self, BuildRequest, Built, Trust};
use crate::diagnostic::{self, Code, Severity};
use crate::network::DeclaredGuest;
use crate::org::Document;
use crate::source::decode;
use crate::workspace::Failure;

/// Makes the request for a document whose text an editor has.
pub type RequestFor<'r> = dyn Fn(&Path, Vec<u8>) -> Result<BuildRequest, Failure> + 'r;

/// Names the documents of the project that a path belongs to.
pub type DocumentsOf<'r> = dyn Fn(&Path) -> Result<Vec<PathBuf>, Failure> + 'r;

/// What the command line knows of projects and the server does not.
#[derive(Clone, Copy)]
pub struct Projects<'r> {
    /// Makes the request for a document.
    pub request_for: &'r RequestFor<'r>,
    /// Names the documents of a project.
    pub documents_of: &'r DocumentsOf<'r>,
}

/// What a client is able to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// What it calls a column.
    pub(super) encoding: Encoding,
    /// How it shows labels.
    pub(super) labels: Labels,
    /// What it takes in a hover.
    pub(super) hover: Markup,
    /// What it takes beside a completion.
    pub(super) documentation: Markup,
}

/// What a document's text gives, made once and asked often.
struct Analysis {
    built: Built,
    /// The guests of its one document.
    guests: Vec<DeclaredGuest>,
}

/// All open documents.
pub(super) struct EditorSession<'r> {
    projects: Projects<'r>,
    client: Client,
    documents: BTreeMap<Uri, OpenDocument>,
    addresses: BTreeMap<PathBuf, Uri>,
    /// The last failure that was told, so that it is not told at each key.
    told: Option<String>,
    /// What documents asked for and did not get.
    withheld: BTreeSet<String>,
    /// What of that is still to be told.
    untold: Vec<String>,
}

/// One open document.
struct OpenDocument {
    path: PathBuf,
    version: i32,
    text: String,
    /// What was made of this text; none until somebody asks. Every answer about this version is taken from it.
    analysis: Option<Analysis>,
    /// Whether its diagnostics are to be published.
    is_due: bool,
    /// Its diagnostics as they were last made, by file.
    diagnostics: BTreeMap<Uri, Vec<Diagnostic>>,
}

/// Something to tell the client.
#[derive(Debug, PartialEq)]
pub(super) enum ClientMessage {
    /// All diagnostics in a file; the version is that of an open document.
    Diagnostics(Uri, Vec<Diagnostic>, Option<i32>),
    /// The machine refused.
    Failure(String),
    /// A document is analysed without something that needs trust.
    Withheld(String),
}

impl<'r> EditorSession<'r> {
    pub(super) fn new(projects: Projects<'r>, client: Client) -> Self {
        Self {
            projects,
            client,
            documents: BTreeMap::new(),
            addresses: BTreeMap::new(),
            told: None,
            withheld: BTreeSet::new(),
            untold: Vec::new(),
        }
    }

    /// A document was opened.
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) {
        // A buffer that no file belongs to is looked at as if it were to be saved here.
        let path = uri::path(&uri).unwrap_or_else(|| self.untitled(&uri));
        self.addresses.insert(path.clone(), uri.clone());
        let open = OpenDocument { path, version, text, analysis: None, is_due: true, diagnostics: BTreeMap::new() };
        self.documents.insert(uri, open);
    }

    /// A path for a buffer without a file that no other open one has.
    fn untitled(&self, uri: &Uri) -> PathBuf {
        let numbered = (2..).map(|number| PathBuf::from(format!("untitled-{number}.org")));
        let mut paths = std::iter::once(PathBuf::from("untitled.org")).chain(numbered);
        let is_free = |path: &PathBuf| self.addresses.get(path).is_none_or(|other| other == uri);
        paths.find(is_free).unwrap_or_default()
    }

    /// A document was edited.
    pub(super) fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let encoding = self.client.encoding;
        let Some(open) = self.documents.get_mut(uri) else { return };
        for change in changes {
            match change.range {
                None => open.text = change.text,
                Some(range) => {
                    let start = offset_in(&open.text, range.start, encoding);
                    let end = offset_in(&open.text, range.end, encoding).max(start);
                    open.text.replace_range(start..end, &change.text);
                }
            }
        }
        open.version = version;
        open.is_due = true;
        open.analysis = None;
    }

    /// A document was closed: what it said of any file is taken back.
    pub(super) fn close(&mut self, uri: &Uri) -> Vec<ClientMessage> {
        let Some(closed) = self.documents.remove(uri) else { return Vec::new() };
        self.addresses.remove(&closed.path);
        closed
            .diagnostics
            .keys()
            .chain([uri])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|file| self.news_of(file))
            .collect()
    }

    /// Something on disk changed, which any document may depend on.
    pub(super) fn forget(&mut self) {
        for open in self.documents.values_mut() {
            open.is_due = true;
            open.analysis = None;
        }
    }

    /// Analyses what is new and tells what became of it.
    pub(super) fn publish(&mut self) -> Vec<ClientMessage> {
        let due: Vec<Uri> = self.documents.iter().filter(|(_, open)| open.is_due).map(|(uri, _)| uri.clone()).collect();
        let mut files = BTreeSet::new();
        let mut news = Vec::new();
        for uri in due {
            if let Some(open) = self.documents.get_mut(&uri) {
                open.is_due = false;
            }
            match self.analyse(&uri) {
                Ok(()) => files.extend(self.renew(&uri)),
                Err(failure) => news.extend(self.show_failure(failure.to_string())),
            }
        }
        news.extend(self.untold.drain(..).map(ClientMessage::Withheld));
        news.extend(files.iter().map(|file| self.news_of(file)));
        news
    }

    /// The newest text of a document and what was made of it; none if it is not open or cannot be analysed.
    pub(super) fn ask<T>(&mut self, uri: &Uri, ask: impl FnOnce(&LocationConverter<'_>) -> T) -> Option<T> {
        self.analyse(uri).ok()?;
        let (uri, open) = self.documents.get_key_value(uri)?;
        Some(ask(&self.places(uri, open)?))
    }

    /// What the client is able to.
    pub(super) fn client(&self) -> Client {
        self.client
    }

    /// The symbols of all documents of the projects that are open here, or lie around this folder.
    pub(super) fn project_symbols(&mut self, query: &str) -> Vec<SymbolInformation> {
        let open: Vec<(Uri, PathBuf)> =
            self.documents.iter().map(|(uri, open)| (uri.clone(), open.path.clone())).collect();
        let mut closed: BTreeSet<PathBuf> = BTreeSet::new();
        let starts = open.iter().filter_map(|(_, path)| path.parent()).chain([Path::new(".")]);
        for start in starts.collect::<BTreeSet<_>>() {
            // Elsewhere a broken configuration is told of.
            closed.extend((self.projects.documents_of)(start).unwrap_or_default());
        }
        let mut found = Vec::new();
        for (uri, path) in &open {
            closed.remove(path);
            let symbols = self.ask(uri, |places| {
                let view = places.view();
                symbols_of(view.document, symbols(view.document, &view.guests), (query, uri), places.encoding)
            });
            found.extend(symbols.unwrap_or_default());
        }
        for path in closed {
            let Some(uri) = uri::uri(&path).filter(|_| found.len() < MAXIMUM_SYMBOLS) else { continue };
            let encoding = self.client.encoding;
            let symbols = with_document(&path, |document, all| symbols_of(document, all, (query, &uri), encoding));
            found.extend(symbols.ok().flatten().unwrap_or_default());
        }
        found.truncate(MAXIMUM_SYMBOLS);
        found
    }

    /// What is wrong with a document's text that is not with the present one, if it makes errors.
    pub(super) fn error_of(&self, uri: &Uri, text: &str) -> Option<String> {
        let open = self.documents.get(uri)?;
        let request = (self.projects.request_for)(&open.path, decode::encode(text));
        let built = match request.and_then(|request| build::build(&request)) {
            Ok(built) => built,
            Err(failure) => return Some(failure.to_string()),
        };
        let before = open.analysis.as_ref().map(|analysis| errors(&analysis.built)).unwrap_or_default();
        let after = errors(&built);
        let (known, counts) = (counts(&before), counts(&after));
        let mut new = after.iter().filter(|error| counts[&error.code] > known.get(&error.code).copied().unwrap_or(0));
        let messages: HashSet<&str> = before.iter().map(|error| error.message.as_str()).collect();
        let first = new.clone().find(|error| !messages.contains(error.message.as_str()));
        first.or_else(|| new.next()).map(|error| error.message.clone())
    }

    fn analyse(&mut self, uri: &Uri) -> Result<(), Failure> {
        let Some(open) = self.documents.get_mut(uri).filter(|open| open.analysis.is_none()) else { return Ok(()) };
        let request = (self.projects.request_for)(&open.path, decode::encode(&open.text))?;
        let built = build::build(&request)?;
        let guests = built.documents.first().map(guests).unwrap_or_default();
        open.analysis = Some(Analysis { built, guests });
        self.told = None;
        if let Trust::Withheld(Some(said)) = request.trust
            && self.withheld.insert(said.clone())
        {
            self.untold.push(said);
        }
        Ok(())
    }

    fn places<'a>(&'a self, uri: &'a Uri, open: &'a OpenDocument) -> Option<LocationConverter<'a>> {
        let Analysis { built, guests } = open.analysis.as_ref()?;
        let built = built.documents.first()?;
        Some(LocationConverter { built, guests, uri, open: &self.addresses, encoding: self.client.encoding })
    }

    /// Notes the diagnostics of a document; gives the files whose lists changed their parts.
    fn renew(&mut self, uri: &Uri) -> Vec<Uri> {
        let places = self.documents.get(uri).and_then(|open| self.places(uri, open));
        let Some(places) = places else { return Vec::new() };
        let diagnostics = by_file(&places, self.client.labels);
        let Some(open) = self.documents.get_mut(uri) else { return Vec::new() };
        let before = std::mem::replace(&mut open.diagnostics, diagnostics);
        before.into_keys().chain(open.diagnostics.keys().cloned()).collect()
    }

    /// All that any document says of a file.
    fn news_of(&self, file: &Uri) -> ClientMessage {
        let lists = self.documents.values().filter_map(|open| open.diagnostics.get(file)).flatten();
        let mut all: Vec<Diagnostic> = Vec::new();
        let mut known: HashMap<_, Vec<&Diagnostic>> = HashMap::new();
        for diagnostic in lists {
            let Range { start, end } = diagnostic.range;
            let alike =
                known.entry((start.line, start.character, end.line, end.character, &diagnostic.message)).or_default();
            if !alike.contains(&diagnostic) {
                alike.push(diagnostic);
                all.push(diagnostic.clone());
            }
        }
        ClientMessage::Diagnostics(file.clone(), all, self.documents.get(file).map(|open| open.version))
    }

    fn show_failure(&mut self, failure: String) -> Option<ClientMessage> {
        let is_known = self.told.as_ref() == Some(&failure);
        self.told = Some(failure.clone());
        (!is_known).then_some(ClientMessage::Failure(failure))
    }
}

/// The symbols of a document that fit a query, in the file that the query's other half names.
fn symbols_of(
    document: &Document<'_>,
    all: Vec<Symbol>,
    (query, uri): (&str, &Uri),
    encoding: Encoding,
) -> Vec<SymbolInformation> {
    let placed = matching(all, query).into_iter();
    #[expect(deprecated, reason = "the type has no other way to be made")]
    let symbols = placed.map(|PlacedSymbol { symbol, container }| SymbolInformation {
        kind: symbol.kind.into(),
        location: Location::new(uri.clone(), range(document.source, symbol.selection, encoding)),
        name: symbol.name,
        tags: None,
        deprecated: None,
        container_name: container,
    });
    symbols.collect()
}

fn errors(built: &Built) -> Vec<&diagnostic::Diagnostic> {
    let all = built.documents.iter().flat_map(|document| &document.diagnostics);
    all.filter(|found| found.severity == Severity::Error).collect()
}

/// How often each code comes.
fn counts(diagnostics: &[&diagnostic::Diagnostic]) -> BTreeMap<Code, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics {
        *counts.entry(diagnostic.code).or_default() += 1;
    }
    counts
}
