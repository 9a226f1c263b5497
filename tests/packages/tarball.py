"""The archive of the static program: unpacked anywhere, it runs, and has what describes it."""

import support
from support import ROOT, Case, run


class Tarball(Case):
    def test_an_unpacked_archive_has_the_program_and_its_papers(self):
        archive = support.path_from(ROOT / "packaging/tarball", support.packed(), "any-target", self.folder / "dist")
        run("tar", "--extract", "--file", archive, "--directory", self.folder)
        version = run(support.PROGRAM, "--version").split()[-1]
        unpacked = self.folder / f"qvm-tangle-{version}-any-target"
        self.assertIn("up to date", run(unpacked / "qvm-tangle", "check", cwd=self.project()))
        names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
        papers = {"LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "third-party-licences.gz"}
        parts = {"man/qvm-tangle.1", "completions/_qvm-tangle", "emacs/qvm-tangle.el"}
        self.assertLessEqual(papers | parts, names)
        self.assertFalse({"changelog.Debian", "copyright"} & names)
