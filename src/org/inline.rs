//! Inline markup in one small slice of a document, such as a cell or the text of a list item.
//!
//! Only here orgize is at work: what counts as `=verbatim=` or `~code~` depends on the characters around the marks,
//! and orgize knows them as Org does. Its time grows faster than the slice, so only short ones get there.

use orgize::rowan::ast::AstNode;
use orgize::{Org, SyntaxKind, SyntaxNode};

use crate::source::Spanned;

/// No value that a network takes is longer, marks and all; anything longer stays as it is written.
const LONGEST: usize = 256;

/// The text inside the marks if the whole slice is one `=verbatim=` or `~code~`, else the slice itself.
pub fn unmarked(slice: Spanned<&str>) -> Spanned<&str> {
    match literal_inside(slice.value) {
        Some(inside) => Spanned::new(inside, slice.span.within(1..1 + inside.len())),
        None => slice,
    }
}

/// What stands between the marks of a text that is one verbatim or code object from end to end.
fn literal_inside(text: &str) -> Option<&str> {
    // Cheap signs first: most cells carry no marks, and orgize is slow on texts full of half-open ones.
    let inside = ['=', '~'].into_iter().find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark))?;
    if text.len() > LONGEST || text.contains('\n') {
        return None;
    }
    let root = Org::parse(text).document();
    let literal = |node: &SyntaxNode| matches!(node.kind(), SyntaxKind::VERBATIM | SyntaxKind::CODE);
    let first = root.syntax().descendants().find(literal)?;
    (usize::from(first.text_range().len()) == text.len()).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, unmarked};
    use crate::source::{Sources, Spanned};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let source = sources.get(id);
        let value = unmarked(Spanned::new(source.text(), source.span(0..text.len())));
        assert_eq!(value.value, expected);
        assert_eq!(source.slice(value.span), expected, "the span covers what the value says");
    }

    #[test]
    fn marks_around_the_whole_slice_are_taken_off() {
        check("=qvm0=", "qvm0");
        check("~10.42.0.1/24~", "10.42.0.1/24");
        check("=a b=", "a b");
        check("=zwölf=", "zwölf");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in ["", "qvm0", "=", "==", "= a =", "=a= b=", "=a= =b=", "=a~", "*a*", "[[x][y]]", "=a\n="] {
            check(text, text);
        }
        let long = format!("={}=", "a".repeat(LONGEST));
        check(&long, &long);
    }
}
