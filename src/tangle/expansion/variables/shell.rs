//! Variables in shell blocks: quoted words; the user's shell decides the form of lists (rules T-108 and T-109).

use super::{Variable, refuse_value};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::tangle::arguments::lisp::{Lisp, print};
use crate::tangle::arguments::parameters::Parameters;
use crate::tangle::arguments::settings::text_alone;
use crate::tangle::expansion::variables::table::is_rule;
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// How lists become text.
pub(super) struct Form {
    separator: String,
    /// What a kept rule becomes; none if it is dropped.
    rule: Option<String>,
}

impl Form {
    /// As the arguments of a block want it.
    pub(super) fn of(
        parameters: &Parameters<'_>,
        surroundings: &TangleEnvironment,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Self, AlreadyReported> {
        let mut word = |key| text_alone(parameters, key, surroundings, found);
        let keeps_rules = word(":hlines")?.as_deref() == Some("yes");
        let rule = word(":hline-string")?.unwrap_or_else(|| "hline".to_owned());
        let separator = word(":separator")?.unwrap_or_else(|| "\t".to_owned());
        Ok(Self { separator, rule: keeps_rules.then_some(rule) })
    }
}

/// The assignment of a variable in the language of a shell.
pub(super) fn line(
    variable: &Variable,
    form: &Form,
    shell: &str,
    found: &mut Vec<Diagnostic>,
) -> Result<(String, Span), AlreadyReported> {
    let name = &variable.name;
    let line = if shell.ends_with("bash") {
        bash(name, &variable.value, form)
    } else {
        let value = quoted(&variable.value, form);
        value.map(
            |value| if shell.ends_with("fish") { format!("set {name} {value}") } else { format!("{name}={value}") },
        )
    };
    Ok((line.ok_or_else(|| refuse_value(variable, "shell", found))?, variable.span))
}

/// Arrays for lists, associative arrays for tables of two columns or more.
fn bash(name: &str, value: &Lisp, form: &Form) -> Option<String> {
    let Lisp::List(items) = value else { return Some(format!("{name}={}", quoted(value, form)?)) };
    match items.first() {
        None => Some(format!("{name}={}", quoted(value, form)?)),
        Some(Lisp::List(first)) if first.len() >= 2 => {
            let entry = |row: &Lisp| {
                let Lisp::List(cells) = row else { return None };
                let key = quoted(cells.first().unwrap_or(&Lisp::NIL), form)?;
                let rest = Lisp::List(cells.get(1..).unwrap_or_default().to_vec());
                Some(format!("{name}[{key}]={}", quoted(&rest, form)?))
            };
            let entries: Option<Vec<String>> = items.iter().map(entry).collect();
            Some(format!("unset {name}\ndeclare -A {name}\n{}", entries?.join("\n")))
        }
        Some(_) => {
            let items: Option<Vec<String>> = items.iter().map(|item| quoted(item, form)).collect();
            Some(format!("unset {name}\ndeclare -a {name}=( {} )", items?.join(" ")))
        }
    }
}

fn quoted(value: &Lisp, form: &Form) -> Option<String> {
    Some(format!("'{}'", written(value, form)?.replace('\'', "'\"'\"'")))
}

/// A value as text: lists by lines, tables by rows and separators.
fn written(value: &Lisp, form: &Form) -> Option<String> {
    let Lisp::List(items) = value else { return Some(echo(value)) };
    let is_table = items.first().is_none_or(|first| matches!(first, Lisp::List(_)) || is_rule(first));
    if !is_table {
        return Some(items.iter().map(echo).collect::<Vec<_>>().join("\n"));
    }
    let rows = items.iter().filter(|row| !row.is_nil() && (!is_rule(row) || form.rule.is_some()));
    let rows: Option<Vec<String>> = rows.map(|row| written_row(row, form)).collect();
    Some(rows?.join("\n"))
}

/// One row; none for what is no row.
fn written_row(row: &Lisp, form: &Form) -> Option<String> {
    match row {
        Lisp::List(cells) => Some(cells.iter().map(echo).collect::<Vec<_>>().join(&form.separator)),
        rule if is_rule(rule) => form.rule.clone(),
        Lisp::Integer(_) | Lisp::Float(_) | Lisp::Text(_) | Lisp::Symbol(_) | Lisp::Vector(_) => None,
    }
}

fn echo(value: &Lisp) -> String {
    match value {
        Lisp::Text(text) => text.clone(),
        other => print(other),
    }
}
