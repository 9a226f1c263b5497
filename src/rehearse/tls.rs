//! A guest's certificate as another guest sees it: a TLS server with it in the one namespace, a strict client in the other.

use std::io;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::fact::{Fact, GuestCell, Hint};
use super::job::Plan;
use super::layout::HOME;
use super::program::{self, ProgramOutput};
use super::space;
use super::standin::{fails, space_of};

const PORT: &str = "443";
const LONGEST: Duration = Duration::from_secs(10);
const TRIES: usize = 20;

/// Whether a guest's certificate is accepted under each of its names.
pub(super) fn facts(plan: &Plan, number: usize) -> io::Result<Vec<Fact>> {
    let guest = &plan.guests[number];
    let folder = format!("{HOME}/qvm/certs/hosts/{}", guest.name);
    let hints = || {
        let scripts = ["gen-host-cert.sh", "gen-ca-cert.sh", "gen-ca-keypair.sh"];
        let lines = ["subjectAltName =", "subjectAltName"].map(|text| Hint::line("gen-host-cert.sh", &[text]));
        lines.into_iter().chain(scripts.map(Hint::file)).chain([Hint::Guest(number, GuestCell::Hostname)])
    };
    let fact = |name: &str| {
        let claim = format!("the certificate of `{}` is accepted for `{name}`", guest.name);
        Fact::new("certificates", claim).at(hints())
    };
    let address = guest.address.to_string();
    let mut names: Vec<(&str, &String)> = [&guest.hostname, &guest.alias]
        .into_iter()
        .chain(&guest.aliases)
        .map(|name| ("-verify_hostname", name))
        .collect();
    names.push(("-verify_ip", &address));
    let missing = ["cert.pem", "priv.pem"].into_iter().find(|name| !std::path::Path::new(&folder).join(name).exists());
    if let Some(missing) = missing {
        let seen = format!("no {missing}");
        return Ok(names
            .iter()
            .map(|(_, name)| fact(name).found(fails("a certificate".to_owned(), seen.clone())))
            .collect());
    }
    let mut server = serve(number, &folder)?;
    let client = space_of((number + 1) % plan.guests.len());
    let mut facts = Vec::new();
    for (option, name) in names {
        let outcome = connect(&client, &format!("{address}:{PORT}"), option, name)?;
        facts.push(fact(name).same("accepted", outcome));
    }
    server.kill()?;
    server.wait()?;
    Ok(facts)
}

fn serve(number: usize, folder: &str) -> io::Result<Child> {
    let mut command = program::system("openssl");
    command.args(["s_server", "-quiet", "-accept", PORT]);
    command.args(["-cert", &format!("{folder}/cert.pem"), "-key", &format!("{folder}/priv.pem")]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What a thread starts is in the namespace of that thread.
    space::within(&space_of(number), || command.spawn())?
}

/// The client of openssl, as strict as it can be; it may come before the server listens.
fn connect(space: &str, server: &str, option: &str, name: &str) -> io::Result<String> {
    let authority = format!("{HOME}/qvm/ca-cert/qvm-ca.pem");
    for _ in 0..TRIES {
        let mut command = program::system("openssl");
        command.args(["s_client", "-connect", server, "-brief"]);
        command.args(["-x509_strict", "-verify_return_error", "-CAfile", &authority, option, name]);
        let ran = space::within(space, || program::output(&mut command, "", LONGEST))??;
        if ran.status == 0 {
            return Ok("accepted".to_owned());
        }
        if !ran.err.contains("refused") {
            return Ok(refusal(&ran));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok("no server".to_owned())
}

/// Why it was refused, in the words of openssl.
fn refusal(ran: &ProgramOutput) -> String {
    let reason = ran.err.lines().find_map(|line| line.split_once("verify error:").map(|(_, reason)| reason.trim()));
    reason.or(ran.err.lines().find(|line| !line.trim().is_empty())).unwrap_or("refused").to_owned()
}
