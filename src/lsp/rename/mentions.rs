//! What counts as a place that names something of a network.
//!
//! A name is looked for as a whole word: a run of letters, digits, `.`, `-` and `_`, without dots and hyphens at its end.
//! - Words that are made of the name (`cp.qvm0.lan`, `cp.qvm0`, and a certificate's `cp.qvm0.lan.crt`) count everywhere.
//! - In a column or term of the schema the name counts where such names belong, and nowhere else.
//! - A name that is no word of letters alone (`wk-1`, `qvm0tap0`) counts in prose, blocks and other tables, but for a guest's
//!   that is a folder in a path, a variable or a function.
//! - A word of letters alone (`cp`) may be any word of a text or a program. It counts where it stands alone, as `=cp=` or in
//!   a cell, after `@`, and in shell code where a command takes a machine or a list has nothing but guests.
//! - A share counts in its cell and as `server:/share`.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::View;
use super::machines::{NEAR, is_argument, literal_around, machines, near_boundary};
use super::names::{MadeWord, NetworkName, NetworkNameKind};
use crate::lsp::view::touches;
use crate::network::schema::FieldSchema;
use crate::network::{SchemaPlace, schema_at};
use crate::org::inline::unmarked;
use crate::org::{SourceBlock, Table, TableRow};
use crate::shell::ScriptLayout;
use crate::source::{Span, Spanned};

/// Languages of blocks that are read as shell code.
const SHELLS: &[&str] = &["sh", "bash", "shell", "dash", "zsh", "ksh"];
/// What stands before the name of a guest in the paths of its own files: seeds, certificates.
const FOLDERS_OF_GUESTS: &[&str] = &["cloud-init/", "certs/hosts/"];
/// What the units of services begin with.
const UNIT: &str = "qvm-";
/// Files that are called after a host: the host name and one of these.
const FILES_OF_HOSTS: &[&str] = &["cnf", "conf", "crt", "csr", "key", "pem", "pub"];

/// A place that names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mention {
    /// The word.
    word: Span,
    form: MentionForm,
}

/// How a word names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MentionForm {
    /// The name is the whole word, or the start of it.
    Name,
    /// The word is made of the name: its index.
    Made(usize),
}

impl Mention {
    /// The part of it that is the name, or all of it.
    pub(super) fn shown(self, name: &NetworkName) -> Span {
        match self.form {
            MentionForm::Name => self.word.within(0..name.name.len()),
            MentionForm::Made(_) => self.word,
        }
    }

    /// What stands there under another name, whose words are `made`.
    pub(super) fn renamed(self, name: &NetworkName, new: &str, made: &[MadeWord]) -> (Span, String) {
        let text = match self.form {
            MentionForm::Name => new.to_owned(),
            MentionForm::Made(index) => match &made[index] {
                MadeWord::Whole(text) | MadeWord::End(text) => text.clone(),
            },
        };
        (self.shown(name), text)
    }
}

/// All places that name something, in the order of the text.
pub(super) fn all(view: &View<'_>, name: &NetworkName) -> Vec<Mention> {
    let finder = MentionFinder::new(view, name);
    let mut at = 0;
    let mut mentions = Vec::new();
    while let Some(word) = next_word(view, at) {
        at = word.span.range().end.max(at + 1);
        mentions.extend(finder.mention(word));
    }
    mentions
}

/// The word at an offset.
pub(super) fn word_at<'a>(view: &View<'a>, offset: usize) -> Option<Spanned<&'a str>> {
    let start = view.text()[..offset].trim_end_matches(is_of_word).len();
    next_word(view, start).filter(|word| touches(word.span, offset))
}

/// The part of a word at an offset that names something.
pub(super) fn of_word(view: &View<'_>, name: &NetworkName, word: Spanned<&str>, offset: usize) -> Option<Mention> {
    MentionFinder::new(view, name).mention(word).filter(|mention| touches(mention.word, offset))
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// The first word from an offset on.
fn next_word<'a>(view: &View<'a>, from: usize) -> Option<Spanned<&'a str>> {
    let text = view.text();
    let bytes = text.as_bytes();
    let is_of_word = |byte: &u8| is_of_word(char::from(*byte));
    let start = from + bytes[from..].iter().position(is_of_word)?;
    let end = bytes[start..].iter().position(|byte| !is_of_word(byte)).map_or(text.len(), |length| start + length);
    let trimmed = text[start..end].trim_end_matches(['.', '-']).len();
    // What is trimmed away is passed over with it.
    if trimmed == 0 { next_word_after(view, end) } else { Some(view.document.source.spanned(start..start + trimmed)) }
}

/// Leads past a run of dots and hyphens.
fn next_word_after<'a>(view: &View<'a>, mut from: usize) -> Option<Spanned<&'a str>> {
    let text = view.text();
    loop {
        let start = from + text.as_bytes()[from..].iter().position(|byte| is_of_word(char::from(*byte)))?;
        let run = text[start..].find(|c| !is_of_word(c)).map_or(text.len(), |length| start + length);
        let trimmed = text[start..run].trim_end_matches(['.', '-']).len();
        if trimmed > 0 {
            return Some(view.document.source.spanned(start..start + trimmed));
        }
        from = run;
    }
}

/// Looks for one name.
struct MentionFinder<'v, 'a> {
    view: &'v View<'a>,
    name: &'v NetworkName,
    /// Words that are made of it, in lower case where that does not count.
    whole: HashMap<String, usize>,
    /// What such words end with, in lower case: a few, where a bridge has a whole word for each guest.
    ends: Vec<(usize, String)>,
    /// What the schema has for the columns of a table, for each table that somebody asked for.
    columns: RefCell<HashMap<usize, Vec<Option<&'static FieldSchema>>>>,
    /// The arguments of commands that may be machines, for each block that somebody asked for.
    machines: RefCell<HashMap<usize, Vec<Span>>>,
    /// The names of all guests, if somebody asked.
    guests: OnceCell<BTreeSet<&'v str>>,
}

/// Where a word stands.
enum WordRegion<'d, 's> {
    Body(usize, &'d SourceBlock<'s>),
    Cell { table: usize, column: usize, cell: Spanned<&'s str> },
    Text,
}

impl<'v, 'a> MentionFinder<'v, 'a> {
    fn new(view: &'v View<'a>, name: &'v NetworkName) -> Self {
        let made = name.made(&name.name);
        let (mut whole, mut ends) = (HashMap::new(), Vec::new());
        for (index, word) in made.iter().enumerate() {
            match word {
                MadeWord::Whole(word) if name.has_case() => drop(whole.insert(word.clone(), index)),
                MadeWord::Whole(word) => drop(whole.insert(word.to_ascii_lowercase(), index)),
                MadeWord::End(end) => ends.push((index, end.to_ascii_lowercase())),
            }
        }
        let (columns, machines, guests) = (RefCell::default(), RefCell::default(), OnceCell::new());
        Self { view, name, whole, ends, columns, machines, guests }
    }

    fn mention(&self, word: Spanned<&'a str>) -> Option<Mention> {
        let may_be = self.may_be_name(word.value);
        if !may_be && !self.may_be_made(word.value) {
            return None;
        }
        let text = self.view.text();
        let (start, end) = (word.span.range().start, word.span.range().end);
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && c.is_alphanumeric());
        // `$cp.qvm0.lan` is a variable's value, whatever that is.
        if is_part(before) || is_part(after) || matches!(before, Some('$' | '%' | '\\')) {
            return None;
        }
        if may_be && self.is_name(word, before, after) {
            return Some(Mention { word: word.span, form: MentionForm::Name });
        }
        self.made_word(word)
    }

    fn may_be_name(&self, word: &str) -> bool {
        word.eq_ignore_ascii_case(&self.name.name)
    }

    /// A first look, for most words are neither.
    fn may_be_made(&self, word: &str) -> bool {
        let name = &self.name.name;
        let begins = word.len() > name.len() && word.as_bytes()[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        let ends = |end: &str| {
            let from = word.len().checked_sub(end.len());
            from.is_some_and(|from| word.as_bytes()[from..].eq_ignore_ascii_case(end.as_bytes()))
        };
        let is_of_bridge = || self.whole.contains_key(word) || word.starts_with(UNIT) && word.contains(name.as_str());
        begins
            || self.ends.iter().any(|(_, end)| ends(end))
            || self.name.kind == NetworkNameKind::Bridge && is_of_bridge()
    }

    fn made_word(&self, word: Spanned<&str>) -> Option<Mention> {
        let key = if self.name.has_case() { word.value.to_owned() } else { word.value.to_ascii_lowercase() };
        let host = key.rsplit_once('.').filter(|(_, ending)| FILES_OF_HOSTS.contains(ending)).map(|(host, _)| host);
        let begins = key.get(..self.name.name.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.name.name));
        let hosts = [Some(key.as_str()), host.filter(|_| begins && !self.name.has_case())];
        if let Some(index) = hosts.into_iter().flatten().find_map(|host| self.whole.get(host)) {
            // `cp` in `cp.qvm0.lan`: the rest is not its own.
            let is_start = begins && key.as_bytes().get(self.name.name.len()) == Some(&b'.');
            let is_host = matches!(self.name.kind, NetworkNameKind::Guest | NetworkNameKind::Host);
            let form = if is_start && is_host { MentionForm::Name } else { MentionForm::Made(*index) };
            return Some(Mention { word: word.span, form });
        }
        if self.name.kind == NetworkNameKind::Bridge {
            return self.unit(word).or_else(|| self.ending(word, &key));
        }
        self.ending(word, &key)
    }

    fn ending(&self, word: Spanned<&str>, key: &str) -> Option<Mention> {
        let (index, end) = self.ends.iter().find(|(_, end)| key.ends_with(end))?;
        let span = word.span.within(word.value.len() - end.len()..word.value.len());
        Some(Mention { word: span, form: MentionForm::Made(*index) })
    }

    /// `qvm@qvm0.service` and `qvm-qvm0-dns`.
    fn unit(&self, word: Spanned<&str>) -> Option<Mention> {
        let (name, start) = (self.name.name.as_str(), word.span.range().start);
        let of_boot = self.view.text()[..start].ends_with("qvm@") && word.value.strip_suffix(".service") == Some(name);
        let rest = word.value.strip_prefix(UNIT).and_then(|rest| rest.strip_prefix(name));
        let of_service = rest.is_some_and(|rest| rest.starts_with('-'));
        let from = if of_boot { Some(0) } else { of_service.then_some(UNIT.len()) };
        let span = word.span.within(from?..from? + name.len());
        Some(Mention { word: span, form: MentionForm::Name })
    }

    /// Whether a word that reads like the name is it.
    fn is_name(&self, word: Spanned<&'a str>, before: Option<char>, after: Option<char>) -> bool {
        if self.is_folder_of_outputs(word) {
            return word.value == self.name.name;
        }
        let region = self.region(word.span);
        let offset = word.span.range().start;
        let field = match region {
            WordRegion::Cell { table, column, .. } => self.column(table, column),
            WordRegion::Text => self.term(offset),
            WordRegion::Body(..) => None,
        };
        if let Some(field) = field {
            return self.name.fields().contains(&field) && (!self.name.has_case() || word.value == self.name.name);
        }
        if word.value != self.name.name {
            return false;
        }
        if self.name.kind == NetworkNameKind::Export {
            return self.view.text()[..offset].ends_with(":/");
        }
        // `=ssh cp=` ends in a mark; in code it is an assignment.
        let is_assigned = matches!(region, WordRegion::Body(..)) && after == Some('=') && before != Some('=');
        if is_assigned || self.is_something_else(word, before, after) {
            return false;
        }
        let follows_user = before == Some('@')
            && self.view.text()[..offset - 1].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '}' | '"'));
        if self.name.is_unmistakable() || follows_user {
            return true;
        }
        match region {
            WordRegion::Body(index, block) => self.is_argument_in(index, block, word.span),
            WordRegion::Cell { cell, .. } => unmarked(cell).span == word.span || self.is_literal(word),
            WordRegion::Text => self.is_literal(word),
        }
    }

    /// A folder in a path, a variable, a function, a pattern.
    fn is_something_else(&self, word: Spanned<&str>, before: Option<char>, after: Option<char>) -> bool {
        let text = self.view.text();
        let (start, end) = (word.span.range().start, word.span.range().end);
        if matches!(after, Some('*' | '{' | '[' | '$' | '%' | '<' | '('))
            || matches!(before, Some('*' | '}' | '>' | ')'))
        {
            return true;
        }
        if text[..start].ends_with("${") {
            return true;
        }
        let is_in_path = before == Some('/') || after == Some('/');
        let is_host_of_address = before == Some('@') || text[..start].ends_with("://");
        // Interfaces are folders of `/sys` and `/proc`.
        let is_guest = matches!(self.name.kind, NetworkNameKind::Guest | NetworkNameKind::Host);
        is_guest && is_in_path && !is_host_of_address && !text[end..].starts_with(":/")
    }

    /// `cloud-init/cp/user-data` is the guest's own, `lab7/hosts` the network's.
    fn is_folder_of_outputs(&self, word: Spanned<&str>) -> bool {
        let text = self.view.text();
        let start = word.span.range().start;
        match self.name.kind {
            NetworkNameKind::Guest => FOLDERS_OF_GUESTS.iter().any(|folder| text[..start].ends_with(folder)),
            NetworkNameKind::Bridge => {
                let near = &text[start..near_boundary(text, start + NEAR)];
                let path = near.split(|c: char| c != '/' && !is_of_word(c)).next().unwrap_or_default();
                let is_output = |path: &Path| self.view.artifacts().iter().any(|output| output.path.ends_with(path));
                path.contains('/') && is_output(Path::new(path))
            }
            NetworkNameKind::Host | NetworkNameKind::Interface | NetworkNameKind::Export => false,
        }
    }

    fn region(&self, word: Span) -> WordRegion<'v, 'a> {
        let document = self.view.document;
        let at = word.range().start;
        let block = document.blocks.partition_point(|block| block.body.span.range().end <= at);
        if let Some(found) = document.blocks.get(block).filter(|block| block.body.span.range().start <= at) {
            return WordRegion::Body(block, found);
        }
        let table = document.tables.partition_point(|table| table.span.range().end <= at);
        let Some(found) = document.tables.get(table).filter(|table| table.span.range().start <= at) else {
            return WordRegion::Text;
        };
        let row = found.rows.partition_point(|row| row_span(row).range().end <= at);
        let Some(TableRow::Cells { cells, .. }) = found.rows.get(row) else { return WordRegion::Text };
        let column = cells.partition_point(|cell| cell.span.range().end <= at);
        match cells.get(column) {
            Some(cell) => WordRegion::Cell { table, column, cell: *cell },
            None => WordRegion::Text,
        }
    }

    fn column(&self, table: usize, column: usize) -> Option<&'static FieldSchema> {
        let mut known = self.columns.borrow_mut();
        let columns = known.entry(table).or_insert_with(|| columns(self.view, &self.view.document.tables[table]));
        columns.get(column).copied().flatten()
    }

    /// The term of a bridge list whose value an offset is in.
    fn term(&self, offset: usize) -> Option<&'static FieldSchema> {
        let mut networks = self.view.built.compilation.networks.iter();
        let is_in_list = networks.any(|network| touches(network.bridge.span, offset));
        match is_in_list.then(|| schema_at(self.view.document, offset))? {
            Some(SchemaPlace::Value { field, text }) if touches(text.span, offset) => Some(field),
            Some(SchemaPlace::Value { .. } | SchemaPlace::Label { .. }) | None => None,
        }
    }

    /// Whether a word is set off alone, `=cp=`, or is a machine in code that is set off, `=ssh cp=`.
    fn is_literal(&self, word: Spanned<&str>) -> bool {
        literal_around(self.view, word.span).is_some_and(|literal| {
            literal.span == word.span
                || is_argument(&machines(literal, self.guests(), ScriptLayout::Exact), self.view, word.span)
        })
    }

    fn guests(&self) -> &BTreeSet<&'v str> {
        let names = || self.view.guests.iter().map(|guest| guest.name.value.as_str()).collect();
        self.guests.get_or_init(names)
    }

    fn is_argument_in(&self, index: usize, block: &SourceBlock<'_>, word: Span) -> bool {
        let is_shell = block.language.is_some_and(|language| SHELLS.contains(&language.value));
        if !is_shell {
            return false;
        }
        let mut known = self.machines.borrow_mut();
        let machines =
            known.entry(index).or_insert_with(|| machines(block.body, self.guests(), ScriptLayout::Indented));
        is_argument(machines, self.view, word)
    }
}

/// What the schema has for the columns of a table; nothing for a table that is no part of a network.
fn columns(view: &View<'_>, table: &Table<'_>) -> Vec<Option<&'static FieldSchema>> {
    let mut rows = table.rows.iter().filter_map(|row| match row {
        TableRow::Cells { cells, .. } => Some(cells),
        TableRow::Rule(_) => None,
    });
    let Some((header, first)) = rows.next().zip(rows.next()) else { return Vec::new() };
    let place = |cell: &Spanned<&str>| schema_at(view.document, cell.span.range().start);
    let Some(SchemaPlace::Label { part, .. }) = header.first().and_then(place) else { return Vec::new() };
    let fields: Vec<_> = header.iter().map(|label| part.field(unmarked(*label).value)).collect();
    // Names of columns may be begun where the table is none yet: a value is told only where it is.
    let column = fields.iter().position(Option::is_some);
    let value = column.and_then(|column| first.get(column)).and_then(place);
    if matches!(value, Some(SchemaPlace::Value { .. })) { fields } else { Vec::new() }
}

fn row_span(row: &TableRow<'_>) -> Span {
    match row {
        TableRow::Rule(span) | TableRow::Cells { span, .. } => *span,
    }
}
