//! The arguments that shape a block's place in its file, with their values worked out (rules T-046 to T-048, T-055 to
//! T-059, T-066, T-069).

use super::comments::Comments;
use super::lisp::Lisp;
use super::parameters::{Parameters, Value};
use super::{Refused, mode, noweb};
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
    /// What stands before the body: the prologue.
    pub(super) before: Vec<(String, Span)>,
    /// What stands behind the body: the epilogue.
    pub(super) after: Option<(String, Span)>,
}

impl Settings {
    /// Works the arguments of a block out.
    pub(super) fn read(parameters: &Parameters<'_>, found: &mut Vec<Diagnostic>) -> Result<Self, Refused> {
        let mut read = |key| text(parameters, key, found);
        let mkdirp = read(":mkdirp")?;
        let shebang = read(":shebang")?.filter(|(text, _)| !text.is_empty());
        let padline = read(":padline")?;
        let prologue = read(":prologue")?;
        let epilogue = read(":epilogue")?;
        let comments = read(":comments")?;
        let noweb = read(":noweb")?.map(|(value, _)| value);
        let mode = mode(parameters, found)?.or_else(|| shebang.as_ref().map(|(_, span)| (0o755, *span)));
        let expands = parameters.get(":no-expand").is_none();
        Ok(Self {
            make_folders: mkdirp.is_some_and(|(text, _)| text != "no"),
            shebang,
            mode,
            blank_line_before: padline.is_none_or(|(text, _)| text != "no"),
            comments: Comments::of(comments.as_ref().map(|(value, _)| value.as_str())),
            noweb: noweb.filter(|value| noweb::allows(Some(value))),
            before: prologue.filter(|_| expands).into_iter().collect(),
            after: epilogue.filter(|_| expands),
        })
    }
}

/// The value of an argument that must be text; none if it is missing or stands alone.
pub(super) fn text(
    parameters: &Parameters<'_>,
    key: &str,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<(String, Span)>, Refused> {
    let Some(argument) = parameters.get(key) else { return Ok(None) };
    match argument.meaning() {
        Value::Nothing => Ok(None),
        Value::Text(text) => Ok(Some((text.into_owned(), argument.span()))),
        Value::Number(_) => {
            found.push(Diagnostic::new(
                Code::NumberForText,
                argument.span(),
                format!("`{key}` needs a text, but `{}` is a number to Emacs", argument.written()),
                format!("put the value in double quotes: `{key} \"{}\"`", argument.written()),
            ));
            Err(Refused)
        }
        Value::Lisp(text) => Err(refuse_lisp(key, text, argument.span(), found)),
    }
}

fn refuse_lisp(key: &str, text: &str, span: Span, found: &mut Vec<Diagnostic>) -> Refused {
    let shown: String = text.chars().take(60).collect();
    found.push(Diagnostic::new(
        Code::LispNeeded,
        span,
        format!("`{key} {shown}` is Lisp, which only Emacs can run"),
        "write the value itself; a value that only looks like Lisp needs double quotes",
    ));
    Refused
}

fn mode(parameters: &Parameters<'_>, found: &mut Vec<Diagnostic>) -> Result<Option<(u32, Span)>, Refused> {
    let Some(argument) = parameters.get(":tangle-mode") else { return Ok(None) };
    let span = argument.span();
    let bits = match argument.meaning() {
        Value::Nothing => return Ok(None),
        Value::Text(text) => mode::parse(&text),
        Value::Number(number) => mode::from_number(&number),
        Value::Lisp(text) => match literal_mode(text) {
            Some(number) => mode::from_number(&number),
            None => return Err(refuse_lisp(":tangle-mode", text, span, found)),
        },
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

/// `(identity #o755)`.
fn literal_mode(text: &str) -> Option<Lisp> {
    let (Lisp::List(items), _) = super::lisp::read_one(text)? else { return None };
    match &items[..] {
        [Lisp::Symbol(name), number @ Lisp::Integer(_)] if name == "identity" => Some(number.clone()),
        _ => None,
    }
}
