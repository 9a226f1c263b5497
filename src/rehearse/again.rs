//! What the scripts do the second time: nothing when all is there, nothing left when it is taken away, all of it again.

use std::io;

use super::fact::{Fact, Hint};
use super::job::Plan;
use super::program::ProgramOutput;
use super::scripts::{Scripts, is_call};
use super::standin::fails;
use super::state::MachineState;

/// Up again changes nothing, and runs nothing that could.
///
/// `first` is how the first time ended.
pub(super) fn up_twice(scripts: &Scripts<'_>, plan: &Plan, first: &ProgramOutput) -> io::Result<Vec<Fact>> {
    let fact = Fact::new("up again", "`up.sh` again changes nothing").at([Hint::file("up.sh")]);
    if first.status != 0 {
        return Ok(vec![fact.not_tried("`up.sh` does not work")]);
    }
    let before = MachineState::of(plan)?;
    let (ran, mut facts) = scripts.works("up.sh", &[], "`up.sh` works again")?;
    let after = MachineState::of(plan)?;
    let shown = ran.err.lines().filter(|line| line.starts_with("# "));
    let shown: Vec<&str> = shown.filter(|line| !is_call(line)).collect();
    let mut seen = before.differences(&after);
    if let (true, Some(first)) = (seen.is_empty(), shown.first()) {
        seen = format!("it runs `{}`", first.trim_start_matches("# "));
    }
    let part = shown.first().and_then(|first| part_of(&ran.err, first)).map(|part| Hint::File(part.to_owned()));
    let fact = Fact { hints: part.into_iter().chain(fact.hints.clone()).collect(), ..fact };
    facts.push(fact.unless(&seen, "no change"));
    Ok(facts)
}

/// The script that was running when a command was shown.
fn part_of<'a>(said: &'a str, command: &str) -> Option<&'a str> {
    let before = &said[..said.find(command)?];
    let started = before.lines().rfind(|line| is_call(line))?;
    started.rsplit('/').next()
}

/// While guests run, nothing is taken from under them.
pub(super) fn down_with_guests(scripts: &Scripts<'_>, plan: &Plan) -> io::Result<Vec<Fact>> {
    let fact = Fact::new("down with guests", "`down.sh` refuses while a guest runs").at([Hint::file("down.sh")]);
    let before = MachineState::of(plan)?;
    let ran = scripts.run("down.sh", &[])?;
    let seen = before.differences(&MachineState::of(plan)?);
    Ok(vec![match (ran.status, seen.is_empty()) {
        (0, _) => fact.found(fails("a refusal".to_owned(), "it took the network away".to_owned())),
        (_, true) => fact,
        (_, false) => fact.found(fails("no change".to_owned(), seen)),
    }])
}

/// Down leaves nothing.
pub(super) fn down(scripts: &Scripts<'_>, plan: &Plan, before: &MachineState) -> io::Result<Vec<Fact>> {
    let (_, mut facts) = scripts.works("down.sh", &[], "`down.sh` takes the network away")?;
    let after = MachineState::of(plan)?.without_stand_ins();
    let seen = before.differences(&after);
    let fact = Fact::new("nothing left", "`down.sh` leaves nothing").at([Hint::file("down.sh")]);
    facts.push(fact.unless(&seen, "nothing"));
    Ok(facts)
}

/// It comes up after it was taken away, just as it was.
pub(super) fn up_after_down(
    scripts: &Scripts<'_>,
    plan: &Plan,
    as_it_was: Option<&MachineState>,
) -> io::Result<Vec<Fact>> {
    let Some(as_it_was) = as_it_was else {
        let fact = Fact::new("up after down", "`up.sh` works after `down.sh`");
        return Ok(vec![fact.not_tried("`up.sh` does not work")]);
    };
    let (_, mut facts) = scripts.works("up.sh", &[], "`up.sh` works after `down.sh`")?;
    let after = MachineState::of(plan)?.without_stand_ins().but_for_chance();
    let seen = as_it_was.clone().without_stand_ins().but_for_chance().differences(&after);
    let fact = Fact::new("all again", "after `down.sh` and `up.sh` all is as it was").at([Hint::file("up.sh")]);
    facts.push(fact.unless(&seen, "as it was"));
    Ok(facts)
}
