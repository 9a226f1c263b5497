//! Running the pure piece of Lisp: literals, conditionals, comparisons, text and file names. These are most of the
//! Lisp in public documents that Emacs can tangle without their authors' settings.
//!
//! Everything here gives what Emacs 28 gives. A name that is not here is refused by that name: guessing would make a
//! file that looks right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Lisp;
use crate::tangle::path::{ExpandedPath, expand};

/// What Lisp can read.
#[derive(Debug)]
pub(crate) struct Environment<'a> {
    /// Absolute path of the document.
    pub(crate) document: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) variables: &'a BTreeMap<String, String>,
    /// Names of variables that are set and may not be read.
    pub(crate) withheld: &'a BTreeSet<String>,
    /// `gnu/linux` and its like.
    pub(crate) system_type: &'a str,
    /// Such as `~/.emacs.d/`.
    pub(crate) emacs_directory: &'a str,
}

/// The value of an expression and what it was made from.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) value: Lisp,
    /// The first thing of the host that was asked for, such as `getenv`.
    pub(crate) host: Option<String>,
    /// The first variable that was asked for and may not be read; the value is then not the true one.
    pub(crate) withheld: Option<String>,
}

/// Why an expression has no value here: the end of a sentence that begins with the expression.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LispRefusal(pub(crate) String);

/// Evaluates an expression.
pub(crate) fn evaluate(expression: &Lisp, environment: &Environment<'_>) -> Result<Evaluated, LispRefusal> {
    let mut run = Evaluation { environment, host: None, withheld: None };
    let value = run.value(expression)?;
    Ok(Evaluated { value, host: run.host, withheld: run.withheld })
}

struct Evaluation<'a> {
    environment: &'a Environment<'a>,
    host: Option<String>,
    withheld: Option<String>,
}

type EvaluationResult = Result<Lisp, LispRefusal>;

impl Evaluation<'_> {
    fn value(&mut self, expression: &Lisp) -> EvaluationResult {
        match expression {
            Lisp::Integer(_) | Lisp::Float(_) | Lisp::Text(_) | Lisp::Vector(_) => Ok(expression.clone()),
            Lisp::Symbol(name) => self.variable(name),
            Lisp::List(items) => match items.split_first() {
                None => Ok(Lisp::NIL),
                Some((Lisp::Symbol(name), arguments)) => self.form(name, arguments),
                Some(_) => Err(LispRefusal("calls what is no function".to_owned())),
            },
        }
    }

    fn variable(&mut self, name: &str) -> EvaluationResult {
        match name {
            "t" => Ok(Lisp::symbol("t")),
            "system-type" => {
                self.host.get_or_insert_with(|| name.to_owned());
                Ok(Lisp::symbol(self.environment.system_type))
            }
            "user-emacs-directory" => {
                self.host.get_or_insert_with(|| name.to_owned());
                Ok(Lisp::Text(self.environment.emacs_directory.to_owned()))
            }
            "default-directory" => Ok(Lisp::Text(self.default_directory())),
            "buffer-file-name" => Ok(Lisp::Text(self.environment.document.to_string_lossy().into_owned())),
            _ if name.starts_with(':') => Ok(Lisp::symbol(name)),
            _ => Err(LispRefusal(format!("reads the variable `{name}`, which only Emacs knows"))),
        }
    }

    /// The document's folder, with `~` for the home folder as a visited file has it.
    fn default_directory(&self) -> String {
        let folder = self.environment.document.parent().unwrap_or(Path::new("/"));
        match folder.strip_prefix(self.environment.home) {
            Ok(below) if below.as_os_str().is_empty() => "~/".to_owned(),
            Ok(below) => format!("~/{}/", below.display()),
            Err(_) if folder == Path::new("/") => "/".to_owned(),
            Err(_) => format!("{}/", folder.display()),
        }
    }

    /// Special forms evaluate only some of their arguments; the rest are functions.
    fn form(&mut self, name: &str, arguments: &[Lisp]) -> EvaluationResult {
        match (name, arguments) {
            ("quote", [object]) => Ok(object.clone()),
            ("`", [object]) => self.backquoted(object),
            ("if", [condition, then, otherwise @ ..]) => {
                if self.value(condition)?.is_nil() {
                    self.body(otherwise)
                } else {
                    self.value(then)
                }
            }
            ("when", [condition, body @ ..]) => {
                if self.value(condition)?.is_nil() {
                    Ok(Lisp::NIL)
                } else {
                    self.body(body)
                }
            }
            ("unless", [condition, body @ ..]) => {
                if self.value(condition)?.is_nil() {
                    self.body(body)
                } else {
                    Ok(Lisp::NIL)
                }
            }
            ("progn", body) => self.body(body),
            ("and", arguments) => self.and(arguments),
            ("or", arguments) => self.or(arguments),
            ("cond", clauses) => self.cond(clauses),
            ("buffer-file-name", []) => self.variable(name),
            _ => {
                let values: Vec<Lisp> =
                    arguments.iter().map(|argument| self.value(argument)).collect::<Result<_, _>>()?;
                self.call(name, &values)
            }
        }
    }

    fn body(&mut self, expressions: &[Lisp]) -> EvaluationResult {
        expressions.iter().try_fold(Lisp::NIL, |_, expression| self.value(expression))
    }

    fn and(&mut self, arguments: &[Lisp]) -> EvaluationResult {
        let mut value = Lisp::symbol("t");
        for argument in arguments {
            value = self.value(argument)?;
            if value.is_nil() {
                break;
            }
        }
        Ok(value)
    }

    fn or(&mut self, arguments: &[Lisp]) -> EvaluationResult {
        for argument in arguments {
            let value = self.value(argument)?;
            if !value.is_nil() {
                return Ok(value);
            }
        }
        Ok(Lisp::NIL)
    }

    fn cond(&mut self, clauses: &[Lisp]) -> EvaluationResult {
        for clause in clauses {
            let Lisp::List(clause) = clause else { return Err(LispRefusal("has a malformed `cond`".to_owned())) };
            let Some((condition, body)) = clause.split_first() else { continue };
            let value = self.value(condition)?;
            if !value.is_nil() {
                return if body.is_empty() { Ok(value) } else { self.body(body) };
            }
        }
        Ok(Lisp::NIL)
    }

    fn backquoted(&mut self, object: &Lisp) -> EvaluationResult {
        match object {
            Lisp::List(items) => match &items[..] {
                [Lisp::Symbol(comma), expression] if comma == "," => self.value(expression),
                items => items.iter().map(|item| self.backquoted(item)).collect::<Result<_, _>>().map(Lisp::List),
            },
            Lisp::Integer(_) | Lisp::Float(_) | Lisp::Text(_) | Lisp::Symbol(_) | Lisp::Vector(_) => Ok(object.clone()),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Lisp]) -> EvaluationResult {
        match (name, arguments) {
            ("identity", [object]) => Ok(object.clone()),
            ("not" | "null", [object]) => Ok(object.is_nil().into()),
            ("eq" | "eql", [one, other]) => Ok(is_same(one, other).into()),
            ("equal", [one, other]) => Ok((one == other).into()),
            ("string=" | "string-equal", [one, other]) => Ok((name_or_text(one)? == name_or_text(other)?).into()),
            ("member", [object, Lisp::List(list)]) => Ok(tail(list, |item| item == object)),
            ("memq", [object, Lisp::List(list)]) => Ok(tail(list, |item| is_same(item, object))),
            ("list", arguments) => Ok(Lisp::List(arguments.to_vec())),
            ("concat", arguments) => concat(arguments),
            ("+" | "-" | "*", numbers) => arithmetic(name, numbers),
            ("getenv", [variable]) => {
                self.host.get_or_insert_with(|| format!("getenv {}", text(variable).unwrap_or_default()));
                let name = text(variable)?;
                if self.environment.withheld.contains(name) {
                    self.withheld.get_or_insert_with(|| name.to_owned());
                }
                let value = self.environment.variables.get(name);
                Ok(value.map_or(Lisp::NIL, |value| Lisp::text(value.as_str())))
            }
            ("expand-file-name", [name]) => self.expand(text(name)?, None),
            ("expand-file-name", [name, folder]) if folder.is_nil() => self.expand(text(name)?, None),
            ("expand-file-name", [name, folder]) => self.expand(text(name)?, Some(text(folder)?)),
            ("file-name-directory", [name]) => Ok(split_name(text(name)?).0.map_or(Lisp::NIL, Lisp::text)),
            ("file-name-nondirectory", [name]) => Ok(Lisp::text(split_name(text(name)?).1)),
            ("file-name-sans-extension", [name]) => Ok(Lisp::text(sans_extension(text(name)?))),
            ("file-name-base", [name]) => Ok(Lisp::text(sans_extension(split_name(text(name)?).1))),
            ("file-name-as-directory", [name]) => {
                let name = text(name)?;
                Ok(Lisp::text(match name {
                    "" => "./".to_owned(),
                    _ if name.ends_with('/') => name.to_owned(),
                    _ => format!("{name}/"),
                }))
            }
            ("directory-file-name", [name]) => {
                let name = text(name)?;
                let trimmed = name.trim_end_matches('/');
                Ok(Lisp::text(if trimmed.is_empty() && !name.is_empty() { "/" } else { trimmed }))
            }
            _ => Err(LispRefusal(format!("calls `{name}` in a way that only Emacs can run"))),
        }
    }

    fn expand(&self, name: &str, folder: Option<&str>) -> EvaluationResult {
        let document_folder = self.environment.document.parent().unwrap_or(Path::new("/"));
        let refuse = || Err(LispRefusal(format!("expands `{name}`, which needs another machine or user")));
        let folder = match folder.map(|folder| expand(folder, document_folder, self.environment.home)) {
            None => document_folder.to_owned(),
            Some(ExpandedPath::Path(path)) => path,
            Some(ExpandedPath::OtherHome | ExpandedPath::Remote) => return refuse(),
        };
        match expand(name, &folder, self.environment.home) {
            ExpandedPath::Path(path) => {
                let mut path = path.to_string_lossy().into_owned();
                if name.ends_with('/') && !path.ends_with('/') {
                    path.push('/');
                }
                Ok(Lisp::Text(path))
            }
            ExpandedPath::OtherHome | ExpandedPath::Remote => refuse(),
        }
    }
}

impl From<bool> for Lisp {
    fn from(value: bool) -> Self {
        if value { Self::symbol("t") } else { Self::NIL }
    }
}

/// Symbols and whole numbers are the same if they look the same; two strings or lists never are.
fn is_same(one: &Lisp, other: &Lisp) -> bool {
    match (one, other) {
        (Lisp::Symbol(one), Lisp::Symbol(other)) | (Lisp::Integer(one), Lisp::Integer(other)) => one == other,
        (Lisp::List(one), Lisp::List(other)) => one.is_empty() && other.is_empty(),
        _ => false,
    }
}

fn tail(list: &[Lisp], is_found: impl Fn(&Lisp) -> bool) -> Lisp {
    let start = list.iter().position(is_found).unwrap_or(list.len());
    Lisp::List(list[start..].to_vec())
}

fn text(object: &Lisp) -> Result<&str, LispRefusal> {
    match object {
        Lisp::Text(text) => Ok(text),
        other => {
            Err(LispRefusal(format!("needs a string where it has `{}`", crate::tangle::arguments::lisp::print(other))))
        }
    }
}

fn name_or_text(object: &Lisp) -> Result<&str, LispRefusal> {
    match object {
        Lisp::Symbol(name) => Ok(name),
        object if object.is_nil() => Ok("nil"),
        object => text(object),
    }
}

fn concat(parts: &[Lisp]) -> EvaluationResult {
    let mut whole = String::new();
    for part in parts.iter().filter(|part| !part.is_nil()) {
        whole.push_str(text(part)?);
    }
    Ok(Lisp::Text(whole))
}

/// Whole numbers only; a number too large to count with is refused.
fn arithmetic(name: &str, numbers: &[Lisp]) -> EvaluationResult {
    let refuse = || LispRefusal(format!("calls `{name}` with what is no whole number"));
    let numbers: Vec<i64> = numbers
        .iter()
        .map(|number| if let Lisp::Integer(digits) = number { digits.parse().ok() } else { None })
        .collect::<Option<_>>()
        .ok_or_else(refuse)?;
    let result = match (name, &numbers[..]) {
        ("+", numbers) => numbers.iter().try_fold(0_i64, |sum, number| sum.checked_add(*number)),
        ("*", numbers) => numbers.iter().try_fold(1_i64, |product, number| product.checked_mul(*number)),
        (_, []) => Some(0),
        (_, [only]) => only.checked_neg(),
        (_, [first, rest @ ..]) => rest.iter().try_fold(*first, |rest, number| rest.checked_sub(*number)),
    };
    result.map(|number| Lisp::Integer(number.to_string())).ok_or_else(refuse)
}

/// The folder with its slash, and the rest.
fn split_name(name: &str) -> (Option<&str>, &str) {
    name.rfind('/').map_or((None, name), |slash| (Some(&name[..=slash]), &name[slash + 1..]))
}

/// A name without its last extension; a leading dot starts none.
fn sans_extension(name: &str) -> &str {
    let (folder, file) = split_name(name);
    match file.rfind('.') {
        Some(dot) if dot > 0 => &name[..folder.map_or(0, str::len) + dot],
        Some(_) | None => name,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::{Environment, evaluate};
    use crate::tangle::arguments::lisp::{print, read_one};

    #[track_caller]
    fn check(expression: &str, expected: &str) {
        let variables = BTreeMap::from([("HOME".to_owned(), "/home/ann".to_owned())]);
        let environment = Environment {
            document: Path::new("/home/ann/org/net.org"),
            home: Path::new("/home/ann"),
            variables: &variables,
            withheld: &BTreeSet::new(),
            system_type: "gnu/linux",
            emacs_directory: "~/.emacs.d/",
        };
        let (expression, _) = read_one(expression).unwrap();
        let value = match evaluate(&expression, &environment) {
            Ok(evaluated) => print(&evaluated.value),
            Err(refusal) => refusal.0,
        };
        assert_eq!(value, expected);
    }

    #[test]
    fn pure_expressions_have_the_values_emacs_gives_them() {
        check("(identity #o755)", "493");
        check("(if (eq system-type 'gnu/linux) \"linux.sh\" \"no\")", "\"linux.sh\"");
        check("(if nil 1 2 3)", "3");
        check("(concat \"a\" nil \"b\")", "\"ab\"");
        check("(concat (getenv \"HOME\") \"/x\")", "\"/home/ann/x\"");
        check("(or (getenv \"NONE\") \"fallback\")", "\"fallback\"");
        check("(expand-file-name \"x\" \"~/bin\")", "\"/home/ann/bin/x\"");
        check("(expand-file-name \"../x/\")", "\"/home/ann/x/\"");
        check("default-directory", "\"~/org/\"");
        check("(expand-file-name \"init.el\" user-emacs-directory)", "\"/home/ann/.emacs.d/init.el\"");
        check("(file-name-sans-extension (buffer-file-name))", "\"/home/ann/org/net\"");
        check("(file-name-sans-extension \"/a.b/.c\")", "\"/a.b/.c\"");
        check("(file-name-directory \"x\")", "nil");
        check("(eq \"a\" \"a\")", "nil");
        check("(equal '(1 \"a\") '(1 \"a\"))", "t");
        check("`(1 ,(+ 1 2))", "(1 3)");
        check("(cond ((not t) 1) ((and t 2)))", "2");
        check("(member \"b\" '(\"a\" \"b\" \"c\"))", "(\"b\" \"c\")");
        check("(shell-command-to-string \"id\")", "calls `shell-command-to-string` in a way that only Emacs can run");
        check("user-full-name", "reads the variable `user-full-name`, which only Emacs knows");
    }
}
