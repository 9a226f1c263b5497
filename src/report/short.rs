//! One line a finding: `path:line:col: severity[code]: message; help`. Compilers' form, which editors understand.

use super::{printable, printable_name, word};
use crate::diagnostic::{Diagnostic, place};
use crate::source::Sources;

/// One finding as one line, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    format!(
        "{}: {}[{}]: {}\n",
        printable_name(&place(sources, diagnostic.span)),
        word(diagnostic.severity),
        diagnostic.code.name(),
        printable(&diagnostic.message.replace('\n', " "))
    )
}
