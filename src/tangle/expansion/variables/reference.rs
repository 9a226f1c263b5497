//! References to named elements: `NAME`, `NAME[INDEX]`, `NAME[]` (rules T-101, T-103 and T-106).

use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::tangle::arguments::assignment::VariableAssignment;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::expansion::variables::elements::Element;
use crate::tangle::{AlreadyReported, Tangling};

/// The parts of a reference.
struct VariableReference<'a> {
    name: &'a str,
    /// The indices between brackets.
    index: Option<&'a str>,
    /// `[]`: the text of a block, not its result.
    contents: bool,
}

/// The value that an assignment refers to.
pub(super) fn resolve(
    tangling: &Tangling<'_, '_>,
    assignment: &VariableAssignment,
    found: &mut Vec<Diagnostic>,
) -> Result<Rc<Lisp>, AlreadyReported> {
    let reference = parse(&assignment.value.text);
    let value = look_up(tangling, &reference, assignment, found)?;
    match (reference.index, &*value) {
        (_, Lisp::Symbol(name)) => Ok(Rc::new(Lisp::text(name.as_str()))),
        (Some(indices), Lisp::List(_)) => tangling.elements().part(&value, indices).map(Rc::new).ok_or_else(|| {
            let message = format!("`[{indices}]` names more elements than can be meant");
            found.push(Diagnostic::new(
                Code::UndefinedValue,
                assignment.span,
                message,
                "end the range at the table's end",
            ));
            AlreadyReported
        }),
        (Some(_) | None, _) => Ok(value),
    }
}

fn parse(text: &str) -> VariableReference<'_> {
    let mut reference = VariableReference { name: text, index: None, contents: false };
    if let Some((name, index)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('['))
        && name.matches('(').count() == name.matches(')').count()
    {
        reference = VariableReference {
            name,
            index: Some(index).filter(|index| !index.is_empty()),
            contents: index.is_empty(),
        };
    }
    // Arguments mean something to a block that is run only; what else has a value ignores them.
    if let Some(name) = reference.name.strip_suffix(')').and_then(|call| call.split_once('(')).map(|(name, _)| name)
        && !name.is_empty()
    {
        reference.name = name.split_once('[').map_or(name, |(name, _)| name);
    }
    reference
}

fn look_up(
    tangling: &Tangling<'_, '_>,
    reference: &VariableReference<'_>,
    assignment: &VariableAssignment,
    found: &mut Vec<Diagnostic>,
) -> Result<Rc<Lisp>, AlreadyReported> {
    let name = reference.name;
    let refuse = |found: &mut Vec<Diagnostic>, code, message: String, help: &str| {
        found.push(Diagnostic::new(code, assignment.span, message, help));
        AlreadyReported
    };
    if let Some(element) = tangling.elements().get(name) {
        if matches!(element, Element::Block(_)) && !reference.contents {
            let message = format!("the value of `{}` is the result of running block `{name}`", assignment.name);
            let help = format!("write `{}={name}[]` for the block's text, or write the result down", assignment.name);
            return Err(refuse(found, Code::CodeNeeded, message, &help));
        }
        return tangling.elements().value(tangling, element).ok_or_else(|| {
            let message = format!("`{name}` has no value that a variable can take");
            refuse(found, Code::UndefinedValue, message, "refer to a table, a list or an example")
        });
    }
    if let Some(section) = tangling.noweb.section(tangling, name) {
        return Ok(Rc::new(Lisp::text(&tangling.document.source.text()[section])));
    }
    if let Some((file, name)) = name.rsplit_once(':').filter(|(file, name)| !file.is_empty() && !name.is_empty()) {
        let message = format!("`{name}` of the file `{file}` is not known: a variable can refer to this document only");
        let help = format!("copy what it names to this document, or put a text in double quotes: `\"{file}:{name}\"`");
        return Err(refuse(found, Code::UndefinedValue, message, &help));
    }
    let message = format!("nothing in this document is named `{name}`");
    let help = format!("name a table, list or block `{name}`, or put a text in double quotes");
    Err(refuse(found, Code::UndefinedValue, message, &help))
}
