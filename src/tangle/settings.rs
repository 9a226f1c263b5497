//! The arguments that shape a block's place in its file, with their values worked out (rules T-046 to T-048, T-055 to
//! T-059, T-066, T-069).

use super::arguments::Argument;
use super::comments::Comments;
use super::evaluate::{evaluate, refuse};
use super::lisp::Lisp;
use super::parameters::{Parameters, Value};
use super::{Refused, Surroundings, mode, noweb, variables};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// What the arguments of a tangled block say.
pub(super) struct Settings {
    /// `:mkdirp`: missing folders are made.
    pub(super) make_folders: bool,
    /// `:shebang`, if it is not empty.
    pub(super) shebang: Option<(String, Span)>,
    /// The mode asked for by `:tangle-mode` or `:shebang`.
    pub(super) mode: Option<(u32, Span)>,
    /// `:padline no` is not said.
    pub(super) blank_line_before: bool,
    /// `:comments`.
    pub(super) comments: Comments,
    /// The value of `:noweb`, if it lets references be expanded.
    pub(super) noweb: Option<String>,
    /// `:no-expand` is not there.
    pub(super) expands: bool,
    /// `:prologue`.
    pub(super) prologue: Option<(String, Span)>,
    /// `:epilogue`.
    pub(super) epilogue: Option<(String, Span)>,
}

/// Looks at the arguments that Emacs takes apart for every block, tangled or not (rule T-048).
pub(super) fn check_common(parameters: &Parameters<'_>, found: &mut Vec<Diagnostic>) -> Result<(), Refused> {
    for argument in parameters.all(":results").chain(parameters.all(":exports")) {
        match argument.meaning() {
            Value::Number(_) => return Err(refuse_number(argument, found)),
            Value::Nothing if argument.key.value == ":results" => {
                found.push(Diagnostic::new(
                    Code::ValuelessArgument,
                    argument.span(),
                    "`:results` has no value",
                    "remove it, or add a value such as `silent`",
                ));
                return Err(Refused);
            }
            Value::Nothing | Value::Lisp(_) | Value::Text(_) => {}
        }
    }
    // Inherited variables are looked at where a block is tangled: to do it for every block would not be linear.
    if parameters.inherits(":var") { Ok(()) } else { variables::check(parameters, found) }
}

/// Emacs reads the Lisp of every argument of a tangled block, also where nothing depends on it.
pub(super) fn check_lisp(parameters: &Parameters<'_>, found: &mut Vec<Diagnostic>) -> Result<(), Refused> {
    match parameters.unfinished() {
        Some(argument) => Err(refuse(argument.written(), &argument.key.value, argument.span(), "does not end", found)),
        None => Ok(()),
    }
}

impl Settings {
    /// Works the arguments of a block out.
    pub(super) fn read(
        parameters: &Parameters<'_>,
        language: &str,
        surroundings: &Surroundings,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Self, Refused> {
        let mut read = |key| text(parameters, key, surroundings, found);
        let mkdirp = read(":mkdirp")?;
        let shebang = read(":shebang")?.filter(|(text, _)| !text.is_empty());
        let padline = read(":padline")?;
        let is_padline_set = parameters.get(":padline").is_some();
        let prologue = read(":prologue")?;
        let epilogue = read(":epilogue")?;
        let comments = read(":comments")?;
        let noweb = read(":noweb")?.map(|(value, _)| value);
        let mode = mode(parameters, surroundings, found)?;
        Ok(Self {
            make_folders: mkdirp.is_some_and(|(text, _)| text != "no"),
            mode: mode.or_else(|| shebang.as_ref().map(|(_, span)| (0o755, *span))),
            shebang,
            blank_line_before: match padline {
                Some((text, _)) => text != "no",
                None => is_padline_set || surroundings.languages.pad(language),
            },
            comments: Comments::of(comments.as_ref().map(|(value, _)| value.as_str())),
            noweb: noweb.filter(|value| noweb::allows(Some(value))),
            expands: parameters.get(":no-expand").is_none(),
            prologue,
            epilogue,
        })
    }
}

/// The same as `text` without its place.
pub(super) fn text_alone(
    parameters: &Parameters<'_>,
    key: &str,
    surroundings: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<String>, Refused> {
    Ok(text(parameters, key, surroundings, found)?.map(|(value, _)| value))
}

/// The value of an argument that must be text; none if it is missing, stands alone or is `nil`.
pub(super) fn text(
    parameters: &Parameters<'_>,
    key: &str,
    surroundings: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<(String, Span)>, Refused> {
    let Some(argument) = parameters.get(key) else { return Ok(None) };
    let span = argument.span();
    match argument.meaning() {
        Value::Nothing => Ok(None),
        Value::Text(text) => Ok(Some((text.into_owned(), span))),
        Value::Number(_) => Err(refuse_number(argument, found)),
        Value::Lisp(text) => match evaluate(text, key, span, surroundings, found)? {
            Lisp::Text(value) => Ok(Some((value, span))),
            // Emacs compares these keys with texts, which a symbol's name is, too.
            Lisp::Symbol(name) if matches!(key, ":mkdirp" | ":padline" | ":comments") => Ok(Some((name, span))),
            value if value.is_nil() => Ok(None),
            _ => Err(refuse(text, key, span, "gives no text", found)),
        },
    }
}

fn refuse_number(argument: &Argument<'_>, found: &mut Vec<Diagnostic>) -> Refused {
    let (key, written, span) = (&argument.key.value, argument.written(), argument.span());
    let quoted = format!("\"{written}\"");
    let message = format!("`{key}` needs a text, but `{written}` is a number to Emacs");
    let help = format!("put the value in double quotes: `{key} {quoted}`");
    found.push(Diagnostic::new(Code::NumberForText, span, message, help).fix(span, Some(quoted)));
    Refused
}

fn mode(
    parameters: &Parameters<'_>,
    surroundings: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<(u32, Span)>, Refused> {
    let Some(argument) = parameters.get(":tangle-mode") else { return Ok(None) };
    let span = argument.span();
    let value = match argument.meaning() {
        Value::Nothing => return Ok(None),
        Value::Text(text) => Lisp::Text(text.into_owned()),
        Value::Number(number) => number,
        Value::Lisp(text) => evaluate(text, ":tangle-mode", span, surroundings, found)?,
    };
    let bits = match &value {
        value if value.is_nil() => return Ok(None),
        Lisp::Text(text) => mode::parse(text),
        value => mode::from_number(value),
    };
    let Some(bits) = bits else {
        found.push(Diagnostic::new(
            Code::UnknownMode,
            span,
            format!("`{}` is no file mode that Emacs knows", argument.written()),
            "write it as `o755`, `rwxr-xr-x` or `u+x`",
        ));
        return Err(Refused);
    };
    Ok(Some((bits, span)))
}
