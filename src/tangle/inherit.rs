//! Header arguments that a block gets from where it stands: `header-args` properties of headings and file
//! (rules T-030 to T-038).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::arguments::{Argument, ArgumentText};
use crate::org::{Document, HeadingId, Keyword, Property};
use crate::source::Spanned;

/// Arguments that several blocks share.
pub(super) type Shared<'s> = Rc<[Argument<'s>]>;

/// Looks properties up, each combination of heading and property once.
pub(super) struct Inheritance<'s, 'd> {
    document: &'d Document<'s>,
    /// Of `#+PROPERTY:` lines, by lower-case name without `+`.
    keywords: HashMap<String, ArgumentText<'s>>,
    known: RefCell<HashMap<(Option<HeadingId>, String), Shared<'s>>>,
    /// Lower-case names that are set anywhere; most documents have none.
    set: Vec<String>,
}

impl<'s, 'd> Inheritance<'s, 'd> {
    /// `keywords` are those of the document and its setup files, in order.
    pub(super) fn new(document: &'d Document<'s>, keywords: &[Keyword<'s>]) -> Self {
        let keywords = keyword_properties(keywords);
        let drawers = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
        let mut set: Vec<String> = drawers
            .map(|property| base_name(property.name.value).to_lowercase())
            .filter(|name| name.starts_with("header-args"))
            .chain(keywords.keys().cloned())
            .collect();
        set.sort();
        set.dedup();
        Self { document, keywords, known: RefCell::default(), set }
    }

    /// `header-args` at a heading, or before the first one.
    pub(super) fn general(&self, heading: Option<HeadingId>) -> Shared<'s> {
        self.arguments(heading, "header-args".to_owned())
    }

    /// `header-args:LANG` at a heading, or before the first one.
    pub(super) fn for_language(&self, heading: Option<HeadingId>, language: &str) -> Shared<'s> {
        self.arguments(heading, format!("header-args:{}", language.to_lowercase()))
    }

    fn arguments(&self, heading: Option<HeadingId>, name: String) -> Shared<'s> {
        if self.set.binary_search(&name).is_err() {
            return Rc::new([]);
        }
        let key = (heading, name);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let arguments: Shared<'s> = self.text(heading, &key.1).map(|text| text.parse()).unwrap_or_default().into();
        self.known.borrow_mut().insert(key, Rc::clone(&arguments));
        arguments
    }

    /// The whole value: the innermost place that has the property, and what deeper places append to it.
    fn text(&self, heading: Option<HeadingId>, name: &str) -> Option<ArgumentText<'s>> {
        let mut appended: Vec<Vec<Spanned<&'s str>>> = Vec::new();
        let mut base = None;
        let mut place = heading;
        loop {
            let properties = match place {
                Some(id) => &self.document.headings[id.0].properties,
                None => &self.document.properties,
            };
            let (value, more) = local(properties, name);
            appended.push(more);
            if value.is_some() {
                base = value.map(ArgumentText::of);
                break;
            }
            let Some(id) = place else { break };
            place = self.document.headings[id.0].parent;
        }
        let mut text = base.or_else(|| self.keywords.get(name).cloned());
        for value in appended.into_iter().rev().flatten() {
            match &mut text {
                Some(text) => text.append(value),
                None => text = Some(ArgumentText::of(value)),
            }
        }
        text.filter(|text| text.as_str() != "nil")
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

fn base_name(name: &str) -> &str {
    name.strip_suffix('+').unwrap_or(name)
}

/// `#+PROPERTY: NAME VALUE` lines: a later one replaces, `NAME+` appends (rule T-036).
fn keyword_properties<'s>(keywords: &[Keyword<'s>]) -> HashMap<String, ArgumentText<'s>> {
    let mut properties: HashMap<String, ArgumentText<'s>> = HashMap::new();
    for keyword in keywords.iter().filter(|keyword| keyword.key.value.eq_ignore_ascii_case("property")) {
        let Some((name, value)) = name_and_value(keyword) else { continue };
        let key = base_name(name).to_lowercase();
        if !key.starts_with("header-args") {
            continue;
        }
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
