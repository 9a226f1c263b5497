//! Variables in Python, JavaScript and Ruby: one assignment a line (rules T-110 and T-112).

use super::BlockVariables;
use crate::source::Span;
use crate::tangle::arguments::lisp::{Lisp, print};
use crate::tangle::expansion::variables::table::is_rule;

/// `name=value`; a kept rule is `None`, a string with newlines has three quotes.
pub(super) fn python(variables: &BlockVariables) -> Vec<(String, Span)> {
    lines(variables, |name, value| format!("{name}={}", python_value(value)))
}

fn python_value(value: &Lisp) -> String {
    match value {
        Lisp::List(items) => format!("[{}]", joined(items, ", ", python_value)),
        rule if is_rule(rule) => "None".to_owned(),
        Lisp::Text(text) if text.contains(['\n', '\r']) => format!("\"\"{}\"\"", print(value)),
        value => print(value),
    }
}

/// `var name=value;`.
pub(super) fn javascript(variables: &BlockVariables) -> Vec<(String, Span)> {
    lines(variables, |name, value| format!("var {name}={};", javascript_value(value)))
}

fn javascript_value(value: &Lisp) -> String {
    match value {
        Lisp::List(items) => format!("[{}]", joined(items, ", ", javascript_value)),
        value => print(value).replace('\n', "\\n"),
    }
}

/// `name=value`; a kept rule is `nil`, lists have each element on a line.
pub(super) fn ruby(variables: &BlockVariables) -> Vec<(String, Span)> {
    lines(variables, |name, value| format!("{name}={}", ruby_value(value)))
}

fn ruby_value(value: &Lisp) -> String {
    match value {
        Lisp::List(items) => format!("[{}]", joined(items, ", \n", ruby_value)),
        rule if is_rule(rule) => "nil".to_owned(),
        value => print(value),
    }
}

fn lines(variables: &BlockVariables, line: impl Fn(&str, &Lisp) -> String) -> Vec<(String, Span)> {
    variables.all.iter().map(|variable| (line(&variable.name, &variable.value), variable.span)).collect()
}

pub(super) fn joined(items: &[Lisp], separator: &str, write: impl Fn(&Lisp) -> String) -> String {
    items.iter().map(write).collect::<Vec<_>>().join(separator)
}
