//! How the tests of values ask: what is accepted prints as expected, what is refused gives the expected reason.

use std::fmt::Display;

/// Reads a text as a value and compares.
#[track_caller]
pub(in crate::network) fn check<T: Display>(
    parse: fn(&str) -> Result<T, String>,
    text: &str,
    expected: Result<&str, &str>,
) {
    let read = parse(text).map(|value| value.to_string());
    assert_eq!(read.as_ref().map(String::as_str).map_err(String::as_str), expected, "{text:?}");
}
