//! Variables in Perl: `my $name=q(value);` and nested lists (rule T-112).

use super::BlockVariables;
use crate::source::Span;
use crate::tangle::arguments::lisp::{Lisp, print};

/// One assignment a variable, an empty line after each.
pub(super) fn lines(variables: &BlockVariables) -> Vec<(String, Span)> {
    let line = |variable: &super::Variable| {
        let newline = if matches!(*variable.value, Lisp::List(_)) { "\n" } else { "" };
        (format!("my ${}={newline}{};\n", variable.name, value(&variable.value, 0)), variable.span)
    };
    variables.all.iter().map(line).collect()
}

fn value(object: &Lisp, level: usize) -> String {
    let indentation = " ".repeat(2 * level);
    let end = if level > 0 { ",\n" } else { "" };
    match object {
        Lisp::List(items) => {
            let inner: String = items.iter().map(|item| value(item, level + 1)).collect();
            format!("{indentation}[\n{inner}{indentation}]{end}")
        }
        Lisp::Text(text) => format!("{indentation}q({text}){end}"),
        other => format!("{indentation}q({}){end}", print(other)),
    }
}
