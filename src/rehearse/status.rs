//! The facts that `status.sh` finds, each with the cell that it is about.

use std::io;

use serde::Deserialize;

use super::fact::{Fact, GuestCell, Hint, Outcome};
use super::job::Plan;
use super::scripts::Scripts;

/// One fact of `status.sh --json`.
#[derive(Debug, Deserialize)]
struct StatusFact {
    fact: String,
    holds: bool,
}

/// Runs it and reads what it says.
pub(super) fn facts(scripts: &Scripts<'_>, plan: &Plan) -> io::Result<Vec<Fact>> {
    if !scripts.has("status.sh") {
        return Ok(Vec::new());
    }
    let ran = scripts.run("status.sh", &["--json"])?;
    let Ok(found) = serde_json::from_str::<Vec<StatusFact>>(&ran.out) else {
        let outcome = Outcome::Fails {
            expected: "a list of facts".to_owned(),
            seen: format!("status {}: {}", ran.status, ran.err.trim()),
        };
        return Ok(vec![
            Fact::new("status.sh works", "`status.sh --json` lists the facts")
                .found(outcome)
                .at([Hint::file("status.sh")]),
        ]);
    };
    let fact = |found: StatusFact| {
        let (claim, seen) = match found.fact.split_once(", not ") {
            Some((claim, seen)) if !found.holds => (claim.to_owned(), seen.to_owned()),
            Some(_) | None => (found.fact.clone(), "it does not".to_owned()),
        };
        let outcome =
            if found.holds { Outcome::Holds } else { Outcome::Fails { expected: "it holds".to_owned(), seen } };
        let hints = hints(&claim, plan);
        Fact::new(&format!("status: {claim}"), format!("`status.sh`: {claim}")).found(outcome).at(hints)
    };
    Ok(found.into_iter().map(fact).collect())
}

/// What a fact is about, by the words of the document that it has.
fn hints(claim: &str, plan: &Plan) -> Vec<Hint> {
    let words: Vec<&str> = claim.split([' ', ':', ',']).collect();
    let has = |word: &str| words.contains(&word);
    let mut hints = Vec::new();
    for file in ["network.nft", "services.nft", "dnsmasq.conf", "hosts"] {
        if claim.contains(file) {
            hints.push(Hint::file(file));
        }
    }
    for guest in plan.guests.iter().filter(|guest| has(&guest.hostname)) {
        hints.push(Hint::line("hosts", &[&guest.hostname]));
    }
    for guest in plan.guests.iter().filter(|guest| has(&guest.tap)) {
        hints.push(Hint::line("bridge-up.sh", &[&guest.tap]));
    }
    for (number, guest) in plan.guests.iter().enumerate() {
        let cells =
            [(&guest.tap, GuestCell::Tap), (&guest.name, GuestCell::Name), (&guest.hostname, GuestCell::Hostname)];
        hints.extend(cells.into_iter().filter(|(word, _)| has(word)).map(|(_, cell)| Hint::Guest(number, cell)));
    }
    if has("certificate") {
        hints.extend(["gen-host-cert.sh", "gen-ca-cert.sh", "gen-ca-keypair.sh"].map(Hint::file));
    }
    let services =
        [("dnsmasq", plan.dns.or(plan.dhcp)), ("seeds", plan.seeds), ("seed", plan.seeds), ("nfs", plan.nfs)];
    hints.extend(
        services.into_iter().filter(|(word, _)| has(word)).filter_map(|(_, place)| Some(Hint::Service(place?.row))),
    );
    hints.push(Hint::Bridge);
    hints
}
