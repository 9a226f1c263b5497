//! From a text to a [`Document`]: marks first, then heading by heading the elements below it.

use super::closers::Closers;
use super::heading::{file_properties, heading};
use super::marks::{LineMark, MarkKind, mark};
use super::section::Section;
use super::{Document, HeadingId, Marker, MarkerKind};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// Scans a whole document.
pub(super) fn scan<'s>(source: &'s Source, found: &mut Vec<Diagnostic>) -> Document<'s> {
    let text = source.text();
    let marks = mark(text);
    let mut document = Document {
        source,
        headings: Vec::new(),
        keywords: Vec::new(),
        properties: Vec::new(),
        blocks: Vec::new(),
        tables: Vec::new(),
        lists: Vec::new(),
        named: Vec::new(),
        prose: Vec::new(),
        markers: marks.iter().copied().filter_map(marker).collect(),
        directives: Vec::new(),
    };
    let mut closers = Closers::default();
    let mut rest = &marks[..];
    let mut start = 0;
    while start < text.len() {
        let is_heading = |mark: &LineMark| mark.kind == MarkKind::Heading && mark.line as usize > start;
        let count = rest.iter().position(is_heading).unwrap_or(rest.len());
        let end = rest.get(count).map_or(text.len(), |mark| mark.line as usize);
        let has_heading =
            rest.first().is_some_and(|mark| mark.kind == MarkKind::Heading && mark.line as usize == start);
        closers.collect(text, &rest[..count]);
        let (heading, contents) = if has_heading {
            let heading = heading(source, start, end, &document.headings);
            let contents = heading.contents.min(end);
            document.headings.push(heading);
            (Some(HeadingId(document.headings.len() - 1)), contents)
        } else {
            (None, file_properties(source, end, &mut document.properties).unwrap_or(start))
        };
        Section::new(source, heading, &closers, &mut document, found).scan(contents..end);
        rest = &rest[count..];
        start = end;
    }
    document
}

fn marker(mark: LineMark) -> Option<Marker> {
    let kind = match mark.kind {
        MarkKind::BeginSource => MarkerKind::Begin,
        MarkKind::EndSource | MarkKind::FalseEndSource => MarkerKind::End,
        MarkKind::Name => MarkerKind::Name,
        MarkKind::Heading | MarkKind::EndBlock | MarkKind::EndDynamic | MarkKind::EndDrawer | MarkKind::EndLatex => {
            return None;
        }
    };
    Some(Marker { line: mark.line, kind })
}

#[cfg(test)]
mod tests {
    use crate::org::{Document, parse};
    use crate::source::Sources;

    fn with_document<T>(text: &str, look: impl FnOnce(&Document<'_>) -> T) -> T {
        let mut sources = Sources::default();
        let id = sources.add("t.org", text);
        look(parse(sources.shared(id)).document())
    }

    #[track_caller]
    fn check_bodies(text: &str, expected: &[&str]) {
        with_document(text, |document| {
            let bodies: Vec<_> = document.blocks.iter().map(|block| block.body.value.trim()).collect();
            assert_eq!(bodies, expected);
        });
    }

    #[test]
    fn blocks_are_found_in_containers_and_not_in_opaque_elements() {
        check_bodies("- item\n  #+begin_src sh\n  a\n\n\n  b\n#+end_src\n", &["a\n\n\n  b"]);
        check_bodies("#+begin_quote\n#+begin_src sh\na\n#+end_src\n#+end_quote\n", &["a"]);
        check_bodies("[fn:1] Note\n#+begin_src sh\na\n#+end_src\n", &["a"]);
        check_bodies("[fn:1] Note\n#+begin_src sh\na\n\n\nb\n#+end_src\n", &[]);
        check_bodies("#+begin_example\n#+begin_src sh\na\n#+end_src\n#+end_example\n", &[]);
        check_bodies("#+begin_example\n#+begin_src sh\na\n#+end_src\n", &["a"]);
        check_bodies("\\begin{x}\n#+begin_src sh\na\n#+end_src\n\\end{x}\n", &[]);
        check_bodies("- #+begin_src sh\n  a\n  #+end_src\n", &[]);
        check_bodies(":BOX:\n#+begin_src sh\na\n:END:\n#+end_src\n", &[]);
    }

    #[test]
    fn lists_with_terms_are_kept_with_their_items() {
        with_document(
            "Bridge:\n- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n  more\n\n- plain\n\n\ntext\n",
            |document| {
                let items = &document.lists[0].items;
                assert_eq!(items.len(), 3);
                assert_eq!(items[0].tag.map(|tag| tag.value), Some("Name"));
                assert_eq!(items[0].text.value, "=qvm0=");
                assert_eq!(document.source.slice(items[1].span), "- Subnet :: 10.42.0.1/24\n  more");
                assert_eq!((items[2].tag, items[2].text.value), (None, "plain"));
            },
        );
    }

    #[test]
    fn prose_is_what_a_reader_reads_as_text() {
        let text = "One\nline\n* H\n- item\n  more\n  - [ ] inner\n: fixed\n#+name: x\n| table\n:D:\nhidden\n- too\n:END:\n# c\n\
            #+begin_src sh\ncode\n#+end_src\n#+begin_example\nx\n#+end_example\n#+begin_quote\nquoted\n#+end_quote\nLast";
        with_document(text, |document| {
            let prose: Vec<_> = document.prose.iter().map(|&span| document.source.slice(span)).collect();
            assert_eq!(prose, ["One\nline\n", "item\n  more\n", "inner\n", "quoted\n", "Last"]);
        });
    }

    #[test]
    fn nested_lists_follow_their_parents() {
        with_document("- a :: 1\n  - b :: 2\n  - c :: 3\n- d :: 4\n", |document| {
            let tags: Vec<Vec<_>> = document
                .lists
                .iter()
                .map(|list| list.items.iter().filter_map(|item| item.tag).map(|tag| tag.value).collect())
                .collect();
            assert_eq!(tags, [vec!["a", "d"], vec!["b", "c"]]);
        });
    }

    #[test]
    fn headings_carry_their_drawer_and_their_parent() {
        let text = ":PROPERTIES:\n:file: yes\n:END:\n* One\nSCHEDULED: <x>\n:PROPERTIES:\n:header-args+: :tangle a\n:END:\ntext\n*** Deep\n** Two\n";
        with_document(text, |document| {
            assert_eq!(document.properties[0].value.value, "yes");
            assert_eq!(document.headings[0].properties[0].name.value, "header-args+");
            assert_eq!(&text[document.headings[0].contents..][..5], "text\n");
            let parents: Vec<_> = document.headings.iter().map(|heading| heading.parent.map(|id| id.0)).collect();
            assert_eq!(parents, [None, Some(0), Some(0)]);
        });
    }

    #[test]
    fn keywords_belong_to_the_element_below_unless_a_blank_line_is_between() {
        with_document("#+name: a\n| x |\n\n#+name: b\n\n#+title: t\n", |document| {
            assert_eq!(document.tables[0].affiliated.name().map(|name| name.value), Some("a"));
            let keys: Vec<_> = document.keywords.iter().map(|keyword| keyword.key.value).collect();
            assert_eq!(keys, ["name", "title"]);
        });
    }

    #[test]
    fn every_prefix_of_a_document_with_everything_in_it_parses() {
        let text = "# c\n:PROPERTIES:\n:a: b\n:END:\n#+title: é\n* TODO H :t:\nDEADLINE: <x>\n:PROPERTIES:\n:b+: c\n:END:\n\
            #+name: n\n| a | b\n|---+\n#+TBLFM: $1=2\n#+caption[s]: l\n- a :: b\n  1. [@3] [X] c\n     #+begin_src sh -n 3\n\
            x\n   #+end_src\n\n  text\n#+begin_quote\n:D:\n- q\n:END:\n#+end_quote\n[fn:1] f\n#+begin: x\n: fix\n#+end:\n\
            \\begin{a}\n\\end{a}\n-----\n%%(d)\n** Sub\n+ i\n\n\n#+begin_nix\n* End";
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            with_document(&text[..end], |document| assert!(document.headings.len() <= 3));
        }
    }
}
