//! The process inside the machine: what it does, in order. It reads its job from standard input, says what it finds on
//! standard output, and ends the machine when either end is gone.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::fact::{Event, Fact, WORKS};
use super::job::{AfterRehearsal, Identities, Plan, RehearsalJob};
use super::layout::{HOME, PERSON};
use super::relay::Relay;
use super::scripts::Scripts;
use super::standin::{Guests, plug_in, space_of};
use super::state::MachineState;
use super::{again, attack, follow, outside, published, space, standin, status, tls, trespass, view};

/// How many guests try things at the same time: they mostly wait.
const AT_A_TIME: usize = 8;
/// How many steps there are, for whoever watches.
const STEPS: usize = 8;

/// The kinds of facts for which packets have to come and go.
const PACKETS: &[&str] = &[
    "gateway",
    "guests",
    "outside",
    "names",
    "reverse names",
    "names of others",
    "seed",
    "seed's files",
    "shared files",
];

/// What the process says to the one outside.
#[derive(Default)]
struct Voice {
    done: usize,
    /// The script that makes no certificates, so that nothing can be said of them.
    without_certificates: Option<String>,
}

/// Runs the rehearsal that standard input asks for.
pub fn run() -> ExitCode {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    let Some(job) = read.ok().and_then(|_| serde_json::from_str::<RehearsalJob>(&line).ok()) else {
        return ExitCode::from(2);
    };
    // The one outside is gone once this input ends, and so is the reason for the machine, unless it is kept.
    let _ = thread::Builder::new().spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        if !IS_KEPT.load(Ordering::SeqCst) {
            exit(1)
        }
    });
    let shared = job.network.exports.iter().filter_map(|export| export.folder.as_deref());
    if let Err((step, reason)) = view::enter(&job.files, shared, job.identities) {
        say(&Event::Refused { step: step.to_owned(), reason: reason.to_string() });
        return ExitCode::from(2);
    }
    match rehearse(&job) {
        Ok(()) if job.end == AfterRehearsal::Kept => stay(&job.network),
        Ok(()) => {
            say(&Event::Done);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            say(&Event::Refused { step: "the rehearsal".to_owned(), reason: reason.to_string() });
            ExitCode::from(2)
        }
    }
}

/// Plugs the guests in once more, and goes on for ever.
fn stay(plan: &Plan) -> ExitCode {
    let relay = standin::plug_in_again(plan);
    IS_KEPT.store(true, Ordering::SeqCst);
    say(&Event::Done);
    if relay.is_ok() {
        loop {
            thread::park();
        }
    }
    ExitCode::from(2)
}

fn rehearse(job: &RehearsalJob) -> io::Result<()> {
    let plan = &job.network;
    let mut voice = Voice::default();
    rustix::system::sethostname(b"host")?;
    outside::make(&plan.subnet, plan.six.as_ref())?;
    make_person(job.identities)?;
    let scripts = Scripts::new(&job.files, job.identities)?;
    say(&Event::Ready);
    let before = MachineState::of(plan)?;
    voice.step();
    let (ran, facts) = scripts.works("up.sh", &[], "`up.sh` brings the network up")?;
    voice.without_certificates = facts.iter().filter(|fact| fact.fails()).find_map(maker_of_certificates);
    voice.facts(facts);
    let as_it_was = MachineState::of(plan)?;
    if !as_it_was.has(&plan.bridge) {
        // Without a bridge, nothing that follows has a meaning.
        return Ok(());
    }
    voice.step();
    voice.facts(status::facts(&scripts, plan)?);
    voice.step();
    if plan.guests.is_empty() {
        voice.facts(again::up_twice(&scripts, plan, &ran)?);
    } else {
        let relay = plug_in(plan)?;
        let dnsmasq = names_of_dnsmasq(job);
        let guests = Guests { plan, relay: &relay, dnsmasq: &dnsmasq };
        try_guests(&guests, &voice)?;
        voice.step();
        voice.facts(attack::facts(plan, &relay)?);
        let numbers: Vec<usize> = (0..plan.guests.len()).collect();
        voice.facts(at_once(&numbers, |number| trespass::facts(plan, number))?);
        voice.facts(published::facts(plan)?);
        voice.step();
        // While the cables are in: a bridge whose last port loses its carrier has changed.
        voice.facts(again::up_twice(&scripts, plan, &ran)?);
        voice.facts(again::down_with_guests(&scripts, plan)?);
        drop::<Relay>(relay);
    }
    voice.step();
    voice.facts(again::down(&scripts, plan, &before)?);
    voice.step();
    voice.facts(again::up_after_down(&scripts, plan, (ran.status == 0).then_some(&as_it_was))?);
    voice.step();
    Ok(())
}

/// Every guest asks for its address, and then all try all that they can.
fn try_guests(guests: &Guests<'_>, voice: &Voice) -> io::Result<()> {
    let numbers: Vec<usize> = (0..guests.plan.guests.len()).collect();
    voice.facts(at_once(&numbers, |number| guests.configure(number))?);
    let facts = at_once(&numbers, |number| space::within(&space_of(number), || guests.facts(number)))?;
    voice.facts(with_rules(guests, facts)?);
    voice.facts(at_once(&numbers, |number| space::within(&space_of(number), || guests.pods(number))?)?);
    voice.facts(at_once(&numbers, |number| guests.six(number))?);
    voice.facts(at_once(&numbers, |number| tls::facts(guests.plan, number))?);
    Ok(())
}

/// Where packets of a guest got lost, the rules that drop them are at fault before all else.
fn with_rules(guests: &Guests<'_>, mut facts: Vec<Fact>) -> io::Result<Vec<Fact>> {
    let is_lost = |fact: &Fact| fact.fails() && PACKETS.contains(&fact.kind.as_str());
    let has_name = |fact: &Fact, name: &str| fact.claim.starts_with(&format!("`{name}`"));
    let lost = facts.iter().find(|fact| is_lost(fact));
    let plans = guests.plan.guests.iter();
    let first = lost.and_then(|fact| plans.enumerate().find(|(_, guest)| has_name(fact, &guest.name)));
    let Some((number, guest)) = first else { return Ok(facts) };
    let again = || drop(space::within(&space_of(number), || guests.facts(number)));
    let rules = follow::dropped(guests.plan, guest.address, again)?;
    for fact in facts.iter_mut().filter(|fact| is_lost(fact)) {
        fact.hints.splice(0..0, rules.iter().cloned());
    }
    Ok(facts)
}

/// Does something for each guest, some at a time; the facts are in the guests' order.
fn at_once(numbers: &[usize], work: impl Fn(usize) -> io::Result<Vec<Fact>> + Sync) -> io::Result<Vec<Fact>> {
    let mut all = Vec::new();
    for some in numbers.chunks(AT_A_TIME) {
        let results = thread::scope(|scope| {
            let workers: Vec<_> = some
                .iter()
                .map(|&number| {
                    scope.spawn({
                        let work = &work;
                        move || work(number)
                    })
                })
                .collect();
            let ended = || io::Error::other("a thread in the machine has ended early");
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(ended()))).collect::<Vec<_>>()
        });
        for result in results {
            all.extend(result?);
        }
    }
    Ok(all)
}

/// The person whom the network is for, with a key of their own.
fn make_person(identities: Identities) -> io::Result<()> {
    let folder = Path::new(HOME).join(".ssh");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("id_ed25519.pub"), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPerson person@host\n")?;
    if identities == Identities::Many {
        for path in [Path::new(HOME), &folder, &folder.join("id_ed25519.pub")] {
            chown(path, Some(PERSON), Some(PERSON))?;
        }
    }
    Ok(())
}

fn names_of_dnsmasq(job: &RehearsalJob) -> Vec<String> {
    let names = job.files.iter().map(|file| file.path.to_string_lossy().into_owned());
    names
        .filter(|name| name.starts_with("dnsmasq") && Path::new(name).extension().is_some_and(|end| end == "conf"))
        .collect()
}

impl Voice {
    fn step(&mut self) {
        say(&Event::Step { done: self.done, all: STEPS });
        self.done += 1;
    }

    /// What follows from a failure that was told is not told again, nor does it count as held.
    fn facts(&self, facts: Vec<Fact>) {
        for fact in facts {
            say(&Event::Fact(match &self.without_certificates {
                Some(script) if fact.fails() && fact.claim.contains("certificate") => {
                    fact.not_tried(format!("`{script}` does not work"))
                }
                Some(_) | None => fact,
            }));
        }
    }
}

/// The script of a fact that it works, if it makes keys and certificates.
fn maker_of_certificates(fact: &Fact) -> Option<String> {
    let script = fact.kind.strip_suffix(WORKS)?;
    script.starts_with("gen-").then(|| script.to_owned())
}

static OUTPUT: Mutex<()> = Mutex::new(());
/// Whether the machine outlives the one outside.
static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// One line; whoever cannot be told anything any more is gone, which the other end notices.
fn say(event: &Event) {
    let _alone = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(line) = serde_json::to_string(event) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }
}
