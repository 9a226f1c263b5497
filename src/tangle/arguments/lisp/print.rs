//! From Lisp objects to text, as Emacs prints them with `prin1` and `princ` (rule T-107 has the numbers).

use super::Lisp;

/// The text that reads as the object again.
pub(crate) fn print(object: &Lisp) -> String {
    match object {
        Lisp::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Lisp::Symbol(name) => print_symbol(name),
        other => print_with(other, print),
    }
}

/// The text that people are shown (`%s` of `format`): texts without quotes, names as they are.
pub(crate) fn display(object: &Lisp) -> String {
    print_with(object, display)
}

/// Prints an object with its parts printed by `part`.
fn print_with(object: &Lisp, part: fn(&Lisp) -> String) -> String {
    let all = |items: &[Lisp]| items.iter().map(part).collect::<Vec<_>>().join(" ");
    match object {
        Lisp::Integer(digits) => digits.clone(),
        Lisp::Float(value) => print_float(*value),
        Lisp::Text(text) | Lisp::Symbol(text) => text.clone(),
        Lisp::List(items) if items.is_empty() => "nil".to_owned(),
        Lisp::List(items) => match &items[..] {
            [Lisp::Symbol(quote), object] if quote == "quote" => format!("'{}", part(object)),
            [Lisp::Symbol(quote), object] if quote == "function" => format!("#'{}", part(object)),
            [Lisp::Symbol(quote), object] if quote == "`" || quote == "," => format!("{quote}{}", part(object)),
            _ => format!("({})", all(items)),
        },
        Lisp::Vector(items) => format!("[{}]", all(items)),
    }
}

/// The shortest decimal that gives the same number, with a point or an exponent.
fn print_float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "1.0e+INF" } else { "-1.0e+INF" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    // As C's `%g` decides with fifteen digits, or as many more as are needed.
    if exponent < -4 || usize::try_from(exponent).is_ok_and(|exponent| exponent >= digits.max(15)) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let plain = value.to_string();
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

/// A symbol with a backslash before what would end it or make it something else.
fn print_symbol(name: &str) -> String {
    if name.is_empty() {
        return "##".to_owned();
    }
    let mut text = String::with_capacity(name.len());
    if crate::tangle::arguments::lisp::read::number(name).is_some() {
        text.push('\\');
    }
    for c in name.chars() {
        if c <= ' '
            || matches!(c, '"' | '\\' | '\'' | ';' | '#' | '(' | ')' | ',' | '`' | '[' | ']' | '.' | '?' | '\u{A0}')
        {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
