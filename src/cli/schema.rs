//! `qvm-tangle show schema`: what a document can say of a network, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::Outcome;
use super::output::result;
use crate::network::schema::{
    Amount, Empty, FieldPresence, FieldSchema, KNOWN_SERVICES, PARTS, PartLayout, PartSchema, ServiceSchema,
};
use crate::network::value::Port;
use crate::report::Format;
use crate::report::json::pretty;
use crate::workspace::Failure;

/// The whole schema.
#[derive(Debug, Serialize)]
struct Schema {
    parts: Vec<PartEntry>,
    services: Vec<ServiceEntry>,
}

/// A table or a list.
#[derive(Debug, Serialize)]
struct PartEntry {
    name: &'static str,
    layout: &'static str,
    meaning: &'static str,
    fields: Vec<FieldEntry>,
}

/// A column or a term.
#[derive(Debug, Serialize)]
struct FieldEntry {
    name: &'static str,
    /// Names that are reported, with this one to write instead.
    misnomers: &'static [&'static str],
    key: &'static str,
    meaning: &'static str,
    required: bool,
    many: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    choices: &'static [&'static str],
    /// What an empty cell means: `refused`, `repeats-above`, `default`, `made`, `nothing`.
    empty: &'static str,
    default: Option<&'static str>,
    /// What `made` and `nothing` mean here.
    without: Option<&'static str>,
    help: String,
    example: &'static str,
}

/// A service that we run.
#[derive(Debug, Serialize)]
struct ServiceEntry {
    name: &'static str,
    spellings: &'static [&'static str],
    key: &'static str,
    meaning: &'static str,
    port: Option<u16>,
    protocols: Vec<&'static str>,
    program: &'static str,
}

/// Prints the schema; every format but JSON is for people.
pub(super) fn run(format: Format) -> Result<Outcome, Failure> {
    match format {
        Format::Json => result(&pretty(&json()))?,
        Format::Human | Format::Short | Format::Sarif | Format::Github | Format::Junit => {
            result(&human())?;
        }
    }
    Ok(Outcome::Clean)
}

fn json() -> impl Serialize {
    Schema {
        parts: PARTS.iter().map(|schema| part(schema)).collect(),
        services: KNOWN_SERVICES.iter().map(|schema| service(schema)).collect(),
    }
}

fn part(schema: &PartSchema) -> PartEntry {
    PartEntry {
        name: schema.name,
        layout: match schema.layout {
            PartLayout::Table => "table",
            PartLayout::List => "list",
        },
        meaning: schema.meaning,
        fields: schema.fields.iter().map(|schema| field(schema)).collect(),
    }
}

fn field(schema: &FieldSchema) -> FieldEntry {
    let (empty, default, without) = match schema.empty {
        Empty::Refused => ("refused", None, None),
        Empty::RepeatsAbove => ("repeats-above", None, None),
        Empty::Is(value) => ("default", Some(value), None),
        Empty::Made(words) => ("made", None, Some(words)),
        Empty::Nothing(words) => ("nothing", None, Some(words)),
    };
    FieldEntry {
        name: schema.name,
        misnomers: schema.also,
        key: schema.key,
        meaning: schema.meaning,
        required: schema.presence == FieldPresence::Required,
        many: schema.amount == Amount::Many,
        kind: schema.value.what,
        choices: schema.value.choices,
        empty,
        default,
        without,
        help: schema.help_with(Some(schema.example())),
        example: schema.example(),
    }
}

fn service(schema: &ServiceSchema) -> ServiceEntry {
    ServiceEntry {
        name: schema.name,
        spellings: schema.spellings,
        key: schema.key,
        meaning: schema.meaning,
        port: schema.port.map(Port::number),
        protocols: schema.protocols.iter().map(|protocol| protocol.name()).collect(),
        program: schema.program,
    }
}

/// The schema for people.
fn human() -> String {
    let mut text = String::new();
    for part in PARTS {
        let _ = write!(text, "{} ({}): {}\n\n", part.name, part.form(), part.meaning);
        for field in part.fields {
            let needed = match field.presence {
                FieldPresence::Required => "required",
                FieldPresence::Optional => "optional",
            };
            let _ = writeln!(text, "  {:<12} {}", field.name, field.meaning);
            let _ = writeln!(text, "  {:<12} {needed}; {}, such as {}", "", field.holds(), field.example());
            if field.empty != Empty::Refused {
                let _ = writeln!(text, "  {:<12} empty: {}", "", field.default().replace('`', ""));
            }
        }
        text.push('\n');
    }
    text.push_str("services that are known, by the cell under Service\n\n");
    for service in KNOWN_SERVICES {
        let listens = match service.listens() {
            none if none.is_empty() => String::new(),
            listens => format!("{listens}, "),
        };
        let _ = writeln!(text, "  {:<12} {}", service.name, service.meaning);
        let _ = writeln!(text, "  {:<12} {listens}run by {}", "", service.program);
    }
    text
}
