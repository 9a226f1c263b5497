//! Renaming what a document names: guests, further host names, interfaces and shares of its networks, and its named elements.
//!
//! Every place that says the name gets the new one, in tables, prose, header arguments and blocks; `mentions` says what
//! counts as such a place. A name that cannot be used is refused with the reason. Whether the document still means the
//! same is for the session, which compiles it once more.

mod elements;
mod machines;
mod mentions;
mod names;

use super::view::View;
use crate::network::schema::SERVICE_NAME;
use crate::network::{SchemaPlace, schema_at};
use crate::source::Span;
use names::NetworkName;

/// Something that can be renamed.
#[derive(Debug)]
pub(super) struct RenameTarget {
    /// The place of its name, or of what is made of that.
    pub(super) span: Span,
    /// The present name.
    pub(super) name: String,
    subject: RenameSubject,
}

#[derive(Debug)]
enum RenameSubject {
    Element,
    Network(NetworkName),
}

/// What stands at an offset and can be renamed, or why nothing can.
pub(super) fn prepare(view: &View<'_>, offset: usize) -> Result<RenameTarget, String> {
    if let Some(name) = elements::at(view, offset) {
        elements::check_present(name.value)?;
        return Ok(RenameTarget { span: name.span, name: name.value.to_owned(), subject: RenameSubject::Element });
    }
    // The word is looked for once: an editor asks wherever the cursor goes.
    let word = mentions::word_at(view, offset);
    for name in word.map(|_| names::all(view)).into_iter().flatten() {
        if let Some(mention) = word.and_then(|word| mentions::of_word(view, &name, word, offset)) {
            let span = mention.shown(&name);
            return Ok(RenameTarget { span, name: name.name.clone(), subject: RenameSubject::Network(name) });
        }
    }
    Err(refusal(view, offset))
}

/// Every place that names what stands at an offset.
pub(super) fn places(view: &View<'_>, target: &RenameTarget) -> Vec<Span> {
    match &target.subject {
        RenameSubject::Element => elements::places(view, &target.name),
        RenameSubject::Network(name) => mentions::all(view, name).iter().map(|mention| mention.shown(name)).collect(),
    }
}

/// The edits that give a name in place of the present one, in the order of the text; or why it cannot be had.
pub(super) fn rename(view: &View<'_>, target: &RenameTarget, new: &str) -> Result<Vec<(Span, String)>, String> {
    if new == target.name {
        return Ok(Vec::new());
    }
    match &target.subject {
        RenameSubject::Element => {
            elements::check(view, &target.name, new)?;
            let places = elements::places(view, &target.name);
            Ok(places.into_iter().map(|place| (place, new.to_owned())).collect())
        }
        RenameSubject::Network(name) => {
            names::check(view, name, new)?;
            let made = name.made(new);
            let all = mentions::all(view, name);
            Ok(all.iter().map(|mention| mention.renamed(name, new, &made)).collect())
        }
    }
}

/// Why there is nothing to rename at an offset.
fn refusal(view: &View<'_>, offset: usize) -> String {
    let place = schema_at(view.document, offset);
    if let Some(SchemaPlace::Label { part, .. }) = place {
        return format!("this is a {} of the {}, which only this program names", part.layout.field(), part.what);
    }
    if view.built.compilation.networks.is_empty() && !view.guests.is_empty() {
        return "the document has errors, so that not all of its names are known: correct these first".to_owned();
    }
    match place {
        Some(SchemaPlace::Value { field, text }) if *field == SERVICE_NAME.schema => {
            format!("`{}` says which service it is: it has no name of its own", text.value)
        }
        _ => "no guest, host name, interface, share or named element stands here".to_owned(),
    }
}
