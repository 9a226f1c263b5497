//! The reference of the book says what the code says: tables of the schema, diagnostics, commands, configuration, templates.
//!
//! What is generated stands between `<!-- generated: NAME -->` and `<!-- end -->` in `docs/src/reference/`;
//! `SNAPSHOTS=overwrite cargo test --test program reference` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Project;
use qvm_tangle::network::schema::{KNOWN_SERVICES, PARTS, PartSchema, ServiceSchema};
use qvm_tangle::report::rules::{Rule, rules};

const OPEN: &str = "<!-- generated: ";
const CLOSE: &str = "<!-- end -->";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Everything that is generated, by name.
fn generated() -> BTreeMap<&'static str, String> {
    let mut texts: BTreeMap<&str, String> = PARTS.iter().map(|schema| (schema.name, part(schema))).collect();
    texts.insert("known-services", services());
    texts.insert("diagnostics", diagnostics());
    texts.insert("commands", commands());
    texts.insert("configuration", configuration());
    texts.insert("model", model());
    texts
}

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

/// A list of all, and a section for each.
fn diagnostics() -> String {
    let mut text = "| code | severity | what is wrong |\n|---|---|---|\n".to_owned();
    for rule in rules() {
        let (entry, summary) = (rule.entry(), rule.summary().replace('|', "\\|"));
        let _ = writeln!(text, "| [`{0}`](#{0}) | {1} | {summary} |", rule.name, entry.severity);
    }
    for rule in rules() {
        let _ = write!(text, "\n{}", diagnostic(&rule));
    }
    text
}

/// A section that includes the explanation, so that its text is there once.
fn diagnostic(rule: &Rule) -> String {
    let entry = rule.entry();
    let folders = ["src/diagnostic/explain", "src/report/failure"];
    let own = folders.map(|folder| format!("{folder}/{}.md", rule.name));
    let file = own.into_iter().find(|path| root(path).exists());
    let file = file.unwrap_or_else(|| "src/drift/explanation.md".to_owned());
    assert_eq!(fs::read_to_string(root(&file)).unwrap(), rule.explanation);
    let mut notes = vec![entry.severity.to_owned()];
    notes.extend(entry.found_by.map(|command| format!("found by `{command}`")));
    notes.extend(entry.brings_fix.then(|| "`fix` may know the edit".to_owned()));
    notes.extend(entry.acceptable.then(|| "can be accepted".to_owned()));
    format!("## {}\n\n*{}*\n\n{{{{#include ../../../{file}}}}}\n", rule.name, notes.join(", "))
}

/// What `--help` says of each command, without the options that the main job's help has as well.
fn commands() -> String {
    let project = Project::new();
    let help = |arguments: &[&str]| {
        let output = project.command(arguments).env_remove("COLUMNS").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let main = help(&["--help"]);
    let (_, list) = main.split_once("Commands:\n").unwrap();
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then_some(name)
    });
    let mut text = section("qvm-tangle", &main);
    text.push_str("Each command also takes those of these options that have an effect on it.\n");
    for name in names {
        let own = help(&[name, "--help"]);
        let (about, options) = own.split_once("\nOptions:\n").unwrap();
        let shared = entries(main.split_once("\nOptions:\n").unwrap().1);
        let options: String = entries(options).into_iter().filter(|entry| !shared.contains(entry)).collect();
        let options = if options.is_empty() { options } else { format!("\nOptions:\n{options}") };
        let _ = write!(text, "\n{}", section(&format!("qvm-tangle {name}"), &format!("{about}{options}")));
    }
    text
}

fn section(name: &str, help: &str) -> String {
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    format!("## {name}\n\n```text\n{}\n```\n", lines.join("\n"))
}

/// The options of a help, each with its lines.
fn entries(options: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in options.trim_end().lines().chain([""]) {
        if line.trim_start().starts_with('-') && !line.starts_with("          ") {
            entries.push(String::new());
        }
        if let Some(entry) = entries.last_mut() {
            let _ = writeln!(entry, "{line}");
        }
    }
    entries
}

/// The keys, from the JSON Schema.
fn configuration() -> String {
    let schema: Value = qvm_tangle::config::schema().into();
    let mut table = "| key | holds | meaning |\n|---|---|---|\n".to_owned();
    let mut row = |key: &str, property: &Value| {
        let meaning = property["description"].as_str().unwrap().replace('\n', " ");
        let _ = writeln!(table, "| `{key}` | {} | {meaning} |", holds(property));
    };
    for (key, property) in schema["properties"].as_object().unwrap() {
        row(key, property);
        if let Some(choice) = property["additionalProperties"]["$ref"].as_str() {
            let name = choice.rsplit('/').next().unwrap();
            for (own, property) in schema["$defs"][name]["properties"].as_object().into_iter().flatten() {
                row(&format!("{key}.NAME.{own}"), property);
            }
        }
    }
    table
}

fn holds(property: &Value) -> &'static str {
    let kinds = match &property["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kinds {
        Some("array") => "list",
        Some("object") => "table",
        Some("string") => "text",
        _ => "text or list",
    }
}

/// Every name that templates find in any document of the network tests, with the first example.
fn model() -> String {
    let project = Project::new();
    let mut names = BTreeMap::new();
    let mut documents: Vec<PathBuf> =
        root("tests/network/documents").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "org"));
    documents.sort();
    for document in documents {
        let ran = project.run(&["show", "model", document.to_str().unwrap()]);
        let model: Value = serde_json::from_str(&ran.out).unwrap();
        match &model {
            Value::Array(networks) => networks.iter().for_each(|network| collect("", network, &mut names)),
            network => collect("", network, &mut names),
        }
    }
    let mut table = "| name | such as | what the document says by it |\n|---|---|---|\n".to_owned();
    for (name, example) in names {
        let _ = writeln!(table, "| `{name}` | `{example}` | {} |", meaning(&name));
    }
    table
}

fn collect(name: &str, value: &Value, names: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| !name.is_empty() || *key != "tables") {
                collect(&format!("{name}{}{key}", if name.is_empty() { "" } else { "." }), value, names);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| collect(&format!("{name}[]"), row, names)),
        leaf => {
            let example = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
            names.entry(name.to_owned()).or_insert(example);
        }
    }
}

/// What the schema says of a column or term, if the name is that of one.
fn meaning(name: &str) -> String {
    let name = name.strip_suffix("[]").unwrap_or(name);
    let list = |part: &PartSchema| match part.name {
        "bridge" => "network.".to_owned(),
        "publish" => "published[].".to_owned(),
        other => format!("{other}[]."),
    };
    let field = |part: &PartSchema| part.fields.iter().find(|field| name == format!("{}{}", list(part), field.key));
    PARTS
        .iter()
        .find_map(|part| field(part))
        .map_or_else(String::new, |field| format!("`{}`: {}", field.name, field.meaning))
}

/// The text with what stands between its markers replaced; the names that it has go to the list.
fn renewed(text: &str, generated: &BTreeMap<&'static str, String>, used: &mut Vec<String>) -> String {
    let mut parts = text.split(OPEN);
    let mut renewed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").expect("the marker has a name");
        let (_, after) = rest.split_once(CLOSE).expect("the marker is closed");
        let text = generated.get(name).expect("what the marker names is generated");
        let _ = write!(renewed, "{OPEN}{name} -->\n\n{text}\n{CLOSE}{after}");
        used.push(name.to_owned());
    }
    renewed
}

#[test]
fn the_program_shows_the_schema() {
    let project = Project::new();
    let human = project.run(&["show", "schema"]).out;
    let json: Value = serde_json::from_str(&project.run(&["show", "schema", "--format", "json"]).out).unwrap();
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
fn the_reference_says_what_the_code_says() {
    let generated = generated();
    let mut used = Vec::new();
    let mut outdated = Vec::new();
    for entry in root("docs/src/reference").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected = renewed(&text, &generated, &mut used);
        if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
            fs::write(&path, expected).unwrap();
        } else if text != expected {
            outdated.push(path);
        }
    }
    used.sort();
    assert_eq!(used, generated.keys().copied().collect::<Vec<_>>(), "each is in one page");
    assert!(outdated.is_empty(), "SNAPSHOTS=overwrite cargo test --test program reference writes anew: {outdated:?}");
}
