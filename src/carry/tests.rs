//! One edit of each kind, from output to sources.

use std::path::PathBuf;

use super::{CarryRequest, EditedOutput, OwnTemplates, TemplateBasis, carry};
use crate::compile::{Inputs, compile};
use crate::diagnostic::{Levels, has_error};
use crate::org;
use crate::render::Template;
use crate::source::Sources;
use crate::tangle::TangleEnvironment;

const NETWORK: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n\
    | Guest | IP | TAP | Note |\n|---+---+---+---|\n| cp | 10.42.0.10 | tap0 | it's |\n| wk | 10.42.0.11 | tap1 | no |\n";

/// What edits changed: the lines that are new in the document, and the templates with whose they were; or why nothing.
type Outcome = Result<(String, Vec<(String, TemplateBasis, String)>), String>;

/// Carries edits of outputs back: each an output, a text in it and what stands there afterwards.
fn outcome(
    document: &str,
    [builtin, own]: [&[(&str, &str)]; 2],
    edits: &[(&str, &str, &str)],
    folder: OwnTemplates,
) -> Outcome {
    let surroundings = TangleEnvironment {
        document: PathBuf::from("/p/n.org"),
        base: PathBuf::from("/p"),
        ..TangleEnvironment::default()
    };
    let mut sources = Sources::default();
    let id = sources.add("n.org", document);
    let parsed = org::parse(sources.shared(id));
    let mut add = |templates: &[(&str, &str)]| -> Vec<Template> {
        let template = |(name, text): &(&str, &str)| {
            let source = sources.add(format!("templates/{name}"), *text);
            Template { name: (*name).to_owned(), source, for_each: None }
        };
        templates.iter().map(template).collect()
    };
    let (builtin_templates, own_templates) = (add(builtin), add(own));
    let inputs = Inputs {
        sources: &sources,
        document: &parsed,
        unwritable: None,
        file_name: "n.org",
        surroundings: &surroundings,
        builtin_templates: &builtin_templates,
        own_templates: &own_templates,
        graph: None,
        seen_from_graph: "",
    };
    let (compilation, found) = compile(&inputs);
    assert!(!has_error(&found), "{found:?}");
    let mut texts: Vec<(&str, String)> = Vec::new();
    for (output, old, new) in edits {
        let artifact = compilation.artifacts.iter().find(|artifact| artifact.path.ends_with(output)).unwrap();
        if texts.iter().all(|(name, _)| name != output) {
            texts.push((output, artifact.text.clone()));
        }
        let (_, text) = texts.iter_mut().find(|(name, _)| name == output).unwrap();
        assert!(text.contains(old), "{text}");
        *text = text.replacen(old, new, 1);
    }
    let mut with_files = sources.clone();
    let files: Vec<_> = texts.iter().map(|(name, text)| (*name, with_files.add(*name, text.as_str()))).collect();
    let edited: Vec<EditedOutput<'_>> = files
        .iter()
        .map(|(name, id)| EditedOutput {
            artifact: compilation.artifacts.iter().find(|artifact| artifact.path.ends_with(name)).unwrap(),
            file: with_files.get(*id),
        })
        .collect();
    let request = CarryRequest {
        inputs: Inputs { sources: &with_files, ..inputs },
        compilation: &compilation,
        edited: &edited,
        levels: &Levels::default(),
        templates: folder,
    };
    let mut found = Vec::new();
    let Some(back) = carry(&request, &mut found) else {
        let labels: Vec<&str> = found[0].labels.iter().map(|label| with_files.slice(label.span)).collect();
        return Err(format!("{} {labels:?}", found[0].message));
    };
    // How wide a table is does not matter here.
    let lines = |text: &str| -> Vec<String> {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        text.lines().map(words).filter(|line| !line.starts_with("|--")).collect()
    };
    let (old, new) = (lines(document), lines(&back.document.unwrap_or_default()));
    let new: Vec<String> = new.into_iter().filter(|line| !old.contains(line)).collect();
    Ok((new.join("\n"), back.templates.into_iter().map(|it| (it.name, it.basis, it.text)).collect()))
}

/// Edits of outputs of a built-in template that end as edits of the document alone.
#[track_caller]
fn check(document: &str, template: (&str, &str), edits: &[(&str, &str, &str)], expected: Result<&str, &str>) {
    let found = outcome(document, [&[template], &[]], edits, OwnTemplates::Possible);
    let found = found.map(|(document, templates)| {
        assert_eq!(templates, [], "{document}");
        document
    });
    assert_eq!(found.as_deref().map_err(String::as_str), expected);
}

/// Edits that end as edits of a template alone.
#[track_caller]
fn check_template(template: (&str, &str), edits: &[(&str, &str, &str)], expected: Result<&str, &str>) {
    for (templates, basis) in
        [([&[template][..], &[]], TemplateBasis::BuiltIn), ([&[], &[template][..]], TemplateBasis::Own)]
    {
        let found = outcome(NETWORK, templates, edits, OwnTemplates::Possible).map(|(document, templates)| {
            assert_eq!(document, "");
            let [(name, found, text)] = &templates[..] else { panic!("{templates:?}") };
            assert_eq!((name.as_str(), *found), (template.0, basis));
            text.clone()
        });
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }
}

const ADDRESSES: (&str, &str) = ("g.text.j2", "{% for g in guests %}\n{{ g.name }} {{ g.address }}\n{% endfor %}\n");
const MACS: (&str, &str) = ("g.text.j2", "{% for g in guests %}\n{{ g.mac }}\n{% endfor %}\n");
const NAMES: (&str, &str) = ("g.text.j2", "top\n{% for g in guests %}\n{{ g.name }}: up\n{% endfor %}\nend\n");
const TWICE: (&str, &str) = ("g.text.j2", "{% for g in guests %}\n{{ g.address }} of {{ g.address }}\n{% endfor %}\n");

#[test]
fn an_edited_value_is_one_of_its_cell() {
    let edit = [("g", "10.42.0.10", "10.42.0.120")];
    check(NETWORK, ADDRESSES, &edit, Ok("| cp | 10.42.0.120 | tap0 | it's |"));
    let both = [("g", "10.42.0.10", "10.42.0.120"), ("g", "wk", "worker")];
    check(NETWORK, ADDRESSES, &both, Ok("| cp | 10.42.0.120 | tap0 | it's |\n| worker | 10.42.0.11 | tap1 | no |"));
    let wrong = [("g", "10.42.0.10", "10.43.0.10")];
    let error = "with the edit carried back there would be an error: address `10.43.0.10` is not in the subnet `10.42.0.0/24` [\"43\"]";
    check(NETWORK, ADDRESSES, &wrong, Err(error));
}

#[test]
fn a_value_made_from_its_cell_is_one_of_the_cell_if_compiling_says_so() {
    check(NETWORK, MACS, &[("g", "2a:00:0a", "2a:00:0c")], Ok("| cp | 10.42.0.12 | tap0 | it's |"));
    let other = [("g", "52:54:00:2a:00:0a", "52:54:00:12:34:56")];
    let found = outcome(NETWORK, [&[MACS], &[]], &other, OwnTemplates::Possible);
    let error = "there would be an error: address `10.18.52.86` is not in the subnet";
    assert!(found.as_ref().is_err_and(|why| why.contains(error)), "{found:?}");
    // An empty cell takes it.
    let document = NETWORK.replace("| Note |", "| MAC |").replace("| it's |", "| |").replace("| no |", "| |");
    check(&document, MACS, &other, Ok("| cp | 10.42.0.10 | tap0 | 52:54:00:12:34:56 |"));
    let subnet = ("g.text.j2", "{{ bridge.network }} {{ bridge.prefix }} {{ bridge.namespace }}\n");
    check(NETWORK, subnet, &[("g", "24", "25")], Ok("- Subnet :: 10.42.0.1/25"));
    check(NETWORK, subnet, &[("g", "qvm-svc", "lab")], Ok("- Namespace :: lab"));
}

#[test]
fn a_value_comes_back_from_the_quotes_of_every_language() {
    for language in ["shell", "nft", "yaml", "json", "ini", "xml", "text"] {
        let name = format!("g.{language}.j2");
        let template = (name.as_str(), "{% for g in guests %}\nx {{ g.note }}\n{% endfor %}\n");
        let output = name.strip_suffix(&format!(".{language}.j2")).unwrap();
        // Where the language cannot hold it there is no such output.
        let quoted = match language {
            "shell" => r"'it'\''s'",
            "xml" => "it&#39;s",
            "ini" => continue,
            "nft" | "json" | "yaml" => "\"it's\"",
            _ => "it's",
        };
        let new = quoted.replace("it", "that");
        check(NETWORK, template, &[(output, quoted, &new)], Ok("| cp | 10.42.0.10 | tap0 | that's |"));
    }
}

#[test]
fn an_edit_of_a_templates_text_is_one_of_the_template() {
    check_template(NAMES, &[("g", "top", "start")], Ok(NAMES.1.replace("top", "start").as_str()));
    check_template(NAMES, &[("g", "end\n", "end\nmore\n")], Ok(&format!("{}more\n", NAMES.1)));
    let header = NAMES.1.replace("top\n", "top\nmore\n");
    check_template(NAMES, &[("g", "top\n", "top\nmore\n")], Ok(&header));
    // After the loop, where the output ends with it.
    check_template(ADDRESSES, &[("g", "10.42.0.11\n", "10.42.0.11\nend\n")], Ok(&format!("{}end\n", ADDRESSES.1)));
    let found = outcome(NETWORK, [&[NAMES], &[]], &[("g", "top", "start")], OwnTemplates::Unread);
    assert!(found.as_ref().is_err_and(|why| why.contains("without a `qvm-tangle.toml`")), "{found:?}");
}

#[test]
fn a_line_that_goes_takes_its_placeholder_along() {
    let one = ("g.text.j2", "a\nname {{ bridge.name }} here\nb\n");
    check_template(one, &[("g", "name qvm0 here\n", "")], Ok("a\nb\n"));
    check_template(one, &[("g", " qvm0", "")], Ok("a\nname here\nb\n"));
}

#[test]
fn a_value_of_several_cells_leads_to_the_one_that_gives_the_edited_part() {
    let alias =
        ("g.text.j2", "{% for g in guests %}\n{{ g.hostname }} {{ g.alias }}\n{% endfor %}\n{{ bridge.name }}\n");
    let edits = [
        ("g", "cp.qvm0.lan", "cp.lab7.lan"),
        ("g", "cp.qvm0", "cp.lab7"),
        ("g", "wk.qvm0.lan", "wk.lab7.lan"),
        ("g", "wk.qvm0", "wk.lab7"),
        ("g", "\nqvm0\n", "\nlab7\n"),
    ];
    check(NETWORK, alias, &edits, Ok("- Name :: lab7"));
    let prefix =
        ("g.text.j2", "{% for g in guests %}\n{{ g.address_with_prefix }}\n{% endfor %}\n{{ bridge.prefix }}\n");
    let edits =
        [("g", "10.42.0.10/24", "10.42.0.10/25"), ("g", "10.42.0.11/24", "10.42.0.11/25"), ("g", "\n24\n", "\n25\n")];
    check(NETWORK, prefix, &edits, Ok("- Subnet :: 10.42.0.1/25"));
}

#[test]
fn all_turns_of_a_loop_must_agree() {
    let both = [("g", "cp: up", "cp: down"), ("g", "wk: up", "wk: down")];
    check_template(NAMES, &both, Ok(NAMES.1.replace("up", "down").as_str()));
    let one = "the edit cannot be carried back: line 3 of `g` would then be `wk: down` [\"down\", \"wk: up\"]";
    check_template(NAMES, &[both[0]], Err(one));
    let other = [both[0], ("g", "wk: up", "wk: off")];
    let two = "two edits of one text contradict each other: it stands in the outputs several times [\"down\", \"off\"]";
    check_template(NAMES, &other, Err(two));
}

#[test]
fn what_is_added_at_a_border_goes_where_it_compiles_to_the_same() {
    check(NETWORK, NAMES, &[("g", "cp", "cp-1")], Ok("| cp-1 | 10.42.0.10 | tap0 | it's |"));
    let both = [("g", "cp: up", "cp-1: up"), ("g", "wk: up", "wk-1: up")];
    check(NETWORK, NAMES, &both, Ok("| cp-1 | 10.42.0.10 | tap0 | it's |\n| wk-1 | 10.42.0.11 | tap1 | no |"));
    let both = [("g", "cp: up", "cp (guest): up"), ("g", "wk: up", "wk (guest): up")];
    check_template(NAMES, &both, Ok(NAMES.1.replace("}:", "} (guest):").as_str()));
}

#[test]
fn two_edits_of_one_value_must_agree() {
    let first = ("g", "10.42.0.10 of", "10.42.0.20 of");
    check(NETWORK, TWICE, &[first, ("g", "of 10.42.0.10", "of 10.42.0.20")], Ok("| cp | 10.42.0.20 | tap0 | it's |"));
    let contradiction = "two edits of one value contradict each other: `10.42.0.20` and `10.42.0.30` [\"20\", \"30\"]";
    check(NETWORK, TWICE, &[first, ("g", "of 10.42.0.10", "of 10.42.0.30")], Err(contradiction));
    let unedited = "the edit cannot be carried back: line 1 of `g` would then be `10.42.0.20 of 10.42.0.20` \
        [\"20\", \"10.42.0.20 of 10.42.0.10\"]";
    check(NETWORK, TWICE, &[first], Err(unedited));
}

#[test]
fn a_block_takes_the_edit_of_its_lines_also_without_link_comments() {
    let block = "#+begin_src text :tangle g\n  one\n    two\n\n  ,* three\n#+end_src\n";
    let document = format!("{NETWORK}\n* H\n{block}");
    for (edit, expected) in [
        (("g", "one", "1"), "1"),
        (("g", "two\n", "two\nmore\n"), "more"),
        (("g", "* three", "* 3"), "* 3"),
        (("g", "* three\n", "* three\n* four\n"), "* four"),
    ] {
        check(&document, NAMES, &[edit], Ok(expected));
    }
    check(&document, NAMES, &[("g", "  two\n", "")], Ok(""));
    let noweb = format!(
        "{document}#+name: a\n#+begin_src text\nalpha\n#+end_src\n#+begin_src text :tangle n :noweb yes\n<<a>>\n#+end_src\n"
    );
    check(&noweb, NAMES, &[("n", "alpha", "beta")], Ok("beta"));
}

#[test]
fn edits_of_several_kinds_and_outputs_go_together_or_not_at_all() {
    let block = "#+begin_src text :tangle own\none\n#+end_src\n";
    let document = format!("{NETWORK}\n* H\n{block}");
    let edits = [("g", "cp", "control"), ("g", "top", "start"), ("own", "one", "two")];
    let (new, templates) = outcome(&document, [&[NAMES], &[]], &edits, OwnTemplates::Possible).unwrap();
    assert_eq!((new.as_str(), templates.len()), ("| control | 10.42.0.10 | tap0 | it's |\ntwo", 1));
    let edits = [edits[0], edits[1], ("g", "wk: up", "wk: off")];
    assert!(outcome(&document, [&[NAMES], &[]], &edits, OwnTemplates::Possible).is_err());
}
