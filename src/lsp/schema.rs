//! What the network's schema has for a place: names of columns and terms, services, values of which there are few.

use super::offer::{ChoiceKind, Completion, CompletionChoice};
use super::view::{View, touches};
use crate::network::schema::{self, FieldSchema, KNOWN_SERVICES, PartSchema, SERVICE_NAME};
use crate::network::{self, SchemaPlace, schema_at};
use crate::source::Span;

/// What can be written at an offset.
pub(super) fn completion(view: &View<'_>, offset: usize) -> Option<Completion> {
    let (text, offers) = match schema_at(view.document, offset)? {
        SchemaPlace::Label { part, text, others, is_open } => {
            let end = if is_open { " :: " } else { "" };
            let missing = part.fields.iter().copied().filter(|field| !others.iter().any(|other| field.is(other)));
            let missing: Vec<&FieldSchema> = missing.collect();
            let examples = network::examples(view.document, &missing);
            let offers = missing.iter().zip(&examples).map(|(field, example)| label_offer(part, field, (example, end)));
            (text, offers.collect())
        }
        SchemaPlace::Value { field, text } if *field == SERVICE_NAME.schema => (text, services()),
        SchemaPlace::Value { field, text } => (text, values(field)),
    };
    let is_useful = touches(text.span, offset) && !offers.is_empty();
    is_useful.then(|| Completion { replaced: text.span.range(), offers })
}

/// A name with an example of its value, and with what follows the name.
fn label_offer(part: &PartSchema, field: &FieldSchema, (example, end): (&str, &str)) -> CompletionChoice {
    CompletionChoice {
        text: format!("{}{end}", field.name),
        detail: format!("{} of the {}", part.layout.field(), part.what),
        meaning: field.description(example),
        kind: ChoiceKind::Field,
    }
}

fn services() -> Vec<CompletionChoice> {
    let offer = |known: &&schema::ServiceSchema| CompletionChoice {
        text: known.name.to_owned(),
        detail: "service".to_owned(),
        meaning: known.description(),
        kind: ChoiceKind::Value,
    };
    KNOWN_SERVICES.iter().map(offer).collect()
}

fn values(field: &FieldSchema) -> Vec<CompletionChoice> {
    let offer = |choice: &&str| CompletionChoice {
        text: (*choice).to_owned(),
        detail: format!("value of {}", field.name),
        meaning: field.meaning.to_owned(),
        kind: ChoiceKind::Value,
    };
    field.value.choices.iter().map(offer).collect()
}

/// What there is to say of a column, a term or a service at an offset.
pub(super) fn hover(view: &View<'_>, offset: usize) -> Option<(Span, String)> {
    match schema_at(view.document, offset)? {
        SchemaPlace::Label { part, text, .. } => {
            let field = part.field(text.value)?;
            let example = network::examples(view.document, &[field]).pop()?;
            Some((text.span, field.description(&example)))
        }
        SchemaPlace::Value { field, text } if *field == SERVICE_NAME.schema => {
            Some((text.span, schema::service(text.value)?.description()))
        }
        SchemaPlace::Value { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{completion, hover};
    use crate::lsp::testing::{NETWORK, check_completion, with_view};

    #[track_caller]
    fn check(text: &str, offer: &str, expected: &str) {
        check_completion(completion, text, offer, expected);
    }

    #[track_caller]
    fn check_offers(text: &str, expected: &[&str]) {
        with_view(text, |view, offset| {
            let offers = completion(view, offset).map(|found| found.offers).unwrap_or_default();
            assert_eq!(offers.iter().map(|offer| offer.text.trim()).collect::<Vec<_>>(), expected, "{text}");
        });
    }

    #[track_caller]
    fn check_hover(text: &str, expected: Option<&str>) {
        with_view(text, |view, offset| {
            let found = hover(view, offset).map(|(span, text)| {
                format!("{} {}", &view.text()[span.range()], text.lines().next().unwrap_or_default())
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        });
    }

    #[test]
    fn columns_are_offered_in_a_header() {
        check(&NETWORK.replace("TAP |", "TAP | Me‸ |"), "Mem", "| TAP | Memory |\n");
        check(&NETWORK.replace("TAP |", "TAP | ‸ |"), "Host", "| TAP | Hostname |\n");
        check("| Guest | IP | T‸\n", "TAP", "| Guest | IP | TAP\n");
        check("| Service | I‸ |\n", "Interface", "| Service | Interface |\n");
        check_offers(
            "| Guest | IP | TAP | MAC | CPUs | Disk | Image | ‸ |\n",
            &["Hostname", "Aliases", "Pods", "IP6", "Memory"],
        );
        check_offers("| Day | Wo‸ |\n", &[]);
        check_offers(&NETWORK.replace("TAP |", "TAP |‸"), &[]);
    }

    #[test]
    fn terms_are_offered_in_the_bridge_list() {
        let subnet = "- Subnet :: 10.42.0.1/24\n";
        check(&NETWORK.replace(subnet, &format!("{subnet}- Dom‸\n")), "Dom", "\n- Domain :: \n");
        check(&NETWORK.replace(subnet, &format!("{subnet}- ‸\n")), "Pin", "\n- Pin :: \n");
        check(&NETWORK.replace(subnet, &format!("{subnet}- P‸ :: off\n")), "Pin", "\n- Pin :: off\n");
        check(&NETWORK.replace("Subnet", "Su‸"), "Sub", "\n- Subnet :: 10");
        check_offers("- Apples :: red\n- P‸\n", &[]);
    }

    #[test]
    fn values_are_offered_where_there_are_few() {
        check(&NETWORK.replace("| DHCP", "| N‸"), "NFS", "| NFS | 10.42.0.2 |");
        check(&NETWORK.replace("| DHCP", "| ‸"), "cloud", "| cloud-init | 10.42.0.2 |");
        let subnet = "- Subnet :: 10.42.0.1/24\n";
        let pin = |value: &str| NETWORK.replace(subnet, &format!("{subnet}- Pin :: {value}\n"));
        check(&pin("‸"), "address", "- Pin :: address\n");
        check_offers(&pin("=m‸="), &["off", "mac", "address"]);
        check_offers(&NETWORK.replace("10.42.0.10", "10.‸"), &[]);
    }

    #[test]
    fn columns_terms_and_services_say_what_they_are() {
        check_hover(&NETWORK.replace("TAP", "TA‸P"), Some("TAP **TAP**: interface on the host"));
        check_hover(
            &NETWORK.replace("Subnet", "=Sub‸net="),
            Some("Subnet **Subnet**: the host's address on the bridge, and the length of the prefix"),
        );
        check_hover(&NETWORK.replace("DHCP", "dh‸cp"), Some("dhcp **DHCP**: each guest's address, by its MAC address"));
        check_hover("| Name | IP‸ | Port |\n| x | y | z |\n", None);
        check_hover(&NETWORK.replace("10.42.0.10", "10.42‸.0.10"), None);
    }
}
