//! `qvm-tangle explain [CODE]`: for people as wide as their terminal, for pipes as Markdown, for programs as JSON.

use std::io::{self, IsTerminal as _};

use super::Outcome;
use super::output::{Console, result};
use crate::diagnostic::{Code, closest};
use crate::drift;
use crate::report::json::pretty;
use crate::report::page::PageLayout;
use crate::report::rules::{Rule, RuleEntry, rules};
use crate::report::{Format, word};
use crate::workspace::Failure;

/// Where the summaries of the list begin.
const INDENT: usize = 38;
/// In a narrower terminal each summary stands below its name.
const NARROW: usize = INDENT + 30;

/// Prints one explanation, or the list of all codes.
pub(super) fn run(name: Option<&str>, output: &Console) -> Result<Outcome, Failure> {
    let rules = rules();
    let text = match name {
        Some(name) => {
            let rule = rules.iter().find(|rule| rule.name == name).ok_or_else(|| unknown(name))?;
            if output.format == Format::Json { pretty(&rule.entry()) } else { page(rule, layout(output)) }
        }
        None if output.format == Format::Json => {
            let entries: Vec<RuleEntry> = rules.iter().map(Rule::entry).collect();
            pretty(&serde_json::json!({ "version": 1, "rules": entries }))
        }
        None => rules.iter().map(|rule| line(rule, layout(output))).collect(),
    };
    result(&text)?;
    Ok(Outcome::Clean)
}

fn unknown(name: &str) -> Failure {
    let near = Code::near(name).or_else(|| closest(name, [drift::CODE]));
    let hint =
        near.map_or_else(|| "; `qvm-tangle explain` lists them".to_owned(), |near| format!("; did you mean `{near}`?"));
    Failure::Other(format!("`{name}` is no diagnostic{hint}"))
}

/// How to draw for whoever reads; none for a program that reads lines or Markdown.
fn layout(output: &Console) -> Option<PageLayout> {
    let is_coloured = output.results_style() == crate::report::ReportStyle::Coloured;
    let is_read = io::stdout().is_terminal() || is_coloured;
    is_read.then(|| PageLayout { width: width().unwrap_or(80), style: output.results_style() })
}

/// What the person says, else what the terminal says.
fn width() -> Option<usize> {
    let typed = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || Some(usize::from(rustix::termios::tcgetwinsize(io::stdout()).ok()?.ws_col));
    typed.filter(|width| *width > 0).or_else(|| size().filter(|width| *width > 0))
}

/// A rule in the list of all.
fn line(rule: &Rule, layout: Option<PageLayout>) -> String {
    let (name, severity, summary) = (rule.name, word(rule.severity), rule.summary());
    match layout {
        None => format!("{name:<28} {severity:<8} {summary}\n"),
        Some(layout) if layout.width < NARROW => format!("{name} ({severity})\n  {}", layout.wrapped(&summary, 2)),
        Some(layout) => format!("{name:<28} {severity:<8} {}", layout.wrapped(&summary, INDENT)),
    }
}

fn page(rule: &Rule, layout: Option<PageLayout>) -> String {
    let markdown = format!("{}\n{}", rule.explanation, rule.advice());
    let body = layout.map_or_else(|| markdown.clone(), |layout| layout.page(&markdown));
    format!("{} ({})\n\n{body}", rule.name, word(rule.severity))
}
