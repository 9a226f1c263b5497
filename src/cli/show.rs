//! `qvm-tangle show`: the model, the outputs, a picture, and what a document can say.

use std::path::PathBuf;

use clap::ValueEnum as _;
use serde::Serialize;
use serde_json::Value;

use super::format::FormatArgument;
use super::output::{Console, result};
use super::request::request;
use super::{Outcome, Shared, ShowSubject, nothing, schema};
use crate::artifact::Producer;
use crate::build::{self, BuiltDocument};
use crate::compile::{no_output, pictured};
use crate::config;
use crate::graph;
use crate::network::Network;
use crate::render::model::{self, ModelNode};
use crate::report::json::{self as report, pretty};
use crate::report::plan;
use crate::workspace::{Failure, shown};

/// One output, as `show artifacts` lists it.
#[derive(Debug, Serialize)]
struct Listed {
    path: String,
    mode: Option<String>,
    producer: &'static str,
    bytes: usize,
}

/// Prints what was asked for; diagnostics go to standard error as ever.
pub(super) fn run(what: ShowSubject, shared: &Shared, files: &[PathBuf], output: &Console) -> Result<Outcome, Failure> {
    if shared.format.is_of_pictures_alone() && !matches!(what, ShowSubject::Graph) {
        return Err(Failure::Other("`--format` dot, mermaid and d2 are for `show graph`".to_owned()));
    }
    let show: fn(&BuiltDocument, FormatArgument) -> String = match what {
        ShowSubject::Schema
        | ShowSubject::ReportSchema
        | ShowSubject::PlanSchema
        | ShowSubject::GraphSchema
        | ShowSubject::ConfigSchema
            if !files.is_empty() =>
        {
            let name = what.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
            return Err(Failure::Other(format!("`show {name}` is about no document")));
        }
        ShowSubject::Schema => return schema::run(output.format),
        ShowSubject::ReportSchema => return printed(&pretty(&report::schema())),
        ShowSubject::PlanSchema => return printed(&pretty(&plan::schema())),
        ShowSubject::GraphSchema => return printed(&pretty(&graph::schema())),
        ShowSubject::ConfigSchema => return printed(&pretty(&config::schema())),
        ShowSubject::Model => |document, _| network(document),
        ShowSubject::Graph => |document, format| picture(document, format.of_pictures().unwrap_or_default()),
        ShowSubject::Artifacts => |document, _| pretty(&artifacts(document)),
    };
    let built = build::build(&request(shared, files)?)?;
    // Standard output has what was asked for, and nothing else.
    let people = output.for_people();
    people.errors_alone(&built, shared.command(&["check"], files))?;
    for document in &built.documents {
        result(&show(document, shared.format))?;
        if matches!(what, ShowSubject::Graph | ShowSubject::Model) && !built.has_error() {
            tell_of_no_network(document, &people);
        }
    }
    if matches!(what, ShowSubject::Artifacts) {
        nothing::tell(&built, &people);
    }
    Ok(if built.has_error() { Outcome::of_errors(&built) } else { Outcome::Clean })
}

fn tell_of_no_network(document: &BuiltDocument, output: &Console) {
    if document.compilation.networks.is_empty() {
        let reason = no_output::network(&document.loaded.inputs()).map(|reason| format!(": {reason}"));
        output.note(&format!("{} describes no network{}", document.input.shown, reason.unwrap_or_default()));
    }
}

fn printed(text: &str) -> Result<Outcome, Failure> {
    result(text).map(|()| Outcome::Clean)
}

/// What templates see; `null` for a document without a network.
fn network(document: &BuiltDocument) -> String {
    let inputs = document.loaded.inputs();
    let model = |network: &Network| json(&model::model(network, inputs.file_name));
    match &document.compilation.networks[..] {
        [] => "null\n".to_owned(),
        [network] => pretty(&model(network)),
        networks => pretty(&networks.iter().map(model).collect::<Vec<_>>()),
    }
}

/// Nothing for a document without a network.
fn picture(document: &BuiltDocument, format: graph::GraphFormat) -> String {
    let inputs = document.loaded.inputs();
    graph::draw(format, &document.compilation.networks, pictured(inputs.document.document(), &inputs))
}

fn json(node: &ModelNode) -> Value {
    match node {
        ModelNode::Leaf(leaf) => Value::from(leaf.text.as_str()),
        ModelNode::Flag(flag) => Value::from(*flag),
        ModelNode::List(nodes) => nodes.iter().map(json).collect(),
        ModelNode::Map(entries) => entries.iter().map(|(name, node)| (name.to_string(), json(node))).collect(),
    }
}

fn artifacts(document: &BuiltDocument) -> Vec<Listed> {
    let artifacts = document.compilation.artifacts.iter();
    artifacts
        .map(|artifact| Listed {
            path: shown(&artifact.path),
            mode: artifact.mode.map(|mode| format!("{mode:04o}")),
            producer: match artifact.producer {
                Producer::Blocks => "blocks",
                Producer::Template => "template",
                Producer::Graph => "graph",
            },
            bytes: artifact.text.len(),
        })
        .collect()
}
