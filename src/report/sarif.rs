//! SARIF 2.1.0 (OASIS), which code-scanning services read.
//!
//! Only the parts that a static check needs: one run, the rules that were found with their explanations, and one
//! result a diagnostic. Columns count Unicode code points, as `columnKind` says.

use percent_encoding::utf8_percent_encode;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::failure::FailureRule;
use super::json::{Difference, FailureEntry, JsonDiagnostic, JsonPlace, JsonReport, WithoutOutput, pretty};
use super::{OF_PATHS, RenderedReport};
use crate::diagnostic::Code;
use crate::drift;

/// Where people read about the program; no service is told an address that the package does not have.
const INFORMATION_URI: &str = env!("CARGO_PKG_REPOSITORY");

/// The report on standard output.
pub(super) fn report(report: &super::Report<'_>) -> RenderedReport {
    RenderedReport { results: pretty(&log(&JsonReport::of(report))), ..RenderedReport::default() }
}

/// The log of one run, from the same values as the JSON report.
fn log(report: &JsonReport) -> impl Serialize + '_ {
    let mut codes: Vec<&str> = report.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let codes = codes.into_iter().filter_map(Code::from_name);
    let mut rules: Vec<Value> = codes.map(|code| rule(code.name(), code.explanation())).collect();
    if !report.changes.is_empty() {
        rules.push(rule(drift::CODE, drift::EXPLANATION));
    }
    let failed = report.failure.as_ref().and_then(|failure| FailureRule::from_name(failure.code));
    let failed = failed.map(|it| rule(it.name(), it.explanation()));
    let mut driver = json!({ "name": "qvm-tangle", "semanticVersion": env!("CARGO_PKG_VERSION") });
    if !INFORMATION_URI.is_empty() {
        driver["informationUri"] = json!(INFORMATION_URI);
    }
    if let Some(failed) = failed {
        rules.extend(file_failure(report).is_some().then(|| failed.clone()));
        driver["notifications"] = json!([failed]);
    }
    driver["rules"] = json!(rules);
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [SarifRun {
            tool: json!({ "driver": driver }),
            invocations: [invocation(report)],
            column_kind: "unicodeCodePoints",
            results: Results(report),
        }],
    }
}

/// Whether the run could be done, and what there is to say of it that is about no line of a document.
fn invocation(report: &JsonReport) -> Value {
    let mut invocation = json!({ "executionSuccessful": report.failure.is_none() });
    if let Some(failure) = &report.failure {
        let mut notification = json!({
            "level": "error",
            "message": { "text": failure.message },
            "descriptor": { "id": failure.code },
        });
        if let Some(location) = place_of(failure) {
            notification["locations"] = json!([location]);
        }
        invocation["exitCode"] = json!(2);
        invocation[kind_of(failure)] = json!([notification]);
    }
    if !report.without_output.is_empty() {
        let note = |document: &WithoutOutput| {
            json!({
                "level": "note",
                "message": { "text": format!("`{}` gives no output: {}", document.path, document.reasons.join("; ")) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&document.path) } } }],
            })
        };
        invocation["toolExecutionNotifications"] = report.without_output.iter().map(note).collect();
    }
    invocation
}

fn kind_of(failure: &FailureEntry) -> &'static str {
    if failure.code == FailureRule::Configuration.name() {
        "toolConfigurationNotifications"
    } else {
        "toolExecutionNotifications"
    }
}

/// A failure that is a file's fault, at its line: a result as well, since code scanning shows nothing else.
fn file_failure(report: &JsonReport) -> Option<Value> {
    let failure = report.failure.as_ref().filter(|failure| failure.code == FailureRule::Configuration.name())?;
    Some(json!({
        "ruleId": failure.code,
        "level": "error",
        "message": { "text": failure.message },
        "locations": [place_of(failure)?],
    }))
}

fn place_of(failure: &FailureEntry) -> Option<Value> {
    let mut place = json!({ "artifactLocation": { "uri": uri(failure.path.as_deref()?) } });
    if let (Some(line), Some(column)) = (failure.line, failure.column) {
        place["region"] = json!({ "startLine": line, "startColumn": column });
    }
    Some(json!({ "physicalLocation": place }))
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [SarifRun<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun<'a> {
    tool: Value,
    invocations: [Value; 1],
    column_kind: &'static str,
    results: Results<'a>,
}

/// Made one after the other while they are written: all of them as values would take many times the report's room.
struct Results<'a>(&'a JsonReport);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changes = self.0.changes.iter().map(difference);
        serializer.collect_seq(self.0.diagnostics.iter().map(result).chain(changes).chain(file_failure(self.0)))
    }
}

fn rule(code: &str, explanation: &str) -> Value {
    let first = explanation.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    json!({
        "id": code,
        "shortDescription": { "text": first },
        "help": { "text": explanation, "markdown": explanation },
    })
}

fn result(diagnostic: &JsonDiagnostic) -> Value {
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .enumerate()
        .map(|(id, label)| {
            let mut location = location(&label.place);
            location["id"] = json!(id);
            location["message"] = json!({ "text": label.message });
            location
        })
        .collect();
    json!({
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": { "text": format!("{}\nhelp: {}", diagnostic.message, diagnostic.help) },
        "locations": [location(&diagnostic.place)],
        "relatedLocations": related,
    })
}

/// An output that differs, at the cell or line of the document that makes it differ.
fn difference(change: &Difference) -> Value {
    let output = json!({ "artifactLocation": { "uri": uri(&change.path) }, "region": { "startLine": 1 } });
    let cause = change.causes.first().or(change.declared.as_ref());
    let mut result = json!({
        "ruleId": drift::CODE,
        "level": "error",
        "message": { "text": format!("`{}` is {}: it differs from what the document gives", change.path, change.kind) },
        "locations": [cause.map_or_else(|| json!({ "physicalLocation": output }), location)],
    });
    if cause.is_some() {
        let message = json!({ "text": "the output" });
        result["relatedLocations"] = json!([{ "id": 0, "physicalLocation": output, "message": message }]);
    }
    result
}

fn location(place: &JsonPlace) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.path) },
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    } })
}

/// A relative reference (RFC 3986), percent-encoded; an absolute path becomes a `file:` URI.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(path, OF_PATHS))
}
