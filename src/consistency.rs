//! What a document says in one place against what it says, or makes, in another.
//!
//! Certificates against the host table, paths read against paths written, addresses, names and scripts mentioned
//! against those that exist. All diagnostics are warnings, and every rule is silent where it cannot know: an expansion, a
//! glob, a command that is not in its tables. Nothing here looks at more of the text than a fixed number of times.

mod addresses;
mod certificates;
mod clusters;
mod commands;
mod effect;
mod facts;
mod host_names;
mod interfaces;
mod mentions;
mod openssl;
mod options;
mod paths;
mod prose;
mod request;
mod scripts;
#[cfg(test)]
mod testing;
mod uses;

use crate::artifact::Artifact;
use crate::diagnostic::{Diagnostic, has_error};
use crate::network::Network;
use facts::Facts;
pub use facts::Texts;

/// The variable that names the folder all scripts share.
const ROOT: &str = "QVM_DIR";

/// Compares a document with itself and with what it makes: every output, of blocks and of templates.
pub fn check(texts: Texts<'_, '_>, networks: &[Network], artifacts: &[Artifact], found: &mut Vec<Diagnostic>) {
    let facts = Facts::new(texts, networks, artifacts);
    // Outputs may be missing because of what was found so far; that they are is no mistake of its own.
    if !has_error(found) {
        paths::check(&facts, found);
        scripts::check(&facts, found);
    }
    options::check(&facts, found);
    certificates::check(&facts, found);
    addresses::check(&facts, found);
    host_names::check(&facts, found);
    interfaces::check(&facts, found);
    clusters::check(&facts, found);
}

#[cfg(test)]
mod tests {
    use super::testing::{check, diagnostics};

    #[test]
    fn no_prefix_of_the_seed_panics() {
        let text = include_str!("../tests/fixtures/seed/network.org");
        for (end, _) in text.char_indices().step_by(31) {
            diagnostics(&text[..end], &[]);
        }
    }

    #[test]
    fn outputs_that_an_error_kept_from_being_made_are_not_missed() {
        let text = "- Name :: qvm0\n- Subnet :: 10.42.0.1\n\nRun =up.sh= and read =QVM_DIR/a=.\n\
            #+begin_src sh :tangle ups.sh\ndate\n#+end_src\n";
        let found = diagnostics(text, &[]);
        assert!(found.iter().all(|(code, ..)| !matches!(*code, "unknown-script" | "unwritten-path")), "{found:?}");
    }

    #[test]
    fn a_document_about_something_else_is_left_alone() {
        check(
            "* Notes\nRun =install.sh= on 10.42.0.99, see https://x.qvm0.lan and [[file:a.sh][b]].\n\
             #+begin_src sh :tangle ~/.profile\nexport PATH=\"$HOME/bin:$PATH\"\n. \"$XDG_CONFIG_HOME/x\"\n#+end_src\n",
            &[],
        );
    }
}
