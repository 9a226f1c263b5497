//! Texts of a document as messages quote them.

/// What messages quote at most of a cell.
const LONGEST_QUOTE: usize = 48;

/// The text on one line, harmless to a terminal and not endless.
pub(super) fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).flat_map(printable).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quoted.push('…');
    }
    quoted
}

/// The character itself, or an escape for what would move the cursor.
fn printable(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}
