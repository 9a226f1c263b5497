"""Runs the shell blocks of a page in one shell, in order, and holds what they print against what the page shows: page.py PAGE SHELL...

- A block `sh` is run. The next block `text` is what it prints, on both streams; `...` on a line of its own stands for any lines, and `…`
  for any text within a line.
- The comment `<!-- exits with N -->` before a block says how it ends, where that is not with 0.
- A table in a block `org` after the comment `<!-- in FILE -->` takes the place of the table of that file that begins with the same word,
  or stands at its end.

Each block is one fact. Nothing is run after one that ends otherwise, or takes longer than five minutes. SHELL is the command that
a shell is started by.
"""

import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading

PART = re.compile(r"(?m)^<!-- (?P<comment>.*?) -->$|^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL)


def steps(page):
    """Dictionaries: a line, a kind, its text, what the comment before it said, and what is shown after it."""
    found, comment = [], ""
    for part in PART.finditer(page):
        if part["comment"]:
            comment = part["comment"]
            continue
        if part["kind"] == "text":
            assert found[-1]["shown"] is None, "a block `text` follows none that is run"
            found[-1]["shown"] = part["text"]
        else:
            line = page.count("\n", 0, part.start()) + 1
            found.append({"line": line, "kind": part["kind"], "text": part["text"], "comment": comment, "shown": None})
        comment = ""
    return found


def pattern(shown):
    """What is shown, as a regular expression."""
    lines = (r"(?:.*\n)*?" if line == "..." else "[^\n]*".join(map(re.escape, line.split("…"))) + r"\n" for line in shown.splitlines())
    return re.compile("".join(lines))


class Shell:
    """A shell that runs files which are named to it, so that no command can take the next ones for its input."""

    LOOP = 'while read -r file <&9; do status=0; trap "status=\\$?" ERR; source "$file" </dev/null; trap - ERR; echo "$1 $status"; done 9<&0'

    def __init__(self, command, folder):
        self.mark = secrets.token_hex(8)
        self.process = subprocess.Popen(
            [*command, "bash", "-c", self.LOOP, "page", self.mark], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.block = folder / "block"

    def run(self, text):
        """What it prints, and the status of the last command that failed."""
        self.block.write_text(text)
        self.process.stdin.write(f"{self.block}\n")
        self.process.stdin.flush()
        said, patience = "", threading.Timer(300, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                # What a program prints without an end of line stands before the mark.
                before, mark, status = line.partition(self.mark)
                said += before
                if mark:
                    return said, int(status)
            return said, None
        finally:
            patience.cancel()


def put_table(shell, file, table):
    """Edits as the reader does, in the folder where the shell is."""
    path = pathlib.Path(shell.run("pwd")[0].strip(), file)
    text, head = path.read_text(), table.split()[1]
    old = re.compile(rf"(?m)^\| *{head} .*\n(?:\|.*\n)*")
    path.write_text(old.sub(lambda _: table, text) if old.search(text) else f"{text}\n{table}")


def run(page, shell):
    """Whether all of the page is as it says."""
    holds = True
    for step in steps(page.read_text()):
        if step["kind"] == "org" and step["comment"].startswith("in "):
            put_table(shell, step["comment"].removeprefix("in "), step["text"])
        if step["kind"] != "sh":
            continue
        expected = int(step["comment"].removeprefix("exits with ")) if step["comment"] else 0
        said, status = shell.run(step["text"])
        problem = [] if status == expected else [f"status {status}, not {expected}"]
        if step["shown"] is not None and not pattern(step["shown"]).fullmatch(said.removesuffix("\n") + "\n"):
            problem += ["it does not print what is shown:", step["shown"]]
        fact = f"{page.name}:{step['line']}: {step['text'].splitlines()[0]}"
        print(f"not ok {fact}" if problem else f"ok {fact}", flush=True)
        if problem:
            holds = False
            print("\n".join(f"#   {line}" for line in "\n".join([*problem, "it prints:", said]).splitlines()), flush=True)
        if status != expected:
            break
    return holds


with tempfile.TemporaryDirectory() as folder:
    # Whoever runs the shell reads there.
    pathlib.Path(folder).chmod(0o755)
    sys.exit(not run(pathlib.Path(sys.argv[1]), Shell(sys.argv[2:], pathlib.Path(folder))))
