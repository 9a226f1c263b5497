//! A compiler from one literate Org document to the scripts that build the network it describes.
//!
//! `ARCHITECTURE.md` shows the phases and which module may use which.

pub mod accept;
pub mod artifact;
pub mod build;
pub mod carry;
pub mod cli;
pub mod compile;
pub mod config;
pub mod consistency;
pub mod diagnostic;
pub mod drift;
pub mod fix;
pub mod graph;
pub mod lint;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod map;
pub mod network;
pub mod org;
pub mod parallel;
pub mod path;
pub mod plan;
pub mod process;
pub mod record;
pub mod rehearse;
pub mod render;
pub mod report;
pub mod shell;
pub mod source;
pub mod tangle;
pub mod watch;
pub mod workspace;
