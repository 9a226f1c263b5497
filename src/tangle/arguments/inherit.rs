//! Header arguments that a block gets from where it stands: `header-args` properties of headings and file
//! (rules T-030 to T-038).

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::{Argument, ArgumentText, ArgumentsEnd, starts_with_key};
use crate::diagnostic::{Code, Diagnostic};
use crate::org::{Document, HeadingId, Keyword, Property};
use crate::source::{Span, Spanned};

/// Arguments that several blocks share.
pub(in crate::tangle) type SharedLayer<'s> = Rc<Layer<'s>>;

/// The arguments of one place, to be looked up by key however many there are.
#[derive(Debug)]
pub(in crate::tangle) struct Layer<'s> {
    /// What these are appended to: a long value that many headings append to is kept once.
    above: Option<SharedLayer<'s>>,
    /// Sorted by key; those of one key are in the order in which they are written.
    arguments: Vec<Argument<'s>>,
    /// Index of the first one whose Lisp does not end, found when first asked for.
    unfinished: OnceCell<Option<usize>>,
}

/// What `header-args` properties say at one heading, those above it included.
#[derive(Debug, Clone)]
struct Inherited<'s> {
    arguments: SharedLayer<'s>,
    tail: Tail,
}

/// What it takes to append to what is inherited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// There is nothing yet.
    Nothing,
    /// Arguments that start with a key stand for themselves.
    Closed,
    /// The whole text is to be read again with what is appended.
    Open,
}

/// How much text may be read again for what is appended to it, in all of a document: without a bound it would be the
/// product of headings and text.
const MOST_READ_AGAIN: usize = 16 << 10;
const MOST_TIMES_DOCUMENT: usize = 4;

/// What one property says at each heading, and before the first one.
type ByPlace<'s> = HashMap<Option<HeadingId>, Rc<Inherited<'s>>>;

/// Looks properties up, each combination of heading and property once.
pub(in crate::tangle) struct Inheritance<'s, 'd> {
    document: &'d Document<'s>,
    /// Of `#+PROPERTY:` lines, by lower-case name without `+`.
    keywords: HashMap<String, ArgumentText<'s>>,
    /// By lower-case name; only names that are set anywhere, and most documents have none.
    known: RefCell<HashMap<String, ByPlace<'s>>>,
    /// How much text was read again.
    read_again: Cell<usize>,
    /// Where that became too much.
    refused: Cell<Option<Span>>,
}

impl<'s> Layer<'s> {
    pub(in crate::tangle) fn new(arguments: Vec<Argument<'s>>) -> Self {
        Self::below(None, arguments)
    }

    fn below(above: Option<SharedLayer<'s>>, mut arguments: Vec<Argument<'s>>) -> Self {
        arguments.sort_by(|a, b| a.key.value.cmp(&b.key.value));
        Self { above, arguments, unfinished: OnceCell::new() }
    }

    /// An argument whose Lisp does not end, if there is one.
    pub(in crate::tangle) fn unfinished(&self) -> Option<&Argument<'s>> {
        self.upwards().find_map(|layer| {
            let find = || layer.arguments.iter().position(Argument::is_unfinished);
            layer.unfinished.get_or_init(find).map(|index| &layer.arguments[index])
        })
    }

    /// The last argument with a key.
    pub(in crate::tangle) fn last(&self, key: &str) -> Option<&Argument<'s>> {
        self.upwards().find_map(|layer| layer.own(key).last())
    }

    /// All arguments with a key, in order.
    pub(in crate::tangle) fn all(&self, key: &str) -> impl Iterator<Item = &Argument<'s>> {
        let mut parts: Vec<&[Argument<'s>]> = self.upwards().map(|layer| layer.own(key)).collect();
        parts.reverse();
        parts.into_iter().flatten()
    }

    /// This layer and those that it is appended to.
    fn upwards(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |layer| layer.above.as_deref())
    }

    fn own(&self, key: &str) -> &[Argument<'s>] {
        let start = self.arguments.partition_point(|argument| *argument.key.value < *key);
        let length = self.arguments[start..].partition_point(|argument| *argument.key.value == *key);
        &self.arguments[start..start + length]
    }
}

impl Drop for Layer<'_> {
    /// One after the other: headings may be nested deeper than the stack.
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(mut layer) = above.and_then(Rc::into_inner) {
            above = layer.above.take();
        }
    }
}

impl<'s, 'd> Inheritance<'s, 'd> {
    /// `keywords` are those of the document and its setup files, in order.
    pub(in crate::tangle) fn new(document: &'d Document<'s>, keywords: &[Keyword<'s>]) -> Self {
        let keywords = keyword_properties(keywords);
        let drawers = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
        let known = drawers
            .filter(|property| is_header_args(property.name.value))
            // `header-args:C++` is a name of its own, or appends to that of a language `C+`.
            .flat_map(|property| [property.name.value, base_name(property.name.value)])
            .map(str::to_lowercase)
            .chain(keywords.keys().cloned())
            .map(|name| (name, HashMap::new()))
            .collect();
        let (read_again, refused) = (Cell::new(0), Cell::new(None));
        Self { document, keywords, known: RefCell::new(known), read_again, refused }
    }

    /// Where more was appended to open arguments than can be meant; what blocks inherit is not right then.
    pub(in crate::tangle) fn refused(&self) -> Option<Span> {
        self.refused.get()
    }

    /// `header-args` at a heading, or before the first one.
    pub(in crate::tangle) fn general(&self, heading: Option<HeadingId>) -> Option<SharedLayer<'s>> {
        self.arguments(heading, "header-args")
    }

    /// `header-args:LANG` at a heading, or before the first one.
    pub(in crate::tangle) fn for_language(
        &self,
        heading: Option<HeadingId>,
        language: &str,
    ) -> Option<SharedLayer<'s>> {
        self.arguments(heading, &format!("header-args:{}", language.to_lowercase()))
    }

    /// Goes up to a place that is known already, and from there down again: each place is looked at once.
    fn arguments(&self, heading: Option<HeadingId>, name: &str) -> Option<SharedLayer<'s>> {
        let mut known = self.known.borrow_mut();
        let known = known.get_mut(name)?;
        let mut unknown = Vec::new();
        let mut place = heading;
        let mut above = loop {
            if let Some(found) = known.get(&place) {
                break Rc::clone(found);
            }
            unknown.push(place);
            match place {
                Some(id) => place = self.document.headings[id.0].parent,
                None => break Rc::new(Inherited::of(self.keywords.get(name))),
            }
        };
        for place in unknown.into_iter().rev() {
            above = self.below(&above, place, name);
            known.insert(place, Rc::clone(&above));
        }
        Some(Rc::clone(&above.arguments))
    }

    /// What a place makes of the value above it: it has one of its own, appends to that, or leaves it.
    fn below(&self, above: &Rc<Inherited<'s>>, place: Option<HeadingId>, name: &str) -> Rc<Inherited<'s>> {
        let (own, appended) = local(self.properties(place), name);
        let Some(first) = own.or(appended.first().copied()) else { return Rc::clone(above) };
        let is_closed = above.tail == Tail::Closed && starts_with_key(first.value);
        if own.is_some() || above.tail == Tail::Nothing {
            return Rc::new(Inherited::of(joined(own.into_iter().chain(appended)).as_ref()));
        }
        if is_closed && let Some(text) = joined(appended.into_iter()) {
            return Rc::new(Inherited::below(&above.arguments, &text));
        }
        let text = self.text(place, name);
        let length = text.as_ref().map_or(0, |text| text.as_str().len());
        self.read_again.set(self.read_again.get() + length);
        if self.read_again.get() > MOST_READ_AGAIN + MOST_TIMES_DOCUMENT * self.document.source.text().len() {
            self.refused.set(self.refused.get().or(Some(first.span)));
            return Rc::clone(above);
        }
        Rc::new(Inherited::of(text.as_ref()))
    }

    fn properties(&self, place: Option<HeadingId>) -> &'d [Property<'s>] {
        match place {
            Some(id) => &self.document.headings[id.0].properties,
            None => &self.document.properties,
        }
    }

    /// The whole text of a property at a place.
    fn text(&self, place: Option<HeadingId>, name: &str) -> Option<ArgumentText<'s>> {
        let mut parts = Vec::new();
        let mut place = place;
        loop {
            let (own, appended) = local(self.properties(place), name);
            parts.extend(appended.into_iter().rev());
            if let Some(own) = own {
                parts.push(own);
                return joined(parts.into_iter().rev());
            }
            match place {
                Some(id) => place = self.document.headings[id.0].parent,
                None => break,
            }
        }
        let mut parts = parts.into_iter().rev();
        let mut text = self.keywords.get(name).cloned().or_else(|| parts.next().map(ArgumentText::of))?;
        parts.for_each(|part| text.append(part));
        Some(text)
    }
}

/// Values one after the other.
fn joined<'s>(mut values: impl Iterator<Item = Spanned<&'s str>>) -> Option<ArgumentText<'s>> {
    let mut text = ArgumentText::of(values.next()?);
    values.for_each(|value| text.append(value));
    Some(text)
}

impl<'s> Inherited<'s> {
    fn of(text: Option<&ArgumentText<'s>>) -> Self {
        let Some(text) = text else { return Self { arguments: Rc::new(Layer::new(Vec::new())), tail: Tail::Nothing } };
        if text.as_str() == "nil" {
            return Self { arguments: Rc::new(Layer::new(Vec::new())), tail: Tail::Open };
        }
        let (arguments, end) = text.parse_to_end();
        Self { arguments: Rc::new(Layer::new(arguments)), tail: end.into() }
    }

    /// Arguments that start with a key, appended to closed ones.
    fn below(above: &SharedLayer<'s>, text: &ArgumentText<'s>) -> Self {
        let (arguments, end) = text.parse_to_end();
        Self { arguments: Rc::new(Layer::below(Some(Rc::clone(above)), arguments)), tail: end.into() }
    }
}

impl From<ArgumentsEnd> for Tail {
    fn from(end: ArgumentsEnd) -> Self {
        match end {
            ArgumentsEnd::Closed => Self::Closed,
            ArgumentsEnd::Open => Self::Open,
        }
    }
}

/// What to say where more was appended than can be meant.
pub(in crate::tangle) fn overlong(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::OverlongArguments,
        span,
        "the inherited header arguments that this is appended to do not end, and come to more text than can be meant",
        "close the bracket or quote in them, and begin what is appended with a key",
    )
}

/// The value of a property in one drawer, and what its `+` lines append.
fn local<'s>(properties: &[Property<'s>], name: &str) -> (Option<Spanned<&'s str>>, Vec<Spanned<&'s str>>) {
    let mut value = None;
    let mut more = Vec::new();
    for property in properties {
        if property.name.value.eq_ignore_ascii_case(name) {
            value = Some(property.value);
        } else if property.name.value.ends_with('+') && base_name(property.name.value).eq_ignore_ascii_case(name) {
            more.push(property.value);
        }
    }
    (value, more)
}

pub(in crate::tangle) fn is_header_args(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.strip_suffix('+').unwrap_or(&name).strip_prefix("header-args"), Some(rest) if rest.is_empty() || rest.starts_with(':'))
}

fn base_name(name: &str) -> &str {
    name.strip_suffix('+').unwrap_or(name)
}

/// `#+PROPERTY: NAME VALUE` lines: a later one replaces, `NAME+` appends (rule T-036).
fn keyword_properties<'s>(keywords: &[Keyword<'s>]) -> HashMap<String, ArgumentText<'s>> {
    let mut properties: HashMap<String, ArgumentText<'s>> = HashMap::new();
    for keyword in keywords.iter().filter(|keyword| keyword.key.value.eq_ignore_ascii_case("property")) {
        let Some((name, value)) = name_and_value(keyword) else { continue };
        if !is_header_args(name) {
            continue;
        }
        let key = base_name(name).to_lowercase();
        match properties.get_mut(&key).filter(|_| name.ends_with('+')) {
            Some(text) => text.append(value),
            None => {
                properties.insert(key, ArgumentText::of(value));
            }
        }
    }
    properties
}

pub(in crate::tangle) fn name_and_value<'s>(keyword: &Keyword<'s>) -> Option<(&'s str, Spanned<&'s str>)> {
    let text = keyword.value.value;
    let end = text.find([' ', '\t'])?;
    let start = text.len() - text[end..].trim_start_matches([' ', '\t']).len();
    Some((&text[..end], Spanned::new(&text[start..], keyword.value.span.within(start..text.len()))))
}
