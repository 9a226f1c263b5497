//! Which file a block goes to (rules T-004, T-047, T-049 to T-052, T-054).

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::org::SourceBlock;
use crate::path::{LONGEST_PATH, normalise};
use crate::source::Span;
use crate::tangle::arguments::evaluate::refuse;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::arguments::parameters::{ArgumentValue, Parameters, own_span_of, span_of};
use crate::tangle::path::{ExpandedPath, expand, is_anchored};
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// One file that a block goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tangle) struct Target {
    /// Absolute and normalised.
    pub(in crate::tangle) path: PathBuf,
    /// As the document names it.
    pub(in crate::tangle) written: String,
    /// The folder it is meant for, whatever the destdir.
    pub(in crate::tangle) folder: PathBuf,
    /// The value of `:tangle`.
    pub(in crate::tangle) declared: Span,
    /// The file's extension says less than it would with the language's support loaded.
    pub(in crate::tangle) usual_extension: Option<&'static str>,
}

/// Whether a block is tangled at all: decided before anything in its arguments is evaluated.
pub(in crate::tangle) fn is_wanted(
    parameters: &Parameters<'_>,
    block: &SourceBlock<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<bool, AlreadyReported> {
    let Some(argument) = parameters.get(":tangle") else { return Ok(false) };
    match argument.meaning() {
        ArgumentValue::Text(text) => Ok(text != "no" && !(block.language.is_none() && text == "yes")),
        ArgumentValue::Lisp(_) => Ok(true),
        ArgumentValue::Nothing => {
            found.push(Diagnostic::new(
                Code::MissingTarget,
                argument.span(),
                "`:tangle` has no value",
                "name the file: `:tangle FILE`, or say `:tangle no`",
            ));
            Err(AlreadyReported)
        }
        ArgumentValue::Number(_) => {
            found.push(Diagnostic::new(
                Code::NumberForText,
                argument.span(),
                format!("`:tangle` needs a file name, but `{}` is a number to Emacs", argument.written()),
                format!("put the name in double quotes: `:tangle \"{}\"`", argument.written()),
            ));
            Err(AlreadyReported)
        }
    }
}

/// The files that a block goes to: one, or several if a list of names is given.
pub(in crate::tangle) fn resolve(
    parameters: &Parameters<'_>,
    block: &SourceBlock<'_>,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<Target>, AlreadyReported> {
    let declared = span_of(parameters, ":tangle", block);
    let argument = parameters.get(":tangle").map(|argument| (argument, argument.meaning()));
    let names = match &argument {
        Some((_, ArgumentValue::Text(name))) => vec![&**name],
        Some((argument, ArgumentValue::Lisp(text))) => {
            let value = argument.evaluated(surroundings, found)?;
            names(value).ok_or_else(|| refuse(text, ":tangle", declared, "gives no file name", found))?
        }
        Some((_, ArgumentValue::Nothing | ArgumentValue::Number(_))) | None => Vec::new(),
    };
    let wanted = names.into_iter().filter(|name| !matches!(*name, "" | "no"));
    // What `yes` names is made of the block's language, so an inherited one is about the block.
    let declared_of = |name: &str| if name == "yes" { own_span_of(parameters, ":tangle", block) } else { declared };
    wanted.map(|name| resolve_one(name, declared_of(name), block, surroundings, found)).collect()
}

/// The file names that a value stands for: a text, or a list, which the next release of Org takes. Emacs stops at `nil`.
fn names(value: &Lisp) -> Option<Vec<&str>> {
    match value {
        Lisp::Text(name) => Some(vec![name]),
        Lisp::List(names) if !names.is_empty() => {
            names.iter().map(|name| if let Lisp::Text(name) = name { Some(name.as_str()) } else { None }).collect()
        }
        Lisp::List(_) | Lisp::Integer(_) | Lisp::Float(_) | Lisp::Symbol(_) | Lisp::Vector(_) => None,
    }
}

fn resolve_one(
    name: &str,
    declared: Span,
    block: &SourceBlock<'_>,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Target, AlreadyReported> {
    if name == "yes" {
        return Ok(named_after_document(declared, block, surroundings));
    }
    let refuse = |code, message, help: &str| Diagnostic::new(code, declared, message, help);
    if name.len() > LONGEST_PATH {
        let start: String = name.chars().take(60).collect();
        let message = format!("target `{start}…` is longer than a path may be");
        found.push(refuse(Code::TargetNotAFile, message, "choose a shorter name"));
        return Err(AlreadyReported);
    }
    let path = match expand(name, &surroundings.base, &surroundings.home) {
        ExpandedPath::Path(path) => path,
        ExpandedPath::Remote => {
            let (message, help) = match local_part(name) {
                Some(path) => (
                    format!("target `{name}` needs the rights of another user, which only Emacs asks for"),
                    format!("write `{path}`, and run qvm-tangle as that user or with `--destdir`"),
                ),
                None => (
                    format!("target `{name}` is on another machine"),
                    "name a file of this machine and copy it afterwards".to_owned(),
                ),
            };
            found.push(refuse(Code::RemoteTarget, message, &help));
            return Err(AlreadyReported);
        }
        ExpandedPath::OtherHome => {
            let message = format!("`{name}` is in the home folder of another user");
            found.push(refuse(Code::RemoteTarget, message, "write the absolute path"));
            return Err(AlreadyReported);
        }
    };
    if name.ends_with('/') || path.file_name().is_none() {
        let message = format!("target `{name}` is a folder");
        found.push(refuse(Code::TargetNotAFile, message, "add a file name after it"));
        return Err(AlreadyReported);
    }
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let path = match &surroundings.destdir {
        Some(destdir) if is_anchored(name) => below(destdir, &path),
        Some(_) | None => path,
    };
    Ok(Target { path, written: name.to_owned(), folder, declared, usual_extension: None })
}

/// The path in `/sudo::/path` and its like, which is on this machine.
fn local_part(name: &str) -> Option<&str> {
    ["/sudo::", "/doas::", "/su::"].into_iter().find_map(|method| name.strip_prefix(method))
}

/// `:tangle yes`: the document's name with the language's extension.
fn named_after_document(declared: Span, block: &SourceBlock<'_>, surroundings: &TangleEnvironment) -> Target {
    let language = block.language.map_or("", |language| language.value);
    let extension = surroundings.languages.extension(language);
    let document = surroundings.document.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let stem = document.rsplit_once('.').map_or(&*document, |(stem, _)| if stem.is_empty() { &document } else { stem });
    Target {
        path: surroundings.base.join(format!("{stem}.{extension}")),
        written: "yes".to_owned(),
        folder: surroundings.base.clone(),
        declared,
        usual_extension: crate::tangle::languages::usual_extension(language).filter(|usual| *usual != extension),
    }
}

/// An absolute path moved below a folder, as `make install` does with DESTDIR.
fn below(folder: &Path, path: &Path) -> PathBuf {
    normalise(&folder.join(path.strip_prefix("/").unwrap_or(path)))
}
