//! What a command makes of its arguments: data, or code, arithmetic and names again.

use super::{AS_CODE, AS_NAME, Reason, assigned_name};
use crate::shell::{Role, is_name};

/// Builtins that take arguments for code, arithmetic or the names of variables.
const EVALUATE: [&str; 22] = [
    ".",
    "alias",
    "bind",
    "compgen",
    "complete",
    "coproc",
    "enable",
    "eval",
    "exec",
    "fc",
    "getopts",
    "hash",
    "history",
    "let",
    "mapfile",
    "read",
    "readarray",
    "shopt",
    "source",
    "trap",
    "unset",
    "wait",
];

/// Builtins that declare variables.
const DECLARE: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// Commands whose argument is a command.
const WRAPPERS: [&str; 12] =
    ["builtin", "chroot", "command", "doas", "env", "exec", "ip", "nohup", "nsenter", "setsid", "sudo", "timeout"];

/// Programs that take code after `-c` or `-e`.
const INTERPRETERS: [&str; 14] = [
    "ash", "bash", "busybox", "dash", "ksh", "node", "perl", "python", "python3", "ruby", "runuser", "sh", "su", "zsh",
];

/// What a declaration makes of the values it is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Declares {
    #[default]
    Plain,
    /// Arrays with names for keys.
    Keys,
    /// Variables that take what they are set to for arithmetic or a name.
    Evaluated,
}

/// A command as far as it was read.
#[derive(Debug, Default)]
pub(super) struct CommandSoFar<'t> {
    /// Its name, without wrappers.
    name: &'t str,
    /// How many words it has.
    words: usize,
    /// The last word.
    last: &'t str,
    /// The operator of the last redirection.
    pub(super) redirection: &'t str,
    /// What `for` sets.
    pub(super) variable: &'t str,
    /// What its options make of what it declares.
    declares: Declares,
    /// Whether it, or what it wraps, takes code after `-c`.
    is_interpreter: bool,
    /// Whether a wrapper's command has not come yet.
    is_wrapper: bool,
}

impl<'t> CommandSoFar<'t> {
    /// It has ended, and another one begins.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// Takes the next word, and says which variables it makes take values for arithmetic; an empty one means any.
    pub(super) fn take(&mut self, role: Role, raw: &'t str) -> Option<&'t str> {
        let program = raw.rsplit('/').next().unwrap_or(raw).trim_start_matches('\\');
        match role {
            Role::Keyword if matches!(raw, "[[") => {
                self.end();
                self.name = raw;
            }
            Role::Keyword if matches!(raw, "in") => {}
            Role::Keyword => self.end(),
            Role::Name => self.variable = raw,
            Role::Command => {
                self.name = program;
                self.words = 1;
                self.is_wrapper = WRAPPERS.contains(&program);
            }
            Role::Argument => return self.take_argument(raw, program),
            Role::Operand => self.last = raw,
            _ => return None,
        }
        self.last = raw;
        self.is_interpreter |= INTERPRETERS.contains(&program);
        None
    }

    fn take_argument(&mut self, raw: &'t str, program: &'t str) -> Option<&'t str> {
        self.words += 1;
        self.last = raw;
        self.is_interpreter |= INTERPRETERS.contains(&program);
        if self.is_wrapper && !raw.starts_with('-') && !raw.contains('=') {
            self.is_wrapper = WRAPPERS.contains(&program);
            self.name = program;
            self.words = 1;
        }
        if !DECLARE.contains(&self.name) {
            return None;
        }
        let is_option = raw.starts_with('-') || raw.starts_with('+');
        if is_option {
            if raw.contains(['i', 'n']) {
                self.declares = Declares::Evaluated;
            } else if raw.contains('A') && self.declares == Declares::Plain {
                self.declares = Declares::Keys;
            }
            return None;
        }
        let name = raw.split(['=', '+', '[']).next().unwrap_or(raw);
        // A name that is known only when the script runs may be any.
        let name = if is_name(name) { name } else { "" };
        (self.declares == Declares::Evaluated).then_some(name)
    }

    /// Whether the next argument may be a value, with `prefix` before it in the same word. Gives the name it is set to.
    pub(super) fn may_take(&self, prefix: &'t str) -> Result<Option<&'t str>, Reason> {
        if self.is_wrapper {
            return Err(AS_NAME);
        }
        if DECLARE.contains(&self.name) {
            self.may_declare()?;
            return assigned_name(prefix).map(Some).ok_or(AS_NAME);
        }
        let is_code = self.is_interpreter && is_code_option(self.last);
        let fits = match self.name {
            "[" | "test" => matches!(self.last, "=" | "==" | "!="),
            "printf" => self.words > 1 && self.last != "-v",
            name => !EVALUATE.contains(&name),
        };
        if fits && !is_code { Ok(None) } else { Err(AS_CODE) }
    }

    /// Whether what it declares may be set to a value.
    pub(super) fn may_declare(&self) -> Result<(), Reason> {
        if self.declares == Declares::Evaluated { Err(AS_CODE) } else { Ok(()) }
    }

    /// Whether it declares arrays with names for keys.
    pub(super) fn has_keys(&self) -> bool {
        self.declares == Declares::Keys
    }

    /// Whether the next operand of `[[` may be a value: one that is compared as text or looked for as a file.
    pub(super) fn may_compare(&self) -> Result<(), Reason> {
        let texts = ["=", "==", "!=", "-n", "-z", "-d", "-e", "-f", "-r", "-s", "-w", "-x"];
        if texts.contains(&self.last) { Ok(()) } else { Err(AS_CODE) }
    }
}

/// `-c`, `-e`, and options in one word that end in these.
fn is_code_option(word: &str) -> bool {
    word.starts_with('-') && word.ends_with(['c', 'e']) || word == "--command"
}
