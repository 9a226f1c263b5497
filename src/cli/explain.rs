//! `qvm-tangle explain [CODE]`: for people as wide as their terminal, for pipes as Markdown, for programs as JSON.

use std::io;

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
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let width = size.map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
    let is_coloured = output.results_style() == crate::report::ReportStyle::Coloured;
    (width.is_some() || is_coloured).then(|| PageLayout { width: width.unwrap_or(80), style: output.results_style() })
}

/// A rule in the list of all.
fn line(rule: &Rule, layout: Option<PageLayout>) -> String {
    let (name, severity, summary) = (rule.name, word(rule.severity), rule.summary());
    match layout {
        None => format!("{name:<28} {severity:<8} {summary}\n"),
        Some(layout) => format!("{name:<28} {severity:<8} {}", layout.wrapped(&summary, INDENT)),
    }
}

fn page(rule: &Rule, layout: Option<PageLayout>) -> String {
    let markdown = format!("{}\n{}", rule.explanation, rule.advice());
    let body = layout.map_or_else(|| markdown.clone(), |layout| layout.page(&markdown));
    format!("{} ({})\n\n{body}", rule.name, word(rule.severity))
}
