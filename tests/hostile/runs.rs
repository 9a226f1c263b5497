//! Whole runs of the program that make a careless one take all memory: one table for the test, which gives each run so
//! much address space and no more, and for the benchmark, which measures how they grow.

/// One run, in any size.
pub(crate) struct Run {
    /// What it is called.
    pub(crate) name: &'static str,
    /// How many units make one that a careless program does not survive.
    pub(crate) size: usize,
    /// How many megabytes of address space it needs at most; the program, its libraries and its threads take about 100.
    pub(crate) memory: usize,
    /// What is run.
    pub(crate) case: fn(usize) -> Case,
}

/// Files, the command line, and what stands on standard input.
pub(crate) struct Case {
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) input: String,
}

const fn run(name: &'static str, size: usize, memory: usize, case: fn(usize) -> Case) -> Run {
    Run { name, size, memory, case }
}

/// All runs.
pub(crate) const RUNS: &[Run] = &[
    // What is known to be too much is refused before it is made.
    run("indices after a table", 100_000, 200, |n| {
        tangled(&format!("#+name: t\n| a |\n\n{}", block(&format!(":tangle x :var v=t[0:{0},0:{0}]", n - 1), "x")))
    }),
    run("indices before a table", 100_000, 200, |n| {
        tangled(&format!("#+name: t\n{}\n\n{}", row(1000), block(&format!(":tangle x :var v=t[-{n}:0]"), "x")))
    }),
    run("indices of many portions", 100_000, 200, |n| {
        tangled(&format!("#+name: t\n| a |\n\n{}", block(&format!(":tangle x :var v=t[{}]", "9,".repeat(n)), "x")))
    }),
    run("parts of a large table for many variables", 1_000, 400, |n| Case {
        arguments: &["--languages", "all", "a.org"],
        ..tangled(&format!(
            "#+name: t\n{}\n{}",
            row(2).repeat(10 * n),
            block(&format!(":tangle x{}", each(n / 5, |number| format!(" :var v{number}=t[{number}:-1]"))), "x")
        ))
    }),
    run("a large table for many variables", 1_000, 300, |n| {
        let variables = each(n, |number| format!(" :var v{number}=t"));
        tangled(&format!("#+name: t\n{}\n{}", row(4).repeat(n), block(&format!(":tangle x{variables}"), "x")))
    }),
    run("references that double without end", 60, 200, |n| tangled(&doubling(n, "x", ":tangle x"))),
    run("references that double with marks", 60, 400, |n| {
        tangled(
            &doubling(n, "x", ":tangle x :comments noweb")
                .replace("#+begin_src sh :noweb", "#+begin_src sh :comments noweb :noweb"),
        )
    }),
    // What is written takes little more memory than it has bytes: 32 MB here.
    run("references that double to a long text", 1 << 25, 350, |n| {
        tangled(&doubling(n.ilog2() as usize - 6, &"x".repeat(63), ":tangle x"))
    }),
    run("references that double to short lines", 1 << 23, 250, |n| {
        tangled(&doubling(n.ilog2() as usize - 1, "x", ":tangle x"))
    }),
    run("references with prefixes to short lines", 1 << 22, 250, |n| {
        let inner = doubling(n.ilog2() as usize - 1, "x", "#+name: b");
        tangled(&format!("{inner}{}", block(":tangle x :noweb yes", "# <<a0>>")))
    }),
    run("a check of many outputs that are new", 20_000, 300, |n| Case {
        arguments: &["check", "a.org"],
        ..tangled(&each(n, |number| block(&format!(":tangle x{number}"), "x")))
    }),
    run("one block for many files", 2_000, 300, |n| {
        let drawers = each(n, |number| {
            format!("** b\n:PROPERTIES:\n:header-args+: :tangle f{number}\n:END:\n{}", block("", "x"))
        });
        tangled(&format!("* a\n:PROPERTIES:\n:header-args: :prologue {}\n:END:\n{drawers}", "y".repeat(n)))
    }),
    run("arguments appended at many headings", 16_000, 200, |n| {
        let drawer = |value: &str| format!(":PROPERTIES:\n:header-args+: {value}\n:END:\n");
        let long = each(n, |number| format!(":x{number} 1 "));
        tangled(&format!(
            "* a\n{}{}",
            drawer(&long),
            format!("** b\n{}{}", drawer(":padline no"), block("", "x")).repeat(n)
        ))
    }),
    run("arguments appended to open ones", 4_000, 200, |n| {
        let drawer = |value: &str| format!(":PROPERTIES:\n:header-args+: {value}\n:END:\n");
        let long = format!(":x ({}", "y ".repeat(10 * n));
        tangled(&format!("* a\n{}{}", drawer(&long), format!("** b\n{}{}", drawer("z"), block("", "x")).repeat(n)))
    }),
    run("one setup file many times", 1_000, 400, |n| Case {
        files: vec![
            ("a.org", "#+SETUPFILE: s.org\n".repeat(n) + &block(":tangle x", "x")),
            ("s.org", "#+PROPERTY: header-args+ :x 1\n".repeat(10 * n)),
        ],
        arguments: &["a.org"],
        input: String::new(),
    }),
    // Reports.
    run("many diagnostics on one line, as JSON", 20_000, 300, |n| Case {
        files: vec![("a.org", block(":tangle x :noweb yes", &"é<<none>> ".repeat(n)))],
        arguments: &["check", "--format", "json", "a.org"],
        input: String::new(),
    }),
    run("many diagnostics on one line, as SARIF", 20_000, 400, |n| Case {
        files: vec![("a.org", block(":tangle x :noweb yes", &"é<<none>> ".repeat(n)))],
        arguments: &["check", "--format", "sarif", "a.org"],
        input: String::new(),
    }),
    run("two long texts that differ in each line", 40_000, 300, |n| Case {
        files: vec![
            ("a.org", block(":tangle x", &each(n, |number| format!("new {number}\n")))),
            ("x", each(n, |number| format!("old {number}\n"))),
        ],
        arguments: &["check", "--full-diff", "a.org"],
        input: String::new(),
    }),
    // The ways back.
    run("map of one long line", 100_000, 200, |n| mapped("x.sh:1: a ".repeat(n))),
    run("map of one long word", 100_000, 200, |n| mapped("x:1".repeat(n))),
    run("map of quotes", 100_000, 200, |n| mapped("\"x.sh\", line 1 \"".repeat(n))),
    run("detangling equal titles", 20_000, 300, |n| detangled(n, |_, begin, end| format!("{begin}y\n{end}\n"), "H")),
    run("detangling equal titles, one too many", 20_000, 300, |n| {
        detangled(n, |number, begin, end| format!("{begin}y\n{end}\n").repeat(1 + usize::from(number == 0)), "H")
    }),
    run("detangling without end lines", 20_000, 300, |n| detangled(n, |_, begin, _| format!("{begin}y\n\n"), "H@")),
    run("detangling stray lines", 20_000, 300, |n| {
        detangled(n, |_, begin, end| format!("{begin}y\n{end}\nstray\n"), "H@")
    }),
    // The editor's server.
    run("an editor with many diagnostics on one line", 20_000, 400, |n| {
        edited(&block(":tangle x :noweb yes", &"é<<none>> ".repeat(n)))
    }),
    run("an editor with many diagnostics on one line of two units", 20_000, 400, |n| {
        edited(&block(":tangle x :noweb yes", &"𝄞<<none>> ".repeat(n)))
    }),
    run("a message that says it is endless", 1_000, 200, |n| Case {
        files: Vec::new(),
        arguments: &["lsp"],
        input: format!("Content-Length: {}\r\n\r\n{}", usize::MAX, "x".repeat(n)),
    }),
    run("a message that says it is long", 1_000, 200, |n| Case {
        files: Vec::new(),
        arguments: &["lsp"],
        input: format!("Content-Length: {}\r\n\r\n{}", 60 << 20, "x".repeat(n)),
    }),
];

/// A document to tangle.
fn tangled(document: &str) -> Case {
    Case { files: vec![("a.org", document.to_owned())], arguments: &["a.org"], input: String::new() }
}

/// This many blocks that refer to the next one twice, the last of which has a text; the first one has more arguments or a name.
fn doubling(steps: usize, last: &str, first: &str) -> String {
    each(steps + 1, |number| {
        let name = format!("#+name: a{number}\n");
        let next = format!("<<a{0}>>\n<<a{0}>>", number + 1);
        let body = if number == steps { last } else { &next };
        let arguments = if number == 0 && first.starts_with(':') { first } else { "" };
        format!("{name}{}", block(&format!(":noweb yes {arguments}"), body))
    })
}

/// A tool's message about an output.
fn mapped(input: String) -> Case {
    Case {
        files: vec![
            ("qvm-tangle.toml", "documents = [\"a.org\"]\n".to_owned()),
            ("a.org", block(":tangle x.sh", "echo")),
        ],
        arguments: &["map", "-"],
        input,
    }
}

/// Blocks with link comments under headings of a title, whose `@` is a number, and their file as somebody edited it.
fn detangled(count: usize, part: fn(usize, &str, &str) -> String, title: &str) -> Case {
    let title = |number: usize| title.replace('@', &number.to_string());
    let document = each(count, |number| format!("* {}\n{}", title(number), block(":tangle x.sh :comments link", "x")));
    let edited = each(count, |number| {
        let title = title(number);
        part(number, &format!("# [[file:a.org::*{title}][{title}:1]]\n"), &format!("# {title}:1 ends here\n"))
    });
    Case { files: vec![("a.org", document), ("x.sh", edited)], arguments: &["detangle", "x.sh"], input: String::new() }
}

/// A document that an editor opens; the server says what it found, and then its input is at its end.
fn edited(text: &str) -> Case {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let messages = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#.to_owned(),
        format!(
            r#"{{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{{"textDocument":{{"uri":"file:///a.org","languageId":"org","version":1,"text":"{text}"}}}}}}"#
        ),
    ];
    let framed = messages.map(|message| format!("Content-Length: {}\r\n\r\n{message}", message.len()));
    Case { files: Vec::new(), arguments: &["lsp"], input: framed.concat() }
}

fn block(arguments: &str, body: &str) -> String {
    format!("#+begin_src sh {arguments}\n{body}\n#+end_src\n")
}

fn row(cells: usize) -> String {
    format!("|{}\n", " a |".repeat(cells))
}

fn each(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}
