//! No word of a value is ever executed: values below every validation, through real bash and real nft.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests run other programs on files of their own"
)]

#[path = "network/rendered.rs"]
mod rendered;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use qvm_tangle::artifact::Artifact;
use qvm_tangle::render::model::{Leaf, ModelNode, model};
use qvm_tangle::render::quote::{Language, QuoteKind};
use qvm_tangle::render::render_model;
use rendered::{Project, write};

/// What an attacker would write into a cell. `CANARY` is replaced by the path of a file that must never appear.
const HOSTILE: [&str; 14] = [
    "$(touch CANARY)",
    "`touch CANARY`",
    "'; touch CANARY; '",
    "\"; touch CANARY; \"",
    "x\ntouch CANARY\n",
    "x\rtouch CANARY\r",
    "x]=1); touch CANARY; y=([z",
    "a[$(touch CANARY)]",
    "&& touch CANARY ||",
    "| touch CANARY |",
    "{touch,CANARY}",
    "\\'; touch CANARY; \\'",
    "END_OF_RULES\ntouch CANARY\nEND_OF_DATA\ntouch CANARY",
    "-e ~ * ? [a] # $HOME ${IFS} !! <(touch CANARY)",
];

fn run(program: &str, arguments: &[&str], directory: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("QVM_DIR", directory)
        .env("QVM_USER", "0")
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|reason| panic!("{program} cannot be run ({reason}): tests/run installs it"))
}

/// A folder of one test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Texts of characters that mean something to some language; always the same ones.
fn texts(count: usize) -> Vec<String> {
    const ALPHABET: &str = "aZ09 _-./:,;|&<>(){}[]$`'\"\\*?!#~=%@^+\n\t\r\u{1b}\u{7f}\u{85}ü€\u{2028}🙂";
    let characters: Vec<char> = ALPHABET.chars().collect();
    let mut state: u64 = 0x2545_F491_4F6C_DD1D;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    (0..count).map(|_| (0..next(12)).map(|_| characters[next(characters.len())]).collect()).collect()
}

fn lines(words: &[String], line: impl Fn(&String) -> String) -> String {
    words.iter().map(line).collect::<Vec<String>>().concat()
}

#[test]
fn any_text_comes_back_from_bash_as_it_was() {
    let folder = scratch("round-trip");
    let mut texts = texts(5000);
    texts.extend(HOSTILE.map(str::to_owned));
    let words: Vec<String> = texts.iter().map(|text| Language::Shell.quote(text, QuoteKind::Text).unwrap()).collect();
    // As words, as elements of an array, as keys, in an assignment, and after a comment sign.
    let script = format!(
        "set -- {0}\nlist=({0})\ndeclare -A map=()\n{1}{2}printf '%s\\0' \"$@\" \"${{list[@]}}\" \"${{last[@]}}\"\n",
        words.join(" "),
        lines(&words, |word| format!("map+=([x{word}]=1)\nlast+=({word})\n")),
        lines(&words, |word| format!("# {word}\n")),
    );
    let path = folder.join("script");
    fs::write(&path, script).unwrap();
    let output = run("bash", &["script"], &folder);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let returned = String::from_utf8(output.stdout).unwrap();
    let returned: Vec<&str> = returned.split_terminator('\0').collect();
    let expected: Vec<&str> = texts.iter().chain(&texts).chain(&texts).map(String::as_str).collect();
    assert_eq!(returned, expected);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "a word was executed and left a file");
}

#[test]
fn any_text_comes_back_from_json_and_yaml_as_it_was() {
    let folder = scratch("data");
    let texts = texts(2000);
    let list = |language: Language| {
        let quoted: Vec<String> = texts.iter().map(|text| language.quote(text, QuoteKind::Text).unwrap()).collect();
        format!("[{}]", quoted.join(", "))
    };
    let decoded: Vec<String> = serde_json::from_str(&list(Language::Json)).unwrap();
    assert_eq!(decoded, texts);
    fs::write(folder.join("data.yaml"), list(Language::Yaml)).unwrap();
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(open('data.yaml', newline='')), sys.stdout)";
    let output = run("/usr/bin/python3", &["-c", program], &folder);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let decoded: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decoded, texts);
}

/// The tree with the texts replaced that `which` picks.
fn replaced(node: ModelNode, text: &str, which: fn(&Leaf) -> bool) -> ModelNode {
    match node {
        ModelNode::Leaf(leaf) if which(&leaf) => ModelNode::Leaf(Leaf { text: text.to_owned(), ..leaf }),
        ModelNode::Leaf(leaf) => ModelNode::Leaf(leaf),
        ModelNode::Flag(flag) => ModelNode::Flag(flag),
        ModelNode::List(rows) => ModelNode::List(rows.into_iter().map(|row| replaced(row, text, which)).collect()),
        ModelNode::Map(entries) => {
            ModelNode::Map(entries.into_iter().map(|(name, node)| (name, replaced(node, text, which))).collect())
        }
    }
}

/// What the templates make of a model in which every single value is this text.
fn rendered_with(text: &str) -> Vec<Artifact> {
    let project = Project::of("other-names.org");
    let hostile = replaced(model(&project.networks[0], &project.name), text, |_| true);
    render_model(&project.request(), &hostile, &project.sources, &mut Vec::new())
}

#[test]
fn no_script_executes_a_word_of_hostile_values() {
    let mut ran = 0;
    for (number, text) in HOSTILE.iter().enumerate() {
        let folder = scratch(&format!("hostile-{number}"));
        let canary = folder.join("canary");
        let artifacts = rendered_with(&text.replace("CANARY", canary.to_str().unwrap()));
        let written = write(&artifacts, &format!("hostile-{number}/scripts"));
        let is_script = |path: &&PathBuf| path.metadata().unwrap().permissions().mode() & 0o100 != 0;
        let scripts: Vec<&PathBuf> = written.iter().filter(is_script).collect();
        assert!(scripts.len() >= 5, "only {} scripts with {text:?}", scripts.len());
        for script in scripts {
            let script = script.to_str().unwrap();
            assert!(run("bash", &["-n", script], &folder).status.success(), "bash cannot read {script}");
            // As root of a network namespace with nothing in it, so that scripts come past their first checks.
            for arguments in [&["--help"] as &[&str], &[], &["--print", text], &[text]] {
                let call = [&["-rn", "timeout", "5", "bash", script], arguments].concat();
                run("unshare", &call, &folder);
                ran += 1;
            }
            assert!(!canary.exists(), "{script} executed a word of {text:?}");
        }
    }
    assert!(ran > 200, "only {ran} runs");
}

#[test]
fn nft_takes_no_rule_from_a_value() {
    let mut loaded = 0;
    let hostile =
        ["a;b", "x } table inet evil {", "q\"", "a*", "a\n\ttable inet evil { }", "$x", "qvm0", "{ a, b }", "#"];
    for (number, text) in hostile.iter().enumerate() {
        let project = Project::of("other-names.org");
        // Addresses, numbers and the names of tables stay as they are.
        let model = replaced(model(&project.networks[0], &project.name), text, |leaf| leaf.kind == QuoteKind::Text);
        let artifacts = render_model(&project.request(), &model, &project.sources, &mut Vec::new());
        let rules: Vec<Artifact> = artifacts.into_iter().filter(|it| it.path.ends_with("network.nft")).collect();
        for file in write(&rules, &format!("hostile-rules-{number}")) {
            let list = format!("nft -f {} 2>/dev/null; nft list tables", file.display());
            let output = run("unshare", &["-rn", "sh", "-c", &list], Path::new("/"));
            let tables = String::from_utf8(output.stdout).unwrap();
            assert!(!tables.contains("evil"), "{text:?} gave {tables}");
            loaded += 1;
        }
    }
    assert!((1..hostile.len()).contains(&loaded), "{loaded} files: some texts can be quoted and some cannot");
}

#[test]
fn dnsmasq_takes_no_option_from_a_value() {
    let (mut files, mut refused) = (0, 0);
    let hostile =
        ["a\ndhcp-script=/bin/false", "a\rconf-file=/etc/passwd", "a,set:b", "a#b", "\"a", "a\\nb", "tag:x", "ok"];
    for (number, text) in hostile.iter().enumerate() {
        let project = Project::of("other-names.org");
        let model = replaced(model(&project.networks[0], &project.name), text, |leaf| leaf.kind == QuoteKind::Text);
        let artifacts = render_model(&project.request(), &model, &project.sources, &mut Vec::new());
        let configurations: Vec<Artifact> =
            artifacts.into_iter().filter(|it| it.text.contains("What svc-up.sh gives to dnsmasq")).collect();
        refused += usize::from(configurations.is_empty());
        for file in write(&configurations, &format!("hostile-dnsmasq-{number}")) {
            let written = fs::read_to_string(&file).unwrap();
            let options: Vec<&str> = written.split(['\n', '\r']).filter_map(|line| line.split('=').next()).collect();
            assert!(!options.contains(&"dhcp-script") && !options.contains(&"conf-file"), "{text:?} gave {written}");
            run("dnsmasq", &["--test", &format!("--conf-file={}", file.display())], Path::new("/"));
            files += 1;
        }
    }
    assert!(files > 0 && refused > 0, "{files} files, {refused} refused: some texts can be written and some cannot");
}
