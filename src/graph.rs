//! Pictures of the networks: bridges, TAPs, guests, service namespaces, services, addresses.
//!
//! Everything is laid out here, so that a picture needs no other program and is the same on every host. What hangs on
//! each bridge is worked out once, in [`Picture`]; each format draws it in its own file.

mod d2;
mod dot;
mod drawing;
mod json;
mod layout;
mod links;
mod mermaid;
mod picture;
mod scene;
mod svg;

use std::path::{Path, PathBuf};

use crate::artifact::{Artifact, Producer};
use crate::network::Network;
use crate::org::Document;
use crate::source::Span;

use picture::Picture;

/// The forms a picture can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphFormat {
    /// SVG, laid out.
    #[default]
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
    /// For D2.
    D2,
    /// For programs: nodes and edges.
    Json,
}

/// The document that pictures are about.
#[derive(Debug, Clone, Copy)]
pub struct PicturedDocument<'a> {
    /// The document itself: its headings are what a picture leads to.
    pub document: &'a Document<'a>,
    /// Its file name, to tell where a picture comes from.
    pub name: &'a str,
    /// Its path as seen from the folder of the picture, `/` between parts.
    pub path: &'a str,
}

/// The JSON Schema of what [`GraphFormat::Json`] gives.
pub fn schema() -> schemars::Schema {
    json::schema()
}

/// All networks of a document in one picture; empty if it has none.
pub fn draw(format: GraphFormat, networks: &[Network], about: PicturedDocument<'_>) -> String {
    let Some(declared) = networks.first().map(|network| network.bridge.span) else { return String::new() };
    let picture = Picture::of(networks.iter(), about);
    match format {
        GraphFormat::Svg => drawn(&picture, declared).text,
        GraphFormat::Dot => dot::draw(&picture),
        GraphFormat::Mermaid => mermaid::draw(&picture),
        GraphFormat::D2 => d2::draw(&picture),
        GraphFormat::Json => json::draw(&picture),
    }
}

/// The pictures as outputs: one at an absolute path, and of several networks each one's own in its folder beside it.
pub fn artifacts(networks: &[Network], about: PicturedDocument<'_>, path: &Path) -> Vec<Artifact> {
    let Some(first) = networks.first() else { return Vec::new() };
    let all = artifact(&Picture::of(networks.iter(), about), first.bridge.span, path.to_owned());
    let from_folder = format!("../{}", about.path);
    let own = networks.iter().filter_map(|network| {
        let path = path.with_file_name(network.folder()?).join(path.file_name()?);
        let about = PicturedDocument { path: &from_folder, ..about };
        Some(artifact(&Picture::of(std::iter::once(network), about), network.bridge.span, path))
    });
    std::iter::once(all).chain(own).collect()
}

fn artifact(picture: &Picture, declared: Span, path: PathBuf) -> Artifact {
    let drawing = drawn(picture, declared);
    Artifact {
        path,
        mode: Some(0o644),
        text: drawing.text,
        origins: drawing.origins,
        declared,
        producer: Producer::Graph,
        make_folders: true,
        touches: None,
    }
}

fn drawn(picture: &Picture, declared: Span) -> drawing::Drawing {
    svg::draw(picture, &layout::lay_out(picture), declared)
}
