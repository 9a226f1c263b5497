//! What an `openssl req` asks for: names, extensions, files.

use crate::consistency::commands::without_wrappers;
use crate::consistency::openssl::{self, Follows};
use crate::shell::{ShellWord, SimpleCommand, WordPiece, name_of};
use crate::source::{Span, Spanned};

/// One `openssl req` that makes a certificate or a request for one.
#[derive(Default)]
pub(super) struct CertificateRequest<'f> {
    /// `-x509`: a certificate, not only a request.
    pub(super) x509: Option<Span>,
    /// The common name of the subject.
    pub(super) common_name: Option<Spanned<&'f str>>,
    /// Names after `DNS:` in the subject's alternative names, each at the word that holds it.
    pub(super) alternatives: Vec<Spanned<&'f str>>,
    /// Names of the extensions it adds.
    pub(super) extensions: Vec<&'f str>,
    /// Where the certificate is written.
    pub(super) out: Option<String>,
    /// The certificate of who signs it.
    pub(super) authority: Option<Spanned<String>>,
    /// Whether names or extensions may come from elsewhere: a variable, a configuration file.
    pub(super) is_open: bool,
}

impl<'f> CertificateRequest<'f> {
    /// Reads a command; none if it is no `openssl req`.
    pub(super) fn read(command: &'f SimpleCommand) -> Option<Self> {
        let words = without_wrappers(command);
        let [_, subcommand, arguments @ ..] = words else { return None };
        if name_of(words) != Some("openssl") || subcommand.literal() != Some("req") {
            return None;
        }
        let mut request = Self::default();
        let mut arguments = arguments.iter();
        while let Some(word) = arguments.next() {
            match word.literal() {
                Some("-x509") => request.x509 = Some(word.span),
                Some("-subj") => request.subject(arguments.next()),
                Some("-addext") => request.extension(arguments.next()),
                Some("-out") => request.out = arguments.next().and_then(ShellWord::canonical),
                Some("-CA") => {
                    let authority = arguments.next();
                    request.authority = authority.and_then(|word| Some(Spanned::new(word.canonical()?, word.span)));
                }
                Some(option) => match openssl::follows("req", option) {
                    Some(Follows::Extensions) => request.is_open = true,
                    Some(Follows::Read | Follows::Written | Follows::Open | Follows::Text) => drop(arguments.next()),
                    Some(Follows::Nothing) | None => {}
                },
                // An expansion that is no option's value may be options.
                None if !matches!(word.pieces.first(), Some(WordPiece::Text(_))) => request.is_open = true,
                None => {}
            }
        }
        Some(request)
    }

    fn subject(&mut self, word: Option<&'f ShellWord>) {
        let Some(word) = word else { return };
        let Some(subject) = word.literal() else {
            self.is_open = true;
            return;
        };
        let names = subject.split('/').filter_map(|part| part.split_once('='));
        let common = names.filter(|(key, _)| key.trim().eq_ignore_ascii_case("CN")).map(|(_, name)| name.trim()).next();
        self.common_name = common.map(|name| Spanned::new(name, word.span));
    }

    fn extension(&mut self, word: Option<&'f ShellWord>) {
        let Some(word) = word else { return };
        let Some((name, value)) = word.literal().and_then(|extension| extension.split_once('=')) else {
            self.is_open = true;
            return;
        };
        self.extensions.push(name.trim());
        if name.trim() == "subjectAltName" {
            let names = value.split(',').filter_map(|name| name.trim().strip_prefix("DNS:"));
            self.alternatives.extend(names.map(|name| Spanned::new(name.trim(), word.span)));
        }
    }
}
