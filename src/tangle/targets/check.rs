//! What an author wants to know of a finished target.

use super::assemble::Assembled;
use crate::diagnostic::{Code, Diagnostic};
use crate::tangle::languages;

/// Reports what is odd about a finished target.
pub(super) fn check(target: &Assembled, found: &mut Vec<Diagnostic>) {
    let text = target.text.as_str();
    let name = target.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    if let [(first, first_span), rest @ ..] = &target.modes[..] {
        for (mode, span) in rest {
            let message = format!("`{name}` is already asked to have mode {first:o}, so {mode:o} has no effect");
            let help = "ask for one mode, at the first block of the file";
            let label = "this one counts";
            found.push(Diagnostic::new(Code::ConflictingModes, *span, message, help).label(*first_span, label));
        }
    }
    for (spelling, span) in &target.other_spellings {
        let first = &target.written;
        let message = format!("`{spelling}` is the same file as `{first}`");
        let help = format!("write `{first}` here too");
        let diagnostic = Diagnostic::new(Code::TwoSpellings, *span, message, help);
        // A value in quotes or from Lisp is not the name alone.
        let fix = (span.range().len() == spelling.len()).then_some(first.as_str());
        found.push(diagnostic.safe_fix(*span, fix).label(target.declared, "first named here"));
    }
    if let Some((extension, span)) = target.usual_extension {
        let message = format!("`:tangle yes` makes `{name}`, since no support for the language is loaded");
        let help = format!("name the file, or load the support with `languages` to get `.{extension}`");
        found.push(Diagnostic::new(Code::UnusualExtension, span, message, help));
    }
    if let Some((span, shell)) = target.shell_block.as_ref().filter(|_| !text.starts_with("#!") && is_script(target)) {
        if let Some(shebang) = later_shebang(text) {
            let message = format!(
                "the shebang of `{name}` is not its first line: a comment that the block asks for stands above it"
            );
            let help = format!("take `{shebang}` out of the block, and add `:shebang {shebang}` to it");
            found.push(Diagnostic::new(Code::MissingShebang, *span, message, help));
            return;
        }
        let shebang = languages::shebang(shell, text);
        let message = format!("shell script `{name}` has no shebang");
        let help = format!("add `:shebang {shebang}` to this block");
        let end = span.range().len();
        let diagnostic = Diagnostic::new(Code::MissingShebang, *span, message, help);
        found.push(diagnostic.fix(span.within(end..end), Some(format!(" :shebang {shebang}"))));
    }
}

/// A shebang that comments and blank lines stand above: those of `:comments`, or of the block itself.
fn later_shebang(text: &str) -> Option<&str> {
    let mut comments = text.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    comments.find(|line| line.starts_with("#!"))
}

/// Whether a file of shell code is made to be run, and not read by a shell or another program as its configuration.
fn is_script(target: &Assembled) -> bool {
    let is_executable = target.modes.first().is_some_and(|(mode, _)| mode & 0o111 != 0);
    let is_in_bin = target.path.parent().is_some_and(|folder| folder.ends_with("bin") || folder.ends_with(".bin"));
    let name = target.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let is_called_script =
        matches!(name.rsplit_once('.'), Some((stem, "sh" | "bash" | "ksh" | "dash")) if !stem.is_empty());
    !name.starts_with('.') && (is_executable || is_in_bin || is_called_script)
}
