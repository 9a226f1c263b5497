//! `file:` addresses and the paths that they name.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use lsp_types::Uri;
use percent_encoding::{percent_decode, percent_encode};

use crate::report::OF_PATHS;

/// The path of a file's address; none for anything else, such as a buffer that was never saved.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    Some(PathBuf::from(OsStr::from_bytes(&percent_decode(path.as_bytes()).collect::<Vec<u8>>())))
}

/// The address of a file.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    format!("file://{}", percent_encode(path.as_os_str().as_bytes(), OF_PATHS)).parse().ok()
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
