//! The facts that `status.sh` finds, each with the cell that it is about.

use std::io;

use super::fact::{Fact, FactOutcome, GuestCell, Hint};
use super::job::Plan;
use super::not_tried;
use super::scripts::{Scripts, kind_of};

const SCRIPT: &str = "status.sh";

/// Runs it and reads what it says: a line for each fact, `ok` or `no` in front of it.
pub(super) fn facts(scripts: &Scripts<'_>, plan: &Plan) -> io::Result<Vec<Fact>> {
    if !scripts.has(SCRIPT) {
        return Ok(Vec::new());
    }
    let ran = scripts.run(SCRIPT, &[])?;
    let facts: Vec<Fact> = ran.out.lines().filter_map(|line| fact(line, plan)).collect();
    if facts.is_empty() {
        let seen = format!("status {}: {}", ran.status, ran.err.trim());
        let outcome = FactOutcome::Fails { expected: "a line for each fact".to_owned(), seen };
        let fact = Fact::new(&kind_of(SCRIPT), format!("`{SCRIPT}` says each fact")).found(outcome);
        return Ok(vec![fact.at([Hint::file(SCRIPT)])]);
    }
    Ok(facts)
}

fn fact(line: &str, plan: &Plan) -> Option<Fact> {
    let (claim, outcome) = if let Some(claim) = line.strip_prefix("ok  ") {
        (claim, FactOutcome::Holds)
    } else {
        // What to run stands after the last colon.
        let said = line.strip_prefix("no  ")?;
        let said = said.rsplit_once(": ").map_or(said, |(said, _)| said);
        let (claim, seen) = said.split_once(", not ").unwrap_or((said, "it does not"));
        (claim, FactOutcome::Fails { expected: "it holds".to_owned(), seen: seen.to_owned() })
    };
    let fact = Fact::new(&format!("status: {claim}"), format!("`{SCRIPT}`: {claim}"));
    Some(not_tried::unless_of_others(fact.found(outcome).at(hints(claim, plan))))
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
