//! Header arguments that a block gets from where it stands: `header-args` properties of headings and file
//! (rules T-030 to T-038).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::arguments::{Argument, ArgumentText};
use crate::org::{Document, HeadingId, Keyword, Property};
use crate::source::Spanned;

/// Arguments that several blocks share.
pub(super) type Shared<'s> = Rc<Layer<'s>>;

/// The arguments of one place, to be looked up by key however many there are.
#[derive(Debug)]
pub(super) struct Layer<'s> {
    /// Sorted by key; those of one key are in the order in which they are written.
    arguments: Vec<Argument<'s>>,
    /// Index of the first one whose Lisp does not end, found when first asked for.
    unfinished: OnceCell<Option<usize>>,
}

/// What `header-args` properties say at one heading, those above it included.
#[derive(Debug, Clone)]
struct Inherited<'s> {
    text: Option<ArgumentText<'s>>,
    arguments: Shared<'s>,
}

/// What one property says at each heading, and before the first one.
type ByPlace<'s> = HashMap<Option<HeadingId>, Rc<Inherited<'s>>>;

/// Looks properties up, each combination of heading and property once.
pub(super) struct Inheritance<'s, 'd> {
    document: &'d Document<'s>,
    /// Of `#+PROPERTY:` lines, by lower-case name without `+`.
    keywords: HashMap<String, ArgumentText<'s>>,
    /// By lower-case name; only names that are set anywhere, and most documents have none.
    known: RefCell<HashMap<String, ByPlace<'s>>>,
}

impl<'s> Layer<'s> {
    pub(super) fn new(mut arguments: Vec<Argument<'s>>) -> Self {
        arguments.sort_by(|a, b| a.key.value.cmp(&b.key.value));
        Self { arguments, unfinished: OnceCell::new() }
    }

    /// An argument whose Lisp does not end, if there is one.
    pub(super) fn unfinished(&self) -> Option<&Argument<'s>> {
        let find = || self.arguments.iter().position(Argument::is_unfinished);
        self.unfinished.get_or_init(find).map(|index| &self.arguments[index])
    }

    /// All arguments with a key, in order.
    pub(super) fn all(&self, key: &str) -> &[Argument<'s>] {
        let start = self.arguments.partition_point(|argument| *argument.key.value < *key);
        let length = self.arguments[start..].partition_point(|argument| *argument.key.value == *key);
        &self.arguments[start..start + length]
    }
}

impl<'s, 'd> Inheritance<'s, 'd> {
    /// `keywords` are those of the document and its setup files, in order.
    pub(super) fn new(document: &'d Document<'s>, keywords: &[Keyword<'s>]) -> Self {
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
        Self { document, keywords, known: RefCell::new(known) }
    }

    /// `header-args` at a heading, or before the first one.
    pub(super) fn general(&self, heading: Option<HeadingId>) -> Option<Shared<'s>> {
        self.arguments(heading, "header-args")
    }

    /// `header-args:LANG` at a heading, or before the first one.
    pub(super) fn for_language(&self, heading: Option<HeadingId>, language: &str) -> Option<Shared<'s>> {
        self.arguments(heading, &format!("header-args:{}", language.to_lowercase()))
    }

    /// Goes up to a place that is known already, and from there down again: each place is looked at once.
    fn arguments(&self, heading: Option<HeadingId>, name: &str) -> Option<Shared<'s>> {
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
                None => break Rc::new(Inherited::of(self.keywords.get(name).cloned())),
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
        let properties = match place {
            Some(id) => &self.document.headings[id.0].properties,
            None => &self.document.properties,
        };
        let (own, appended) = local(properties, name);
        if own.is_none() && appended.is_empty() {
            return Rc::clone(above);
        }
        let mut text = own.map(ArgumentText::of).or_else(|| above.text.clone());
        for value in appended {
            match &mut text {
                Some(text) => text.append(value),
                None => text = Some(ArgumentText::of(value)),
            }
        }
        Rc::new(Inherited::of(text))
    }
}

impl<'s> Inherited<'s> {
    fn of(text: Option<ArgumentText<'s>>) -> Self {
        let arguments = text.as_ref().filter(|text| text.as_str() != "nil").map(ArgumentText::parse);
        Self { arguments: Rc::new(Layer::new(arguments.unwrap_or_default())), text }
    }
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

pub(super) fn is_header_args(name: &str) -> bool {
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

pub(super) fn name_and_value<'s>(keyword: &Keyword<'s>) -> Option<(&'s str, Spanned<&'s str>)> {
    let text = keyword.value.value;
    let end = text.find([' ', '\t'])?;
    let start = text.len() - text[end..].trim_start_matches([' ', '\t']).len();
    Some((&text[..end], Spanned::new(&text[start..], keyword.value.span.within(start..text.len()))))
}
