//! The README's tables of columns, terms and services say what the schema says.
//!
//! They stand between `<!-- schema: NAME -->` and `<!-- end -->`; `SNAPSHOTS=overwrite cargo test --test program reference`
//! writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::Project;
use qvm_tangle::network::schema::{KNOWN_SERVICES, PARTS, PartSchema, ServiceSchema};

fn part(part: &PartSchema) -> String {
    let mut table = format!("| {} | meaning | default |\n|---|---|---|\n", part.layout.field());
    for field in part.fields {
        let _ = writeln!(table, "| `{}` | {} | {} |", field.name, field.meaning, field.default());
    }
    table
}

fn services() -> String {
    let mut table = "| service | what it is | port | run by |\n|---|---|---|---|\n".to_owned();
    for service in KNOWN_SERVICES {
        let ServiceSchema { name, meaning, program, .. } = service;
        let _ = writeln!(table, "| `{name}` | {meaning} | {} | {program} |", service.listens());
    }
    table
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
fn the_program_shows_the_schema() {
    let project = Project::new();
    let human = project.run(&["show", "schema"]).out;
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["show", "schema", "--format", "json"]).out).unwrap();
    for (index, part) in PARTS.iter().enumerate() {
        let shown = &json["parts"][index];
        assert_eq!(shown["name"], part.name);
        for (index, field) in part.fields.iter().enumerate() {
            assert_eq!(shown["fields"][index]["name"], field.name);
            assert_eq!(shown["fields"][index]["example"], field.example());
            assert!(human.contains(&format!("\n  {:<12} {}\n", field.name, field.meaning)), "{human}");
        }
    }
    let key = &json["parts"][0]["fields"][5];
    assert_eq!((&key["name"], &key["many"], &key["empty"]), (&"SSH key".into(), &true.into(), &"nothing".into()));
    let names = json["services"].as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), KNOWN_SERVICES.iter().map(|service| service.name).collect::<Vec<_>>());
    assert!(human.contains(
        "\n  DHCP         each guest's address, by its MAC address\n               67/udp, run by dnsmasq\n"
    ));
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
