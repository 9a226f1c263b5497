//! What a variable's value is: a number, a string, Lisp, or a reference (rules T-101 and T-102).

use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::tangle::arguments::assignment::VariableAssignment;
use crate::tangle::arguments::lisp;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::arguments::parameters::{ArgumentValue, meaning};
use crate::tangle::expansion::variables::reference;
use crate::tangle::{AlreadyReported, Tangling};

/// Works the value of an assignment out.
pub(super) fn value(
    tangling: &Tangling<'_, '_>,
    assignment: &VariableAssignment,
    found: &mut Vec<Diagnostic>,
) -> Result<Rc<Lisp>, AlreadyReported> {
    let text = assignment.value.as_str();
    match meaning(text) {
        ArgumentValue::Number(number) => Ok(Rc::new(number)),
        ArgumentValue::Lisp(text) => tangling.evaluate(text, ":var", assignment.span, found).map(Rc::new),
        ArgumentValue::Text(content) if content != text => Ok(Rc::new(Lisp::text(content))),
        // Several strings one after the other: the first one counts.
        ArgumentValue::Text(_) if text.starts_with('"') && text.ends_with('"') => match lisp::read_one(text) {
            Some((string @ Lisp::Text(_), _)) => Ok(Rc::new(string)),
            Some(_) | None => reference::resolve(tangling, assignment, found),
        },
        ArgumentValue::Nothing | ArgumentValue::Text(_) => reference::resolve(tangling, assignment, found),
    }
}
