//! Certificates that blocks make with OpenSSL, against the guests of the network: `certificate-name-mismatch`,
//! `uncertified-guest`, `missing-key-usage`.

use std::collections::{BTreeMap, BTreeSet};

use crate::artifact::{Artifact, Producer, Touches};
use crate::consistency::ROOT;
use crate::consistency::facts::{Facts, ShellBlock};
use crate::consistency::request::CertificateRequest;
use crate::diagnostic::{Code, Diagnostic};
use crate::network::schema::GUESTS;
use crate::network::{Guest, Network};
use crate::source::Span;

/// At most this many guests without a certificate, or names of a certificate, are shown.
const MOST_SHOWN: usize = 3;

/// A request and the block that makes it.
type RequestInBlock<'f, 'a, 's> = (&'f ShellBlock<'a, 's>, CertificateRequest<'f>);

/// Applies the rules for certificates.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    let shell = facts.texts.shell.iter();
    let made: Vec<RequestInBlock<'_, '_, '_>> = shell
        .flat_map(|shell| {
            shell.script.commands.iter().filter_map(CertificateRequest::read).map(move |request| (shell, request))
        })
        .collect();
    if made.is_empty() {
        return;
    }
    report_key_usage(&made, found);
    let may_certify = facts.artifacts.iter().any(may_certify_guests);
    let is_tangled = |made: &&RequestInBlock<'_, '_, '_>| !may_certify && facts.is_tangled(made.0.block);
    let tangled: Vec<_> = made.iter().filter(is_tangled).collect();
    for network in facts.networks {
        let guests = CertificateNames::of(network);
        for (_, request) in &made {
            report_names(request, network, &guests, found);
        }
        report_uncertified(&tangled, network, &guests, found);
    }
}

/// Whether it is a template's script that makes certificates for guests: its head says so, or says nothing and may be any.
fn may_certify_guests(artifact: &Artifact) -> bool {
    let certifies = |touches: &Touches| touches.certifies.as_deref() == Some(GUESTS.name);
    artifact.producer == Producer::Template
        && artifact.touches.as_ref().map_or_else(|| artifact.text.contains(ROOT), certifies)
}

/// The guests by every name that a certificate may have for them.
struct CertificateNames {
    full: BTreeMap<String, usize>,
    short: BTreeMap<String, usize>,
}

impl CertificateNames {
    fn of(network: &Network) -> Self {
        let (mut full, mut short) = (BTreeMap::new(), BTreeMap::new());
        for (index, guest) in network.guests.iter().enumerate() {
            full.extend(guest.hostnames().map(|name| (name.value.as_str().to_ascii_lowercase(), index)));
            short.insert(guest.name.value.as_str().to_ascii_lowercase(), index);
        }
        Self { full, short }
    }

    /// The guests a request is for. A common name of one word may be anything's; as an alternative name it is a host's.
    fn named_by(&self, request: &CertificateRequest<'_>) -> BTreeSet<usize> {
        let common = request.common_name.iter().filter_map(|name| self.full.get(&name.value.to_ascii_lowercase()));
        let alternatives = request.alternatives.iter().filter_map(|name| {
            let name = name.value.to_ascii_lowercase();
            self.full.get(&name).or_else(|| self.short.get(&name))
        });
        common.chain(alternatives).copied().collect()
    }
}

/// Reports certificates for guests that clients will not take for them.
fn report_names(
    request: &CertificateRequest<'_>,
    network: &Network,
    guests: &CertificateNames,
    found: &mut Vec<Diagnostic>,
) {
    if request.is_open {
        return;
    }
    let has = |name: &str| request.alternatives.iter().any(|other| other.value.eq_ignore_ascii_case(name));
    let wildcard = format!("*.{}", network.domain.value);
    for guest in guests.named_by(request).into_iter().filter_map(|index| network.guests.get(index)) {
        let hostname = guest.hostname.value.as_str();
        if !has(hostname) && !has(&wildcard) {
            found.extend(mismatch(request, guest));
        }
    }
}

fn mismatch(request: &CertificateRequest<'_>, guest: &Guest) -> Option<Diagnostic> {
    let hostname = &guest.hostname.value;
    let (span, message) = match (request.alternatives.first(), request.x509, request.common_name) {
        (Some(first), _, _) => {
            let names = request.alternatives.iter().take(MOST_SHOWN).map(|name| format!("`{}`", name.value));
            let names = names.collect::<Vec<_>>().join(", ");
            (first.span, format!("the certificate for `{hostname}` holds for {names} only"))
        }
        (None, Some(_), Some(name)) => {
            (name.span, format!("the certificate for `{hostname}` names it in its subject only, which clients ignore"))
        }
        // What signs a request may still add names.
        (None, None, _) | (None, _, None) => return None,
    };
    let alias = &guest.alias.value;
    let names = if alias == hostname { format!("DNS:{hostname}") } else { format!("DNS:{hostname}, DNS:{alias}") };
    let help = format!("write `-addext \"subjectAltName = {names}\"`");
    let diagnostic = Diagnostic::new(Code::CertificateNameMismatch, span, message, help);
    Some(diagnostic.label(guest.hostname.span, "the guest's host name"))
}

/// Reports guests that blocks leave without a certificate while they make one for another.
fn report_uncertified(
    tangled: &[&RequestInBlock<'_, '_, '_>],
    network: &Network,
    guests: &CertificateNames,
    found: &mut Vec<Diagnostic>,
) {
    // A request whose names are known only when it runs may be for every guest.
    if tangled.iter().any(|(_, request)| request.is_open) {
        return;
    }
    let mut certified = BTreeSet::new();
    let mut first = None;
    for (shell, request) in tangled {
        let named = guests.named_by(request);
        if !named.is_empty() {
            first.get_or_insert(shell.block.begin);
        }
        certified.extend(named);
    }
    let Some(block) = first else { return };
    let all = network.guests.iter().enumerate();
    let missing: Vec<&Guest> = all.filter(|(index, _)| !certified.contains(index)).map(|(_, guest)| guest).collect();
    if !missing.is_empty() {
        found.push(uncertified(block, network.guests.len(), &missing));
    }
}

fn uncertified(block: Span, count: usize, missing: &[&Guest]) -> Diagnostic {
    let message = format!("blocks make a certificate for {} of {count} guests", count - missing.len());
    let names = missing.iter().take(MOST_SHOWN).map(|guest| format!("`{}`", guest.name.value));
    let more = if missing.len() > MOST_SHOWN { " and others" } else { "" };
    let help = format!("make one for {}{more} too, or for every guest in a loop", names.collect::<Vec<_>>().join(", "));
    let diagnostic = Diagnostic::new(Code::UncertifiedGuest, block, message, help);
    let shown = missing.iter().take(MOST_SHOWN);
    shown.fold(diagnostic, |diagnostic, guest| diagnostic.label(guest.name.span, "no certificate for this guest"))
}

/// Reports certificates that sign others without saying that they may.
fn report_key_usage(made: &[RequestInBlock<'_, '_, '_>], found: &mut Vec<Diagnostic>) {
    let authorities = made.iter().filter_map(|(_, request)| request.authority.as_ref());
    let authorities: BTreeMap<&str, Span> =
        authorities.map(|authority| (authority.value.as_str(), authority.span)).collect();
    for (_, request) in made {
        let (Some(x509), Some(out), None) = (request.x509, &request.out, &request.authority) else { continue };
        let Some(&signs) = authorities.get(out.as_str()) else { continue };
        if !request.is_open && !request.extensions.contains(&"keyUsage") {
            let message = "the certificate made here signs others but has no key usage, which strict clients refuse";
            let help = "add `-addext \"keyUsage = critical, keyCertSign, cRLSign\"`";
            let diagnostic = Diagnostic::new(Code::MissingKeyUsage, x509, message, help);
            found.push(diagnostic.label(signs, "it signs here"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check, check_with_templates, shown, tangled};

    /// A document with a network and a block that makes a certificate.
    fn making(options: &str) -> String {
        format!("{NETWORK}{}", shown(&format!("openssl req -x509 -newkey rsa:2048 {options}")))
    }

    #[test]
    fn alternative_names_hold_the_full_host_name() {
        let san = "-addext \"subjectAltName = DNS:cp.qvm0\"";
        check(
            &making(&format!("-subj /CN=cp.qvm0.lan {san}")),
            &["certificate-name-mismatch \"subjectAltName = DNS:cp.qvm0\""],
        );
        check(
            &making(&format!("-subj /O=x/CN=QVM {san}")),
            &["certificate-name-mismatch \"subjectAltName = DNS:cp.qvm0\""],
        );
        check(&making("-subj /CN=cp.qvm0.lan"), &["certificate-name-mismatch /CN=cp.qvm0.lan"]);
        check(&making("-subj /CN=cp.qvm0.lan -addext subjectAltName=DNS:cp,DNS:CP.qvm0.lan,IP:10.42.0.10"), &[]);
        check(&making("-subj /CN=cp.qvm0.lan -addext subjectAltName=DNS:*.qvm0.lan"), &[]);
        check(&making("-subj /CN=QVM"), &[]);
    }

    #[test]
    fn names_that_may_come_from_elsewhere_are_not_judged() {
        check(&making("-subj /CN=cp.qvm0.lan -addext \"subjectAltName=DNS:$name\""), &[]);
        check(&making("-subj /CN=cp.qvm0.lan -config x.cnf"), &[]);
        check(&making("-subj /CN=cp.qvm0.lan \"${more[@]}\""), &[]);
        check(&format!("{NETWORK}{}", shown("openssl req -new -key k -subj /CN=cp.qvm0.lan")), &[]);
    }

    #[test]
    fn a_block_makes_certificates_for_every_guest_or_for_none() {
        let one = |name: &str| format!("openssl req -x509 -addext subjectAltName=DNS:{name}.qvm0.lan");
        let begin = "#+begin_src sh :tangle x.sh";
        check(&format!("{NETWORK}{}", tangled(&one("cp"))), &[&format!("uncertified-guest {begin}")]);
        check(&format!("{NETWORK}{}{}", tangled(&one("cp")), tangled(&one("wk-1"))), &[]);
        check(&format!("{NETWORK}{}{}", tangled(&one("cp")), tangled(&one("$name"))), &[]);
        check(&format!("{NETWORK}{}", shown(&one("cp"))), &[]);
        let document = format!("{NETWORK}{}", tangled(&one("cp")));
        check_with_templates(&document, &[("gen-host-cert.sh", "certifies: guests")], &[]);
        check_with_templates(&document, &[("own.sh", "openssl req -out \"$QVM_DIR/$name.pem\"")], &[]);
        let looks = [("status.sh", "writes: certs/log"), ("x.sh", "certifies: routers"), ("motd", "openssl req")];
        check_with_templates(&document, &looks, &[&format!("uncertified-guest {begin}")]);
    }

    #[test]
    fn an_authority_says_what_its_key_is_for() {
        let both = |usage: &str| {
            tangled(&format!(
                "openssl req -x509 -key k -out \"$D\"/ca.pem {usage}\nopenssl req -x509 -CA \"${{D}}/ca.pem\" -out h.pem"
            ))
        };
        check(&both(""), &["missing-key-usage -x509"]);
        check(&both("-addext 'keyUsage = keyCertSign'"), &[]);
        check(&both("-config x"), &[]);
        check(&tangled("openssl req -x509 -key k -out h.pem"), &[]);
    }
}
