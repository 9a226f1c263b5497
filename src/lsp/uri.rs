//! `file:` addresses and the paths that they name.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The path of a file's address; none for anything else, such as a buffer that was never saved.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    Some(PathBuf::from(OsStr::from_bytes(&decoded(path.as_bytes()))))
}

/// The address of a file.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            byte => write!(text, "%{byte:02X}").expect("writing to a string does not fail"),
        }
    }
    text.parse().ok()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = digit(at + 1).zip(digit(at + 2)).filter(|_| byte == b'%');
        bytes.push(escaped.map_or(byte, |(high, low)| (high * 16 + low) as u8));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{path, uri};

    #[test]
    fn a_path_goes_into_an_address_and_back() {
        let name = Path::new("/a b/zwölf%20#?/x-1_~.org");
        let address = uri(name).unwrap();
        assert_eq!(address.as_str(), "file:///a%20b/zw%C3%B6lf%2520%23%3F/x-1_~.org");
        assert_eq!(path(&address).unwrap(), name);
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        assert_eq!(path(&"untitled:Untitled-1".parse().unwrap()), None);
        assert_eq!(path(&"file://host/a".parse().unwrap()).unwrap(), Path::new("/a"));
    }
}
