"""The Debian package: made by cargo-deb, installed by dpkg below a folder, and used from there."""

import gzip
import os
import pathlib
import re
import shutil
import unittest

import support
from support import ROOT, Case, attempt, run

# Who is not root installs as the root of a user namespace.
AS_ROOT = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]


def setUpModule():
    global package, root
    made = support.scratch(unittest.addModuleCleanup)
    package = support.path_from(ROOT / "packaging/deb", support.packed(), made / "dist")
    root = made / "root"
    install(root)


def install(below):
    for folder in ("info", "updates", "triggers"):
        (below / "var/lib/dpkg" / folder).mkdir(parents=True)
    (below / "var/lib/dpkg/status").touch()
    dpkg(below, "--install", package)


def dpkg(below, *arguments):
    # What it depends on is on the machine, not below the folder.
    run(*AS_ROOT, "dpkg", "--root", below, "--force-depends", "--log", "/dev/null", *arguments)


def field(name):
    return run("dpkg-deb", "--field", package, name).strip()


class DebianPackage(Case):
    def test_the_installed_program_works(self):
        program = root / "usr/bin/qvm-tangle"
        self.assertIn("up to date", run(program, "check", cwd=self.project()))
        self.assertTrue(field("Version").startswith(run(program, "--version").split()[-1] + "-"))

    def test_it_needs_the_c_library_alone_and_names_packages_that_there_are(self):
        self.assertEqual({name.split()[0] for name in field("Depends").split(", ")} - {"libgcc-s1"}, {"libc6"})
        named = [*field("Recommends").split(", "), *field("Suggests").split(", ")]
        self.assertIn("dnsmasq-base", named)
        known = run("apt-cache", *self.lists(), "show", "--no-all-versions", *named)
        for name in named:
            self.assertIn(f"Package: {name}\n", known)

    def lists(self):
        """Options for Debian's lists of packages: the machine's, or where it has none, those of this test."""
        if any(pathlib.Path("/var/lib/apt/lists").glob("*Packages*")):
            return []
        options = ["-o", f"Dir::State::lists={self.folder}/lists", "-o", f"Dir::Cache={self.folder}"]
        (self.folder / "lists/partial").mkdir(parents=True)
        run("apt-get", *options, "update")
        return options

    def test_every_command_has_its_manual_page(self):
        pages = root / "usr/share/man/man1"
        listed = run(support.PROGRAM, "--help").split("Commands:\n")[1].split("\n\n")[0]
        commands = re.findall(r"^  ([a-z]+)  ", listed, re.MULTILINE)
        self.assertGreater(len(commands), 10)
        names = ["qvm-tangle", *(f"qvm-tangle-{command}" for command in commands if command != "help")]
        self.assertEqual(sorted(os.listdir(pages)), sorted(f"{name}.1.gz" for name in names))
        for name in names:
            self.assertIn(f".TH {name} 1", gzip.open(pages / f"{name}.1.gz", "rt").read())

    def test_bash_completes_by_the_installed_script(self):
        script = root / "usr/share/bash-completion/completions/qvm-tangle"
        asked = "COMP_WORDS=(qvm-tangle reh) COMP_CWORD=1; _qvm__tangle qvm-tangle reh qvm-tangle; echo ${COMPREPLY[*]}"
        self.assertEqual(run("bash", "-c", f". '{script}'; {asked}"), "rehearse\n")

    def test_other_shells_find_their_completions(self):
        zsh = root / "usr/share/zsh/vendor-completions/_qvm-tangle"
        fish = root / "usr/share/fish/vendor_completions.d/qvm-tangle.fish"
        self.assertTrue(zsh.read_text().startswith("#compdef qvm-tangle\n"))
        self.assertIn("complete -c qvm-tangle", fish.read_text())

    def test_emacs_knows_the_mode_without_a_line_of_configuration(self):
        lisp = f"""
          (progn
            (setq package-directory-list '("{root}/usr/share/emacs/site-lisp/elpa") package-user-dir "{self.folder}/elpa")
            (require 'package)
            (package-activate-all)
            (global-qvm-tangle-mode)
            (message "%s from %s" global-qvm-tangle-mode (symbol-file 'qvm-tangle-mode)))"""
        said = run("emacs", "-Q", "--batch", "--eval", lisp)
        self.assertIn(f"t from {root}/usr/share/emacs/site-lisp/elpa/qvm-tangle/qvm-tangle.el", said)

    def test_it_says_what_is_new_and_under_which_licences(self):
        documents = root / "usr/share/doc/qvm-tangle"
        self.assertEqual(gzip.open(documents / "changelog.gz", "rt").read(), (ROOT / "CHANGELOG.md").read_text())
        licences = (documents / "copyright").read_text()
        self.assertIn("License: Expat or Apache-2.0", licences)
        self.assertIn("Permission is hereby granted", licences)
        crates, *texts = gzip.open(documents / "third-party-licences.gz", "rt").read().split("\n" + "-" * 80 + "\n")
        for name, linked in [("serde_json", True), ("syn", False), ("serde-sarif", False), ("windows-sys", False)]:
            self.assertEqual(re.search(f"^  {name} ", crates, re.MULTILINE) is not None, linked, name)
        (of_memchr,) = [text for text in texts if re.match(r".*\bmemchr\b.*\n\nThe MIT License", text)]
        self.assertIn("Copyright (c) 2015 Andrew Gallant", of_memchr)

    @unittest.skipUnless(support.FULL, "packing takes long without optimisation")
    def test_the_same_program_gives_the_same_package(self):
        program = self.folder / "qvm-tangle"
        shutil.copy(root / "usr/bin/qvm-tangle", program)
        again = support.path_from(ROOT / "packaging/deb", program, self.folder / "dist")
        self.assertEqual(open(again, "rb").read(), open(package, "rb").read())

    def test_a_program_that_is_not_there_gives_no_package(self):
        self.assertNotEqual(attempt(ROOT / "packaging/deb", "/nowhere", self.folder / "dist").returncode, 0)
        self.assertFalse((self.folder / "dist").exists())

    def test_removed_it_leaves_nothing(self):
        install(self.folder)
        self.assertTrue((self.folder / "usr/bin/qvm-tangle").exists())
        dpkg(self.folder, "--purge", "qvm-tangle")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["var"])

    @unittest.skipUnless(support.FULL, "lintian is a hundred packages of Debian")
    def test_lintian_finds_no_fault(self):
        suppressed = ROOT / "packaging/lintian-suppressed"
        said = run("lintian", "--allow-root", "--fail-on", "warning", "--suppress-tags-from-file", suppressed, package)
        self.assertEqual(said.strip(), "")
