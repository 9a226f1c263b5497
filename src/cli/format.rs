//! `--format`: how reports and pictures are shown, as it is typed.

use clap::ValueEnum;

use crate::graph;
use crate::report;

/// What `--format` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum FormatArgument {
    /// As rustc does: the line, the mark, the help
    #[default]
    Human,
    /// `path:line:col: severity[code]: message`, one line each
    Short,
    /// One JSON document, see `qvm-tangle show report-schema`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub Actions annotations
    Github,
    /// The XML of `JUnit`, for `rehearse` only
    Junit,
    /// Markdown for a pull request's comment, for `plan` only
    Markdown,
    /// Graphviz, for `show graph` only
    Dot,
    /// Mermaid, for `show graph` only
    Mermaid,
    /// D2, for `show graph` only
    D2,
}

impl FormatArgument {
    /// How a report is shown beside it: pictures have the one for people.
    pub(super) fn of_reports(self) -> report::Format {
        match self {
            Self::Human | Self::Markdown | Self::Dot | Self::Mermaid | Self::D2 => report::Format::Human,
            Self::Short => report::Format::Short,
            Self::Json => report::Format::Json,
            Self::Sarif => report::Format::Sarif,
            Self::Github => report::Format::Github,
            Self::Junit => report::Format::Junit,
        }
    }

    /// The form of a picture, if one was asked for.
    pub(super) fn of_pictures(self) -> Option<graph::GraphFormat> {
        match self {
            Self::Dot => Some(graph::GraphFormat::Dot),
            Self::Mermaid => Some(graph::GraphFormat::Mermaid),
            Self::D2 => Some(graph::GraphFormat::D2),
            Self::Json => Some(graph::GraphFormat::Json),
            Self::Human | Self::Short | Self::Sarif | Self::Github | Self::Junit | Self::Markdown => None,
        }
    }

    /// Whether it is for nothing but pictures.
    pub(super) fn is_of_pictures_alone(self) -> bool {
        self.of_pictures().is_some() && self != Self::Json
    }
}
