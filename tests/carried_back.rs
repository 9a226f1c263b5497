//! Every value of every document, changed in an output: carried back, it gives the edited output again, or is refused.
//!
//! Two ways to change a value are tried. *Everywhere*: the output is what the document gives with another text in the cell, so
//! whatever is made from it in that output is changed as well. *As text*: the places in an output where the value stands as it
//! is are changed, and nothing else. What comes of each column is counted and printed.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the tests read documents from files, and tell what they counted; a failed step fails the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use qvm_tangle::artifact::{Artifact, OriginKind, Producer};
use qvm_tangle::carry::{CarriedBack, CarryRequest, EditedOutput, OwnTemplates, carry};
use qvm_tangle::compile::{Compilation, Inputs, compile};
use qvm_tangle::diagnostic::{Code, Levels, has_error};
use qvm_tangle::org::{Document, TableRow};
use qvm_tangle::source::Span;
use qvm_tangle::workspace::load::{Loaded, Settings};

/// At most this many cells of a column are tried in a document; the documents have many columns and few kinds of rows.
const CELLS: usize = 2;

/// What came of the values of a column.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    /// Into cells alone.
    carried: usize,
    /// Into a template: a value that decides which lines there are.
    templates: usize,
    refused: usize,
}

/// What came of one edit.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Carried,
    IntoTemplate,
    Refused,
}

/// A document that has no errors, and what it gives.
struct Compiled {
    path: PathBuf,
    loaded: Loaded,
    compilation: Compilation,
}

fn documents() -> Vec<Compiled> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["org", "tests/fixtures", "tests/network/documents"];
    let files = folders.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name());
    let paths = files.map(|entry| entry.unwrap().into_path());
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "org"));
    documents.filter_map(|path| compiled(&path, &fs::read(&path).unwrap())).collect()
}

fn compiled(path: &Path, text: &[u8]) -> Option<Compiled> {
    let loaded = Loaded::read(path, Some(text), &Settings::default()).ok()?;
    let (compilation, found) = compile(&loaded.inputs());
    let is_whole = !has_error(&found) && !compilation.networks.is_empty();
    is_whole.then(|| Compiled { path: path.to_owned(), loaded, compilation })
}

/// The cells that values come from, each with its column: the first column of its table tells what table it is.
fn cells(document: &Document<'_>, compilation: &Compilation) -> BTreeMap<Span, String> {
    let templates = compilation.artifacts.iter().filter(|artifact| artifact.producer != Producer::Blocks);
    let placed = templates.flat_map(|artifact| &artifact.origins).filter_map(|origin| match origin.way {
        OriginKind::Placed(cell) => Some(cell),
        OriginKind::Copied | OriginKind::Derived => None,
    });
    placed.filter_map(|cell| Some((cell, column(document, cell)?))).collect()
}

fn column(document: &Document<'_>, cell: Span) -> Option<String> {
    let holds = |whole: Span| whole.start <= cell.start && cell.end <= whole.end;
    if let Some(table) = document.tables.iter().find(|table| holds(table.span)) {
        let cells = table.rows.iter().filter_map(|row| match row {
            TableRow::Cells { cells, .. } => Some(cells),
            TableRow::Rule(_) => None,
        });
        let rows: Vec<_> = cells.collect();
        let header = rows.first()?;
        let index = rows.iter().find_map(|cells| cells.iter().position(|other| holds(other.span)))?;
        return Some(format!("{} / {}", header.first()?.value, header.get(index)?.value));
    }
    let items = document.lists.iter().flat_map(|list| &list.items);
    let item = items.filter(|item| holds(item.text.span)).find_map(|item| item.tag)?;
    Some(format!("list / {}", item.value))
}

/// Other texts that a cell may have.
fn others(text: &str) -> Vec<String> {
    let mut others = Vec::new();
    if let Some((head, last)) = text.rsplit_once('.')
        && let Ok(number) = last.parse::<u8>()
    {
        others.push(format!("{head}.{}", 20 + (usize::from(number) + 90) % 200));
    }
    if let Ok(port) = text.parse::<u16>() {
        others.push((port / 2 + 1111).to_string());
    }
    for (at, c) in text.char_indices().rev() {
        let other = match c {
            '0'..='7' | 'a'..='e' | 'g'..='y' | 'A'..='E' => char::from_u32(u32::from(c) + 1),
            '8' | '9' => Some('7'),
            'f' | 'F' => Some('e'),
            'z' => Some('y'),
            _ => None,
        };
        others.extend(other.map(|other| format!("{}{other}{}", &text[..at], &text[at + c.len_utf8()..])));
    }
    others.extend([format!("{text}x"), "on".to_owned(), "off".to_owned()]);
    others
}

impl Compiled {
    fn text(&self) -> &str {
        self.loaded.source().text()
    }

    /// The document with another text in a cell, the first that is right.
    fn with_another(&self, cell: Span) -> Option<(String, Self)> {
        let text = self.text();
        let old = &text[cell.range()];
        let candidates = others(old).into_iter().filter(|other| other != old).take(24);
        candidates.into_iter().find_map(|other| {
            let anew = format!("{}{other}{}", &text[..cell.range().start], &text[cell.range().end..]);
            Some((other, compiled(&self.path, anew.as_bytes())?))
        })
    }

    /// What carrying back gives; a refusal says what and where.
    fn carried(&self, artifact: &Artifact, edited: &str) -> Option<CarriedBack> {
        let mut sources = self.loaded.sources.clone();
        let file = sources.add("edited", edited);
        let request = CarryRequest {
            inputs: Inputs { sources: &sources, ..self.loaded.inputs() },
            compilation: &self.compilation,
            edited: &[EditedOutput { artifact, file: sources.get(file) }],
            levels: &Levels::default(),
            templates: OwnTemplates::Possible,
        };
        let mut found = Vec::new();
        let back = carry(&request, &mut found);
        assert_eq!(back.is_none(), !found.is_empty());
        for diagnostic in found {
            assert_eq!((diagnostic.code, diagnostic.span.source), (Code::UncarriedEdit, self.loaded.source().id()));
            assert!(!diagnostic.help.is_empty() && !diagnostic.labels.is_empty(), "{diagnostic:?}");
        }
        back
    }

    /// What comes of an edit; if it comes back, the new document gives the edited output, whoever compiles it.
    fn fate(&self, artifact: &Artifact, edited: &str) -> Fate {
        let Some(back) = self.carried(artifact, edited) else { return Fate::Refused };
        if !back.templates.is_empty() {
            return Fate::IntoTemplate;
        }
        let anew = compiled(&self.path, back.document.as_deref().unwrap().as_bytes()).unwrap();
        let given = anew.compilation.artifacts.iter().find(|other| other.path == artifact.path).unwrap();
        assert!(given.text == edited, "{}\n{}", artifact.path.display(), anew.text());
        Fate::Carried
    }
}

/// The output with another text wherever a cell's own text stands in it as it is.
fn as_text(artifact: &Artifact, cell: Span, old: &str, new: &str) -> Option<String> {
    let mut text = String::new();
    let mut start = 0;
    for origin in &artifact.origins {
        let part = &artifact.text[start..origin.end as usize];
        start = origin.end as usize;
        let is_it = origin.way == OriginKind::Placed(cell) && part == old;
        text.push_str(if is_it { new } else { part });
    }
    (text != artifact.text).then_some(text)
}

impl Tally {
    fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::Carried => &mut self.carried,
            Fate::IntoTemplate => &mut self.templates,
            Fate::Refused => &mut self.refused,
        } += 1;
    }

    fn told(self) -> String {
        format!("{:>10}{:>10}{:>10}", self.carried, self.templates, self.refused)
    }
}

#[test]
fn every_value_comes_back_or_is_refused() {
    let (mut everywhere, mut as_texts) = (BTreeMap::<String, Tally>::new(), BTreeMap::<String, Tally>::new());
    for document in documents() {
        let cells = cells(document.loaded.document().document(), &document.compilation);
        let mut tried = BTreeMap::<&str, usize>::new();
        for (&cell, column) in &cells {
            let number = tried.entry(column).or_default();
            *number += 1;
            if *number > CELLS {
                continue;
            }
            let Some((new, changed)) = document.with_another(cell) else { continue };
            let old = &document.text()[cell.range()];
            let templates = document.compilation.artifacts.iter().filter(|it| it.producer != Producer::Blocks);
            let outputs: Vec<(&Artifact, &Artifact)> = templates
                .filter_map(|artifact| {
                    let others = &changed.compilation.artifacts;
                    Some((artifact, others.iter().find(|other| other.path == artifact.path)?))
                })
                .filter(|(artifact, other)| artifact.text != other.text)
                .collect();
            // Each cell in one of its outputs, the next one in the next.
            if let Some((artifact, other)) = outputs.get((*number + column.len()) % outputs.len().max(1)) {
                let fate = document.fate(artifact, &other.text);
                everywhere.entry(column.clone()).or_default().count(fate);
            }
            let text = outputs.iter().find_map(|(artifact, _)| Some((artifact, as_text(artifact, cell, old, &new)?)));
            if let Some((artifact, edited)) = text {
                as_texts.entry(column.clone()).or_default().count(document.fate(artifact, &edited));
            }
        }
    }
    for (title, tallies) in [("changed everywhere", &everywhere), ("changed as text", &as_texts)] {
        println!("{title:<32}{:>10}{:>10}{:>10}", "carried", "template", "refused");
        for (column, tally) in tallies {
            println!("{column:<32}{}", tally.told());
        }
    }
    // A host name begins with its guest's name and ends like all others, so none can change alone.
    let direct = [
        ("Guest / Guest", 30),
        ("Guest / IP", 40),
        ("Guest / MAC", 2),
        ("Guest / TAP", 40),
        ("Service / IP", 12),
        ("Service / Port", 10),
        ("list / Name", 25),
        ("list / Subnet", 30),
    ];
    for (column, least) in direct {
        let tally = everywhere.get(column).copied().unwrap_or_default();
        assert!(tally.refused <= 1 && tally.carried >= least, "{column}: {tally:?}");
    }
    for (column, least) in [("Guest / IP", 25), ("Guest / TAP", 40), ("Service / Port", 10), ("list / Name", 25)] {
        let tally = as_texts.get(column).copied().unwrap_or_default();
        assert!(tally.carried >= least, "{column} as text: {tally:?}");
    }
}
