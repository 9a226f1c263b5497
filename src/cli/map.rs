//! `qvm-tangle map`: from a place in an output to the document and back, and the same for what other programs print.

mod answer;
mod filter;
mod outputs;

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::output::{Console, result};
use super::{Outcome, Shared, request};
use crate::build::{self, BuiltDocument};
use crate::diagnostic::{self, closest};
use crate::map::{self, Mapping};
use crate::report::json::pretty;
use crate::report::{Format, printable_lines};
use crate::source::{Source, Span, Unit, digits};
use crate::workspace::{Failure, absolute, shown};
use answer::{MapAnswer, Traced};
pub(super) use outputs::Outputs;

/// What `map` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Places in outputs; `-` rewrites every place in the text on standard input
    #[arg(value_name = "PATH[:LINE[:COL]]", required = true)]
    places: Vec<String>,
    /// The places are in Org documents: print the output lines made from them (`-:LINE` for standard input)
    #[arg(long)]
    reverse: bool,
    /// With `-`: the output that messages without a file name speak of, such as `bash: line 3: …`
    #[arg(long, value_name = "PATH")]
    script: Option<PathBuf>,
}

/// A place as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TypedPlace {
    path: PathBuf,
    line: Option<usize>,
    column: Option<usize>,
}

/// Answers each question, or rewrites standard input.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    if !arguments.reverse && arguments.places == ["-"] {
        return filter::run(shared, arguments.script.as_deref()).map(|()| Outcome::Clean);
    }
    let mut outputs = Outputs::new(shared);
    let mut answers = Vec::new();
    let mut text = String::new();
    for place in &arguments.places {
        let place = TypedPlace::parse(place);
        let found = if arguments.reverse { reverse(shared, &place)? } else { forward(&mut outputs, &place)? };
        match place.line {
            _ if arguments.reverse => text.extend(found.iter().map(MapAnswer::output_line)),
            Some(_) => text.push_str(&answer::sources(&found)),
            None => text.extend(found.iter().map(MapAnswer::both_lines)),
        }
        answers.extend(found);
    }
    result(&if output.format == Format::Json { pretty(&answer::machine(&answers)) } else { printable_lines(&text) })?;
    if answers.is_empty() {
        output.note("there is nothing at this place that the map knows");
    }
    Ok(Outcome::Clean)
}

impl TypedPlace {
    /// `PATH`, `PATH:LINE` or `PATH:LINE:COL`; a file whose own name ends so is taken as it is.
    fn parse(typed: &str) -> Self {
        let whole = Self { path: typed.into(), line: None, column: None };
        let split = |text: &str| {
            let (head, number) = text.rsplit_once(':')?;
            let number = digits::decimal(number).filter(|&number| number > 0)?;
            (!head.is_empty()).then(|| (head.to_owned(), number))
        };
        if whole.path.is_file() {
            return whole;
        }
        let Some((head, last)) = split(typed) else { return whole };
        match split(&head) {
            Some((path, line)) => Self { path: path.into(), line: Some(line), column: Some(last) },
            None => Self { path: head.into(), line: Some(last), column: None },
        }
    }
}

/// Where a place of an output came from.
fn forward(outputs: &mut Outputs<'_>, place: &TypedPlace) -> Result<Vec<MapAnswer>, Failure> {
    let Some(found) = outputs.find(&place.path)?.map(Traced::new) else {
        return Err(not_an_output(outputs, &place.path));
    };
    let mappings = match place.line {
        Some(line) => trace(&found, line, place.column)?,
        None => lines(&found),
    };
    Ok(mappings.iter().map(|mapping| found.answer(mapping)).collect())
}

fn not_an_output(outputs: &Outputs<'_>, path: &Path) -> Failure {
    let reason = if let Some(document) = with_errors(outputs.documents()) {
        format!("is no output as things are: `{}` has errors, see `qvm-tangle check`", document.input.shown)
    } else {
        let all: Vec<String> = outputs.documents().flat_map(BuiltDocument::outputs).map(shown).collect();
        match closest(&shown(path), all.iter().map(String::as_str)) {
            Some(near) => format!("is no output of a document; did you mean `{near}`?"),
            None => {
                "is no output of a document: none that its lock file, the configuration or its folder names".to_owned()
            }
        }
    };
    Failure::Unusable(path.to_owned(), reason)
}

/// The first document that has errors, so that some of its outputs are not known.
fn with_errors<'d>(documents: impl IntoIterator<Item = &'d BuiltDocument>) -> Option<&'d BuiltDocument> {
    documents.into_iter().find(|document| diagnostic::has_error(&document.diagnostics))
}

/// The origins of a line of an output as it is on disk, or of one character of it; the most specific first.
fn trace(found: &Traced<'_>, line: usize, column: Option<usize>) -> Result<Vec<Mapping>, Failure> {
    let artifact = found.artifact;
    let present = found.present(line)?;
    let Some(range) = found.text().line(present) else { return Ok(Vec::new()) };
    if let Some(column) = column {
        return Ok(map::at(artifact, offset(found.text(), present, column)).into_iter().collect());
    }
    let Some(first) = map::main_mapping(artifact, range.clone()) else {
        return Ok(map::at(artifact, range.start).into_iter().collect());
    };
    let others = map::within(artifact, range).into_iter().filter(|mapping| *mapping != first);
    Ok(std::iter::once(first.clone()).chain(others).collect())
}

/// The most specific origin of each line.
fn lines(found: &Traced<'_>) -> Vec<Mapping> {
    let ranges = (1..=found.text().line_count()).filter_map(|line| found.text().line(line));
    let mapping_of = |range: Range<usize>| {
        let start = range.start;
        map::main_mapping(found.artifact, range).or_else(|| map::at(found.artifact, start))
    };
    ranges.filter_map(mapping_of).collect()
}

/// The offset of a line and a column, both from 1; a column after the line's end counts as its end.
fn offset(text: &Source, line: usize, column: usize) -> usize {
    text.offset(line, column - 1, Unit::Character).unwrap_or(text.text().len())
}

/// The output lines made from a place of a document.
fn reverse(shared: &Shared, place: &TypedPlace) -> Result<Vec<MapAnswer>, Failure> {
    let path = if place.path.as_os_str() == "-" {
        shared.stdin_filename.clone().unwrap_or_default()
    } else {
        place.path.clone()
    };
    let built = build::build(&request::request(shared, std::slice::from_ref(&place.path))?)?;
    let path = absolute(&path)?;
    let mut answers = Vec::new();
    for document in built.documents.iter().filter(|document| document.input.path == path || built.documents.len() == 1)
    {
        answers.extend(made_from(document, place));
    }
    match with_errors(&built.documents) {
        Some(document) if answers.is_empty() => Err(Failure::Unusable(
            path,
            format!("gives nothing here as things are: `{}` has errors, see `qvm-tangle check`", document.input.shown),
        )),
        Some(_) | None => Ok(answers),
    }
}

/// The outputs' lines made from a character, else from the line it is on.
fn made_from(document: &BuiltDocument, place: &TypedPlace) -> Vec<MapAnswer> {
    let text = document.loaded.source();
    let Some(line) = place.line else {
        return answers(document, text.span(0..text.text().len()));
    };
    let Some(range) = text.line(line) else { return Vec::new() };
    let exact = place.column.map(|column| {
        let at = offset(text, line, column);
        // After the last character of a line, the cursor means that character.
        if at == range.end && at > range.start { text.span(at - 1..at) } else { text.span(at..at) }
    });
    let found = exact.map_or_else(Vec::new, |span| answers(document, span));
    if found.is_empty() { answers(document, text.span(range)) } else { found }
}

/// One answer for each output line.
fn answers(document: &BuiltDocument, span: Span) -> Vec<MapAnswer> {
    let mut answers: Vec<MapAnswer> = Vec::new();
    for artifact in &document.compilation.artifacts {
        let mappings = map::made_from(artifact, span);
        if mappings.is_empty() {
            continue;
        }
        let found = Traced::new((document, artifact));
        for mapping in mappings {
            let answer = found.answer(&mapping);
            if answers.last().is_none_or(|last| !last.is_on_line_of(&answer)) {
                answers.push(answer);
            }
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::TypedPlace;

    #[track_caller]
    fn check(typed: &str, path: &str, line: Option<usize>, column: Option<usize>) {
        assert_eq!(TypedPlace::parse(typed), TypedPlace { path: path.into(), line, column });
    }

    #[test]
    fn a_place_has_up_to_two_numbers() {
        check("out/x.sh", "out/x.sh", None, None);
        check("out/x.sh:12", "out/x.sh", Some(12), None);
        check("out/x.sh:12:3", "out/x.sh", Some(12), Some(3));
        check("a:b:12:3", "a:b", Some(12), Some(3));
        check("x.sh:0", "x.sh:0", None, None);
        check("x.sh:+3", "x.sh:+3", None, None);
        check("x.sh:+3:4", "x.sh:+3", Some(4), None);
        check("-:3:1", "-", Some(3), Some(1));
    }
}
