//! What a variable's value is: a number, a string, Lisp, or a reference (rules T-101 and T-102).

use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::tangle::arguments::assignment::VariableAssignment;
use crate::tangle::arguments::evaluate::evaluate;
use crate::tangle::arguments::known::{AssignedValue, KnownLisp};
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
    let AssignedValue { text, evaluation } = &*assignment.value;
    match evaluation.get_or_init(|| evaluated(tangling, text, assignment.span)) {
        Some((value, diagnostics)) => {
            found.extend_from_slice(diagnostics);
            value.clone()
        }
        None => reference::resolve(tangling, assignment, found),
    }
}

/// What a value is by itself; none if it is a reference.
fn evaluated(tangling: &Tangling<'_, '_>, text: &str, span: Span) -> Option<KnownLisp> {
    let mut found = Vec::new();
    let value = match meaning(text) {
        ArgumentValue::Number(number) => Ok(number),
        ArgumentValue::Lisp(text) => evaluate(text, ":var", span, tangling.surroundings, &mut found),
        ArgumentValue::Text(content) if content != text => Ok(Lisp::text(content)),
        // Several strings one after the other: the first one counts.
        ArgumentValue::Text(_) if text.starts_with('"') && text.ends_with('"') => match lisp::read_one(text) {
            Some((string @ Lisp::Text(_), _)) => Ok(string),
            Some(_) | None => return None,
        },
        ArgumentValue::Nothing | ArgumentValue::Text(_) => return None,
    };
    Some((value.map(Rc::new), found))
}
