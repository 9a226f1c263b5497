//! What each diagnostic prints and explains: one test a fixture, and one an explanation, so that each can be run by its name.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests run programs on real files; a failed step fails the test"
)]

mod explanations;
mod fixtures;
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
#[path = "../program/support.rs"]
mod support;

use libtest_mimic::Arguments;

fn main() {
    let trials = fixtures::trials().into_iter().chain(explanations::trials()).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
