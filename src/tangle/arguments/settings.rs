//! The arguments that shape a block's place in its file, with their values worked out (rules T-046 to T-048, T-055 to
//! T-059, T-066, T-069).

use super::Argument;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::tangle::arguments::assignment::assignments;
use crate::tangle::arguments::evaluate::refuse;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::arguments::mode;
use crate::tangle::arguments::parameters::{ArgumentValue, Parameters};
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// What the arguments of a tangled block say.
pub(in crate::tangle) struct BlockSettings {
    /// `:mkdirp`: missing folders are made.
    pub(in crate::tangle) make_folders: bool,
    /// `:shebang`, if it is not empty.
    pub(in crate::tangle) shebang: Option<(String, Span)>,
    /// The mode asked for by `:tangle-mode` or `:shebang`.
    pub(in crate::tangle) mode: Option<(u32, Span)>,
    /// `:padline no` is not said.
    pub(in crate::tangle) blank_line_before: bool,
    /// `:comments`.
    pub(in crate::tangle) comments: Comments,
    /// The value of `:noweb`, if it lets references be expanded.
    pub(in crate::tangle) noweb: Option<String>,
    /// `:no-expand` is not there.
    pub(in crate::tangle) expands: bool,
    /// `:prologue`.
    pub(in crate::tangle) prologue: Option<(String, Span)>,
    /// `:epilogue`.
    pub(in crate::tangle) epilogue: Option<(String, Span)>,
}

/// What `:comments` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tangle) struct Comments {
    /// A begin and an end comment with a link.
    pub(in crate::tangle) link: bool,
    /// The prose before the block.
    pub(in crate::tangle) org: bool,
    /// The same around each expanded reference.
    pub(in crate::tangle) noweb: bool,
}

impl Comments {
    /// Reads the value of `:comments`; an unknown one asks for nothing.
    pub(in crate::tangle) fn of(value: Option<&str>) -> Self {
        let value = value.unwrap_or("no");
        Self {
            link: matches!(value, "link" | "yes" | "noweb" | "both"),
            org: matches!(value, "org" | "both"),
            noweb: value == "noweb",
        }
    }
}

/// Looks at the arguments that Emacs takes apart for every block, tangled or not (rule T-048).
pub(in crate::tangle) fn check_common(
    parameters: &Parameters<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<(), AlreadyReported> {
    for argument in parameters.all(":results").chain(parameters.all(":exports")) {
        match argument.meaning() {
            ArgumentValue::Number(_) => return Err(refuse_number(argument, found)),
            ArgumentValue::Nothing if argument.key.value == ":results" => {
                found.push(Diagnostic::new(
                    Code::ValuelessArgument,
                    argument.span(),
                    "`:results` has no value",
                    "remove it, or add a value such as `silent`",
                ));
                return Err(AlreadyReported);
            }
            ArgumentValue::Nothing | ArgumentValue::Lisp(_) | ArgumentValue::Text(_) => {}
        }
    }
    // Inherited variables are looked at where a block is tangled: to do it for every block would not be linear.
    if parameters.inherits(":var") { Ok(()) } else { assignments(parameters, found).map(drop) }
}

/// Emacs reads the Lisp of every argument of a tangled block, also where nothing depends on it.
pub(in crate::tangle) fn check_lisp(
    parameters: &Parameters<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<(), AlreadyReported> {
    match parameters.unfinished() {
        Some(argument) => Err(refuse(argument.written(), &argument.key.value, argument.span(), "does not end", found)),
        None => Ok(()),
    }
}

impl BlockSettings {
    /// Works the arguments of a block out.
    pub(in crate::tangle) fn read(
        parameters: &Parameters<'_>,
        language: &str,
        surroundings: &TangleEnvironment,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Self, AlreadyReported> {
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
            noweb: noweb.filter(|value| parameters.get(":noweb").is_some_and(|it| it.allows_noweb(value))),
            expands: parameters.get(":no-expand").is_none(),
            prologue,
            epilogue,
        })
    }
}

/// The same as `text` without its place.
pub(in crate::tangle) fn text_alone(
    parameters: &Parameters<'_>,
    key: &str,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<String>, AlreadyReported> {
    Ok(text(parameters, key, surroundings, found)?.map(|(value, _)| value))
}

/// The value of an argument that must be text; none if it is missing, stands alone or is `nil`.
pub(in crate::tangle) fn text(
    parameters: &Parameters<'_>,
    key: &str,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<(String, Span)>, AlreadyReported> {
    let Some(argument) = parameters.get(key) else { return Ok(None) };
    let span = argument.span();
    match argument.meaning() {
        ArgumentValue::Nothing => Ok(None),
        ArgumentValue::Text(text) => Ok(Some((text.into_owned(), span))),
        ArgumentValue::Number(_) => Err(refuse_number(argument, found)),
        ArgumentValue::Lisp(text) => match argument.evaluated(surroundings, found)? {
            Lisp::Text(value) => Ok(Some((value.clone(), span))),
            // Emacs compares these keys with texts, which a symbol's name is, too.
            Lisp::Symbol(name) if matches!(key, ":mkdirp" | ":padline" | ":comments") => Ok(Some((name.clone(), span))),
            value if value.is_nil() => Ok(None),
            _ => Err(refuse(text, key, span, "gives no text", found)),
        },
    }
}

fn refuse_number(argument: &Argument<'_>, found: &mut Vec<Diagnostic>) -> AlreadyReported {
    let (key, written, span) = (&argument.key.value, argument.written(), argument.span());
    let quoted = format!("\"{written}\"");
    let message = format!("`{key}` needs a text, but `{written}` is a number to Emacs");
    let help = format!("put the value in double quotes: `{key} {quoted}`");
    found.push(Diagnostic::new(Code::NumberForText, span, message, help).safe_fix(span, Some(quoted)));
    AlreadyReported
}

fn mode(
    parameters: &Parameters<'_>,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<(u32, Span)>, AlreadyReported> {
    let Some(argument) = parameters.get(":tangle-mode") else { return Ok(None) };
    let span = argument.span();
    let bits_of = |value: &Lisp| match value {
        Lisp::Text(text) => mode::parse(text),
        value => mode::from_number(value),
    };
    let bits = match argument.meaning() {
        ArgumentValue::Nothing => return Ok(None),
        ArgumentValue::Text(text) => mode::parse(&text),
        ArgumentValue::Number(number) => bits_of(&number),
        ArgumentValue::Lisp(_) => match argument.evaluated(surroundings, found)? {
            value if value.is_nil() => return Ok(None),
            value => bits_of(value),
        },
    };
    let Some(bits) = bits else {
        found.push(Diagnostic::new(
            Code::UnknownMode,
            span,
            format!("`{}` is no file mode that Emacs knows", argument.written()),
            "write it as `o755`, `rwxr-xr-x` or `u+x`",
        ));
        return Err(AlreadyReported);
    };
    Ok(Some((bits, span)))
}
