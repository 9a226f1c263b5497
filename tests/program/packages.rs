//! What packages install beside the program, made by it: completions, manual pages, the schema of the configuration.

use serde_json::Value;

use crate::support::Project;

#[test]
fn every_shell_gets_completions() {
    let project = Project::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = project.run(&["completions", shell]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("rehearse") && ran.out.contains("out-dir"), "{shell}");
    }
    assert_eq!(project.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn bash_reads_its_completions() {
    let project = Project::new();
    project.write("completions", &project.run(&["completions", "bash"]).out);
    let script = "set -eu; . ./completions; COMP_WORDS=(qvm-tangle reh); COMP_CWORD=1; _qvm__tangle qvm-tangle reh qvm-tangle; \
                  echo \"${COMPREPLY[*]}\"";
    let mut bash = std::process::Command::new("bash");
    let output = bash.args(["-c", script]).current_dir(project.path("")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "rehearse\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_program_and_each_command_have_a_manual_page() {
    let project = Project::new();
    let page = project.run(&["man"]).out;
    assert!(page.contains(".TH qvm-tangle 1") && page.contains("Exit codes:"), "{page}");
    for command in ["check", "rehearse", "explain"] {
        let page = project.run(&["man", command]).out;
        assert!(page.contains(&format!(".TH qvm-tangle-{command} 1")), "{page}");
    }
    assert!(project.run(&["man", "chekc"]).err.contains("there is no command `chekc`"));
}

#[test]
fn the_schema_of_the_configuration_knows_its_keys_and_codes() {
    let schema: Value = serde_json::from_str(&Project::new().run(&["show", "config-schema"]).out).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    for key in [
        "documents",
        "out-dir",
        "languages",
        "allow-outside",
        "levels",
        "lint",
        "graph",
        "for-each",
        "optional-outputs",
    ] {
        assert!(properties.contains_key(key), "{key}");
    }
    let levels = &properties["levels"]["properties"];
    assert_eq!(levels["missing-shebang"]["enum"], serde_json::json!(["error", "warning", "allow"]));
}
