//! `qvm-tangle explain [CODE]`.

use super::Ending;
use super::output::result;
use crate::diagnostic::{Code, closest};
use crate::report::word;
use crate::workspace::Failure;

/// Prints one explanation, or the list of all codes.
pub(super) fn run(name: Option<&str>) -> Result<Ending, Failure> {
    let Some(name) = name else {
        let list = Code::ALL.iter().map(|code| {
            let summary = code.explanation().lines().next().unwrap_or_default();
            format!("{:<28} {:<8} {summary}\n", code.name(), word(code.severity()))
        });
        result(&list.collect::<String>())?;
        return Ok(Ending::Clean);
    };
    let Some(code) = Code::from_name(name) else {
        let near = closest(name, Code::ALL.iter().map(|code| code.name()));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure::Unusable(name.into(), format!("is no diagnostic{hint}")));
    };
    result(&format!("{} ({})\n\n{}", code.name(), word(code.severity()), code.explanation()))?;
    Ok(Ending::Clean)
}
