//! A line on the terminal that says how far a long run is. A few lines here do what a crate for progress bars would.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::output::{Console, message};
use crate::parallel::Progress;

/// A run is silent for so long.
const SILENCE: Duration = Duration::from_millis(500);
/// Then the line changes so often.
const STEP: Duration = Duration::from_millis(100);

impl Console {
    /// Does some work; while it takes long, a line says how many of `things` are done. The line is gone afterwards.
    pub(super) fn watched<T>(&self, things: &str, work: impl FnOnce(&Progress) -> T) -> T {
        let progress = &Progress::default();
        if !self.shows_progress {
            return work(progress);
        }
        let (working, watched) = mpsc::channel();
        thread::scope(move |scope| {
            // Where no thread can start, the work goes on unwatched.
            let _ = thread::Builder::new().spawn_scoped(scope, move || draw(progress, things, &watched));
            // Held until the work has ended, be it by a panic.
            let _working: mpsc::Sender<()> = working;
            work(progress)
        })
    }
}

/// Draws the line until the other end of the channel is gone.
fn draw(progress: &Progress, things: &str, watched: &Receiver<()>) {
    let mut wait = SILENCE;
    while watched.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let (done, all) = progress.counts();
        if all > 1 {
            message(&format!("\r{done} of {all} {things}\u{1b}[K"));
        }
        wait = STEP;
    }
    if wait == STEP {
        message("\r\u{1b}[K");
    }
}
