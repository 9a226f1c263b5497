//! Where a picture leads to: the document's headings, by the anchors that forges give them.
//!
//! A link is the document's path, `#` and the anchor, all but the path's slashes percent-encoded unless a letter, a digit
//! or one of `-._~`: whatever a heading or a file is called, it names neither a scheme nor anything in XML.

use std::collections::HashMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::PicturedDocument;
use crate::org::Heading;
use crate::source::Span;

const IN_ANCHOR: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const IN_PATH: &AsciiSet = &IN_ANCHOR.remove(b'/');

/// No heading has a longer name that a guest could have as well.
const LONGEST_NAME: usize = 64;

/// The headings of the document.
pub(super) struct Headings {
    /// The document itself.
    document: String,
    /// Where each begins.
    starts: Vec<u32>,
    links: Vec<String>,
    by_name: HashMap<String, usize>,
}

impl Headings {
    pub(super) fn of(about: PicturedDocument<'_>) -> Self {
        let document = utf8_percent_encode(about.path, IN_PATH).to_string();
        let headings = &about.document.headings;
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut by_name = HashMap::new();
        let mut links = Vec::with_capacity(headings.len());
        for (index, heading) in headings.iter().enumerate() {
            let title = title(heading.text.value);
            if title.len() <= LONGEST_NAME {
                by_name.entry(title.to_lowercase()).or_insert(index);
            }
            let anchor = custom_id(heading).map_or_else(|| counted(slug(title), &mut seen), str::to_owned);
            links.push(format!("{document}#{}", utf8_percent_encode(&anchor, IN_ANCHOR)));
        }
        Self { document, starts: headings.iter().map(|heading| heading.span.start).collect(), links, by_name }
    }

    /// The heading that a place stands below, or the document if there is none.
    pub(super) fn above(&self, place: Span) -> String {
        let before = self.starts.partition_point(|start| *start <= place.start);
        before.checked_sub(1).map_or(&self.document, |index| &self.links[index]).clone()
    }

    /// The first heading that is called so.
    pub(super) fn called(&self, name: &str) -> Option<&str> {
        self.by_name.get(&name.to_lowercase()).map(|index| self.links[*index].as_str())
    }
}

fn custom_id<'s>(heading: &Heading<'s>) -> Option<&'s str> {
    let is_it = |name: &str| name.eq_ignore_ascii_case("CUSTOM_ID");
    let value = heading.properties.iter().find(|property| is_it(property.name.value))?.value.value;
    (!value.is_empty()).then_some(value)
}

/// A heading's text without its tags and the marks of verbatim text around it.
fn title(text: &str) -> &str {
    let is_tags = |word: &str| word.len() > 2 && word.starts_with(':') && word.ends_with(':');
    let text = match text.rsplit_once([' ', '\t']) {
        Some((before, last)) if is_tags(last) => before.trim_end(),
        _ => text,
    };
    let unmarked = ['=', '~', '*'].into_iter().find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark));
    unmarked.filter(|inside| !inside.is_empty()).unwrap_or(text)
}

/// As GitHub makes it: small letters, hyphens for blanks, and no punctuation.
fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The second one of a name has `-1` at its end.
fn counted(slug: String, seen: &mut HashMap<String, usize>) -> String {
    let before = seen.entry(slug.clone()).or_default();
    *before += 1;
    if *before == 1 { slug } else { format!("{slug}-{}", *before - 1) }
}

#[cfg(test)]
mod tests {
    use super::{Headings, PicturedDocument};
    use crate::org;
    use crate::source::Sources;

    /// What the last place of a document leads to.
    #[track_caller]
    fn check(path: &str, text: &str, expected: &str) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let parsed = org::parse(sources.shared(id));
        let about = PicturedDocument { document: parsed.document(), name: "a.org", path };
        let end = parsed.source().span(text.len()..text.len());
        assert_eq!(Headings::of(about).above(end), expected);
    }

    #[test]
    fn anchors_are_those_of_forges() {
        check("a.org", "Text.\n", "a.org");
        check("../org/a.org", "* Bridge, routing and firewall\n", "../org/a.org#bridge-routing-and-firewall");
        check("a.org", "* A\n** =up.sh= and ~x~ :tag:other:\n", "a.org#upsh-and-x");
        check("a.org", "* A\n* A\n* a\n", "a.org#a-2");
        check("a.org", "* A\n:PROPERTIES:\n:CUSTOM_ID: the-a\n:END:\n", "a.org#the-a");
        check("a.org", "* Über\n", "a.org#%C3%BCber");
    }

    #[test]
    fn no_name_becomes_a_scheme_or_markup() {
        check("javascript:alert(1)//a.org", "* A\n", "javascript%3Aalert%281%29//a.org#a");
        check("a\"><b>.org", "* A\n", "a%22%3E%3Cb%3E.org#a");
        let id = "* A\n:PROPERTIES:\n:CUSTOM_ID: \"/><script>x</script>&#10;javascript:y\n:END:\n";
        check("a.org", id, "a.org#%22%2F%3E%3Cscript%3Ex%3C%2Fscript%3E%26%2310%3Bjavascript%3Ay");
        check("a.org", "* javascript:alert(1)\"><script>\n", "a.org#javascriptalert1script");
    }

    #[test]
    fn a_heading_is_found_by_its_name() {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "* All\n** =CP= :k8s:\n");
        let parsed = org::parse(sources.shared(id));
        let about = PicturedDocument { document: parsed.document(), name: "a.org", path: "a.org" };
        let headings = Headings::of(about);
        assert_eq!((headings.called("cp"), headings.called("wk")), (Some("a.org#cp"), None));
    }
}
