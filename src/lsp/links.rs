//! What leads to another file: links of Org, setup files and what is included, targets of blocks, and outputs that prose names.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::subject::words;
use super::view::View;
use crate::artifact::Producer;
use crate::path::normalise;
use crate::source::Span;
use crate::tangle;
use crate::workspace::load;

/// Links are closed within as many bytes; looking further for each would not be linear.
const LONGEST_LINK: usize = 2048;
/// The maximum number of outputs of one name, such as that of each guest, that a path is held against.
const MOST_OF_ONE_NAME: usize = 256;

/// A link and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileLink {
    /// What is shown as the link.
    pub(super) span: Span,
    pub(super) target: LinkTarget,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LinkTarget {
    File(PathBuf),
    /// Something on the web.
    Address(String),
}

/// All links of a document, top to bottom.
pub(super) fn links(view: &View<'_>) -> Vec<FileLink> {
    let mut links = org_links(view);
    links.extend(keywords(view));
    links.extend(targets(view));
    links.extend(mentions(view));
    links.sort_by_key(|link| link.span);
    let mut end = 0;
    // What is part of a link already is none of its own.
    links.retain(|link| {
        let is_free = link.span.start >= end;
        end = if is_free { link.span.end } else { end };
        is_free
    });
    links
}

/// `[[file:a.org::*Heading][text]]`, `[[./a]]`, `[[https://…]]`.
fn org_links(view: &View<'_>) -> Vec<FileLink> {
    let text = view.text();
    let mut links = Vec::new();
    for open in memchr::memmem::find_iter(text.as_bytes(), "[[") {
        if view.is_in_body(open) {
            continue;
        }
        let start = open + 2;
        let near = &text.as_bytes()[start..text.len().min(start + LONGEST_LINK)];
        let end = memchr::memchr2(b']', b'\n', near).map(|length| start + length);
        let Some(end) = end.filter(|end| text.as_bytes()[*end] == b']') else { continue };
        let link = &text[start..end];
        let is_web = link.starts_with("https://") || link.starts_with("http://");
        let target = if is_web { Some(LinkTarget::Address(link.to_owned())) } else { file(view, link) };
        let span = whole_link(text, open, end);
        links.extend(target.map(|target| FileLink { span: view.document.source.span(span), target }));
    }
    links
}

/// A link with its description.
fn whole_link(text: &str, open: usize, end: usize) -> Range<usize> {
    let rest = &text.as_bytes()[end..];
    if rest.starts_with(b"]]") {
        return open..end + 2;
    }
    let line = rest.iter().take(LONGEST_LINK).take_while(|byte| **byte != b'\n').count();
    let close = memchr::memmem::find(&rest[..line], b"]]");
    open..close.map_or(end + 1, |close| end + close + 2)
}

fn file(view: &View<'_>, link: &str) -> Option<LinkTarget> {
    let has_scheme = link.strip_prefix("file:").or_else(|| link.strip_prefix("file+emacs:"));
    let is_path = link.starts_with(['/', '~']) || link.starts_with("./") || link.starts_with("../");
    let path = has_scheme.or(is_path.then_some(link))?.split("::").next()?;
    (!path.is_empty()).then(|| LinkTarget::File(resolved(view, path)))
}

/// A path as Org takes it: from the document's folder, `~` for the person's own.
fn resolved(view: &View<'_>, path: &str) -> PathBuf {
    let surroundings = view.built.loaded.inputs().surroundings;
    let path = match path.strip_prefix("~/") {
        Some(rest) => surroundings.home.join(rest),
        None => surroundings.document.parent().unwrap_or(Path::new("/")).join(path),
    };
    normalise(&path)
}

/// `#+SETUPFILE: a.org` and `#+INCLUDE: "a.org" src sh`.
fn keywords(view: &View<'_>) -> Vec<FileLink> {
    let names = ["setupfile", "include"];
    let keywords = view.document.keywords.iter();
    let wanted = keywords.filter(|keyword| names.iter().any(|name| keyword.key.value.eq_ignore_ascii_case(name)));
    wanted
        .filter_map(|keyword| {
            let value = keyword.value.value;
            let range = match value.strip_prefix('"') {
                Some(quoted) => 1..1 + quoted.find('"')?,
                None => 0..value.find([' ', '\t']).unwrap_or(value.len()),
            };
            let path = value[range.clone()].split("::").next()?;
            let is_file = !path.is_empty() && !path.contains("://");
            let target = LinkTarget::File(resolved(view, path));
            is_file.then(|| FileLink { span: keyword.value.span.within(range.start..range.start + path.len()), target })
        })
        .collect()
}

/// `:tangle run.sh`: the output, if it is there.
fn targets(view: &View<'_>) -> Vec<FileLink> {
    let sources = &view.built.loaded.sources;
    let (mut declared, mut named) = (HashMap::new(), HashMap::new());
    for artifact in view.artifacts().iter().filter(|artifact| artifact.producer == Producer::Blocks) {
        declared.entry(artifact.declared).or_insert(artifact);
        named.entry(sources.slice(artifact.declared)).or_insert(artifact);
    }
    // Several blocks give one output, which the first declares; `yes` says no name.
    named.remove("yes");
    let values = tangle::argument_values(view.document, ":tangle");
    let target = |value: &Span| {
        let artifact = declared.get(value).or_else(|| named.get(sources.slice(*value)))?;
        Some(artifact).filter(|artifact| load::is_file(&artifact.path))
    };
    let links = values
        .into_iter()
        .filter_map(|span| Some(FileLink { span, target: LinkTarget::File(target(&span)?.path.clone()) }));
    links.collect()
}

/// Names of outputs in prose and in blocks, if they are there.
fn mentions(view: &View<'_>) -> Vec<FileLink> {
    let mut there: HashMap<&OsStr, Vec<&Path>> = HashMap::new();
    for artifact in view.artifacts().iter().filter(|artifact| load::is_file(&artifact.path)) {
        if let Some(name) = artifact.path.file_name() {
            there.entry(name).or_default().push(&artifact.path);
        }
    }
    let mut links = Vec::new();
    for word in if there.is_empty() { None } else { Some(words(view)) }.into_iter().flatten() {
        let path = Path::new(word.value.trim_matches(['.', '-', '/', ':']));
        let outputs = path.file_name().and_then(|name| there.get(name));
        let ends = |output: &&&Path| output.ends_with(path);
        let Some(output) = outputs.and_then(|outputs| outputs.iter().take(MOST_OF_ONE_NAME).find(ends)) else {
            continue;
        };
        let lead = word.value.len() - word.value.trim_start_matches(['.', '-', '/', ':']).len();
        let span = word.span.within(lead..lead + path.as_os_str().len());
        links.push(FileLink { span, target: LinkTarget::File(output.to_path_buf()) });
    }
    links
}

#[cfg(test)]
mod tests {
    use super::{LinkTarget, links};
    use crate::lsp::testing::built;
    use crate::lsp::view::View;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let built = built(text);
        let view = View::of(&built);
        let found = links(&view);
        let shown: Vec<(String, String)> = found
            .iter()
            .map(|link| {
                let target = match &link.target {
                    LinkTarget::File(path) => path.display().to_string(),
                    LinkTarget::Address(address) => address.clone(),
                };
                (view.text()[link.span.range()].to_owned(), target)
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(text, to)| ((*text).to_owned(), (*to).to_owned())).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn links_of_org_lead_to_files_and_the_web() {
        check(
            "See [[file:a.org::*H][the [a] file]] and [[../b.txt]].\n",
            &[("[[file:a.org::*H][the [a] file]]", "/project/a.org"), ("[[../b.txt]]", "/b.txt")],
        );
        check(
            "[[https://x.org/a?b][x]] [[/etc/hosts]]\n",
            &[("[[https://x.org/a?b][x]]", "https://x.org/a?b"), ("[[/etc/hosts]]", "/etc/hosts")],
        );
        check("[[Heading]] [[file:]] [[open\n[[*H][x]] [[id:x]]\n", &[]);
        check("#+begin_src sh\n[[ -f /etc/hosts ]]\n[[file:a]]\n#+end_src\n", &[]);
    }

    #[test]
    fn setup_files_and_included_ones_are_links() {
        check(
            "#+SETUPFILE: ./s.org\n#+INCLUDE: \"./a b.org::x\" :lines \"1-\"\n",
            &[("./s.org", "/project/s.org"), ("./a b.org", "/project/a b.org")],
        );
        check("#+SETUPFILE: https://x.org/s.org\n", &[]);
    }

    #[test]
    fn outputs_that_are_not_there_are_no_links() {
        check("Run =x.sh=.\n#+begin_src sh :tangle x.sh\n#+end_src\n", &[]);
    }
}
