//! Scripts with values where they may stand and where they may not.

use std::ops::Range;

use super::{PlacedValue, refused};
use crate::shell::{LazyLexer, ScriptLayout, lex};

/// A script with values between « and » for bash, and between ‹ and › for nft.
#[track_caller]
fn check(script: &str, fits: bool) {
    let mut text = String::new();
    let mut values = Vec::new();
    let mut start = 0;
    for c in script.chars() {
        match c {
            '«' | '‹' => start = text.len(),
            '»' | '›' => values.push(PlacedValue { range: start..text.len(), for_shell: c == '»' }),
            c => text.push(c),
        }
    }
    let ranges: Vec<_> = values.iter().map(|value| value.range.clone()).collect();
    check_beginning(&text, &ranges);
    let found = refused(&text, &values);
    assert_eq!(found.is_none(), fits, "{script}\n{found:?}");
}

/// What comes after the last value changes nothing before it.
#[track_caller]
fn check_beginning(text: &str, values: &[Range<usize>]) {
    let mut lexer = LazyLexer::to_last_value(text, values, ScriptLayout::Exact);
    let whole = lex(text, values, ScriptLayout::Exact);
    assert!(whole.tokens.starts_with(lexer.tokens()), "{text}");
    let end = lexer.tokens().last().map_or(0, |token| token.end as usize);
    let before_end = |doubt: Option<usize>| doubt.filter(|at| *at < end);
    assert_eq!(before_end(lexer.uncertain()), before_end(whole.uncertain), "{text}");
    lexer.to_end();
    assert_eq!((lexer.tokens(), lexer.uncertain()), (&whole.tokens[..], whole.uncertain), "{text}");
}

#[test]
fn a_value_may_stand_in_code_and_comments() {
    check("name=«cp»\n", true);
    check("list=(«cp» «'wk 1'»)\n[[ $x == «cp» ]] && echo «cp»/x\n", true);
    check("declare -A a=([«cp»]=«x»)\n", true);
    check("readonly a=(«cp»)\ndeclare -Ar b=(\n  [«cp»]=«x»\n)\n", true);
    check("# about «'it''s'»\nname=«cp»\n", true);
    check("echo \"$(echo «cp»)\" it\\'s «cp»\n", true);
    check("x=\"a\"«cp»'b'; y=${#x[@]}; echo «cp»\n", true);
    check("echo $# «cp» a#b «cp»\n", true);
    check("cat <<<«cp» >«x»/y\n", true);
    check("for x in «cp» a-«wk».b; do echo; done\n", true);
    check("case $1 in «cp») a «x» ;; (b | «wk») b ;; esac\n", true);
    check("if [[ $1 == «cp» ]]; then f «cp»; fi; local x=«cp» y=«x»\n", true);
    check("sudo -u x ip link add dev «cp» type x «y»:«z»\n", true);
}

#[test]
fn a_value_may_not_stand_in_quotes_or_arithmetic() {
    for script in [
        "name=\"«cp»\"",
        "name='«cp»'",
        "name=$'«cp»'",
        "name=$\"«cp»\"",
        "name=`echo «cp»`",
        "name=${x:-«cp»}",
        "echo $((1 + «2»))",
        "if ((«2» > 1)); then :; fi",
        "echo $[«2»]",
        "for ((i = «2»; ; )); do :; done",
        "echo \"$(echo \"«cp»\")\"",
        "echo 'it'\\''s' \"«cp»\"",
        "a[«cp»]=x",
        "a=([«cp»]=x)",
        "echo ${a[«cp»]}",
        "echo $((1 + $(echo «cp»)))",
        "echo ${x:-$(echo «cp»)}",
        "echo @(«cp»|x)",
        "[[ $x =~ («cp») ]]",
        "declare -ia a=([1]=«cp»)",
        "declare -A b; a=([«cp»]=x)",
    ] {
        check(&format!("{script}\n"), false);
    }
}

#[test]
fn no_branch_of_a_case_hides_quotes() {
    check("x=\"$(case a in a) printf %s \"«cp»\" ;; esac)\"\n", false);
    check("x=\"$(case a in (a) printf %s \"«cp»\" ;; esac)\"\n", false);
    check("x=$(case a in a) case b in b) echo ;; esac ;& b) echo \"«cp»\" ;; esac)\n", false);
    check("x=$(case a in a) printf %s «cp» ;; esac) y=«cp»\n", true);
}

#[test]
fn no_array_in_a_substitution_holds_values() {
    check("x=$(a=(«cp»); echo)\n", false);
    check("cat <(declare -A a=([«cp»]=x))\n", false);
    check("x=$(a=«cp»; echo «cp»)\n", true);
    check("(a=(«cp»))\n", true);
}

#[test]
fn what_stands_beside_a_value_leaves_its_quotes_alone() {
    for script in [
        "echo $«x»",
        "echo \\«cp»",
        "echo $a«x»",
        "echo $1«x»",
        "echo ~«x»",
        "echo «2»>f",
        "echo «2»<f",
        "echo {a,«b»}",
        "echo {1..«9»}",
        "echo x«y»(a)",
        "echo [«a»]*",
        "x=$«y»",
        "echo a\\\n«x»",
        "echo a*«b»",
        "x=a:~«b»",
    ] {
        check(&format!("{script}\n"), false);
    }
}

#[test]
fn a_value_names_nothing() {
    for script in [
        "«cp» x",
        "x=1 «cp»",
        "if «cp»; then :; fi",
        "a | «cp»",
        "«cp»=1",
        "a«cp»=1",
        "for «cp» in a; do :; done",
        "function «cp» { :; }",
        "«cp»() { :; }",
        "cat <<«cp»\ncp",
        "exec {«cp»}>f",
        "echo >&«2»",
        "coproc «cp»",
        "time «cp»",
        "! «cp»",
        "exec «cp»",
        "sudo «cp» x",
        "env A=b «cp»",
        "command «cp»",
        "export «cp»",
        "declare «cp»=x",
        "x=«a» «b»",
        "read «cp»",
        "unset «cp»",
        "{ «cp»; }",
        "( «cp» )",
        "case x in a) «cp» ;; esac",
    ] {
        check(&format!("{script}\n"), false);
    }
    check("#!/bin/«cp»\n", false);
}

#[test]
fn what_is_evaluated_again_takes_no_value() {
    for script in [
        "eval «cp»",
        "eval echo «cp»",
        "trap «cp» EXIT",
        "alias x=«cp»",
        "let x=«2»",
        ". «cp»",
        "source «cp»",
        "bash -c «cp»",
        "sudo sh -ec «cp»",
        "timeout 5 bash -c «cp»",
        "[ -v «cp» ]",
        "[[ -v «cp» ]]",
        "[[ $x -eq «2» ]]",
        "[[ «2» -eq $x ]]",
        "[ «a» «b» ]",
        "printf -v «cp» x",
        "printf «a» «b»",
        "declare -i x=«2»",
        "local -n x=«cp»",
        "declare -i x\nx=«2»",
        "x=«2»\ndeclare -i y=1 x",
        "PS4=«cp»",
        "PATH=«cp»:/bin",
        "declare -i x\nfor x in «2»; do :; done",
        "[[ x =~ «cp» ]]",
        "\\eval «cp»",
        "command eval «cp»",
        "builtin eval «cp»",
        "mapfile -C «cp» x",
    ] {
        check(&format!("{script}\n"), false);
    }
}

#[test]
fn where_it_is_not_certain_what_the_shell_reads_there_are_no_values() {
    for script in [
        "x=$((a); b) «cp»",
        "echo $(cat <<E)\nE\necho «cp»",
        "echo x(y) «cp»",
        "shopt -s extglob; echo !(a) «cp»",
        "echo \"${x:-'}'}\" «cp»",
        "echo ${ echo; } «cp»",
        "echo $$(a) «cp»",
        "a\\\nb «cp»",
        ") «cp»",
        "x «cp»\0",
        "\0 x «cp»",
        "cat <<E\n$(\nE\ncat <<$x\n$x\necho «cp»",
        "echo 'a «cp»",
        "x\r\necho «cp»",
    ] {
        check(&format!("{script}\n"), script == "x «cp»\0");
    }
    check("#!/usr/bin/env python3\nx «cp»\n", false);
    check("#!/bin/sh\nx «cp»\n", true);
    check("#!/bin/sh\nx «$'a\\tb'»\n", false);
    check("#!/bin/sh\n[[ a == b ]]\nx «cp»\n", false);
    check("#!/bin/bash\nx «$'a\\tb'»\n", true);
    check("#!/usr/bin/env -S bash -e\nx «$'a\\tb'»\n", true);
}

#[test]
fn a_here_document_holds_values_of_another_language_if_bash_leaves_it_alone() {
    check("cat <<'END'\niifname ‹\"qvm0\"›\nEND\necho «cp»\n", true);
    check("cat <<'A' <<-\"B\"\n‹x›\nA\n\t‹x›\n\tB\necho «cp»\n", true);
    check("cat <<'END'\n#!/bin/bash\nname=«cp»\nEND\necho «cp»\n", true);
    check("cat <<'END'\n#!/bin/bash\nname='«cp»'\nEND\n", false);
    check("cat <<'END'\n#!/bin/bash\ncat <<'IN'\n#!/bin/bash\nname=«cp»\nIN\nEND\n", false);
    check("cat <<END\niifname ‹\"qvm0\"›\nEND\n", false);
    check("cat <<END\n#!/bin/bash\nname=«cp»\nEND\n", false);
    check("cat <<'END'\n«cp»\nEND\n", false);
    check("cat <<'END'\n‹END›\nEND\n", false);
    check("cat <<'END'\n‹x\nEND\ny›\nEND\n", false);
    check("echo ‹x›\n", false);
    check("# ‹x›\n", false);
    check("f() {\n  cat <<'END'\nit's \"\n‹x›\nEND\n}\necho «cp»\n", true);
}
