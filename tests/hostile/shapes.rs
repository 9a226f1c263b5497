//! Shapes that make a careless program take more than linear time: one table for the test that they are no trouble and
//! for the benchmark that measures how they grow.

/// One shape, in any size.
pub(crate) struct Shape {
    /// What it is called.
    pub(crate) name: &'static str,
    /// How many units make a document on which a quadratic step would take minutes.
    pub(crate) size: usize,
    /// A document of this many units.
    pub(crate) document: fn(usize) -> String,
}

const fn shape(name: &'static str, size: usize, document: fn(usize) -> String) -> Shape {
    Shape { name, size, document }
}

/// All shapes. Those whose text grows faster than their units say so by a root.
pub(crate) const SHAPES: &[Shape] = &[
    // Lines and elements.
    shape("stars", 300_000, |n| "*".repeat(n)),
    shape("one long line", 10_000_000, |n| "x".repeat(n)),
    shape("emphasis", 100_000, |n| "*a ".repeat(n)),
    shape("half-open literals", 100_000, |n| "=a ~b [[c ".repeat(n)),
    shape("brackets of links", 1_000_000, |n| "[".repeat(n)),
    shape("unclosed blocks", 20_000, |n| "#+begin_src sh :tangle x\n".repeat(n)),
    shape("unclosed quotes", 20_000, |n| "#+begin_quote\n".repeat(n)),
    shape("unclosed drawers", 60_000, |n| ":a:\n".repeat(n)),
    shape("unclosed environments", 60_000, |n| "\\begin{a}\n".repeat(n)),
    shape("stray ends", 60_000, |n| "#+end_src\n#+name: a\n".repeat(n)),
    shape("footnotes", 60_000, |n| "[fn:1] a\n".repeat(n)),
    shape("headings", 60_000, |n| "* a\n** b\n".repeat(n / 2)),
    shape("deep headings", 1_000_000, |n| each(root(n), |level| format!("{} x\n", "*".repeat(level)))),
    shape("deep lists", 1_000_000, |n| each(root(n), |depth| format!("{}- a :: x\n", " ".repeat(depth)))),
    shape("deep lists, then blanks", 1_000_000, |n| {
        each(root(n / 2), |depth| format!("{}- a :: x\n", " ".repeat(depth))) + &" ".repeat(n / 2) + "\n"
    }),
    shape("lists in quotes", 20_000, |n| "- x\n  #+begin_quote\n".repeat(n) + &"#+end_quote\n".repeat(n)),
    shape("drawers in quotes", 20_000, |n| "#+begin_quote\n:a:\n".repeat(n) + &":end:\n#+end_quote\n".repeat(n)),
    shape("one long cell", 500_000, |n| format!("| {} |\n", "x ".repeat(n))),
    shape("many cells", 200_000, |n| format!("|{}\n", " a |".repeat(n))),
    shape("many tables", 50_000, |n| "| Guest | TAP | Prot |\n| a | b | c |\n\n".repeat(n)),
    // Header arguments.
    shape("brackets", 200_000, |n| block(&format!(":tangle {}", "(".repeat(n)), "x")),
    shape("quotes", 200_000, |n| block(&format!(":tangle {}", "\" ".repeat(n)), "x")),
    shape("long header lines", 100_000, |n| block(&":tangle x ".repeat(n), "x")),
    shape("many header lines", 60_000, |n| "#+header: :tangle x\n".repeat(n) + &block("", "x")),
    shape("many properties", 60_000, |n| "#+PROPERTY: header-args+ :var a=1\n".repeat(n) + &block(":tangle x", "x")),
    shape("many properties, many blocks", 20_000, |n| {
        each(n, |number| format!("#+PROPERTY: header-args+ :x{number} 1\n"))
            + &"* a\n#+begin_src sh :tangle x\nx\n#+end_src\n".repeat(n)
    }),
    // Each block has each variable: what it needs grows with their product, and where a language is loaded so does the
    // output.
    shape("many variables, many blocks", 1_000, |n| {
        "#+PROPERTY: header-args+ :var a=1\n".repeat(n) + &block(":tangle x", "x").repeat(n)
    }),
    shape("many variables of one block", 60_000, |n| {
        block(&format!(":tangle x{}", each(n, |number| format!(" :var v{number}=1"))), "x")
    }),
    shape("drawers of properties", 20_000, |n| {
        format!("* a\n:PROPERTIES:\n{}:END:\n", ":header-args+: :var a=1\n".repeat(n)) + &block(":tangle x", "x")
    }),
    shape("properties appended to a long value", 20_000, |n| {
        let drawer = |value: &str| format!(":PROPERTIES:\n:header-args+: {value}\n:END:\n");
        let long = each(n, |number| format!(":x{number} 1 "));
        format!("* a\n{}", drawer(&long))
            + &format!("** b\n{}{}", drawer(":padline no"), block(":tangle x", "x")).repeat(n)
    }),
    shape("properties appended to an open value", 20_000, |n| {
        let drawer = |value: &str| format!(":PROPERTIES:\n:header-args+: {value}\n:END:\n");
        format!("* a\n{}", drawer(&format!(":x ({}", "y ".repeat(n))))
            + &format!("** b\n{}{}", drawer("z"), block(":tangle x", "x")).repeat(n)
    }),
    shape("long Lisp that blocks inherit", 20_000, |n| {
        let ignored = " \"\"".repeat(n);
        let keys = [":padline", ":shebang", ":noweb", ":tangle"];
        each(keys.len(), |at| format!("#+PROPERTY: header-args+ {} (concat \"x\"{ignored})\n", keys[at]))
            + &format!("#+PROPERTY: header-args+ :var a='(1{ignored})\n")
            + &block(":comments no", "x").repeat(n)
    }),
    shape("long texts that blocks inherit", 20_000, |n| {
        let words = "x ".repeat(n);
        let keys = [":padline", ":shebang", ":noweb", ":results"];
        each(keys.len(), |at| format!("#+PROPERTY: header-args+ {} \"{words}\"\n", keys[at]))
            + &block(":tangle x", "x").repeat(n)
    }),
    shape("a long target that blocks inherit", 20_000, |n| {
        format!("#+PROPERTY: header-args :tangle \"{}\"\n", "x".repeat(n)) + &block("", "x").repeat(n)
    }),
    shape("properties appended at each level", 200_000, |n| {
        each(root(n), |level| {
            let stars = "*".repeat(level + 1);
            format!("{stars} x\n:PROPERTIES:\n:header-args+: :padline no\n:END:\n{}", block(":tangle x", "x"))
        })
    }),
    shape("properties of each heading", 20_000, |n| {
        let drawer = ":PROPERTIES:\n:header-args+: :padline no\n:END:\n";
        format!("* a\n{drawer}") + &format!("** b\n{drawer}{}", block(":tangle x", "x")).repeat(n)
    }),
    // Blocks and targets.
    shape("many blocks, one file", 60_000, |n| block(":tangle x", "echo").repeat(n)),
    shape("many blocks, many files", 2_000, |n| each(n, |number| block(&format!(":tangle x{number}"), "echo"))),
    shape("many spellings", 20_000, |n| each(n, |number| block(&format!(":tangle {}x", spelling(number)), "echo"))),
    shape("links", 20_000, |n| block(":tangle x :comments both", "echo").repeat(n)),
    shape("commas", 500_000, |n| block(":tangle x", &",*\n".repeat(n))),
    shape("labels", 200_000, |n| block("-r :tangle x", &format!("{}\n", "(ref:a".repeat(n)))),
    // Noweb.
    shape("half-open references", 100_000, |n| block(":tangle x :noweb yes", &"<<a>".repeat(n))),
    shape("references to one block", 100_000, |n| {
        format!("#+name: a\n{}", block("", "echo")) + &block(":tangle x :noweb yes", &"<<a>>\n".repeat(n))
    }),
    shape("references on one line", 100_000, |n| {
        format!("#+name: aa\n{}", block("", "echo")) + &block(":tangle x :noweb yes", &"<<aa>> ".repeat(n))
    }),
    shape("references with a long prefix", 1_000_000, |n| {
        format!("#+name: a\n{}", block("", &"echo\n".repeat(root(n))))
            + &block(":tangle x :noweb yes", &format!("{}<<a>>", " ".repeat(root(n))))
    }),
    shape("references to many empty blocks", 20_000, |n| {
        block(":noweb-ref a :noweb-sep \"\"", "").repeat(n) + &block(":tangle x :noweb yes", &"<<a>>\n".repeat(n))
    }),
    shape("chains of references", 20_000, |n| {
        each(n, |number| {
            let next = if number % 150 == 149 { String::new() } else { format!("<<a{}>>", number + 1) };
            format!("#+name: a{number}\n{}", block(":tangle x :noweb yes", &next))
        })
    }),
    shape("references that double", 4_000, |n| {
        each(n, |number| {
            let next = format!("<<a{0}>>\n<<a{0}>>", number + 1);
            format!("#+name: a{number}\n{}", block(":tangle x :noweb yes", if number % 12 == 11 { "x" } else { &next }))
        })
    }),
    shape("undefined references", 60_000, |n| block(":tangle x :noweb yes", &"<<none>>\n".repeat(n))),
    shape("undefined references on one line", 60_000, |n| block(":tangle x :noweb yes", &"<<none>> ".repeat(n))),
    shape("links to inserted blocks", 20_000, |n| {
        format!("#+name: a\n{}", block("", "echo"))
            + &block(":tangle x :noweb yes :comments noweb", &"<<a>>\n".repeat(n))
    }),
    shape("references to many blocks", 4_000, |n| {
        block(":noweb-ref a", "x").repeat(n) + &block(":tangle x :noweb yes", &"<<a>>\n".repeat(100))
    }),
    shape("references that double without end", 4_000, |n| {
        each(n, |number| {
            let next = format!("<<a{0}>>\n<<a{0}>>", number + 1);
            format!("#+name: a{number}\n{}", block(":noweb yes", if number % 100 == 99 { "x" } else { &next }))
        }) + &block(":tangle x :noweb yes", "<<a0>>")
    }),
    // Variables.
    shape("indices of a table", 20_000, |n| {
        let variables = each(n, |number| format!(" :var v{number}=t[{number}]"));
        format!("#+name: t\n{}\n{}", "| a |\n".repeat(n), block(&format!(":tangle x{variables}"), "x"))
    }),
    shape("indices after a table", 20_000, |n| {
        format!("#+name: t\n| a |\n\n{}", block(":tangle x :var v=t[0:9999]", "x").repeat(n))
    }),
    shape("rules of a table", 100_000, |n| {
        format!("#+name: t\n{}| a |\n\n{}", "|-\n".repeat(n), block(":tangle x :colnames yes :var v=t", "x"))
    }),
    shape("targets in the line above", 20_000, |n| format!(">>\n{}", block(":tangle x :comments link", "x")).repeat(n)),
    // Shell code.
    shape("shell code that nests", 500_000, |n| code(&"$(\"${a:-<(".repeat(n / 5))),
    shape("arithmetic that is none", 500_000, |n| code(&("$((a ".repeat(n) + &") ) ".repeat(n)))),
    shape("subshells that begin subshells", 500_000, |n| code(&("((".repeat(n) + &") )".repeat(n)))),
    shape("branches in branches", 200_000, |n| code(&("case a in b) ".repeat(n) + &"esac ".repeat(n)))),
    shape("here-documents on one line", 100_000, |n| code(&format!("a{}\n{}", " <<E".repeat(n), "E\n".repeat(n)))),
    shape("here-documents without an end", 100_000, |n| code(&"a <<E $(b <<F\n".repeat(n))),
    shape("arrays in arrays", 200_000, |n| code(&"a=($(b=(c[".repeat(n))),
    shape("quotes in shell code", 500_000, |n| code(&"`\\` $'\\' \"`".repeat(n))),
    // Diagnostics.
    shape("unknown arguments", 60_000, |n| block(":tangel x", "echo").repeat(n)),
    shape("duplicate names", 60_000, |n| format!("#+name: a\n{}", block("", "echo")).repeat(n)),
    shape("accepted diagnostics", 60_000, |n| {
        format!("# qvm-tangle: accept unknown-argument: x\n{}\n", block(":tangel x", "echo")).repeat(n)
    }),
    // Networks.
    shape("guests", 20_000, |n| {
        format!("{NETWORK}| Guest | IP | TAP |\n")
            + &each(n, |number| {
                let (high, low) = (number / 250 + 1, number % 250 + 1);
                format!("| g{number} | 10.{}.{}.{low} | t{number} |\n", high / 250, high % 250)
            })
    }),
    shape("guests that clash", 20_000, |n| {
        format!("{NETWORK}| Guest | IP | TAP |\n{}", "| a | 10.0.1.9 | t |\n".repeat(n))
    }),
    shape("guests of two networks that clash", 20_000, |n| {
        let network = |name: &str, address: &str| {
            let rows = format!("| a | {address} | t |\n").repeat(n / 2);
            format!(
                "* {name}\n- bridge\n  - Name :: {name}\n  - Subnet :: {address}/16\n\n| Guest | IP | TAP |\n{rows}"
            )
        };
        network("one0", "10.1.0.1") + &network("two0", "10.2.0.1")
    }),
    shape("services", 20_000, |n| {
        format!("{NETWORK}| Service | IP | Port | Interface |\n")
            + &each(n, |number| format!("| s{number} | 10.0.0.9 | {} | veth0 |\n", number % 65_535 + 1))
    }),
    shape("addresses in prose", 60_000, |n| {
        format!("{NETWORK}| Guest | IP | TAP |\n| a | 10.0.1.9 | t |\n\n")
            + &each(n, |number| {
                format!("Try 10.1.{}.{} and g{number}.q.lan on q{number}.\n", number / 250 % 250, number % 250)
            })
    }),
    shape("shell commands", 60_000, |n| {
        format!("{NETWORK}| Guest | IP | TAP |\n| a | 10.0.1.9 | t |\n\n")
            + &block(
                ":tangle x",
                &each(n, |number| format!("cat \"$QVM_DIR/a{number}/b\" >\"$QVM_DIR/c{number}/d\"\n")),
            )
    }),
    shape("deep paths", 4_000, |n| {
        format!("{NETWORK}| Guest | IP | TAP |\n| a | 10.0.1.9 | t |\n\n")
            + &block(":tangle x", &each(n, |number| format!("cat \"$QVM_DIR/a{number}{}\"\n", "/b".repeat(200))))
    }),
    shape("nested shell", 100_000, |n| block(":tangle x", &"$(".repeat(n))),
    shape("here documents", 20_000, |n| block(":tangle x", &"cat <<A\n".repeat(n))),
];

const NETWORK: &str = "- Name :: q\n- Subnet :: 10.0.0.1/8\n\n";

/// A source block with some arguments.
fn block(arguments: &str, body: &str) -> String {
    format!("#+begin_src sh {arguments}\n{body}\n#+end_src\n")
}

/// A block of shell code that the rules about shell code look at.
fn code(body: &str) -> String {
    block(":tangle x", &format!("cat \"$QVM_DIR/x\"\n{body}"))
}

fn each(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// This many steps of one unit each more than the last make about `n` units.
fn root(n: usize) -> usize {
    (2 * n).isqrt()
}

/// A way to the same folder that no other number has.
fn spelling(number: usize) -> String {
    format!("{number:b}").chars().map(|bit| if bit == '1' { "./" } else { ".//" }).collect()
}
