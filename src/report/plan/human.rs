//! A plan for people at a terminal.

use std::fmt::Write as _;

use super::PlannedDocument;
use crate::plan::{
    Actor, FileChange, FileChangeKind, GuestOutlook, HostView, NetworkChange, NetworkPlan, PlannedStep, ValueChange,
};
use crate::report::{count, printable_lines};

/// Maximum number of lines of consequences shown of a kind.
const MOST_OF_A_KIND: usize = 8;

/// All documents of a run.
pub fn draw(documents: &[PlannedDocument]) -> String {
    let mut text = String::new();
    for (number, document) in documents.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        draw_document(document, &mut text);
    }
    printable_lines(&text)
}

fn draw_document(document: &PlannedDocument, text: &mut String) {
    let PlannedDocument { shown, against, plan, no_output } = document;
    let _ = writeln!(text, "{shown}, compared with {against}");
    if !no_output.is_empty() {
        text.push_str("  it gives no output:\n");
    }
    for reason in no_output {
        let _ = writeln!(text, "  - {reason}");
    }
    if plan.is_empty() {
        text.push_str("  nothing changes\n");
        return;
    }
    for network in &plan.networks {
        draw_network(network, text);
    }
    draw_files(&plan.files, text);
    if let (Some(compile), true) = (&plan.compile, plan.networks.is_empty()) {
        let _ = writeln!(text, "\nWhat to do\n  1. `{compile}` writes the outputs");
    }
}

fn draw_network(plan: &NetworkPlan, text: &mut String) {
    if !plan.meanings.is_empty() {
        let _ = writeln!(text, "\nWhat it means for the network {}", plan.bridge);
        for meaning in &plan.meanings {
            let _ = writeln!(text, "  {}", meaning_line(meaning));
        }
    }
    if let Some(view) = &plan.host {
        draw_host(&plan.bridge, view, text);
    }
    draw_follows(plan, text);
    draw_steps(&plan.steps, text);
    draw_guests(&plan.guests, text);
}

fn draw_host(bridge: &str, view: &HostView, text: &mut String) {
    let _ = writeln!(
        text,
        "\nThe network {bridge} on this host: {} hold, {} do not",
        count(view.holds, "fact"),
        view.lacks.len()
    );
    for fact in &view.lacks {
        let _ = writeln!(text, "  - {fact}");
    }
    if !view.runs.is_empty() {
        text.push_str("\nWhat up.sh would run\n");
    }
    for command in &view.runs {
        let _ = writeln!(text, "  # {command}");
    }
    if let Some(reason) = &view.refuses {
        let _ = writeln!(text, "  and would stop: {reason}");
    }
}

/// One thing that the document says otherwise, as one line.
pub fn meaning_line(meaning: &NetworkChange) -> String {
    let (part, what) = meaning.kind.words();
    let sign = match what {
        "added" => '+',
        "removed" => '-',
        _ => '~',
    };
    let values: Vec<String> = meaning.values.iter().map(value).collect();
    let verb = match what {
        "added" | "removed" => String::new(),
        _ => format!(" {what}"),
    };
    format!("{sign} {part} {}{verb}: {}", meaning.subject, values.join(", "))
}

pub(super) fn value(value: &ValueChange) -> String {
    match (&value.old, &value.new) {
        (Some(old), Some(new)) => format!("{} {old} -> {new}", value.what),
        (None, Some(only)) | (Some(only), None) => format!("{} {only}", value.what),
        (None, None) => value.what.clone(),
    }
}

fn draw_follows(plan: &NetworkPlan, text: &mut String) {
    if plan.follows.is_empty() {
        return;
    }
    text.push_str("\nWhat follows\n");
    let mut rest = &plan.follows[..];
    while let Some(first) = rest.first() {
        let number = rest.iter().take_while(|other| other.kind == first.kind).count();
        let (of_kind, others) = rest.split_at(number);
        let mut label = first.kind.name();
        for consequence in of_kind.iter().take(MOST_OF_A_KIND) {
            let _ = writeln!(text, "  {label:<13} {}", consequence.says);
            label = "";
        }
        if number > MOST_OF_A_KIND {
            let _ = writeln!(text, "  {label:<13} and {} more (--format json has all)", number - MOST_OF_A_KIND);
        }
        rest = others;
    }
}

fn draw_steps(steps: &[PlannedStep], text: &mut String) {
    if steps.is_empty() {
        text.push_str("\nNothing is to be done on the host.\n");
        return;
    }
    text.push_str("\nWhat to do, in this order\n");
    for (number, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}{}", number + 1, step.says, needs(step));
        if let Some(command) = &step.command {
            let _ = writeln!(text, "       {command}");
        }
        for reason in &step.because {
            let _ = writeln!(text, "     because: {reason}");
        }
        for disturbed in &step.disturbs {
            let _ = writeln!(text, "     disturbs: {disturbed}");
        }
        if step.disturbs.is_empty() {
            text.push_str("     disturbs nobody\n");
        }
    }
}

/// Who has to be asked for it.
pub(super) fn needs(step: &PlannedStep) -> &'static str {
    match step.actor {
        Actor::Root => " (needs root)",
        Actor::Person | Actor::Guest => "",
    }
}

fn draw_guests(guests: &[GuestOutlook], text: &mut String) {
    let quiet: Vec<&str> =
        guests.iter().filter(|guest| guest.is_undisturbed()).map(|guest| guest.name.as_str()).collect();
    let affected: Vec<&GuestOutlook> = guests.iter().filter(|guest| !guest.is_undisturbed()).collect();
    if guests.is_empty() {
        return;
    }
    text.push_str("\nGuests that run\n");
    if !quiet.is_empty() {
        let verb = if quiet.len() == 1 { "keeps" } else { "keep" };
        let _ = writeln!(text, "  {} {verb} running, and nothing is to be done about it", quiet.join(", "));
    }
    for guest in affected {
        let _ = writeln!(text, "  {}", outlook(guest));
    }
}

/// What becomes of a guest, as one line.
pub(super) fn outlook(guest: &GuestOutlook) -> String {
    let name = guest
        .former
        .as_ref()
        .map_or_else(|| guest.name.clone(), |former| format!("{former} (from now on {})", guest.name));
    if !guest.shut_down.is_empty() {
        let then = if guest.start.is_empty() { "" } else { ", and is started again at the end" };
        return format!("{name} is shut down first{then}");
    }
    let loses: Vec<&str> = guest.loses.iter().map(|peer| peer.name()).collect();
    let now = match loses.len() {
        0 => "keeps running".to_owned(),
        4 => "is cut off".to_owned(),
        _ => format!("keeps running without {}", loses.join(", ")),
    };
    let then = match (guest.start.is_empty(), guest.boot.is_empty()) {
        (false, _) => " until it is started again",
        (true, false) if loses.is_empty() => "; it takes what is new when it boots again",
        (true, false) => " until it boots again",
        (true, true) => "",
    };
    let then = if loses.is_empty() && !guest.start.is_empty() {
        "; it takes what is new when it is started again"
    } else {
        then
    };
    format!("{name} {now}{then}")
}

fn draw_files(files: &[FileChange], text: &mut String) {
    if files.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nFiles: {}", summary(files));
    for change in files {
        let sign = match change.kind {
            FileChangeKind::Added => '+',
            FileChangeKind::Changed => '~',
            FileChangeKind::Removed => '-',
        };
        let _ = writeln!(text, "  {sign} {}", change.path);
    }
}

/// How many files come, change and go.
pub(super) fn summary(files: &[FileChange]) -> String {
    let number = |kind| files.iter().filter(|change| change.kind == kind).count();
    let all = [
        (number(FileChangeKind::Added), "are new", "is new"),
        (number(FileChangeKind::Changed), "change", "changes"),
        (number(FileChangeKind::Removed), "go", "goes"),
    ];
    let some = all.into_iter().filter(|(number, _, _)| *number > 0);
    let parts =
        some.map(|(number, many, one)| format!("{} {}", count(number, "file"), if number == 1 { one } else { many }));
    parts.collect::<Vec<_>>().join(", ")
}
