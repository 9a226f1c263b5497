//! The README's tables of columns, terms and services say what the schema says.
//!
//! They stand between `<!-- schema: NAME -->` and `<!-- end -->`; `SNAPSHOTS=overwrite cargo test --test program reference`
//! writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use qvm_tangle::network::schema::{Empty, FieldSchema, KNOWN_SERVICES, Layout, PARTS, PartSchema, ServiceSchema};

fn part(part: &PartSchema) -> String {
    let mut table = format!("| {} | meaning | default |\n|---|---|---|\n", part.layout.field());
    for field in part.fields {
        let _ = writeln!(table, "| `{}` | {} | {} |", field.name, field.meaning, default(part.layout, field));
    }
    table
}

fn default(layout: Layout, field: &FieldSchema) -> String {
    match field.empty {
        Empty::Refused => "required".to_owned(),
        Empty::RepeatsAbove => {
            assert_eq!(layout, Layout::Table, "only tables have cells above each other");
            "the cell above, up to the next rule".to_owned()
        }
        Empty::Is(value) => format!("`{value}`"),
        Empty::Made(words) | Empty::Nothing(words) => words.to_owned(),
    }
}

fn services() -> String {
    let mut table = "| service | what it is | port | run by |\n|---|---|---|---|\n".to_owned();
    for service in KNOWN_SERVICES {
        let ServiceSchema { name, meaning, program, .. } = service;
        let _ = writeln!(table, "| `{name}` | {meaning} | {} | {program} |", ports(service));
    }
    table
}

fn ports(service: &ServiceSchema) -> String {
    let protocols: Vec<&str> = service.protocols.iter().map(|protocol| protocol.name()).collect();
    service.port.map_or_else(String::new, |port| format!("{port}/{}", protocols.join(", ")))
}

/// The text with what stands between its markers replaced.
fn with_tables(text: &str) -> String {
    let mut tables: Vec<(&str, String)> = PARTS.iter().map(|schema| (schema.name, part(schema))).collect();
    tables.push(("known-services", services()));
    tables.into_iter().fold(text.to_owned(), |text, (name, table)| {
        let open = format!("<!-- schema: {name} -->\n");
        let (before, rest) = text.split_once(&open).expect("the README has a marker for every part");
        let (_, after) = rest.split_once("<!-- end -->").expect("the marker is closed");
        format!("{before}{open}\n{table}\n<!-- end -->{after}")
    })
}

#[test]
fn the_readme_says_what_the_schema_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let expected = with_tables(&text);
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(&path, expected).unwrap();
    } else {
        assert_eq!(text, expected, "SNAPSHOTS=overwrite cargo test --test program reference writes the tables anew");
    }
}
