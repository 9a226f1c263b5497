//! A plan as the comment of a pull request: what matters at a glance, the rest to be opened.

use std::fmt::Write as _;

use super::PlannedDocument;
use super::human::{needs, outlook, summary, value};
use crate::plan::{Actor, GuestOutlook, NetworkChange, NetworkPlan, PlannedStep};
use crate::report::printable_lines;

/// Maximum number of rows of a list that is not folded away: a comment has an end.
const MOST_ROWS: usize = 200;

/// All documents of a run.
pub fn draw(documents: &[PlannedDocument]) -> String {
    let mut text = String::new();
    for document in documents {
        let PlannedDocument { shown, against, plan, no_output } = document;
        let _ = writeln!(text, "### Plan for `{shown}`\n\nCompared with {}.\n", escaped(against));
        if !no_output.is_empty() {
            let _ = writeln!(text, "It gives no output: {}.\n", escaped(&no_output.join("; ")));
        }
        if plan.is_empty() {
            text.push_str("Nothing changes.\n\n");
        }
        for network in &plan.networks {
            draw_network(network, &mut text);
        }
        if !plan.files.is_empty() {
            let _ = writeln!(text, "<details><summary>{}</summary>\n", summary(&plan.files));
            for change in plan.files.iter().take(MOST_ROWS) {
                let _ = writeln!(text, "- {} `{}`", change.kind.name(), change.path);
            }
            rest(plan.files.len(), &mut text);
            text.push_str("\n</details>\n\n");
        }
    }
    printable_lines(&text)
}

fn draw_network(plan: &NetworkPlan, text: &mut String) {
    if !plan.meanings.is_empty() {
        let _ = writeln!(text, "| network `{}` | | |\n|---|---|---|", plan.bridge);
        plan.meanings.iter().take(MOST_ROWS).for_each(|meaning| row(meaning, text));
        text.push('\n');
        rest(plan.meanings.len(), text);
    }
    if let Some(view) = &plan.host {
        let _ = writeln!(
            text,
            "The network `{}` on this host: {} facts hold, {} do not.\n",
            plan.bridge,
            view.holds,
            view.lacks.len()
        );
        for fact in view.lacks.iter().take(MOST_ROWS) {
            let _ = writeln!(text, "- {}", escaped(fact));
        }
        text.push('\n');
    }
    if plan.steps.is_empty() {
        text.push_str("Nothing is to be done on the host.\n\n");
    } else {
        text.push_str("**What to do**\n\n");
        plan.steps.iter().enumerate().for_each(|(number, step)| draw_step(number + 1, step, text));
        text.push('\n');
    }
    draw_guests(&plan.guests, text);
    if !plan.follows.is_empty() {
        text.push_str("<details><summary>What follows</summary>\n\n");
        for consequence in plan.follows.iter().take(MOST_ROWS) {
            let _ = writeln!(text, "- {}: {}", consequence.kind.name(), escaped(&consequence.says));
        }
        rest(plan.follows.len(), text);
        text.push_str("\n</details>\n\n");
    }
}

fn row(meaning: &NetworkChange, text: &mut String) {
    let (part, what) = meaning.kind.words();
    let values: Vec<String> = meaning.values.iter().map(|it| escaped(&value(it))).collect();
    let _ = writeln!(text, "| {part} `{}` | {what} | {} |", meaning.subject, values.join("<br>"));
}

fn draw_step(number: usize, step: &PlannedStep, text: &mut String) {
    let _ = writeln!(text, "{number}. {}{}", escaped(&step.says), needs(step));
    if let Some(command) = &step.command {
        let _ = writeln!(text, "   ```sh\n   {command}\n   ```");
    }
    for reason in &step.because {
        let _ = writeln!(text, "   - {}", escaped(reason));
    }
    for disturbed in step.disturbs.iter().filter(|_| step.actor != Actor::Guest) {
        let _ = writeln!(text, "   - **disturbs** {}", escaped(disturbed));
    }
}

fn draw_guests(guests: &[GuestOutlook], text: &mut String) {
    if guests.is_empty() {
        return;
    }
    text.push_str("**Guests that run**\n\n");
    let quiet: Vec<String> =
        guests.iter().filter(|guest| guest.is_undisturbed()).map(|guest| format!("`{}`", guest.name)).collect();
    if !quiet.is_empty() {
        let verb = if quiet.len() == 1 { "keeps" } else { "keep" };
        let _ = writeln!(text, "- {} {verb} running", quiet.join(", "));
    }
    for guest in guests.iter().filter(|guest| !guest.is_undisturbed()).take(MOST_ROWS) {
        let _ = writeln!(text, "- {}", escaped(&outlook(guest)));
    }
    text.push('\n');
}

fn rest(all: usize, text: &mut String) {
    if all > MOST_ROWS {
        let _ = writeln!(text, "\nand {} more", all - MOST_ROWS);
    }
}

/// Words of a document in a cell or a list: what Markdown would take for its own is none. Code in backquotes stays, since no
/// name has one in it.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut is_code = false;
    for c in text.chars() {
        is_code ^= c == '`';
        match c {
            '|' => shown.push_str("\\|"),
            '<' if !is_code => shown.push_str("&lt;"),
            '*' | '_' | '[' | ']' | '#' | '\\' if !is_code => {
                shown.push('\\');
                shown.push(c);
            }
            '\n' => shown.push(' '),
            _ => shown.push(c),
        }
    }
    shown
}
