//! `qvm-tangle completions SHELL` and `qvm-tangle man [COMMAND]`: made from the command line itself, for packages.

use std::io;

use clap_complete::Shell;
use clap_mangen::Man;

use super::output::print;
use super::{Outcome, usage};
use crate::workspace::Failure;

const NAME: &str = "qvm-tangle";

/// Prints the script that completes commands, options and files in a shell.
pub(super) fn completions(shell: Shell) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut usage::command(), NAME, &mut script);
    print(&script).map(|_| Outcome::Clean)
}

/// Prints the manual page of the program, or of one command.
pub(super) fn man(name: Option<&str>) -> Result<Outcome, Failure> {
    let mut command = usage::command();
    command.build();
    let page = match name {
        None => Man::new(command),
        Some(name) => {
            let command = command.find_subcommand(name).ok_or_else(|| usage::unknown_command(name))?;
            Man::new(command.clone())
        }
    };
    let mut text = Vec::new();
    page.render(&mut text).map_err(|reason: io::Error| Failure::Print(reason))?;
    print(&text).map(|_| Outcome::Clean)
}
