//! The JSON Schema of the configuration, from its types and from the tables that its values are taken from.

use schemars::{Schema, schema_for};
use serde_json::{Value, json};

use super::Config;
use crate::diagnostic::{Code, Severity};
use crate::render::optional_outputs;

/// The schema that editors check and complete `qvm-tangle.toml` by.
pub fn schema() -> Schema {
    let mut schema = schema_for!(Config);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        if let Some(levels) = properties.get_mut("levels") {
            let levels_of = |code: &Code| (code.name().to_owned(), json!({ "enum": levels_of(*code) }));
            levels["properties"] = Code::ALL.iter().map(levels_of).collect::<serde_json::Map<_, _>>().into();
            levels["additionalProperties"] = json!(false);
        }
        if let Some(outputs) = properties.get_mut("optional-outputs") {
            outputs["items"] = json!({ "enum": optional_outputs().collect::<Vec<_>>() });
        }
    }
    schema
}

/// The levels that a code can have.
fn levels_of(code: Code) -> &'static [&'static str] {
    match code.severity() {
        Severity::Error => &["error"],
        Severity::Warning => &["error", "warning", "allow"],
    }
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn every_key_is_described() {
        let schema = schema();
        let properties = schema.get("properties").unwrap().as_object().unwrap();
        assert_eq!(properties.len(), 9);
        assert!(properties.values().all(|property| property["description"].is_string()), "{properties:?}");
        assert_eq!(properties["levels"]["properties"]["missing-folder"]["enum"], serde_json::json!(["error"]));
        assert_eq!(schema.get("additionalProperties"), Some(&false.into()));
    }
}
