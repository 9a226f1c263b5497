//! Values of header arguments that are Lisp: run here if that is possible, else refused (rule T-046).

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::tangle::arguments::lisp;
use crate::tangle::arguments::lisp::{Environment, Evaluated, Lisp};
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// No file has a longer name (`NAME_MAX` of limits.h), so that a longer text is meant as Lisp.
const LONGEST_NAME: usize = 255;

/// The value of Lisp in the argument `key`.
pub(in crate::tangle) fn evaluate(
    text: &str,
    key: &str,
    span: Span,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Lisp, AlreadyReported> {
    let Some((expression, _)) = lisp::read_one(text) else {
        let why = match wrong_octal(text) {
            Some(number) => format!("cannot be read: an octal number is written `#o{number}`"),
            None => "cannot be read".to_owned(),
        };
        return Err(refuse(text, key, span, &why, found));
    };
    let environment = Environment {
        document: &surroundings.document,
        home: &surroundings.home,
        variables: &surroundings.environment,
        withheld: &surroundings.withheld,
        system_type: or(&surroundings.system_type, "gnu/linux"),
        emacs_directory: or(&surroundings.emacs_directory, "~/.emacs.d/"),
    };
    match lisp::evaluate(&expression, &environment) {
        Ok(Evaluated { withheld: Some(variable), .. }) => Err(refuse_variable(&variable, key, span, found)),
        Ok(evaluated) => {
            if let Some(host) = evaluated.host {
                found.push(Diagnostic::new(
                    Code::HostDependent,
                    span,
                    format!("`{key}` depends on `{host}`, so the output is not the same on every machine"),
                    "write the value itself if the output is committed or checked",
                ));
            }
            Ok(evaluated.value)
        }
        Err(refusal) => Err(refuse(text, key, span, &refusal.0, found)),
    }
}

/// A variable may hold a secret, and an output or a diff would show it.
fn refuse_variable(variable: &str, key: &str, span: Span, found: &mut Vec<Diagnostic>) -> AlreadyReported {
    found.push(Diagnostic::new(
        Code::UntrustedEnvironment,
        span,
        format!("`{key}` reads the environment variable `{variable}`, which needs trust"),
        "write the value itself; or, if you trust who wrote this document, run `qvm-tangle trust` in its folder \
         (in CI: `--trust`)",
    ));
    AlreadyReported
}

fn or<'a>(text: &'a str, if_empty: &'a str) -> &'a str {
    if text.is_empty() { if_empty } else { text }
}

/// Reports Lisp that gives no usable value; `why` ends the sentence.
pub(in crate::tangle) fn refuse(
    text: &str,
    key: &str,
    span: Span,
    why: &str,
    found: &mut Vec<Diagnostic>,
) -> AlreadyReported {
    let shown: String = text.chars().take(60).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    found.push(Diagnostic::new(
        Code::LispNeeded,
        span,
        format!("`{key} {shown}{dots}` is Lisp, and it {why}"),
        help(text, key),
    ));
    AlreadyReported
}

/// What to write instead. Double quotes around a call would make a text of it, such as a file of that name.
fn help(text: &str, key: &str) -> String {
    if key == ":tangle-mode" {
        return "write the mode itself, such as `o755`".to_owned();
    }
    let is_call = text.starts_with('(')
        && (text.len() > LONGEST_NAME
            || lisp::read_one(text).is_none_or(|(expression, end)| {
                let is_whole = text[end..].trim().is_empty();
                is_whole && matches!(expression, Lisp::List(parts) if matches!(parts.first(), Some(Lisp::Symbol(_))))
            }));
    let quotes = if is_call { "" } else { "; a text that only looks like Lisp needs double quotes" };
    format!("write the value itself{quotes}")
}

/// The digits of `#0755`, which other languages take for an octal number.
fn wrong_octal(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('#')?;
    let digits = &rest[..rest.bytes().take_while(|byte| matches!(byte, b'0'..=b'7')).count()];
    Some(digits.trim_start_matches('0')).filter(|digits| !digits.is_empty())
}
