//! The template engine: minijinja with our quoting, and a record of which value went where.
//!
//! The formatter finds a value's kind and place in the table of the model's texts ([`LeafTable`]). A string made by a
//! template (`a ~ b`) has no place and is quoted as text. minijinja's own spans say which template text gave which output.
//!
//! Not here, so that no template can switch quoting off: `safe`, `escape`, `autoescape` (the statement cannot be
//! taken out of the language, but stops the run), and every other filter that is not in the short list below.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind, merge_maps};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, OutputSpan, OutputSpanKind, State, UndefinedBehavior, filters,
    tests,
};

use crate::artifact::OriginKind;
use crate::render::guard::{self, PlacedValue, Reason};
use crate::render::model::ModelNode;
use crate::render::quote::{Language, QuoteKind};
use crate::render::values::LeafTable;
use crate::source::{Source, Span};

/// Steps that any template may take; a loop over a row or a byte of output costs a few.
const FUEL: u64 = 2_000_000;
/// Further steps for each value of the model, so that a large document can fill large templates.
const FUEL_PER_LEAF: u64 = 2_000;
/// How often the steps of one template all outputs of a run may take: a template may be repeated for each row.
const FUEL_TIMES: u64 = 2;
/// How many bytes all outputs of a run may have, and how many more for each value of the model and each byte of a value.
const ROOM: usize = 32 << 20;
const ROOM_PER_LEAF: usize = 4 << 10;
const ROOM_PER_BYTE: usize = 64;
/// How many bytes a placeholder counts beside its value: its place is remembered.
const ROOM_OF_PLACE: usize = 128;
/// How deep includes may nest, in units of which an include costs ten.
const DEPTH: usize = 200;

/// An environment with all templates of a run and one model, for one thread.
pub(crate) struct Engine {
    environment: Environment<'static>,
    values: Arc<EngineValues>,
    /// What the outputs of a person's own templates may still take.
    left: Left,
    record: Arc<Mutex<FormatterState>>,
}

/// What the engines of all threads share.
pub(crate) struct EngineValues {
    /// The texts of built-in templates by name: most are read by an engine only when they are needed, and some not at all.
    builtin: HashMap<String, Arc<Source>>,
    model: Value,
    texts: LeafTable,
}

/// What a run has left.
struct Left {
    fuel: u64,
    room: usize,
}

/// Counts what is written, and takes no more than there is room for.
struct Counter {
    room: usize,
    is_full: bool,
}

/// What rendering one template gave.
pub(crate) struct RenderedText {
    /// The text.
    pub(crate) text: String,
    /// Its pieces, in order and without gaps.
    pub(crate) pieces: Vec<RenderedPiece>,
}

/// A run of output bytes.
pub(crate) struct RenderedPiece {
    /// Offset after its last byte.
    pub(crate) end: usize,
    /// The template whose text gave it.
    pub(crate) template: Arc<str>,
    /// Whether that is for a shell.
    pub(crate) for_shell: bool,
    /// The bytes of that template.
    pub(crate) range: Range<usize>,
    /// Whether they were copied, or placed a value of the document.
    pub(crate) way: OriginKind,
}

/// Why a template could not be read or rendered.
#[derive(Debug)]
pub(crate) struct TemplateRefusal {
    /// What kind of fault it is.
    pub(crate) fault: Fault,
    /// What is wrong, as the first half of a message.
    pub(crate) message: String,
    /// The template it happened in, and where; none if the engine does not say.
    pub(crate) place: Option<(String, Range<usize>)>,
}

/// The kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The template is wrong.
    Template,
    /// It uses a name that nothing defines.
    Undefined,
    /// A value cannot be written in its language; where it stands.
    Unquotable(Option<Span>),
    /// It takes too many steps or nests too deep.
    Endless,
}

/// What the formatter knows and remembers.
#[derive(Default)]
struct FormatterState {
    placed: PlacedValues,
    /// Whether a value could not be quoted, and where it stands.
    unquotable: Option<Fault>,
    /// Whether only the length of an output is asked for, and how many placeholders it has had.
    measures: bool,
    places: usize,
}

/// The values of each placeholder so far.
#[derive(Default)]
struct PlacedValues {
    /// How many bytes each value took, and its place.
    values: Vec<(usize, Option<Span>)>,
    /// Where the values of each placeholder end.
    ends: Vec<usize>,
}

impl PlacedValues {
    fn iter(&self) -> impl Iterator<Item = &[(usize, Option<Span>)]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.values[start..end])
    }
}

impl EngineValues {
    /// A model, and templates of our own by name.
    pub(crate) fn new(model: &ModelNode, builtin: HashMap<String, Arc<Source>>) -> Arc<Self> {
        let mut texts = LeafTable::default();
        let model = texts.enter(model);
        Arc::new(Self { builtin, model, texts })
    }

    /// How many values templates can place.
    pub(crate) fn leaves(&self) -> usize {
        self.texts.len()
    }
}

impl Engine {
    /// An engine that has read no template yet.
    pub(crate) fn new(values: &Arc<EngineValues>) -> Self {
        let record = Arc::new(Mutex::new(FormatterState::default()));
        let mut environment = Environment::empty();
        environment.set_syntax(syntax());
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_recursion_limit(DEPTH);
        // Debug mode is what makes errors carry the place and the name of an undefined value.
        environment.set_debug(true);
        environment.set_auto_escape_callback(|name| match Language::of_template(name) {
            Some(language) => AutoEscape::Custom(language.name().into()),
            None => AutoEscape::None,
        });
        add_filters(&mut environment);
        let known = Arc::clone(values);
        environment.set_loader(move |name| Ok(known.builtin.get(name).map(|source| source.text().to_owned())));
        let (known, shared) = (Arc::clone(values), Arc::clone(&record));
        environment.set_formatter(move |out, state, value| place(&known.texts, &shared, out, state, value));
        let leaves = values.leaves();
        let room = ROOM + ROOM_PER_LEAF * leaves + ROOM_PER_BYTE * values.texts.bytes();
        let left = Left { fuel: FUEL_TIMES * (FUEL + FUEL_PER_LEAF * leaves as u64), room };
        Self { environment, values: Arc::clone(values), left, record }
    }

    /// Adds a template that no built-in one has the name of.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> Result<(), TemplateRefusal> {
        self.environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(|error| refusal(&error, None))
    }

    /// Looks how long an output will be and how many steps it takes, before any of it is kept: loops of a template that
    /// somebody else wrote may give more than there is memory.
    pub(crate) fn measure(&mut self, name: &str, row: Option<(&str, usize)>) -> Result<(), TemplateRefusal> {
        let fuel = self.left.fuel.min(self.fuel());
        self.environment.set_fuel(Some(fuel));
        let mut counter = Counter { room: self.left.room, is_full: false };
        let values = self.model(row);
        lock(&self.record).measure();
        let template = self.environment.get_template(name).map_err(|error| refusal(&error, None))?;
        let measured = template.render_captured_to(values, &mut counter);
        let mut record = lock(&self.record);
        record.measures = false;
        match measured {
            Ok(captured) => {
                let used = captured.state().fuel_levels().map_or(0, |(used, _)| used);
                self.left.fuel = self.left.fuel.saturating_sub(used);
                let Some(room) = counter.room.checked_sub(ROOM_OF_PLACE * record.places) else {
                    return Err(too_long(None));
                };
                self.left.room = room;
                Ok(())
            }
            Err(error) if counter.is_full => Err(too_long(refusal(&error, None).place)),
            Err(error) => Err(refusal(&error, record.unquotable.take())),
        }
    }

    /// Renders a template, with `row` defined as the row of that list or table if the output is one of a row.
    pub(crate) fn render(&mut self, name: &str, row: Option<(&str, usize)>) -> Result<RenderedText, TemplateRefusal> {
        if let Some((text, range)) = self.values.builtin.get(name).and_then(|source| constant(source.text())) {
            let (end, way) = (text.len(), OriginKind::Copied);
            let piece = RenderedPiece { end, template: name.into(), for_shell: is_for_shell(name), range, way };
            return Ok(RenderedText { text: text.to_owned(), pieces: vec![piece] });
        }
        self.environment.set_fuel(Some(self.fuel()));
        let values = self.model(row);
        lock(&self.record).placed = PlacedValues::default();
        let template = self.environment.get_template(name).map_err(|error| refusal(&error, None))?;
        let rendered = template.render_with_spans(values);
        let mut record = lock(&self.record);
        match rendered {
            Ok((text, spans)) => {
                let pieces = pieces(&spans, &record.placed)?;
                match misplaced(name, &text, &pieces) {
                    Some((piece, reason)) => Err(refused(piece, reason)),
                    None => Ok(RenderedText { text, pieces }),
                }
            }
            Err(error) => Err(refusal(&error, record.unquotable.take())),
        }
    }

    /// How many steps one template may take.
    fn fuel(&self) -> u64 {
        FUEL + FUEL_PER_LEAF * self.values.leaves() as u64
    }

    fn model(&self, row: Option<(&str, usize)>) -> Value {
        let model = self.values.model.clone();
        match row {
            Some((list, index)) => merge_maps([BTreeMap::from([("row", self.row(list, index))]).into(), model]),
            None => model,
        }
    }

    /// A row of one of the model's own lists, else of a named table.
    fn row(&self, list: &str, index: usize) -> Value {
        let attribute = |value: &Value, name: &str| value.get_attr(name).unwrap_or_default();
        let own = attribute(&self.values.model, list);
        let rows = if own.is_undefined() { attribute(&attribute(&self.values.model, "tables"), list) } else { own };
        rows.get_item_by_index(index).unwrap_or_default()
    }
}

/// Jinja's delimiters but for comments: `{#` also begins `${#array[@]}`.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .comment_delimiters("{//", "//}")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .expect("the delimiters differ from each other")
}

/// What a template gives, and where that stands in it, if there is nothing in it but text after the comment at its top.
fn constant(template: &str) -> Option<(&str, Range<usize>)> {
    let comment = template.strip_prefix("{//").and_then(|rest| rest.split_once("//}"));
    // A comment may end with a mark that says what becomes of the white space after it.
    let text = match comment.filter(|(comment, _)| !comment.ends_with(['-', '+'])) {
        Some((_, after)) => after.strip_prefix('\n').unwrap_or(after),
        None => template,
    };
    let is_text = memchr::memchr_iter(b'{', text.as_bytes())
        .all(|at| !text[at + 1..].starts_with(['{', '%']) && !text[at + 1..].starts_with("//"));
    is_text.then(|| (text, template.len() - text.len()..template.len()))
}

/// What lays out rows and chooses among them; nothing that changes text, and nothing that marks it as safe.
fn add_filters(environment: &mut Environment<'_>) {
    environment.add_filter("first", filters::first);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("map", filters::map);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("ne", tests::is_ne);
    environment.add_test("undefined", tests::is_undefined);
}

impl io::Write for Counter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let Some(room) = self.room.checked_sub(text.len()) else {
            self.is_full = true;
            return Err(io::ErrorKind::WriteZero.into());
        };
        self.room = room;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FormatterState {
    /// From now on placeholders are only counted.
    fn measure(&mut self) {
        self.measures = true;
        self.places = 0;
    }

    /// Notes how many bytes a value took, and its place.
    fn note(&mut self, length: usize, place: Option<Span>) {
        if self.measures {
            self.places += 1;
        } else {
            self.placed.values.push((length, place));
        }
    }
}

/// The formatter: writes a placeholder's value, quoted for the language of the template the placeholder stands in.
fn place(
    texts: &LeafTable,
    record: &Mutex<FormatterState>,
    out: &mut Output<'_>,
    state: &State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let language = match state.auto_escape() {
        AutoEscape::Custom(name) => Language::from_name(name),
        _ => None,
    };
    let Some(language) = language else {
        return Err(invalid("`autoescape` cannot be changed: every value is quoted for the output's language"));
    };
    let mut record = lock(record);
    if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        for (index, item) in value.try_iter()?.enumerate() {
            let separator = if index > 0 { language.separator() } else { "" };
            out.write_str(separator)?;
            place_one(texts, &mut record, out, (language, separator.len()), &item)?;
        }
    } else {
        place_one(texts, &mut record, out, (language, 0), value)?;
    }
    if !record.measures {
        let end = record.placed.values.len();
        record.placed.ends.push(end);
    }
    Ok(())
}

/// Writes one value, and notes how many bytes it took with the separator before it, and where it stands.
fn place_one(
    texts: &LeafTable,
    record: &mut FormatterState,
    out: &mut Output<'_>,
    (language, separator): (Language, usize),
    value: &Value,
) -> Result<(), Error> {
    let (kind, span) = match (value.kind(), value.as_str()) {
        (_, Some(text)) => texts.get(text).unwrap_or((QuoteKind::Text, None)),
        (ValueKind::Number, _) => (QuoteKind::Number, None),
        (ValueKind::Bool, _) => (QuoteKind::Word, None),
        // What an `if` without `else` gives; other undefined values stopped the run before they got here.
        (ValueKind::Undefined, _) => {
            record.note(separator, None);
            return Ok(());
        }
        (kind, _) => {
            return Err(invalid(format!("a {kind} cannot be placed, only a text, a number or a list of them")));
        }
    };
    let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
    match language.quoted(&text, kind) {
        Ok(quoted) => {
            out.write_str(&quoted)?;
            record.note(separator + quoted.len(), span);
            Ok(())
        }
        Err(reason) => {
            record.unquotable = Some(Fault::Unquotable(span));
            let shown = text.escape_debug().to_string().replace('`', "'");
            Err(invalid(format!("`{shown}` cannot be written in {}: it {reason}", language.name())))
        }
    }
}

fn invalid(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

/// Joins the engine's spans with the values we placed, which come in the same order.
///
/// They cannot be joined if a template captured output that had placeholders in it. To place such a text would quote it
/// twice, so nothing of use is lost by refusing it.
fn pieces(spans: &[OutputSpan], placed: &PlacedValues) -> Result<Vec<RenderedPiece>, TemplateRefusal> {
    let mut names: HashMap<&str, Arc<str>> = HashMap::new();
    let mut placed = placed.iter().filter(|values| values.iter().any(|(length, _)| *length > 0));
    let mut pieces = Vec::with_capacity(spans.len());
    let (mut name, mut for_shell): (Arc<str>, bool) = (Arc::from(""), false);
    for span in spans {
        // Spans of one template follow each other.
        if *name != *span.name() {
            name = Arc::clone(names.entry(span.name()).or_insert_with(|| Arc::from(span.name())));
            for_shell = is_for_shell(&name);
        }
        let template = || Arc::clone(&name);
        let piece = |end, way| RenderedPiece { end, template: template(), for_shell, range: span.source_range(), way };
        let output = span.output_range();
        if span.kind() == OutputSpanKind::Raw {
            pieces.push(piece(output.end, OriginKind::Copied));
            continue;
        }
        let mut end = output.start;
        for (length, value) in placed.next().into_iter().flatten() {
            end += length;
            pieces.push(piece(end, value.map_or(OriginKind::Derived, OriginKind::Placed)));
        }
        if end != output.end {
            return Err(captured(span));
        }
    }
    match (placed.next(), spans.last()) {
        (Some(_), Some(span)) => Err(captured(span)),
        _ => Ok(pieces),
    }
}

/// The first piece of a script whose value stands where its quotes do not hold, and why.
fn misplaced<'p>(template: &str, text: &str, pieces: &'p [RenderedPiece]) -> Option<(&'p RenderedPiece, Reason)> {
    if !is_for_shell(template) {
        return None;
    }
    let starts = std::iter::once(0).chain(pieces.iter().map(|piece| piece.end));
    let values =
        pieces.iter().zip(starts).filter(|(piece, start)| piece.way != OriginKind::Copied && *start < piece.end);
    let values: Vec<(&RenderedPiece, PlacedValue)> =
        values.map(|(piece, start)| (piece, placed(text, piece, start))).collect();
    let placed: Vec<PlacedValue> = values.iter().map(|(_, placed)| placed.clone()).collect();
    let (index, reason) = guard::refused(text, &placed)?;
    values.get(index).map(|(piece, _)| (*piece, reason))
}

fn is_for_shell(template: &str) -> bool {
    Language::of_template(template) == Some(Language::Shell)
}

/// The value of a piece; one of a list has the separator before it.
fn placed(text: &str, piece: &RenderedPiece, start: usize) -> PlacedValue {
    let for_shell = piece.for_shell;
    let has_separator = for_shell && text[start..piece.end].starts_with(Language::Shell.separator());
    PlacedValue { range: start + usize::from(has_separator)..piece.end, for_shell }
}

fn refused(piece: &RenderedPiece, reason: Reason) -> TemplateRefusal {
    TemplateRefusal {
        fault: Fault::Template,
        message: reason.to_owned(),
        place: Some((piece.template.to_string(), piece.range.clone())),
    }
}

fn too_long(place: Option<(String, Range<usize>)>) -> TemplateRefusal {
    let message = "the outputs come to more text than can be meant".to_owned();
    TemplateRefusal { fault: Fault::Endless, message, place }
}

fn captured(span: &OutputSpan) -> TemplateRefusal {
    TemplateRefusal {
        fault: Fault::Template,
        message: "output with placeholders in it cannot be captured and placed again".to_owned(),
        place: Some((span.name().to_owned(), span.source_range())),
    }
}

/// An engine's error in our terms, from the innermost include.
fn refusal(error: &Error, unquotable: Option<Fault>) -> TemplateRefusal {
    let mut innermost = error;
    let mut source = error.source();
    while let Some(cause) = source {
        innermost = cause.downcast_ref::<Error>().unwrap_or(innermost);
        source = cause.source();
    }
    let detail = innermost.detail().unwrap_or_default();
    let (fault, message) = match innermost.kind() {
        ErrorKind::UndefinedError => {
            let name = detail.split('`').nth(1).unwrap_or("a name");
            (Fault::Undefined, format!("`{name}` is not defined"))
        }
        ErrorKind::OutOfFuel => (Fault::Endless, "the template takes too many steps".to_owned()),
        ErrorKind::InvalidOperation if detail == "recursion limit exceeded" => {
            (Fault::Endless, "the template nests too deep".to_owned())
        }
        kind if detail.is_empty() => (Fault::Template, kind.to_string()),
        kind @ (ErrorKind::SyntaxError | ErrorKind::BadEscape) => (Fault::Template, format!("{kind}: {detail}")),
        _ => (unquotable.unwrap_or(Fault::Template), detail.to_owned()),
    };
    let place = |error: &Error| Some((error.name()?.to_owned(), error.range()?));
    TemplateRefusal { fault, message, place: place(innermost).or_else(|| place(error)) }
}

/// Nothing panics while the record is held; if it did, the record would still be whole.
fn lock(record: &Mutex<FormatterState>) -> MutexGuard<'_, FormatterState> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
