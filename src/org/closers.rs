//! Where the elements of one section can end: the answer to "is there an end for this before the limit?".
//!
//! Emacs searches anew for each opening line; we look the answer up, so that a document full of unclosed elements is
//! read as fast as any other (rule T-007 has what happens to these).

use std::collections::HashMap;

use super::line::{is_space, trim_blanks};
use super::marks::{LineMark, MarkKind, latex_end_name};

/// The closing lines of a section by what they close; each list is sorted.
#[derive(Debug, Default)]
pub(super) struct Closers {
    source: Vec<u32>,
    dynamic: Vec<u32>,
    drawer: Vec<u32>,
    /// Lower-case block names.
    block: HashMap<String, Vec<u32>>,
    /// Lower-case environment names.
    latex: HashMap<String, Vec<u32>>,
}

/// What an opening line needs to be closed by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Opener<'a> {
    /// `#+begin_NAME`.
    Block(&'a str),
    /// `#+begin:`.
    Dynamic,
    /// `:NAME:`.
    Drawer,
    /// `\begin{NAME}`; its end may stand on the same line.
    Latex(&'a str),
}

impl Closers {
    /// Collects the closing lines among a section's marks.
    pub(super) fn collect(&mut self, text: &str, marks: &[LineMark]) {
        self.clear();
        for mark in marks {
            match mark.kind {
                MarkKind::EndSource => self.source.push(mark.line),
                MarkKind::EndDynamic => self.dynamic.push(mark.line),
                MarkKind::EndDrawer => self.drawer.push(mark.line),
                MarkKind::EndBlock | MarkKind::FalseEndSource => {
                    let name = &trim_blanks(line_at(text, mark.line))["#+end_".len()..];
                    if !name.contains(is_space) {
                        self.block.entry(name.to_lowercase()).or_default().push(mark.line);
                    }
                }
                MarkKind::EndLatex => {
                    if let Some(name) = latex_end_name(line_at(text, mark.line)) {
                        self.latex.entry(name.to_lowercase()).or_default().push(mark.line);
                    }
                }
                MarkKind::Heading | MarkKind::BeginSource | MarkKind::Name => {}
            }
        }
    }

    /// The first line at or after `from` and before `limit` that closes the opener.
    pub(super) fn find(&self, opener: Opener<'_>, from: usize, limit: usize) -> Option<usize> {
        let lines = match opener {
            Opener::Dynamic => &self.dynamic,
            Opener::Drawer => &self.drawer,
            Opener::Block(name) if name.eq_ignore_ascii_case("src") => &self.source,
            Opener::Block(name) => self.block.get(&name.to_lowercase())?,
            Opener::Latex(name) => self.latex.get(&name.to_lowercase())?,
        };
        let line = *lines.get(lines.partition_point(|&line| (line as usize) < from))? as usize;
        (line < limit).then_some(line)
    }

    fn clear(&mut self) {
        self.source.clear();
        self.dynamic.clear();
        self.drawer.clear();
        self.block.clear();
        self.latex.clear();
    }
}

/// The line that starts at an offset, without its newline.
pub(super) fn line_at(text: &str, start: u32) -> &str {
    let rest = &text[start as usize..];
    &rest[..memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())]
}
