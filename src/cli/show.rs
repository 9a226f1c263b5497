//! `qvm-tangle show`: the model, the outputs, a picture, and what a document can say.

use std::path::PathBuf;

use clap::ValueEnum as _;
use serde::Serialize;
use serde_json::Value;

use super::format::FormatArgument;
use super::output::{Console, result};
use super::request::request;
use super::{Outcome, Shared, ShowSubject, schema};
use crate::artifact::Producer;
use crate::build::{self, BuiltDocument};
use crate::compile::pictured;
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
    let for_people = output.with_messages_for_people();
    let output =
        if matches!(what, ShowSubject::Graph) && shared.format.of_pictures().is_some() { &for_people } else { output };
    let built = build::build(&request(shared, files)?)?;
    output.main_diagnostics(&built, 0, shared.command(&["check"], files))?;
    for document in &built.documents {
        if matches!(what, ShowSubject::Graph) && document.compilation.networks.is_empty() && !built.has_error() {
            output.note(&format!("{} describes no network", document.input.shown));
        }
        result(&show(document, shared.format))?;
    }
    Ok(if built.has_error() { Outcome::of_errors(&built) } else { Outcome::Clean })
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
