//! Documents made on the fly.

use std::fmt::Write as _;

/// This many named blocks, as many blocks that refer to one each, into 50 files.
pub(crate) fn many_names(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let _ = write!(
            text,
            "* Part {number}\n#+name: part-{number}\n#+begin_src sh\necho \"part {number}\"\n#+end_src\n\n\
             #+begin_src sh :tangle file-{}.sh :noweb yes :shebang #!/bin/sh\n<<part-{number}>>\n#+end_src\n\n",
            number % 50
        );
    }
    text
}

/// A document of about this many bytes as people write them: prose, lists, tables and blocks under headings.
pub(crate) fn large(size: usize) -> String {
    let mut text = String::with_capacity(size + 4096);
    let mut number = 0;
    while text.len() < size {
        let _ = write!(
            text,
            "* Chapter {number}\n:PROPERTIES:\n:CUSTOM_ID: chapter-{number}\n:END:\n\n{PROSE}\n\
             ** Details\n{PROSE}\n- one :: =first= thing\n- two :: second thing,\n  over two lines\n\n\
             | Name | Value |\n|------+-------|\n| a    | {number} |\n| b    | =two= |\n\n\
             #+begin_src sh :tangle out-{}.sh :shebang #!/bin/sh\n",
            number % 100
        );
        for line in 0..40 {
            let _ = writeln!(text, "  run --step {line} --of \"$chapter_{number}\" | tee log/{line}.txt");
        }
        text.push_str("#+end_src\n\n");
        number += 1;
    }
    text
}

const PROSE: &str = "\
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore
magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation =ullamco= laboris nisi ut aliquip ex ea commodo
consequat; see [[https://example.org/page][the page]]. Duis aute irure dolor in reprehenderit in voluptate velit
esse cillum dolore eu fugiat nulla pariatur. Excepteur sint ~occaecat~ cupidatat non proident, sunt in culpa.
";
