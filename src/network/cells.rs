//! The cells of one row, or the terms of one list, read by the schema.
//!
//! What a rule needs by its type is asked for by its field; all the rest is read by what the schema says of it, and what
//! the schema does not know is kept as text. A text that is refused is reported where it stands and read as nothing,
//! so that no rule reports it a second time.

use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::fields::{FieldValues, Fields, OwnField};
use crate::network::schema::{
    Amount, Empty, Field, FieldSchema, GUEST_HOSTNAME, GUEST_MAC, GUEST_NAME, PartSchema, SERVICE_INTERFACE,
    SERVICE_PORT,
};
use crate::network::suggest::{Suggestion, Suggestions, Wanted};
use crate::network::text::quote;
use crate::network::types::CellValue;
use crate::org::inline::unmarked;
use crate::source::{Span, Spanned};

/// Where those who read cells put their diagnostics, and the suggestions that fit the document.
pub(super) struct CellReport<'f> {
    pub(super) found: &'f mut Vec<Diagnostic>,
    pub(super) suggestions: Suggestions<'f>,
}

/// What stands in a cell that may be left empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OptionalCell<T> {
    /// The cell is empty, or there is no such field.
    Empty,
    /// The cell holds something that was reported.
    Invalid,
    /// The cell holds a value.
    Value(Spanned<T>),
}

/// One cell of a row, or one item of a list.
pub(super) struct Cell<'s> {
    /// The name of its column or term.
    pub(super) label: Spanned<&'s str>,
    /// Its text, marks taken off.
    pub(super) text: Spanned<&'s str>,
    /// The text with its marks.
    pub(super) whole: Span,
    /// What a text needs before and after it where there is none yet.
    pub(super) around: [String; 2],
}

/// The cells of one row or list, each with the label of its field.
pub(super) struct Cells<'s> {
    part: &'static PartSchema,
    /// Who has them, as the subject of a sentence.
    whose: String,
    /// The text that names them, such as a guest's name.
    name: &'s str,
    span: Span,
    all: Vec<Cell<'s>>,
    /// The row's address, once it was read.
    address: Option<IpAddr>,
    /// Names of the fields that were asked for.
    asked: Vec<&'static str>,
}

impl<'s> Cells<'s> {
    /// The cells of a row or list at a span.
    pub(super) fn new(part: &'static PartSchema, span: Span, cells: Vec<Cell<'s>>) -> Self {
        let whose = format!("the {}", part.name);
        Self { part, whose, name: "", span, all: cells, address: None, asked: Vec::new() }
    }

    /// Says whose cells they are: `a guest`, or the guest that its own cell names.
    pub(super) fn belong_to(&mut self, what: &str, field: &FieldSchema) {
        self.name = self.text(field).value;
        self.whose = match self.name {
            "" => format!("a {what}"),
            name => format!("{what} `{}`", quote(name)),
        };
    }

    /// Says which address the row is about, for what is suggested beside it.
    pub(super) fn stand_at(&mut self, address: Option<Spanned<IpAddr>>) {
        self.address = address.map(|address| address.value);
    }

    /// What to replace to give a field a value, and what a value needs before and after it there.
    pub(super) fn place(&self, field: &FieldSchema) -> Option<(Span, [String; 2])> {
        let cell = self.all.iter().find(|cell| field.is(cell.label.value))?;
        let is_filled = !cell.text.value.is_empty();
        Some((cell.text.span, if is_filled { Default::default() } else { cell.around.clone() }))
    }

    /// The text of a field's cell with its marks.
    pub(super) fn whole(&self, field: &FieldSchema) -> Option<Span> {
        self.all.iter().find(|cell| field.is(cell.label.value)).map(|cell| cell.whole)
    }

    /// The text of a field's cell, empty at the end of the row if there is none.
    pub(super) fn text(&self, field: &FieldSchema) -> Spanned<&'s str> {
        self.texts(field).next().unwrap_or_else(|| self.missing())
    }

    /// A value that must be there.
    pub(super) fn required<T: CellValue>(
        &mut self,
        field: &Field<T>,
        report: &mut CellReport<'_>,
    ) -> Option<Spanned<T>> {
        match self.optional(field, report) {
            OptionalCell::Value(value) => Some(value),
            OptionalCell::Invalid => None,
            OptionalCell::Empty => {
                self.report_missing(&field.schema, report);
                None
            }
        }
    }

    /// A value that may be left out.
    pub(super) fn optional<T: CellValue>(&mut self, field: &Field<T>, report: &mut CellReport<'_>) -> OptionalCell<T> {
        self.asked.push(field.schema.name);
        let cell = self.text(&field.schema);
        if cell.value.is_empty() {
            return OptionalCell::Empty;
        }
        match T::from_cell(cell.value) {
            Ok(value) => OptionalCell::Value(Spanned::new(value, cell.span)),
            Err(reason) => {
                self.report_refused(&field.schema, cell, &reason, report);
                OptionalCell::Invalid
            }
        }
    }

    /// A value, or what the schema says that an empty cell means.
    pub(super) fn defaulted<T: CellValue>(
        &mut self,
        field: &Field<T>,
        report: &mut CellReport<'_>,
    ) -> Option<Spanned<T>> {
        match (self.optional(field, report), field.schema.empty) {
            (OptionalCell::Value(value), _) => Some(value),
            (OptionalCell::Empty, Empty::Is(default)) => {
                T::from_cell(default).ok().map(|value| Spanned::new(value, self.span))
            }
            (OptionalCell::Invalid, _)
            | (OptionalCell::Empty, Empty::Refused | Empty::RepeatsAbove | Empty::Made(_) | Empty::Nothing(_)) => None,
        }
    }

    /// A value that an empty cell takes from above; what was refused there is not reported again.
    pub(super) fn repeated<T: CellValue>(
        &mut self,
        field: &Field<T>,
        above: OptionalCell<T>,
        report: &mut CellReport<'_>,
    ) -> Option<Spanned<T>> {
        match (self.optional(field, report), above) {
            (OptionalCell::Value(value), _) | (OptionalCell::Empty, OptionalCell::Value(value)) => Some(value),
            (OptionalCell::Invalid, _) | (OptionalCell::Empty, OptionalCell::Invalid) => None,
            (OptionalCell::Empty, OptionalCell::Empty) => {
                self.report_missing(&field.schema, report);
                None
            }
        }
    }

    /// Everything that was not asked for.
    pub(super) fn rest(self, report: &mut CellReport<'_>) -> Fields {
        let left = self.part.fields.iter().copied().filter(|field| !self.asked.contains(&field.name));
        let known = left.map(|schema| FieldValues { schema, values: self.values(schema, report) }).collect();
        let own = self.all.iter().filter(|cell| self.part.field(cell.label.value).is_none());
        let own = own.filter(|cell| !cell.label.value.is_empty());
        let owned =
            |cell: &Cell<'_>| OwnField { name: cell.label.map(str::to_owned), text: cell.text.map(str::to_owned) };
        Fields { known, own: own.map(owned).collect() }
    }

    /// The values of a field in their normal form, or its default.
    fn values(&self, field: &'static FieldSchema, report: &mut CellReport<'_>) -> Vec<Spanned<String>> {
        let texts: Vec<_> = match field.amount {
            Amount::One => vec![self.text(field)],
            Amount::Many => self.texts(field).flat_map(parted).collect(),
        };
        let mut values = Vec::new();
        for text in texts.into_iter().filter(|text| !text.value.is_empty()) {
            match field.normal(text.value) {
                Ok(normal) => values.push(Spanned::new(normal, text.span)),
                Err(reason) => self.report_refused(field, text, &reason, report),
            }
        }
        match field.empty {
            Empty::Is(default) if values.is_empty() => values.push(Spanned::new(default.to_owned(), self.span)),
            Empty::Refused | Empty::RepeatsAbove if values.is_empty() => self.report_missing(field, report),
            Empty::Is(_) | Empty::Refused | Empty::RepeatsAbove | Empty::Made(_) | Empty::Nothing(_) => {}
        }
        values
    }

    fn texts<'a>(&'a self, field: &'a FieldSchema) -> impl Iterator<Item = Spanned<&'s str>> + 'a {
        self.all.iter().filter(|cell| field.is(cell.label.value)).map(|cell| cell.text)
    }

    /// An empty cell at the end of the row, where a missing one would stand.
    fn missing(&self) -> Spanned<&'s str> {
        let length = self.span.range().len();
        Spanned::new("", self.span.within(length..length))
    }

    fn report_missing(&self, field: &FieldSchema, report: &mut CellReport<'_>) {
        let more = if field.empty == Empty::RepeatsAbove { ", and there is none above to repeat" } else { "" };
        let message = format!("{} has no {}{more}", self.whose, field.noun);
        let Suggestion { help, value } = report.suggestions.suggest(field, &self.wanted(field, ""));
        let place = |value| self.place(field).map(|(span, [before, after])| (span, format!("{before}{value}{after}")));
        let (span, fix) = value.and_then(place).unzip();
        let missing = Diagnostic::new(Code::MissingValue, self.text(field).span, message, help);
        report.found.push(missing.fix(span.unwrap_or(self.span), fix));
    }

    fn report_refused(&self, field: &FieldSchema, cell: Spanned<&'s str>, reason: &str, report: &mut CellReport<'_>) {
        let message = format!("{} `{}` {reason}", field.value.what, quote(cell.value));
        let Suggestion { help, value } = report.suggestions.suggest(field, &self.wanted(field, cell.value));
        report.found.push(Diagnostic::new(field.value.code, cell.span, message, help).fix(cell.span, value));
    }

    /// What suggestions for a field have to go by.
    fn wanted(&self, field: &FieldSchema, text: &'s str) -> Wanted<'s> {
        let beside = |other: &FieldSchema| if other == field { "" } else { self.text(other).value };
        Wanted {
            text,
            name: if GUEST_NAME.schema == *field { "" } else { self.name },
            address: self.address,
            interface: beside(&SERVICE_INTERFACE.schema),
            host_name: beside(&GUEST_HOSTNAME.schema),
            mac: beside(&GUEST_MAC.schema),
            port: beside(&SERVICE_PORT.schema),
        }
    }
}

/// The values of a cell that holds several, which commas part.
fn parted(cell: Spanned<&str>) -> impl Iterator<Item = Spanned<&str>> {
    let mut start = 0;
    cell.value.split(',').map(move |part| {
        let lead = start + part.len() - part.trim_start().len();
        start += part.len() + 1;
        let part = part.trim();
        unmarked(Spanned::new(part, cell.span.within(lead..lead + part.len())))
    })
}

impl<T> OptionalCell<T> {
    /// A cell that had to hold a value: what is not there was refused.
    pub(super) fn read(value: Option<Spanned<T>>) -> Self {
        value.map_or(Self::Invalid, Self::Value)
    }

    /// The value, if there is one.
    pub(super) fn value(&self) -> Option<&Spanned<T>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Invalid => None,
        }
    }

    /// The value, or the one that is meant by an empty cell; none if the cell was refused.
    pub(super) fn or_derive(self, derive: impl FnOnce() -> Spanned<T>) -> Option<Spanned<T>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty => Some(derive()),
            Self::Invalid => None,
        }
    }
}
