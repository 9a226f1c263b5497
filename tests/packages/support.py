"""What the tests share: the program, folders of their own, running things."""

import atexit
import functools
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
FULL = "--full" in sys.argv[2:]

# A tool from a registry may be asked for over a slow network.
LIMIT = 900


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = scratch(self.addCleanup)

    def __str__(self):
        return self._testMethodName.removeprefix("test_")

    def project(self, *arguments):
        """A new network, compiled, committed in a repository of its own."""
        project = self.folder / "project"
        run(PROGRAM, "init", "network", project, *arguments)
        run(PROGRAM, cwd=project)
        git(project, "init", "--quiet")
        git(project, "add", "--all")
        git(project, "commit", "--quiet", "--message", "begin")
        return project

    def fails(self, text, *command, **settings):
        """A command has to fail, and to say why."""
        ran = attempt(*command, **settings)
        self.assertNotEqual(ran.returncode, 0, ran.stdout)
        self.assertIn(text, ran.stdout)


@functools.cache
def packed():
    """The program without debug information, as a release build makes it."""
    program = scratch(atexit.register) / "qvm-tangle"
    run("strip", "-o", program, PROGRAM)
    return program


def scratch(clean_up):
    folder = tempfile.TemporaryDirectory()
    clean_up(folder.cleanup)
    return pathlib.Path(folder.name).resolve()


def attempt(*command, cwd=ROOT, env=None):
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=None if env is None else {name: str(value) for name, value in env.items()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def run(*command, **settings):
    """What a command printed, which has to succeed."""
    ran = attempt(*command, **settings)
    if ran.returncode:
        raise AssertionError(f"{command} ended with {ran.returncode}:\n{ran.stdout}")
    return ran.stdout


def path_from(*command):
    """The path that a command printed; what it said on the way is not part of it."""
    ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=True)
    return ran.stdout.strip()


def git(folder, *arguments):
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return run("git", *author, *arguments, cwd=folder, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
