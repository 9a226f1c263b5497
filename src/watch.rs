//! Waits until something changes that a run reads.
//!
//! Folders are watched, not files, since editors replace a file by another one. They are watched anew before each run:
//! a folder may have come, gone or been replaced, and what changes while a run reads is seen by the next one. What a
//! run writes is no input, so no run follows from it.
#![expect(clippy::disallowed_methods, reason = "the watcher waits for a time, and looks at files to know how long")]

pub mod inputs;

use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::workspace::Failure;
use inputs::{WatchedInputs, WatchedPlaces, has_text};

/// One saving is several events; this long after the last of them the files are taken as they are.
const QUIET: Duration = Duration::from_millis(50);

/// The same while an input is gone or empty that had text: whoever took it away is likely to write it again.
const PATIENCE: Duration = Duration::from_secs(1);

/// No run waits longer than this for changes to end.
const LONGEST: Duration = Duration::from_secs(3);

/// What made the waiting end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Something changed.
    Run,
    /// The person or the system asks the program to end.
    Stop,
}

/// Watches the inputs of one run after the other.
#[derive(Debug)]
pub struct Watch {
    phase: Arc<Mutex<RunPhase>>,
    sender: Sender<Next>,
    events: Receiver<Next>,
    watcher: Option<RecommendedWatcher>,
    /// The inputs that had text before the run.
    with_text: Vec<PathBuf>,
}

impl Watch {
    /// From now on Ctrl-C ends the program at once if nothing is being written, else when that is done, so that nothing
    /// is left half done. A second one always ends it.
    ///
    /// # Errors
    /// The system does not let signals be caught.
    pub fn new() -> Result<Self, Failure> {
        let (sender, events) = mpsc::channel();
        let mut signals = Signals::new([SIGINT, SIGTERM])
            .map_err(|reason| Failure::Other(format!("Ctrl-C cannot be caught: {reason}")))?;
        let phase = Arc::new(Mutex::new(RunPhase::Reading));
        let (stop, of_thread) = (sender.clone(), Arc::clone(&phase));
        thread::spawn(move || signals.forever().for_each(|signal| end(signal, &of_thread, &stop)));
        Ok(Self { phase, sender, events, watcher: None, with_text: Vec::new() })
    }

    /// Does some writing that Ctrl-C lets end; a run that hangs elsewhere does not stand in its way.
    pub fn write<T>(&self, write: impl FnOnce() -> T) -> T {
        set(&self.phase, RunPhase::Writing);
        let done = write();
        set(&self.phase, RunPhase::Reading);
        done
    }

    /// Watches these inputs instead of the former ones; to be called before they are read.
    ///
    /// # Errors
    /// A folder with an input in it cannot be watched.
    pub fn start(&mut self, inputs: &WatchedInputs) -> Result<(), Failure> {
        let places = inputs.places();
        let folders = places.folders.clone();
        let with_input: Vec<bool> = folders.iter().map(|folder| places.has_file_in(folder)).collect();
        self.with_text.clone_from(&places.with_text);
        let mut watcher = self.watcher(places)?;
        for (folder, with_input) in folders.iter().zip(with_input) {
            // A folder further up may be closed to us; and one that has just gone is missed from the one above it.
            if let Err(refused) = watcher.watch(folder, RecursiveMode::NonRecursive)
                && with_input
                && folder.is_dir()
            {
                return Err(refusal(folder, &refused));
            }
        }
        self.watcher = Some(watcher);
        Ok(())
    }

    /// A watcher of no folder yet, which tells of changes at some places.
    fn watcher(&self, places: WatchedPlaces) -> Result<RecommendedWatcher, Failure> {
        let sender = self.sender.clone();
        let forward = move |event: notify::Result<Event>| {
            // Events that were lost may have been about anything.
            if event.map_or(true, |event| event.need_rescan() || concerns(&places, &event)) {
                let _ = sender.send(Next::Run);
            }
        };
        notify::recommended_watcher(forward).map_err(|refused| refusal(Path::new("."), &refused))
    }

    /// Waits for a change, and for the end of the changes that come with it.
    pub fn wait(&self) -> Next {
        let mut event = self.events.recv().map_err(|_| RecvTimeoutError::Disconnected);
        let latest = Instant::now() + LONGEST;
        loop {
            match event {
                Ok(Next::Run) => {}
                Err(RecvTimeoutError::Timeout) => return Next::Run,
                Ok(Next::Stop) | Err(RecvTimeoutError::Disconnected) => return Next::Stop,
            }
            let quiet = if self.with_text.iter().all(|file| has_text(file)) { QUIET } else { PATIENCE };
            event = self.events.recv_timeout(quiet.min(latest.saturating_duration_since(Instant::now())));
        }
    }
}

/// What the program does when it is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunPhase {
    /// Nothing that could be left half done.
    Reading,
    Writing,
    /// It writes, and was asked to end.
    Ending,
}

/// A signal came. The lock is held until the program has ended, so that no writing begins meanwhile.
fn end(signal: i32, phase: &Mutex<RunPhase>, stop: &Sender<Next>) {
    let mut phase = phase.lock().unwrap_or_else(PoisonError::into_inner);
    match *phase {
        RunPhase::Reading => exit(0),
        RunPhase::Writing => {
            *phase = RunPhase::Ending;
            // Where nobody waits any more, the program ends by itself.
            let _ = stop.send(Next::Stop);
        }
        RunPhase::Ending => {
            // As the signal would have ended it if it had not been caught.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// Begins or ends some writing. Who was asked to end meanwhile says what was written, and finds that out when it waits.
fn set(phase: &Mutex<RunPhase>, next: RunPhase) {
    let mut phase = phase.lock().unwrap_or_else(PoisonError::into_inner);
    if *phase != RunPhase::Ending {
        *phase = next;
    }
}

/// Whether an event is more than that somebody reads, ourselves for one.
fn concerns(places: &WatchedPlaces, event: &Event) -> bool {
    !event.kind.is_access() && event.paths.iter().any(|path| places.concern(path))
}

fn refusal(folder: &Path, refused: &notify::Error) -> Failure {
    Failure::Unusable(folder.to_owned(), format!("cannot be watched: {:?}", refused.kind))
}
