"""The wheel: made by maturin, and used by pip, by hooks of the pre-commit framework and by CI as `init` writes it.

What stands for a runner has no Rust toolchain to fall back on: what is installed comes from the wheel.
"""

import os
import re
import unittest
import zipfile

import yaml

import support
from support import ROOT, Case, attempt, git, run


def setUpModule():
    global wheel, fresh
    made = support.scratch(unittest.addModuleCleanup)
    # The folder of the program that is tested.
    target = support.PROGRAM.parent.parent
    as_tested = {"CARGO": ROOT / "tests/packages/cargo-as-tested", "CARGO_TARGET_DIR": target, "PACKED": support.packed()}
    run("maturin", "build", "--out", made, env={**os.environ, **as_tested})
    (wheel,) = made.glob("*.whl")
    # What a runner has: Python with pip, and no program of ours.
    python = made / "python"
    run("python3", "-m", "venv", python)
    cargo = python / "bin/cargo"
    cargo.write_text("#!/bin/sh\necho 'nothing is to be compiled' >&2\nexit 1\n")
    cargo.chmod(0o755)
    fresh = {"PATH": f"{python}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class Wheel(Case):
    def setUp(self):
        super().setUp()
        self.home = {**fresh, "HOME": self.folder / "home"}
        (self.folder / "home").mkdir()

    def test_pip_installs_the_program_from_it_alone(self):
        place = self.folder / "installed"
        run("python3", "-m", "pip", "install", "--no-index", "--target", place, wheel, env=self.home)
        self.assertIn("up to date", run(place / "bin/qvm-tangle", "check", cwd=self.project(), env=self.home))

    def test_it_names_version_licences_and_the_oldest_c_library(self):
        version = run(support.PROGRAM, "--version").split()[-1]
        self.assertRegex(wheel.name, rf"^qvm_tangle-{re.escape(version)}-py3-none-manylinux_2_\d+_\w+\.whl$")
        archive = zipfile.ZipFile(wheel)
        names = archive.namelist()
        described = archive.read(f"qvm_tangle-{version}.dist-info/METADATA").decode()
        self.assertIn("\nSummary: Compile one literate Org document", described)
        self.assertIn("\nLicense: MIT OR Apache-2.0\n", described)
        program = archive.read(f"qvm_tangle-{version}.data/scripts/qvm-tangle")
        self.assertEqual(len(program), support.packed().stat().st_size)
        for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
            self.assertTrue(any(name.endswith(f"/licenses/{licence}") for name in names), names)

    def test_a_hook_installs_it_without_building_and_refuses_what_differs(self):
        project = self.project("--pre-commit", "--from", str(wheel))
        home = {**self.home, "PATH": f"{os.environ['PATH'].split(':')[0]}:{self.home['PATH']}"}
        self.assertIn("Passed", run("pre-commit", "run", cwd=project, env=home))
        document = project / "network.org"
        document.write_text(document.read_text().replace("10.44.0.11", "10.44.0.12"))
        git(project, "add", "--all")
        self.fails("qvm-tangle", "pre-commit", "run", cwd=project, env=home)
        run(support.PROGRAM, cwd=project)
        git(project, "add", "--all")
        self.assertIn("Passed", run("pre-commit", "run", cwd=project, env=home))

    def test_the_workflow_of_github_runs_as_init_writes_it(self):
        project = self.project("--ci", "github", "--from", str(wheel))
        workflow = yaml.safe_load((project / ".github/workflows/qvm-tangle.yml").read_text())
        steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
        self.passes_and_then_refuses(project, steps, workflow["env"])

    def test_the_job_of_gitlab_runs_as_init_writes_it(self):
        project = self.project("--ci", "gitlab", "--from", str(wheel))
        job = yaml.safe_load((project / ".gitlab-ci.yml").read_text())["qvm-tangle"]
        self.passes_and_then_refuses(project, job["script"], job["variables"])
        self.assertIn(".cache/qvm-tangle/", job["cache"]["paths"])

    def test_the_action_installs_once_and_refuses_what_differs(self):
        project = self.project()
        inputs = {"documents": "\nnetwork.org\n\n", "check": "true", "rehearse": "false", "from": str(wheel)}
        self.assertIn("Successfully installed", self.act(project, inputs))
        (project / "generated/up.sh").write_text("exit\n")
        with self.assertRaisesRegex(AssertionError, "::error .*up.sh"):
            self.act(project, {**inputs, "from": "what could not be installed again"})

    def test_the_action_rehearses_when_asked_to(self):
        project = self.project()
        with open(project / "network.org", "a") as document:
            document.write("\n* DNS\n\n#+begin_src conf :tangle dnsmasq.conf\nno-such-option\n#+end_src\n")
        inputs = {"documents": "", "check": "false", "rehearse": "true", "from": str(wheel)}
        with self.assertRaisesRegex(AssertionError, "::error file=network.org"):
            self.act(project, inputs)

    def test_the_action_knows_its_own_source_by_what_builds_it(self):
        project = self.project()
        nothing = {"documents": "", "check": "false", "rehearse": "false", "from": ""}
        keys = [self.key(project, {**nothing, "from": source}) for source in ("", "", "a", "b")]
        self.assertEqual(keys[0], keys[1])
        self.assertEqual(len(set(keys)), 3)
        self.assertTrue(all(re.fullmatch(r"[a-z0-9]+-[0-9a-f]{64}", key) for key in keys), keys)

    def passes_and_then_refuses(self, project, steps, variables):
        environment = {**self.home, **variables}
        for step in steps:
            run("bash", "-eo", "pipefail", "-c", step, cwd=project, env=environment)
        with open(project / "generated/up.sh", "a") as script:
            script.write("exit\n")
        *before, last = steps
        for step in before:
            run("bash", "-eo", "pipefail", "-c", step, cwd=project, env={**environment, "QVM_TANGLE": "from the cache"})
        self.assertEqual(attempt("bash", "-eo", "pipefail", "-c", last, cwd=project, env=environment).returncode, 3)

    def key(self, project, inputs):
        return re.search("key=(.*)", self.act(project, inputs, only="source")).group(1)

    def act(self, project, inputs, only=None):
        """Runs the steps of the action as GitHub does, but for those of others and those that change the machine."""
        known = {f"inputs.{name}": value for name, value in inputs.items()}
        known["github.action_path"] = str(ROOT)
        known["inputs.from || github.action_path"] = inputs["from"] or str(ROOT)
        output = self.folder / "output"
        output.write_text("")
        said = ""
        for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]:
            condition = re.fullmatch(r"(\S+) == '(.*)'", step.get("if", "'' == ''"))
            wanted = known.get(condition[1], "''") == condition[2] or "if" not in step
            if "run" not in step or "sudo" in step["run"] or not wanted or only not in (None, step.get("id")):
                continue
            filled = {
                name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], value)
                for name, value in step.get("env", {}).items()
            }
            environment = {**self.home, **filled, "GITHUB_OUTPUT": output}
            self.assertEqual(step["shell"], "bash")
            said += run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], cwd=project, env=environment)
        return said + output.read_text()
