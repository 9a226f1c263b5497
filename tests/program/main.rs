//! The program as its users meet it, run on real files.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests run programs on real files; a failed step fails the test"
)]

mod book;
mod carry;
mod cli;
mod explain;
mod faults;
mod first_run;
mod fix;
mod folders;
mod formats;
mod graph;
mod init;
mod lint;
mod map;
mod messages;
mod nothing;
mod packages;
mod picture;
mod plan;
mod power;
mod records;
mod reference;
mod repair;
mod seed;
mod support;
mod trust;
mod usage;
mod watch;
