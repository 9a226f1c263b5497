"""The files for CI, ours and those that `init` writes, read by the checkers of their fields."""

import yaml

import support
from support import ROOT, Case, run

SOURCE = "git+https://example.org/a/qvm-tangle@v0.1.0"


class FilesForCi(Case):
    def test_actionlint_finds_no_fault_in_our_workflows(self):
        run("actionlint", *sorted((ROOT / ".github/workflows").glob("*.yml")))

    def test_actionlint_finds_a_fault_that_there_is(self):
        text = (ROOT / ".github/workflows/ci.yml").read_text()
        for right, wrong, said in [
            ("runs-on: ubuntu-24.04", "runs-on: ubuntu-24.4", "is unknown"),
            ("run: .ci/run", "run: test $CI", "SC2086"),
            ("github.ref }}", "github.refs }}", "not defined"),
        ]:
            broken = self.folder / "ci.yml"
            self.assertIn(right, text)
            broken.write_text(text.replace(right, wrong))
            self.fails(said, "actionlint", broken)

    def test_shellcheck_finds_no_fault_in_the_action(self):
        for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]:
            if "run" in step:
                script = self.folder / "step.sh"
                script.write_text(f"set -eo pipefail\n{step['run']}")
                # A name in capitals comes from the step's environment.
                run("shellcheck", "--exclude", "SC2153", "--shell", step["shell"], script)

    def test_the_action_follows_its_schema(self):
        run("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")

    def test_zizmor_finds_no_weakness(self):
        run("zizmor", "--offline", "--no-progress", "--strict-collection", ROOT / ".github", ROOT / "action.yml")

    def test_actions_are_named_by_their_whole_commit(self):
        for file in [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]:
            for line in file.read_text().splitlines():
                if "uses: " in line and not line.startswith("#"):
                    self.assertRegex(line, r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

    def test_hadolint_finds_no_fault_in_the_containerfile(self):
        run("hadolint", ROOT / "Containerfile")

    def test_shellcheck_finds_no_fault_in_our_scripts(self):
        run("shellcheck", *(ROOT / "packaging" / name for name in ("deb", "files", "tarball")), ROOT / "tests/packages/run")

    def test_what_init_writes_for_github_passes_its_checkers(self):
        self.begin("--ci", "github", "--from", SOURCE)
        run("actionlint", self.folder / ".github/workflows/qvm-tangle.yml")
        run("zizmor", "--offline", "--no-progress", "--strict-collection", self.folder / ".github")

    def test_what_init_writes_for_gitlab_follows_its_schema(self):
        self.begin("--ci", "gitlab", "--from", SOURCE)
        run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", self.folder / ".gitlab-ci.yml")

    def test_what_init_writes_for_pre_commit_is_a_configuration(self):
        for arguments in (["--from", SOURCE], []):
            begun = self.folder / str(len(arguments))
            begun.mkdir()
            run(support.PROGRAM, "init", "network", begun, "--pre-commit", *arguments)
            run("pre-commit", "validate-config", begun / ".pre-commit-config.yaml")

    def test_our_hooks_are_a_manifest_of_pre_commit(self):
        run("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")

    def begin(self, *arguments):
        run(support.PROGRAM, "init", "network", self.folder, *arguments)
