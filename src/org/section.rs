//! The elements of one section, in document order: the second pass over its lines.
//!
//! Containers (lists, drawers, quote and special blocks, footnotes) are entered, so their elements are found as well;
//! what a container's end line is gets decided before its contents are looked at (rule T-008). Entering is a stack
//! of our own, so that no depth of nesting can overflow the program's.

use std::ops::Range;

use super::affiliated::keyword;
use super::closers::{Closers, Opener};
use super::heading::line_range;
use super::key::{ends_paragraph, is_affiliated};
use super::line::{LineKind, classify, indentation};
use super::list::{self, ItemPlace};
use super::source_block::begin_line;
use super::{Affiliated, Directive, Document, HeadingId, NamedElement, NamedKind, SourceBlock, table};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// How a comment that speaks to this program starts.
const DIRECTIVE: &str = "# qvm-tangle:";

/// Where the scanner stands in one section.
pub(super) struct Section<'s, 'd> {
    source: &'s Source,
    text: &'s str,
    heading: Option<HeadingId>,
    closers: &'d Closers,
    document: &'d mut Document<'s>,
    found: &'d mut Vec<Diagnostic>,
    open: Vec<OpenContainer>,
    lists: Vec<Vec<ItemPlace>>,
    /// Where the last drawer's contents end: what a drawer hides is no prose.
    drawer_end: usize,
    /// Index of the first directive that waits for the element below it.
    first_waiting: usize,
}

/// A container that has been entered.
struct OpenContainer {
    /// Where its contents end.
    limit: usize,
    /// Where the scanner goes on after it.
    resume: usize,
    kind: OpenKind,
}

/// What kind of container has been entered.
enum OpenKind {
    /// Anything whose contents are elements.
    Plain,
    /// A list: its contents are items. `root` if the list is not part of another list's items.
    List { root: bool },
    /// An item, whose lists are part of the same pass over items.
    Item,
}

impl<'s, 'd> Section<'s, 'd> {
    /// A scanner for one section of the document.
    pub(super) fn new(
        source: &'s Source,
        heading: Option<HeadingId>,
        closers: &'d Closers,
        document: &'d mut Document<'s>,
        found: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            source,
            text: source.text(),
            heading,
            closers,
            first_waiting: document.directives.len(),
            document,
            found,
            open: Vec::new(),
            lists: Vec::new(),
            drawer_end: 0,
        }
    }

    /// Reads all elements between two offsets.
    pub(super) fn scan(&mut self, range: Range<usize>) {
        let mut at = range.start;
        self.open.push(OpenContainer { limit: range.end, resume: range.end, kind: OpenKind::Plain });
        while let Some(container) = self.open.last() {
            let limit = container.limit;
            if at >= limit {
                at = self.leave();
            } else if matches!(container.kind, OpenKind::List { .. }) {
                at = self.enter_item(at);
            } else {
                at = self.element_below_directives(at, limit);
            }
        }
    }

    /// Reads or enters an element, which the directives directly above it speak for.
    fn element_below_directives(&mut self, at: usize, limit: usize) -> usize {
        let waiting = self.first_waiting..self.document.directives.len();
        if waiting.is_empty() {
            return self.element(at, limit);
        }
        let kind = classify(&self.text[line_range(self.text, at, limit)]);
        let (depth, keywords) = (self.open.len(), self.document.keywords.len());
        let next = self.element(at, limit);
        if kind == LineKind::Comment {
            return next;
        }
        if kind != LineKind::Blank {
            let end = self.open.last().filter(|_| self.open.len() > depth).map_or(next, |entered| entered.resume);
            let reach = self.source.span(end..end).start;
            self.document.directives[waiting.clone()].iter_mut().for_each(|directive| directive.reach = reach);
        }
        if self.document.keywords.len() == keywords {
            self.first_waiting = waiting.end;
        }
        next
    }

    fn leave(&mut self) -> usize {
        let Some(container) = self.open.pop() else { return self.text.len() };
        self.first_waiting = self.document.directives.len();
        if matches!(container.kind, OpenKind::List { root: true }) {
            self.lists.pop();
        }
        container.resume
    }

    /// Reads or enters the element at `at` and gives the offset to go on at.
    fn element(&mut self, at: usize, limit: usize) -> usize {
        if at > 0 && self.text.as_bytes()[at - 1] != b'\n' {
            // Text after a bullet or a footnote's label is prose, whatever it looks like.
            return self.paragraph(at, limit, Affiliated::default());
        }
        let line = line_range(self.text, at, limit);
        let kind = classify(&self.text[line.clone()]);
        if let LineKind::Keyword(length) = kind {
            return self.keywords(line, length, limit);
        }
        self.element_of_kind(kind, line, limit, Affiliated::default())
    }

    /// Keyword lines: those that belong to the element below are read with it.
    fn keywords(&mut self, first: Range<usize>, length: usize, limit: usize) -> usize {
        let mut affiliated = Affiliated::default();
        let mut line = first;
        let mut kind = LineKind::Keyword(length);
        while let LineKind::Keyword(length) = kind {
            let keyword = keyword(self.source, line.clone(), length);
            let next = self.next(&line);
            if !is_affiliated(keyword.key.value) {
                // What stands above it belongs to it, which means to nothing that matters here.
                self.document.keywords.push(keyword);
                return next;
            }
            affiliated.keywords.push(keyword);
            if next >= limit {
                self.document.keywords.append(&mut affiliated.keywords);
                return next;
            }
            line = line_range(self.text, next, limit);
            kind = classify(&self.text[line.clone()]);
        }
        if matches!(kind, LineKind::Blank | LineKind::Comment) {
            self.document.keywords.append(&mut affiliated.keywords);
            return line.start;
        }
        self.element_of_kind(kind, line, limit, affiliated)
    }

    /// The element whose first line (below its keywords) is of a kind.
    fn element_of_kind(
        &mut self,
        kind: LineKind<'s>,
        line: Range<usize>,
        limit: usize,
        affiliated: Affiliated<'s>,
    ) -> usize {
        let next = self.next(&line);
        match kind {
            LineKind::Blank | LineKind::Keyword(_) => next,
            LineKind::Comment => {
                self.document.directives.extend(self.directive(&line));
                next
            }
            LineKind::Rule => self.named(NamedKind::Other, line.start..next, line.start..next, affiliated),
            LineKind::FixedWidth => {
                let end = self.run(next, limit, |kind| matches!(kind, LineKind::FixedWidth));
                self.named(NamedKind::FixedWidth, line.start..end, line.start..end, affiliated)
            }
            LineKind::Table => self.table(line.start, next, limit, affiliated),
            LineKind::Item => self.enter_list(line.start, limit, affiliated),
            LineKind::Footnote(length) => self.enter_footnote(line, length, limit),
            LineKind::Text => self.paragraph(line.start, limit, affiliated),
            LineKind::Drawer | LineKind::DynamicBegin | LineKind::LatexBegin(_) | LineKind::BlockBegin(_) => {
                if let Some(end) = self.closing_line(kind, &line, limit) {
                    return self.closed(kind, line, end, affiliated);
                }
                self.report_unterminated(kind, &line);
                self.paragraph(line.start, limit, affiliated)
            }
        }
    }

    fn directive(&self, line: &Range<usize>) -> Option<Directive> {
        let text = &self.text[line.clone()];
        let start = line.start + indentation(text);
        let is_directive = self.text[start..line.end].starts_with(DIRECTIVE);
        is_directive.then(|| self.source.span(start..line.end)).map(|span| Directive { span, reach: span.end })
    }

    /// The line that closes what `line` opens, if there is one before the limit.
    fn closing_line(&self, kind: LineKind<'_>, line: &Range<usize>, limit: usize) -> Option<usize> {
        let next = self.next(line);
        match kind {
            LineKind::Drawer => self.closers.find(Opener::Drawer, next, limit),
            LineKind::DynamicBegin => self.closers.find(Opener::Dynamic, next, limit),
            LineKind::BlockBegin(name) => self.closers.find(Opener::Block(name), next, limit),
            LineKind::LatexBegin(name) => self.closers.find(Opener::Latex(name), line.start, limit),
            LineKind::Blank
            | LineKind::Comment
            | LineKind::FixedWidth
            | LineKind::Keyword(_)
            | LineKind::Footnote(_)
            | LineKind::Rule
            | LineKind::Table
            | LineKind::Item
            | LineKind::Text => None,
        }
    }

    /// An element between two marker lines: opaque ones are stepped over, containers entered.
    fn closed(&mut self, kind: LineKind<'s>, line: Range<usize>, end: usize, affiliated: Affiliated<'s>) -> usize {
        let contents = self.next(&line)..end;
        let after = self.next(&line_range(self.text, end, self.text.len()));
        let span = line.start..after;
        let LineKind::BlockBegin(name) = kind else {
            if matches!(kind, LineKind::LatexBegin(_)) {
                return self.named(NamedKind::Other, span.clone(), span, affiliated);
            }
            self.keep_named(NamedKind::Other, span, contents.clone(), affiliated);
            if kind == LineKind::Drawer {
                self.drawer_end = self.drawer_end.max(contents.end);
            }
            return self.enter(contents, after);
        };
        match name.to_ascii_lowercase().as_str() {
            "src" => {
                self.source_block(line, contents, end, affiliated);
                after
            }
            "example" => self.named(NamedKind::Example, span, contents, affiliated),
            "export" => self.named(NamedKind::Export, span, contents, affiliated),
            "comment" => self.named(NamedKind::Other, span, contents, affiliated),
            "verse" => self.named(NamedKind::Text, span, contents, affiliated),
            _ => {
                self.keep_named(NamedKind::Text, span, contents.clone(), affiliated);
                self.enter(contents, after)
            }
        }
    }

    fn source_block(&mut self, line: Range<usize>, body: Range<usize>, end: usize, affiliated: Affiliated<'s>) {
        let last = line_range(self.text, end, self.text.len());
        let begin = begin_line(self.source, line.clone());
        self.document.blocks.push(SourceBlock {
            span: self.source.span(line.start..last.end),
            begin: self.source.span(line),
            language: begin.language,
            switches: begin.switches,
            arguments: begin.arguments,
            body: self.source.spanned(body),
            affiliated,
            heading: self.heading,
        });
    }

    fn table(&mut self, start: usize, next: usize, limit: usize, affiliated: Affiliated<'s>) -> usize {
        let end = self.run(next, limit, |kind| matches!(kind, LineKind::Table));
        self.document.tables.push(table::build(self.source, start..end, affiliated, self.heading));
        end
    }

    /// Lines from `at` to the next line that separates paragraphs.
    fn paragraph(&mut self, at: usize, limit: usize, affiliated: Affiliated<'s>) -> usize {
        let mut end = self.next(&line_range(self.text, at, limit));
        while end < limit {
            let line = line_range(self.text, end, limit);
            let kind = classify(&self.text[line.clone()]);
            if self.separates(kind, &line, limit) {
                break;
            }
            self.report_unterminated(kind, &line);
            end = self.next(&line);
        }
        if at >= self.drawer_end {
            self.document.prose.push(self.source.span(at..end));
        }
        self.named(NamedKind::Paragraph, at..end, at..end, affiliated)
    }

    /// Whether a line ends the paragraph above it.
    fn separates(&self, kind: LineKind<'_>, line: &Range<usize>, limit: usize) -> bool {
        match kind {
            LineKind::Text => false,
            LineKind::Keyword(length) => {
                let text = &self.text[line.clone()];
                let key = indentation(text) + "#+".len();
                ends_paragraph(&text[key..key + length])
            }
            LineKind::Drawer | LineKind::BlockBegin(_) | LineKind::LatexBegin(_) => {
                self.closing_line(kind, line, limit).is_some()
            }
            LineKind::Blank
            | LineKind::Comment
            | LineKind::FixedWidth
            | LineKind::DynamicBegin
            | LineKind::Footnote(_)
            | LineKind::Rule
            | LineKind::Table
            | LineKind::Item => true,
        }
    }

    fn enter(&mut self, contents: Range<usize>, resume: usize) -> usize {
        let start = contents.start;
        self.open.push(OpenContainer { limit: contents.end, resume, kind: OpenKind::Plain });
        start
    }

    /// A footnote definition reaches to the next one, to two blank lines or to the limit.
    fn enter_footnote(&mut self, line: Range<usize>, length: usize, limit: usize) -> usize {
        let mut end = self.next(&line);
        let mut blank_lines = 0;
        while end < limit {
            let line = line_range(self.text, end, limit);
            match classify(&self.text[line.clone()]) {
                LineKind::Footnote(_) => break,
                LineKind::Blank => blank_lines += 1,
                _ if blank_lines >= 2 => break,
                _ => blank_lines = 0,
            }
            end = self.next(&line);
        }
        let end = end.min(limit);
        let skipped = self.text[line.start + length..end].bytes().take_while(u8::is_ascii_whitespace).count();
        let start = line.start + length + skipped;
        if start >= end {
            return end;
        }
        let start = if start <= line.end { start } else { self.line_start(start) };
        self.enter(start..end, end)
    }

    fn enter_list(&mut self, start: usize, limit: usize, affiliated: Affiliated<'s>) -> usize {
        let is_known = matches!(self.open.last(), Some(OpenContainer { kind: OpenKind::Item, .. }))
            && self.lists.last().is_some_and(|items| find(items, start).is_some());
        if !is_known {
            self.lists.push(list::find_items(self.text, self.closers, start, limit));
        }
        let items = self.lists.last().map(|items| siblings(items, start)).unwrap_or_default();
        let end = items.last().map_or(limit, |item| item.end).min(limit);
        if affiliated.any_name().is_some() || items.iter().any(|&item| list::has_tag(self.text, item)) {
            let all = self.lists.last().map_or(&[][..], Vec::as_slice);
            self.document.lists.push(list::build(self.source, &items, all, affiliated, self.heading));
        }
        self.open.push(OpenContainer { limit: end, resume: end, kind: OpenKind::List { root: !is_known } });
        start
    }

    fn enter_item(&mut self, at: usize) -> usize {
        let Some(&item) = self.lists.last().and_then(|items| find(items, at).map(|index| &items[index])) else {
            return self.open.last().map_or(self.text.len(), |list| list.limit);
        };
        let end = self.open.last().map_or(item.end, |list| list.limit.min(item.end));
        let start = list::contents_start(self.text, item).min(end);
        self.open.push(OpenContainer { limit: end, resume: end, kind: OpenKind::Item });
        start
    }

    /// The end of the run of lines of one kind.
    fn run(&self, start: usize, limit: usize, belongs: impl Fn(LineKind<'_>) -> bool) -> usize {
        let mut at = start;
        while at < limit {
            let line = line_range(self.text, at, limit);
            if !belongs(classify(&self.text[line.clone()])) {
                return at;
            }
            at = self.next(&line);
        }
        limit.max(start)
    }

    /// An element that is not entered: keeps it if it has a name, and gives where it ends.
    fn named(
        &mut self,
        kind: NamedKind,
        span: Range<usize>,
        contents: Range<usize>,
        affiliated: Affiliated<'s>,
    ) -> usize {
        let end = span.end;
        self.keep_named(kind, span, contents, affiliated);
        end
    }

    fn keep_named(&mut self, kind: NamedKind, span: Range<usize>, contents: Range<usize>, affiliated: Affiliated<'s>) {
        if affiliated.any_name().is_none() {
            return;
        }
        let end = span.start + self.text[span.clone()].strip_suffix('\n').map_or(span.len(), str::len);
        self.document.named.push(NamedElement {
            kind,
            span: self.source.span(span.start..end),
            contents: self.source.spanned(contents),
            affiliated,
            heading: self.heading,
        });
    }

    fn report_unterminated(&mut self, kind: LineKind<'_>, line: &Range<usize>) {
        if matches!(kind, LineKind::BlockBegin(name) if name.eq_ignore_ascii_case("src")) {
            self.found.push(Diagnostic::new(
                Code::UnterminatedBlock,
                self.source.span(line.clone()),
                "source block has no `#+end_src` before the next heading or the end of what holds it",
                "add `#+end_src` after the block's last line",
            ));
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn next(&self, line: &Range<usize>) -> usize {
        (line.end + 1).min(self.text.len())
    }
}

/// The index of the item that starts at an offset.
fn find(items: &[ItemPlace], start: usize) -> Option<usize> {
    items.binary_search_by_key(&start, |item| item.start).ok()
}

/// The items of one level from the one that starts at `start`.
fn siblings(items: &[ItemPlace], start: usize) -> Vec<ItemPlace> {
    let mut siblings: Vec<ItemPlace> = Vec::new();
    let mut next = find(items, start);
    while let Some(index) = next {
        let item = items[index];
        if siblings.first().is_some_and(|first| first.column != item.column) {
            break;
        }
        siblings.push(item);
        next = find(items, item.end);
    }
    siblings
}
