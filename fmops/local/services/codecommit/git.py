"""A bare git repository, driven by git's own plumbing."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MODES = {"NORMAL": "100644", "EXECUTABLE": "100755", "SYMLINK": "120000"}
FILE_MODES = {mode: name for name, mode in MODES.items()}


class GitError(RuntimeError):
    """git refused; the message is what it printed."""


@dataclass(frozen=True)
class Entry:
    """One line of a tree: `kind` is blob, tree or commit (a submodule)."""

    mode: str
    kind: str
    sha: str
    path: str


@dataclass(frozen=True)
class Commit:
    """A commit as git records it; dates are `<seconds> <zone>`."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


def environment() -> dict[str, str]:
    """git's environment: nobody's personal settings."""
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


@dataclass(frozen=True)
class Git:
    """A repository's folder."""

    path: Path

    def run(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Output of a git command. Raises GitError."""
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", str(self.path), *args],
            input=stdin,
            capture_output=True,
            env={**environment(), **(env or {})},
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace").strip() or f"git {args[0]} failed")
        return done.stdout

    def line(self, *args: str) -> str:
        """Output of a git command that prints one line; empty when git refuses."""
        try:
            return self.run(*args).decode().strip()
        except GitError:
            return ""

    def create(self) -> None:
        """Makes the repository; pushes over HTTP may do what CodeCommit lets them do."""
        self.path.mkdir(parents=True)
        self.run("init", "--quiet", "--bare", "--initial-branch=main")
        for setting in ("http.receivepack=true", "uploadpack.allowAnySHA1InWant=true", "gc.auto=0"):
            self.run("config", *setting.split("="))

    def references(self) -> dict[str, str]:
        """Branches and tags: full name -> commit id."""
        lines = self.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}

    def branches(self) -> dict[str, str]:
        """Branch name -> commit id."""
        return {
            name.removeprefix("refs/heads/"): sha
            for name, sha in self.references().items()
            if name.startswith("refs/heads/")
        }

    def default_branch(self) -> str | None:
        """The branch that HEAD names, once it exists."""
        name = self.line("symbolic-ref", "--short", "HEAD")
        return name if name in self.branches() else None

    def resolve(self, specifier: str) -> str | None:
        """Commit id of a branch, tag, full reference or (abbreviated) commit id."""
        for candidate in (f"refs/heads/{specifier}", specifier):
            if sha := self.line("rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}"):
                return sha
        return None

    def commit(self, sha: str) -> Commit:
        """Reads a commit. Raises GitError."""
        head, _, message = self.run("cat-file", "commit", sha).decode(errors="replace").partition("\n\n")
        fields = [line.partition(" ")[::2] for line in head.splitlines() if not line.startswith(" ")]
        people = {name: _person(value) for name, value in fields if name in ("author", "committer")}
        parents = tuple(value for name, value in fields if name == "parent")
        return Commit(sha, dict(fields)["tree"], parents, people["author"], people["committer"], message.rstrip("\n"))

    def entries(self, commit: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        """What a commit holds at `path` (a folder, "" for the root)."""
        args = ["ls-tree", "-z", "--full-tree", *(["-r"] if recursive else []), commit]
        out = self.run(*args, *([f"{path}/"] if path else [])).decode()
        return [_entry(line) for line in out.split("\0") if line]

    def entry(self, commit: str, path: str) -> Entry | None:
        """A single file or folder of a commit."""
        line = self.run("ls-tree", "-z", "--full-tree", commit, path).decode().rstrip("\0")
        return _entry(line) if line else None

    def blob(self, sha: str) -> bytes:
        """A file's content."""
        return self.run("cat-file", "blob", sha)

    def write_blobs(self, contents: Iterable[bytes]) -> list[str]:
        """Stores contents; their ids, in order."""
        with tempfile.TemporaryDirectory(dir=self.path) as folder:
            paths = []
            for index, content in enumerate(contents):
                paths.append(Path(folder, str(index)))
                paths[-1].write_bytes(content)
            listing = "".join(f"{path}\n" for path in paths).encode()
            return self.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listing).decode().split()

    def write_commit(
        self,
        parent: str | None,
        changes: Mapping[str, tuple[str, str] | None],
        message: str,
        author: tuple[str, str],
    ) -> str:
        """A commit on top of `parent`; no reference moves.

        Args:
            changes: path -> (mode, blob id), or None to remove the path.
            author: name and e-mail.
        """
        with tempfile.TemporaryDirectory(dir=self.path) as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            if parent:
                self.run("read-tree", parent, env=index)
            zero = "0" * 40
            lines = [f"0 {zero}\t{path}\0" for path, change in changes.items() if change is None]
            lines += [f"{change[0]} {change[1]}\t{path}\0" for path, change in changes.items() if change]
            self.run("update-index", "-z", "--index-info", stdin="".join(lines).encode(), env=index)
            tree = self.run("write-tree", env=index).decode().strip()
        who = {"NAME": author[0], "EMAIL": author[1]}
        people = {f"GIT_{kind}_{name}": value for kind in ("AUTHOR", "COMMITTER") for name, value in who.items()}
        parents = ["-p", parent] if parent else []
        return self.run("commit-tree", tree, *parents, stdin=message.encode(), env=people).decode().strip()

    def archive(self, commit: str) -> bytes:
        """The commit's files as a ZIP archive."""
        return self.run("archive", "--format=zip", commit)


def _entry(line: str) -> Entry:
    about, _, path = line.partition("\t")
    mode, kind, sha = about.split(" ")
    return Entry(mode, kind, sha, path)


def _person(value: str) -> tuple[str, str, str]:
    name, _, rest = value.partition(" <")
    email, _, date = rest.partition("> ")
    return name, email, date
