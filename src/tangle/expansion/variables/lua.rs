//! Variables in Lua (rule T-112): a list of two is a field, a list of one its element.

use super::{BlockVariables, refuse_value};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::tangle::AlreadyReported;
use crate::tangle::arguments::lisp::{Lisp, print};
use crate::tangle::expansion::variables::script::joined;
use crate::tangle::expansion::variables::table::is_rule;

/// `name=value`.
pub(super) fn lines(
    variables: &BlockVariables,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<(String, Span)>, AlreadyReported> {
    let line = |variable: &super::Variable| {
        let text = value(&variable.value).ok_or_else(|| refuse_value(variable, "lua", found))?;
        Ok((format!("{}={text}", variable.name), variable.span))
    };
    variables.all.iter().map(line).collect()
}

/// None where Emacs fails: the first of two elements must be a string.
fn value(object: &Lisp) -> Option<String> {
    Some(match object {
        Lisp::List(items) => match &items[..] {
            [only] if !matches!(only, Lisp::List(_)) => value(only)?,
            [Lisp::Text(key), second] => format!("{key}={}", value(&Lisp::List(vec![second.clone()]))?),
            [first, _] if !matches!(first, Lisp::List(_)) => return None,
            items => {
                let values: Option<Vec<String>> = items.iter().map(value).collect();
                format!("{{{}}}", values?.join(", "))
            }
        },
        rule if is_rule(rule) => "None".to_owned(),
        Lisp::Text(text) if text.contains(['\n', '\r']) => format!("[=[{text}]=]"),
        Lisp::Vector(items) => format!("[{}]", joined(items, " ", print)),
        other => print(other),
    })
}
