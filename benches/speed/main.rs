//! How fast the program is: `cargo bench` measures it in one run, beside Emacs and beside reading and writing the same
//! bytes, and prints tables. Nothing here passes or fails; numbers are for reading and comparing.
//!
//! It needs Debian's `emacs-nox` and `time`. `cargo bench -- PART...` measures some parts only (seed, guests, noweb,
//! large, editor, public, shapes), `--all` also what Emacs needs 40 seconds and more for. Whole processes are measured, as a user
//! meets them, each the best of several runs: on a busy machine the best one tells most about the program. A harness
//! such as criterion times functions inside one process, and neither Emacs nor memory nor the disk is there.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark measures time, runs programs and prints; what fails stops it"
)]

mod documents;
mod process;
mod public;
#[path = "../../tests/hostile/runs.rs"]
mod runs;
mod server;
#[path = "../../tests/hostile/shapes.rs"]
mod shapes;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use documents::{large, many_names};
use process::{Folder, Used, best_of, emacs, ours, used, used_with_input};
use qvm_tangle::org;
use qvm_tangle::source::Sources;
use runs::RUNS;
use server::Server;
use shapes::SHAPES;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/seed/network.org");
const MEGABYTE: usize = 1_000_000;

/// A table of its own; the argument says whether to measure what takes long, too.
type Part = fn(bool);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let parts: [(&str, Part); 7] = [
        ("seed", seed),
        ("guests", guests),
        ("noweb", noweb),
        ("large", large_document),
        ("editor", editor),
        ("public", |_| public::measure()),
        ("shapes", adversarial),
    ];
    let is_chosen = parts.iter().any(|(name, _)| has(name));
    for (_, measure) in parts.iter().filter(|(name, _)| !is_chosen || has(name)) {
        measure(has("--all"));
        println!();
    }
}

/// The person's document: all outputs, written anew each time.
fn seed(_all: bool) {
    let folder = Folder::new();
    folder.write("network.org", &fs::read_to_string(SEED).unwrap());
    beside_emacs("the seed, everything written anew", &folder, "network.org", 20, 5);
    let again = best_of(20, || {}, || ours(&folder, &["network.org"]));
    println!("{:<48} {:>10}", "  the same, nothing to write", milliseconds(again));
}

/// A network of many guests.
fn guests(_all: bool) {
    let shape = SHAPES.iter().find(|shape| shape.name == "guests").unwrap();
    let folder = Folder::new();
    folder.write("guests.org", &(shape.document)(shape.size));
    let anew = best_of(5, || folder.empty("guests.org"), || ours(&folder, &["guests.org"]));
    println!("{:<48} {:>10}", format!("{} guests, everything written anew", shape.size), milliseconds(anew));
    let again = best_of(5, || {}, || ours(&folder, &["guests.org"]));
    println!("{:<48} {:>10}", "  the same, nothing to write", milliseconds(again));
}

/// Named blocks, as many users of them, 50 files.
fn noweb(all: bool) {
    for count in [1_000, 4_000] {
        let folder = Folder::new();
        folder.write("noweb.org", &many_names(count));
        let name = format!("{count} named blocks, as many users, 50 files");
        if all || count < 4_000 {
            beside_emacs(&name, &folder, "noweb.org", 10, 1);
        } else {
            let mine = best_of(10, || folder.empty("noweb.org"), || ours(&folder, &["noweb.org"]));
            println!("{name:<48} {:>10}   (--all: beside Emacs)", milliseconds(mine));
        }
    }
}

fn beside_emacs(name: &str, folder: &Folder, document: &str, runs: usize, emacs_runs: usize) {
    let mine = best_of(runs, || folder.empty(document), || ours(folder, &[document]));
    let theirs = best_of(emacs_runs, || folder.empty(document), || emacs(folder, document));
    println!(
        "{name:<48} {:>10}   Emacs {:>10}   {:>6.0} times",
        milliseconds(mine),
        milliseconds(theirs),
        theirs.as_secs_f64() / mine.as_secs_f64()
    );
}

/// A document of 100 MB: scanning it, compiling it, and the memory for that.
fn large_document(_all: bool) {
    let text = large(100 * MEGABYTE);
    let size = text.len();
    let folder = Folder::new();
    folder.write("large.org", &text);
    let speed = |time: Duration| format!("{:.2} GB/s", size as f64 / time.as_secs_f64() / 1e9);
    let path = folder.path("large.org");
    let reading = best_of(5, || {}, || timed(|| drop(fs::read(&path).unwrap())));
    let mut sources = Sources::default();
    let id = sources.add("large.org", text);
    let scanning = best_of(5, || {}, || timed(|| drop(org::parse(sources.shared(id)))));
    println!("{:<48} {:>10}   {}", "100 MB: reading the file", milliseconds(reading), speed(reading));
    println!("{:<48} {:>10}   {}", "100 MB: scanning alone, one core", milliseconds(scanning), speed(scanning));
    let whole = best_of(3, || folder.empty("large.org"), || ours(&folder, &["large.org"]));
    let writing = best_of(3, || {}, || timed(|| copy_all(&folder)));
    let floor = reading + writing;
    println!("{:<48} {:>10}   synced, as the run does", "100 MB: writing its outputs", milliseconds(writing));
    println!(
        "{:<48} {:>10}   {:.1} times reading and writing (target: 4)",
        "100 MB: the whole run",
        milliseconds(whole),
        whole.as_secs_f64() / floor.as_secs_f64()
    );
    folder.empty("large.org");
    let memory = used(&folder, &["large.org"]).memory;
    println!(
        "{:<48} {:>7} MB   {:.1} times the input (target: 3)",
        "100 MB: peak memory",
        memory / MEGABYTE,
        memory as f64 / size as f64
    );
}

/// Writes the bytes of every output once more, to one file each, synced.
fn copy_all(folder: &Folder) {
    for path in folder.outputs("large.org") {
        let copy = path.with_extension("copy");
        let file = fs::File::create(&copy).unwrap();
        std::io::Write::write_all(&mut &file, &fs::read(&path).unwrap()).unwrap();
        file.sync_all().unwrap();
        fs::remove_file(copy).unwrap();
    }
}

/// What an editor waits for while one types.
fn editor(_all: bool) {
    let seed = fs::read_to_string(SEED).unwrap();
    for (name, text) in [("the seed", seed), ("a document of 1 MB", large(MEGABYTE))] {
        let folder = Folder::new();
        folder.write("typed", &text);
        let time = best_of(20, || {}, || process::check_typed(&folder, "typed"));
        println!("{:<48} {:>10}", format!("an editor's check of {name}"), milliseconds(time));
        let mut server = Server::open(&folder, &text);
        let best = |ask: &mut dyn FnMut() -> Duration| (0..50).map(|_| ask()).min().unwrap_or_default();
        let key = best(&mut || server.key());
        println!("{:<48} {:>10}", "  the server: from a key to the diagnostics", milliseconds(key));
        // A header argument in the middle of the document, where there is most to find.
        let lines: Vec<&str> = text.lines().collect();
        let is_block = |line: &&str| line.starts_with("#+begin_src") && line.contains(" :tangle");
        let line = (lines.len() / 2..lines.len()).find(|number| is_block(&lines[*number])).unwrap_or_default();
        let column = lines[line].find(":tangle").map_or(0, |at| at + 3);
        for method in ["hover", "completion", "definition", "documentHighlight"] {
            let time = best(&mut || server.question(&format!("textDocument/{method}"), line, column));
            println!("{:<48} {:>10}", format!("  the server: {method}"), milliseconds(time));
        }
    }
}

/// Each shape in four times the size: linear time gives about 4. Processor time, since other programs do not count in it.
fn adversarial(_all: bool) {
    println!("{:<48} {:>10} {:>10} {:>7} {:>9} {:>9}", "shape, processor time", "n", "4n", "ratio", "text", "memory");
    for shape in SHAPES {
        growth(shape.name, shape.size, |size| {
            let text = (shape.document)(size);
            let folder = Folder::new();
            folder.write("shape.org", &text);
            (used(&folder, &["--color", "always", "shape.org"]), text.len())
        });
    }
    for run in RUNS {
        growth(&format!("{} [{} MB]", run.name, run.memory), run.size, |size| {
            let case = (run.case)(size);
            let folder = Folder::new();
            case.files.iter().for_each(|(name, text)| folder.write(name, text));
            let length = case.files.iter().map(|(_, text)| text.len()).sum::<usize>() + case.input.len();
            (used_with_input(&folder, case.arguments, &case.input), length)
        });
    }
}

/// One line of the table: a quarter of a size and the whole; `!` where that takes far more than four times as long, as it must
/// where the output grows so.
fn growth(name: &str, size: usize, measure: impl Fn(usize) -> (Used, usize)) {
    let [(small, _), (large, length)] = [size / 4, size].map(measure);
    let ratio = large.processor.as_secs_f64() / small.processor.as_secs_f64();
    // The clock has a hundred ticks a second, and starting takes one.
    let mark = if large.processor.as_millis() > 200 && ratio > 8.0 { "  !" } else { "" };
    let ratio = if small.processor.as_millis() < 20 { "-".to_owned() } else { format!("{ratio:.1}") };
    println!(
        "{name:<48} {:>10} {:>10} {ratio:>7} {:>6.1} MB {:>6} MB{mark}",
        milliseconds(small.processor),
        milliseconds(large.processor),
        length as f64 / 1e6,
        large.memory / MEGABYTE
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// Whether a path is the document itself.
fn is_document(path: &Path, document: &str) -> bool {
    path.file_name().is_some_and(|name| name == document)
}
