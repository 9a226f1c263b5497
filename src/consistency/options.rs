//! `newer-openssl-needed` and `newer-curl-needed`: options that the releases in use do not have.

use crate::consistency::commands::without_wrappers;
use crate::consistency::facts::Facts;
use crate::consistency::openssl::instead_of_newer;
use crate::diagnostic::{Code, Diagnostic};
use crate::shell::{ShellWord, name_of};

/// Reports options of commands in shell blocks, tangled or not.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    for command in facts.texts.shell.iter().flat_map(|shell| &shell.script.commands) {
        let words = without_wrappers(command);
        match name_of(words) {
            Some("openssl") => report_openssl(words, found),
            Some("curl") => report_curl(words, found),
            Some(_) | None => {}
        }
    }
}

fn report_openssl(words: &[ShellWord], found: &mut Vec<Diagnostic>) {
    let Some(subcommand) = words.get(1).and_then(ShellWord::literal) else { return };
    for word in &words[2..] {
        let Some(option) = word.literal() else { continue };
        if let Some(help) = instead_of_newer(subcommand, option) {
            let message = format!("OpenSSL 3.0 has no option `{option}` for `{subcommand}`");
            found.push(Diagnostic::new(Code::NewerOpensslNeeded, word.span, message, help));
        }
    }
}

/// Until release 8.16 curl took `--cacert=FILE` for the name of an option.
fn report_curl(words: &[ShellWord], found: &mut Vec<Diagnostic>) {
    for word in &words[1..] {
        let Some((option, _)) = word.start().split_once('=') else { continue };
        let is_option = option.len() > "--".len() && option.starts_with("--");
        if is_option && option.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            let message = format!("`{option}=…` is no option of curl before 8.16");
            let help = format!("write a space for the `=`: `{option} …`");
            found.push(Diagnostic::new(Code::NewerCurlNeeded, word.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{check, shown, tangled};

    #[test]
    fn options_of_newer_releases_are_found_through_arrays_and_wrappers() {
        check(&tangled("args=(-outpubkey x)\nopenssl genpkey \"${args[@]}\""), &["newer-openssl-needed -outpubkey"]);
        check(&shown("sudo -u root /usr/bin/openssl req -not_after 20300101"), &["newer-openssl-needed -not_after"]);
        check(&shown("openssl pkey -outpubkey x; echo openssl genpkey -outpubkey"), &[]);
        check("#+begin_src python\nopenssl genpkey -outpubkey x\n#+end_src\n", &[]);
    }

    #[test]
    fn curl_parts_long_options_from_values_by_a_space() {
        check(
            &shown("curl --cacert=\"$x\" -o a=b --data a=b https://x/?--a=b"),
            &["newer-curl-needed --cacert=\"$x\""],
        );
        check(&shown("wget --ca-certificate=x"), &[]);
    }
}
