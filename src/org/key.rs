//! What the key of a keyword line says: whether it belongs to the element below (rule T-022), whether it ends a paragraph.

/// Keywords that name or describe the element below, beside `#+ATTR_…`.
const AFFILIATED: [&str; 13] = [
    "caption", "data", "header", "headers", "label", "name", "plot", "resname", "result", "results", "source",
    "srcname", "tblname",
];

/// Those that may have a second value in brackets: `#+CAPTION[short]: long`.
const DUAL: [&str; 2] = ["caption", "results"];

/// Whether a keyword belongs to the element below it.
pub(super) fn is_affiliated(key: &str) -> bool {
    let is_named = |names: &[&str], key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    if let Some((name, rest)) = key.split_once('[') {
        return rest.ends_with(']') && is_named(&DUAL, name);
    }
    let is_attribute = key.len() > "attr_".len()
        && key.as_bytes()[.."attr_".len()].eq_ignore_ascii_case(b"attr_")
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_attribute || is_named(&AFFILIATED, key)
}

/// Whether a keyword with a bracket in its key ends a paragraph: only those that may have a second value do.
pub(super) fn ends_paragraph(key: &str) -> bool {
    key.split_once('[')
        .is_none_or(|(name, rest)| !rest.ends_with(']') || DUAL.iter().any(|dual| dual.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::is_affiliated;

    #[test]
    fn only_some_keywords_belong_to_the_element_below() {
        for key in ["NAME", "header", "attr_html", "caption[short]", "RESULTS[abc]"] {
            assert!(is_affiliated(key), "{key}");
        }
        for key in ["property", "header[x]", "header+", "attr_", "title"] {
            assert!(!is_affiliated(key), "{key}");
        }
    }
}
