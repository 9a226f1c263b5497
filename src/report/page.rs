//! Draws the Markdown of explanations for a terminal: paragraphs as wide as it is, code as code. Only what they are written
//! in: paragraphs, fenced code, code in a line.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Reset, Style};
use unicode_width::UnicodeWidthStr as _;

use super::ReportStyle;

const CODE: Style = AnsiColor::Cyan.on_default();
/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// How a page is drawn.
#[derive(Debug, Clone, Copy)]
pub struct PageLayout {
    /// The columns of the terminal.
    pub width: usize,
    /// Whether it has colours.
    pub style: ReportStyle,
}

impl PageLayout {
    /// The page of a Markdown text.
    pub fn page(self, markdown: &str) -> String {
        let mut page = String::new();
        let mut paragraph = String::new();
        let mut is_code = false;
        for line in markdown.lines() {
            if line.starts_with("```") {
                is_code = !is_code;
            } else if is_code {
                let _ = writeln!(page, "    {}", self.code(line));
            } else if line.is_empty() {
                page += &self.wrapped(&std::mem::take(&mut paragraph), 0);
                page.push('\n');
            } else {
                paragraph += if paragraph.is_empty() { "" } else { " " };
                paragraph += line;
            }
        }
        page + &self.wrapped(&paragraph, 0)
    }

    /// Text in lines that are not too long; those after the first are indented. Code in it is drawn as such.
    pub fn wrapped(self, text: &str, indent: usize) -> String {
        let width = self.width.min(WIDEST).saturating_sub(indent).max(20);
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width);
            match last {
                Some(line) if line.is_empty() => line.push_str(word),
                Some(line) => *line = format!("{line} {word}"),
                None => lines.push(word.to_owned()),
            }
        }
        let text = lines.join(&format!("\n{}", " ".repeat(indent)));
        if text.is_empty() { text } else { self.marked(&text) + "\n" }
    }

    /// Code between backquotes, which a colour replaces.
    fn marked(self, text: &str) -> String {
        if self.style == ReportStyle::Plain {
            return text.to_owned();
        }
        let parts = text.split('`').enumerate();
        parts.map(|(index, part)| if index % 2 == 1 { self.code(part) } else { part.to_owned() }).collect()
    }

    fn code(self, text: &str) -> String {
        match self.style {
            ReportStyle::Coloured => format!("{CODE}{text}{}", Reset.render()),
            ReportStyle::Plain => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PageLayout;
    use crate::report::ReportStyle;

    #[test]
    fn paragraphs_are_wrapped_and_code_is_not() {
        let layout = PageLayout { width: 20, style: ReportStyle::Plain };
        let text = "One two three\nfour `five` six.\n\n```sh\na long line of code that is not wrapped\n```\nEnd\n";
        let page = "One two three four\n`five` six.\n\n    a long line of code that is not wrapped\nEnd\n";
        assert_eq!(layout.page(text), page);
    }

    #[test]
    fn colour_stands_for_backquotes() {
        let layout = PageLayout { width: 80, style: ReportStyle::Coloured };
        assert_eq!(layout.page("a `b` c\n"), "a \u{1b}[36mb\u{1b}[0m c\n");
    }
}
