//! What becomes of the thing at a place, in Markdown: a guest's lease and names, a service's endpoint, the text of a
//! reference, the lines that a cell is placed in. A diagnostic there brings its explanation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::schema;
use super::subject::{CursorSubject, at};
use super::view::{View, touches};
use crate::artifact::{Artifact, Producer};
use crate::map;
use crate::network::schema::{CLOUD_INIT, DHCP, DNS, GUEST_PODS, ServiceRole};
use crate::network::{Guest, Network, Pin, Service};
use crate::source::{Sources, Span};
use crate::tangle::{self, NowebReference};
use crate::workspace::shown;

/// At most this many lines of an expansion are shown.
const MOST_LINES: usize = 40;
/// At most this many lines of one output are named.
const MOST_PLACES: usize = 6;

/// What there is to say about an offset, and the span that it is about.
pub(super) fn hover(view: &View<'_>, offset: usize) -> Option<(Span, String)> {
    let subject = about(view, offset);
    let cell = view.cell_at(offset);
    let placed = cell.and_then(|cell| placed(view, cell)).unwrap_or_default();
    let explained = explained(view, offset);
    let meant = schema::hover(view, offset);
    let first = subject.as_ref().or(meant.as_ref()).map(|(span, _)| *span);
    let span = first.or(cell).or(explained.as_ref().map(|(span, _)| *span))?;
    let [subject, meant] = [subject, meant].map(|found| found.map(|(_, text)| text).unwrap_or_default());
    let texts = [subject, meant, placed];
    let texts = texts.into_iter().chain(explained.map(|(_, text)| text)).filter(|text| !text.is_empty());
    let text = texts.collect::<Vec<_>>().join("\n\n");
    (!text.is_empty()).then_some((span, text))
}

fn about(view: &View<'_>, offset: usize) -> Option<(Span, String)> {
    match at(view, offset)? {
        CursorSubject::Reference(found) => Some((found.span, reference(view, found))),
        CursorSubject::Name(_) => None,
        CursorSubject::Argument(key, span) => {
            Some((span, format!("**`:{}`** {}{}", key.name, key.meaning, values(key.values))))
        }
        CursorSubject::Guest(index, span) => {
            let (network, found) = view.known_guests().nth(index)?;
            Some((span, guest(network, found)))
        }
        CursorSubject::Output(index, span) => {
            Some((span, output(&view.built.loaded.sources, &view.artifacts()[index])))
        }
        CursorSubject::Service(index, span) => {
            let (network, found) = view.known_services().nth(index)?;
            Some((span, service(network, found)))
        }
    }
}

fn values(values: &[&str]) -> String {
    if values.is_empty() {
        return String::new();
    }
    format!("\n\nValues: {}", values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "))
}

fn reference(view: &View<'_>, reference: NowebReference<'_>) -> String {
    let inputs = view.built.loaded.inputs();
    let meaning = tangle::meaning(view.document, inputs.surroundings, reference);
    match (meaning.places.len(), meaning.text) {
        (0, _) => format!("No block is named `{}`.", reference.name.value),
        (_, None) => "Its own references cannot be expanded.".to_owned(),
        (_, Some(text)) => {
            let language = view.document.blocks[reference.block].language.map_or("", |language| language.value);
            fenced(language, &text)
        }
    }
}

/// A text as a block of code, which no line of it can end.
fn fenced(language: &str, text: &str) -> String {
    let lines: Vec<&str> = text.lines().take(MOST_LINES).collect();
    let rest = text.lines().count() - lines.len();
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let more = if rest > 0 { format!("\n\n… and {rest} more lines") } else { String::new() };
    format!("{fence}{language}\n{}\n{fence}{more}", lines.join("\n"))
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or_default()
}

fn guest(network: &Network, guest: &Guest) -> String {
    let name = &guest.name.value;
    let addresses: Vec<_> = guest.addresses().map(|address| format!("`{}`", address.value)).collect();
    let addresses = addresses.join(", ");
    let mut names: Vec<String> = guest.hostnames().map(|name| format!("`{}`", name.value)).collect();
    names.dedup();
    let names = names.join(", ");
    let mut text = format!("**{name}**, a guest\n\n- MAC address: `{}`\n", guest.mac().value);
    let lines = [
        network.has(&DHCP).then(|| format!("- DHCP lease: {addresses}, for 12 hours at a time\n")),
        network.has(&DNS).then(|| format!("- DNS names: {names}\n")),
        network.has(&CLOUD_INIT).then(|| format!("- cloud-init seed: `{name}`\n")),
    ];
    text.extend(lines.into_iter().flatten());
    text.extend(
        guest.fields.values(&GUEST_PODS).iter().map(|pods| format!("- pods: `{}`, routed to it\n", pods.value)),
    );
    let pinned = match network.bridge.pin.value {
        Pin::Off => "",
        Pin::Mac => ", pinned to its MAC address",
        Pin::Address => ", pinned to its MAC and IP address",
    };
    let _ = write!(
        text,
        "- certificate names: {names}, {addresses}\n- TAP: `{}`, a port of `{}`{pinned}",
        guest.tap().value,
        network.bridge.name.value
    );
    for row in network.published.iter().filter(|row| row.guest.value == *name) {
        let _ = write!(text, "\n- port `{}` of the host leads to its port `{}`", row.published.value, row.port.value);
    }
    text
}

fn service(network: &Network, service: &Service) -> String {
    let (name, address) = (&service.name.value, service.address.value);
    let bridge = &network.bridge;
    if service.role() == ServiceRole::Gateway {
        return format!("**{name}**: `{address}`, the host's address on the bridge `{}`", bridge.name.value);
    }
    let six = service.address6.filter(|_| matches!(service.role(), ServiceRole::Dns | ServiceRole::Dhcp));
    let six = six.map(|address| format!(", `{}`", address.value)).unwrap_or_default();
    let addresses = format!("`{address}`{six}");
    let mut text = match &service.port {
        Some(port) => format!("**{name}** at {addresses}, port `{}`", port.value),
        None => format!("**{name}** at {addresses}"),
    };
    let is_led = service.role() == ServiceRole::Dns && service.port.map(|port| port.value) != DNS.port;
    if is_led {
        text.push_str("\n\n- port `53` leads there, since no client can be told of another");
    }
    let endpoint = network.endpoints.iter().find(|endpoint| endpoint.interface.value == service.interface.value);
    if let Some(endpoint) = endpoint {
        let _ = write!(
            text,
            "{}- endpoint: `{}` (`{}`) in the namespace `{}`; its other end `{}` is a port of `{}`",
            if is_led { "\n" } else { "\n\n" },
            endpoint.interface.value,
            endpoint.mac.value,
            bridge.namespace.value,
            endpoint.host_interface.value,
            bridge.name.value
        );
    }
    text
}

fn output(sources: &Sources, artifact: &Artifact) -> String {
    let maker = match artifact.producer {
        Producer::Blocks => {
            format!("tangled, first declared at {}", crate::diagnostic::place(sources, artifact.declared))
        }
        Producer::Template => {
            let first = artifact.origins.iter().next().map(|origin| sources.get(origin.from.source).path());
            format!("rendered by {}", first.unwrap_or("a template"))
        }
        Producer::Graph => "the picture of the network".to_owned(),
    };
    let mode = artifact.mode.map_or_else(String::new, |mode| format!(", mode {mode:04o}"));
    let lines = artifact.text.lines().count();
    format!("**`{}`**, {maker}{mode}, {}", shown(&artifact.path), crate::report::count(lines, "line"))
}

/// The lines of outputs that a cell is placed in.
fn placed(view: &View<'_>, cell: Span) -> Option<String> {
    let mut text = String::new();
    for artifact in view.artifacts() {
        let mappings = map::made_from(artifact, cell);
        if mappings.is_empty() {
            continue;
        }
        let mut texts = Sources::default();
        let id = texts.add("", artifact.text.as_str());
        let starts = mappings.into_iter().map(|mapping| mapping.output.start);
        let lines: BTreeSet<usize> = starts.map(|start| texts.get(id).line_number(start)).collect();
        let numbers: Vec<String> = lines.iter().take(MOST_PLACES).map(ToString::to_string).collect();
        let more = if lines.len() > MOST_PLACES { ", …" } else { "" };
        let _ = write!(text, "\n- `{}`: {}{more}", shown(&artifact.path), numbers.join(", "));
    }
    (!text.is_empty()).then(|| format!("Placed in lines of\n{text}"))
}

/// What the diagnostics at an offset mean.
fn explained(view: &View<'_>, offset: usize) -> Option<(Span, String)> {
    let id = view.document.source.id();
    let mut here = view
        .built
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.span.source == id && touches(diagnostic.span, offset));
    let first = here.next()?;
    let mut codes = vec![first.code];
    codes.extend(here.map(|diagnostic| diagnostic.code));
    codes.dedup();
    let text = codes.iter().map(|code| format!("**{}**\n\n{}", code.name(), code.explanation().trim_end()));
    Some((first.span, text.collect::<Vec<_>>().join("\n\n")))
}

#[cfg(test)]
mod tests {
    use super::hover;
    use crate::lsp::testing::{NETWORK, with_view};

    #[track_caller]
    fn check(text: &str, parts: &[&str]) {
        with_view(text, |view, offset| {
            let found = hover(view, offset).map(|(_, text)| text).unwrap_or_default();
            assert_eq!(found.is_empty(), parts.is_empty(), "{found}");
            for part in parts {
                assert!(found.contains(part), "no {part:?} in\n{found}");
            }
        });
    }

    #[test]
    fn a_guest_becomes_lease_names_and_tap() {
        let parts = [
            "- MAC address: `52:54:00:2a:00:0b`\n",
            "- DHCP lease: `10.42.0.11`, for 12 hours at a time\n",
            "- DNS names: `wk-1.qvm0.lan`, `wk-1.qvm0`\n",
            "- certificate names: `wk-1.qvm0.lan`, `wk-1.qvm0`, `10.42.0.11`\n",
            "- TAP: `qvm0tap1`, a port of `qvm0`, pinned to its MAC address",
        ];
        check(&NETWORK.replace("wk-1", "wk‸-1"), &parts);
        check(&format!("{NETWORK}See =wk‸-1=.\n"), &parts);
        check(&NETWORK.replace("qvm0tap1", "qvm0‸tap1"), &["Placed in lines of\n\n- `/project/network.nft`: "]);
    }

    #[test]
    fn a_service_becomes_its_endpoint() {
        check(
            &NETWORK.replace("DNS |", "DNS‸ |"),
            &["**DNS** at `10.42.0.2`, port `5300`", "port `53` leads", "`veth0` (`52:54:00:2a:00:02`)", "`qvm0svc`"],
        );
        check(&NETWORK.replace("| DHCP", "| Gate‸way | 10.42.0.1 | | qvm0 |\n|--|\n| DHCP"), &["the host's address"]);
    }

    #[test]
    fn arguments_references_and_outputs_tell_what_they_do() {
        let block = "#+name: part\n#+begin_src sh\n  echo one\n  echo two\n#+end_src\n";
        check(&format!("{block}#+begin_src sh :man‸gle x\n#+end_src\n"), &["**unknown-argument**"]);
        check("#+begin_src sh :mkd‸irp yes\n#+end_src\n", &["missing folders", "`yes`, `no`"]);
        check(
            &format!("{block}#+begin_src sh :tangle x :noweb yes\n<<pa‸rt>>\n#+end_src\n"),
            &["```sh\necho one\necho two\n```"],
        );
        check("Run =x.s‸h=.\n#+begin_src sh :tangle x.sh :shebang #!/bin/sh\n#+end_src\n", &["tangled", "mode 0755"]);
        check("Nothing‸ here.\n", &[]);
    }

    #[test]
    fn a_diagnostic_brings_its_explanation() {
        let twice = NETWORK.replace("10.42.0.11", "10.42.0.1‸0");
        check(&twice, &["**duplicate-address**\n\nTwo parties"]);
    }
}
