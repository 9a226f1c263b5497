//! What the commands that networks and certificates are made with do to the paths among their arguments.

use crate::consistency::effect::Use;
use crate::consistency::openssl::use_of_path;
use crate::shell::{ShellWord, SimpleCommand, name_of};

/// Variables that name what programs read.
const READ_BY_PROGRAMS: [&str; 5] =
    ["CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"];

/// The words of a command from its real name on: `sudo -u root env A=b openssl` is about `openssl`.
pub(super) fn without_wrappers(command: &SimpleCommand) -> &[ShellWord] {
    let mut words = &command.words[..];
    while let Some(name) = name_of(words) {
        if !matches!(name, "sudo" | "env" | "exec" | "command" | "nohup" | "doas" | "builtin") {
            break;
        }
        words = &words[1..];
        while let Some(word) = words.first() {
            let takes_value = matches!(word.literal(), Some("-u" | "-g" | "--user" | "--group"));
            let is_option = word.start().starts_with('-') || word.start().contains('=');
            match (takes_value, is_option) {
                (true, _) => words = words.get(2..).unwrap_or_default(),
                (false, true) => words = &words[1..],
                (false, false) => break,
            }
        }
    }
    words
}

/// What setting a variable to a path means.
pub(super) fn use_of_assignment(variable: &str) -> Use {
    if READ_BY_PROGRAMS.contains(&variable) { Use::Read } else { Use::Open }
}

/// What a command does to each of its words; its own name is read.
pub(super) fn uses_of_words(words: &[ShellWord]) -> Vec<Use> {
    let name = name_of(words).unwrap_or_default();
    let makes_folders = words.iter().any(|word| matches!(word.literal(), Some("-d" | "--directory")));
    let names_target_first = words.iter().any(names_target);
    let use_at = |index: usize| {
        let option = || words[index - 1].literal().filter(|word| index > 1 && word.starts_with('-'));
        match name {
            _ if index == 0 => Use::Read,
            ":" | "[" | "[[" | "test" | "echo" | "printf" | "rm" | "rmdir" | "read" => Use::Nothing,
            "cat" | "head" | "tail" | "less" | "more" | "grep" | "awk" | "source" | "." | "diff" | "cmp" | "stat"
            | "ls" | "wc" | "sha256sum" | "base64" | "chmod" | "chown" | "file" | "sort" => Use::Read,
            "touch" | "tee" | "truncate" => Use::Write,
            "mkdir" => Use::Make,
            "install" if makes_folders => Use::Make,
            "cp" | "mv" | "ln" | "install" | "rsync" if !names_target_first => {
                if index + 1 == words.len() {
                    Use::Open
                } else {
                    Use::Read
                }
            }
            "openssl" => use_of_path(words.get(1).and_then(ShellWord::literal), option()),
            "curl" => use_by_curl(words, index, option()),
            _ => Use::Open,
        }
    };
    (0..words.len()).map(use_at).collect()
}

/// `cp -t FOLDER FILE…`, which turns the order about.
fn names_target(word: &ShellWord) -> bool {
    word.start().starts_with("-t") || word.start().starts_with("--target-directory")
}

fn use_by_curl(words: &[ShellWord], index: usize, option: Option<&str>) -> Use {
    let joined = words[index].start().split_once('=').map(|(option, _)| option);
    match joined.filter(|joined| joined.starts_with("--")).or(option) {
        Some(
            "--cacert" | "--capath" | "--cert" | "--key" | "--config" | "--netrc-file" | "-E" | "-K" | "--upload-file"
            | "-T",
        ) => Use::Read,
        Some("-o" | "--output" | "-c" | "--cookie-jar" | "-D" | "--dump-header") => Use::Write,
        Some(_) | None => Use::Open,
    }
}
