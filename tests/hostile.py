"""Repositories that try to run programs, to be read outside of themselves, or to break their reader.

Not a test: builders for tests. `hostile_repository(tmp_path)` is an ordinary repository whose configuration,
attributes and hooks name programs; each program writes a file named after its vector into the canary directory
when it is run. A test reads the repository and asserts that `fired(canaries)` is empty. The other builders take a
directory to build in, return the repository's path, and say in one line what is wrong with it.

Everything is written with pygit2 or by hand: building runs no git, hence none of the programs.
"""

from __future__ import annotations

import os
import random
import shlex
import stat
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pygit2
from pygit2.enums import ObjectType

FILE, PROGRAM, LINK, SUBMODULE, TREE = b"100644", b"100755", b"120000", b"160000", b"40000"

HOOKS = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change",
    "post-merge", "post-rewrite", "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase",
    "prepare-commit-msg", "reference-transaction", "update",
)  # fmt: skip

TRANSPORTS = {"core.sshCommand", "core.gitProxy", "ext-url", "remote.uploadpack", "credential.helper", "core.askPass"}

SOURCE = b'def add(a: int, b: int) -> int:\n    """Add two numbers and return their sum."""\n    return a + b\n'
"""An ordinary Python file, from which an extractor should get something."""

ODD_NAMES = (
    b"..", b".", b".git", b".GIT", b"git~1", b"back\\slash", b"..\\up", b"new\nline.py", b"return\r.py",
    b"latin-\xe9.py", b"\xff\xfe", b"x" * 300 + b".py", b"a/b.py", b"/absolute.py", b"-option.py", b" ", b"\x1b[31m.py",
    "right-to-left-\u202eyp.txt".encode(), b"C:drive.py", b"CON", b"=1+1.py", b"<script>.py", b"nul\x01.py",
    "csi\u009b2J.py".encode(),
)  # fmt: skip
"""Names of entries that `git hash-object -t tree` refuses or that a careless reader trips over."""


def fired(canaries: Path) -> list[str]:
    """The vectors whose program was run."""
    return sorted(path.name for path in canaries.iterdir())


def git(repo: Path, *arguments: str, hardened: bool = False, stdout: int = 0) -> subprocess.CompletedProcess[bytes]:
    """Run git there: as a careless user would, or with everything off that can be; `stdout` may be a terminal."""
    flags = [
        "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "diff.external=", "protocol.allow=never",
        "log.showSignature=false", "core.alternateRefsCommand=true",
    ] if hardened else []  # fmt: skip
    switches = [part for flag in flags for part in ("-c", flag)] + ["--no-pager"] * hardened
    environment = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@x",
    }  # fmt: skip
    for name in ("GIT_PAGER", "GIT_EDITOR", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_DIR"):
        environment.pop(name, None)
    command = ["git", *switches, "-C", str(repo), *arguments]
    pipe = subprocess.PIPE
    return subprocess.run(
        command, check=False, stdout=stdout or pipe, stderr=pipe, env=environment, stdin=subprocess.DEVNULL, timeout=120
    )


def write_tree(repo: pygit2.Repository, entries: Iterable[tuple[bytes, bytes, pygit2.Oid]]) -> pygit2.Oid:
    """A tree of (mode, name, id) exactly as given: no name is checked, and the order is git's."""
    ordered = sorted(entries, key=lambda entry: entry[1] + b"/" * (entry[0] == TREE))
    return repo.odb.write(
        ObjectType.TREE, b"".join(b"%b %b\0%b" % (mode, name, oid.raw) for mode, name, oid in ordered)
    )


def write_commit(
    repo: pygit2.Repository,
    tree: pygit2.Oid,
    parents: Iterable[pygit2.Oid] = (),
    *,
    author: bytes = b"Ada <ada@example.org> 1700000000 +0000",
    header: bytes = b"",
    ref: str = "refs/heads/main",
) -> pygit2.Oid:
    """A commit with these raw header lines; `ref` and HEAD then point to it."""
    lines = [b"tree %b\n" % str(tree).encode(), *(b"parent %b\n" % str(parent).encode() for parent in parents)]
    lines += [b"author %b\ncommitter Ada <ada@example.org> 1700000000 +0000\n" % author, header, b"\nA change\n"]
    oid = repo.odb.write(ObjectType.COMMIT, b"".join(lines))
    repo.create_reference(ref, oid, force=True)
    repo.set_head(ref)
    return oid


def commit_files(repo: pygit2.Repository, files: Mapping[bytes, bytes], *parents: pygit2.Oid) -> pygit2.Oid:
    """A commit of these files in its root."""
    return write_commit(
        repo,
        write_tree(repo, [(FILE, name, repo.odb.write(ObjectType.BLOB, data)) for name, data in files.items()]),
        parents,
    )


def new_repository(path: Path, *, bare: bool = False) -> pygit2.Repository:
    """An empty repository, whatever the machine's own configuration says."""
    return pygit2.init_repository(path, bare=bare, initial_head="main")


# Programs that are named.


def hostile_repository(tmp_path: Path) -> tuple[Path, Path]:
    """A repository in which every known way to name a program is used: (repository, canary directory)."""
    canaries, programs, path = tmp_path / "canaries", tmp_path / "programs", tmp_path / "hostile"
    canaries.mkdir()
    programs.mkdir()
    repo = new_repository(path)
    attributes = b"*.py diff=evil filter=evil\n*.md filter=process\n*.txt merge=evil\n"
    files = {b"a.py": SOURCE, b"README.md": b"# Read me\n", b"n.txt": b"1\n", b".gitattributes": attributes}
    first = commit_files(repo, files)
    files[b"a.py"] = SOURCE + b"\n\ndef double(a: int) -> int:\n    return add(a, a)\n"
    tree = write_tree(repo, [(FILE, name, repo.odb.write(ObjectType.BLOB, data)) for name, data in files.items()])
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n"
    write_commit(repo, tree, [first], header=signature)
    repo.index.read_tree(tree)
    repo.index.write()
    for name, data in files.items():
        (path / os.fsdecode(name)).write_bytes(data.replace(b"sum", b"total"))  # a dirty worktree: filters are wanted
    (path / ".git" / "info").mkdir(exist_ok=True)
    (path / ".git" / "info" / "attributes").write_bytes(attributes)
    _write_config(path / ".git", programs, canaries)
    for directory, vector in ((path / ".git" / "hooks", "hook"), (programs / "hooks", "hooksPath")):
        directory.mkdir(exist_ok=True)
        for hook in HOOKS:
            _program(directory / hook, canaries / f"{vector}.{hook}")
    return path, canaries


def _write_config(git_dir: Path, programs: Path, canaries: Path) -> None:
    def run(vector: str) -> str:
        return str(_program(programs / vector, canaries / vector))

    included = programs / "included"
    included.write_text(f'[diff "evil"]\n\tcommand = {run("include.diff.command")}\n')
    with (git_dir / "config").open("a") as config:
        config.write(f"""
[core]
	fsmonitor = {run("core.fsmonitor")}
	sshCommand = {run("core.sshCommand")}
	pager = {run("core.pager")}
	editor = {run("core.editor")}
	askPass = {run("core.askPass")}
	gitProxy = {run("core.gitProxy")}
	alternateRefsCommand = {run("core.alternateRefsCommand")}
	hooksPath = {programs / "hooks"}
[sequence]
	editor = {run("sequence.editor")}
[diff]
	external = {run("diff.external")}
[diff "evil"]
	textconv = {run("diff.textconv")}
[filter "evil"]
	clean = {run("filter.clean")}
	smudge = {run("filter.smudge")}
	required = false
[filter "process"]
	process = {run("filter.process")}
[merge "evil"]
	driver = {run("merge.driver")}
[gpg]
	program = {run("gpg.program")}
[log]
	showSignature = true
[interactive]
	diffFilter = {run("interactive.diffFilter")}
[credential]
	helper = {run("credential.helper")}
[alias]
	log = !{run("alias.log")}
	evil = !{run("alias.evil")}
[uploadpack]
	packObjectsHook = {run("uploadpack.packObjectsHook")}
[pager]
	log = {run("pager.log")}
[include]
	path = {included}
[remote "origin"]
	url = ext::{run("ext-url")}
	uploadpack = {run("remote.uploadpack")}
	fetch = +refs/heads/*:refs/remotes/origin/*
[protocol "ext"]
	allow = always
[trailer "evil"]
	cmd = {run("trailer.cmd")}
""")


def _program(path: Path, canary: Path) -> Path:
    """A program that leaves the canary and passes its input on; one that git would talk to hangs up instead."""
    ending = "exit 1" if canary.name in TRANSPORTS else "exec cat 2>/dev/null"
    path.write_text(f"#!/bin/sh\n: > {shlex.quote(str(canary))}\n{ending}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def partial_clone(tmp_path: Path) -> tuple[Path, Path]:
    """A promisor repository in which the blob of `gone.py` is missing: git would run ssh for it (repo, canaries)."""
    canaries, programs, path = tmp_path / "canaries", tmp_path / "programs", tmp_path / "partial"
    canaries.mkdir()
    programs.mkdir()
    repo = new_repository(path, bare=True)
    here = repo.odb.write(ObjectType.BLOB, SOURCE)
    write_commit(repo, write_tree(repo, [(FILE, b"a.py", here), (FILE, b"gone.py", pygit2.Oid(hex="12" * 20))]))
    with (path / "config").open("a") as config:
        config.write(f"""[core]
	repositoryFormatVersion = 1
	sshCommand = {_program(programs / "ssh", canaries / "core.sshCommand")}
[extensions]
	partialClone = origin
[remote "origin"]
	url = ssh://nowhere.invalid/x
	promisor = true
	partialCloneFilter = blob:none
""")
    return path, canaries


# Shapes of a repository.


def empty(tmp_path: Path) -> Path:
    """A repository without a commit."""
    new_repository(tmp_path / "empty")
    return tmp_path / "empty"


def bare(tmp_path: Path) -> Path:
    """A bare repository with one ordinary file."""
    commit_files(new_repository(tmp_path / "bare.git", bare=True), {b"a.py": SOURCE})
    return tmp_path / "bare.git"


def shallow_clone(tmp_path: Path) -> Path:
    """A clone of depth one: the parent of its only commit is not there."""
    path = tmp_path / "shallow"
    repo = new_repository(path)
    tree = write_tree(repo, [(FILE, b"a.py", repo.odb.write(ObjectType.BLOB, SOURCE))])
    tip = write_commit(repo, tree, [pygit2.Oid(hex="34" * 20)])
    (path / ".git" / "shallow").write_text(f"{tip}\n")
    return path


def missing_parent(tmp_path: Path) -> Path:
    """A damaged repository: a parent is missing, and so is the tree of one directory."""
    repo = new_repository(tmp_path / "damaged")
    blob = repo.odb.write(ObjectType.BLOB, SOURCE)
    tree = write_tree(repo, [(FILE, b"a.py", blob), (TREE, b"lost", pygit2.Oid(hex="56" * 20))])
    write_commit(repo, tree, [pygit2.Oid(hex="78" * 20)])
    return tmp_path / "damaged"


# Ways out of a repository. `SECRET` must never be read.

SECRET = b'def secret() -> str:\n    """Return what nobody may read: THE-OUTSIDE-SECRET."""\n    return "x"\n'


def outside(tmp_path: Path) -> Path:
    """Another repository, whose only file holds `SECRET`."""
    path = tmp_path / "outside"
    if not path.exists():
        repo = new_repository(path)
        commit_files(repo, {b"secret.py": SECRET})
        (path / "secret.py").write_bytes(SECRET)
    return path


def symlinks(tmp_path: Path) -> Path:
    """Entries of mode 120000 that point to a file outside, to a directory outside and to themselves."""
    secret = outside(tmp_path) / "secret.py"
    repo = new_repository(tmp_path / "links")
    targets = {
        b"file.py": os.fsencode(secret),
        b"up.py": b"../outside/secret.py",
        b"dir": b"..",
        b"self.py": b"self.py",
    }
    links = [(LINK, name, repo.odb.write(ObjectType.BLOB, target)) for name, target in targets.items()]
    write_commit(repo, write_tree(repo, [(FILE, b"a.py", repo.odb.write(ObjectType.BLOB, SOURCE)), *links]))
    for name, target in targets.items():
        (tmp_path / "links" / os.fsdecode(name)).symlink_to(os.fsdecode(target))
    return tmp_path / "links"


def submodules(tmp_path: Path) -> Path:
    """Entries of mode 160000 whose .gitmodules points outside and to an ext:: URL, one with a CR in its path."""
    target = pygit2.Repository(outside(tmp_path)).head.target
    repo = new_repository(tmp_path / "modules")
    modules = (
        f'[submodule "a"]\n\tpath = sub\n\turl = {outside(tmp_path)}\n\tupdate = !false\n'
        '[submodule "../../x"]\n\tpath = "sub\\r"\n\turl = ext::false\n'
    )
    entries = [(SUBMODULE, b"sub", pygit2.Oid(hex=str(target))), (SUBMODULE, b"sub\r", pygit2.Oid(hex="9a" * 20))]
    files = {b".gitmodules": modules.encode(), b"a.py": SOURCE}
    entries += [(FILE, name, repo.odb.write(ObjectType.BLOB, data)) for name, data in files.items()]
    write_commit(repo, write_tree(repo, entries))
    return tmp_path / "modules"


def alternates(tmp_path: Path) -> Path:
    """A repository whose commit lists a blob that only another repository has, and names that one's objects."""
    other = pygit2.Repository(outside(tmp_path))
    blob = other.revparse_single("HEAD:secret.py").id
    repo = new_repository(tmp_path / "alternates")
    write_commit(
        repo, write_tree(repo, [(FILE, b"a.py", repo.odb.write(ObjectType.BLOB, SOURCE)), (FILE, b"b.py", blob)])
    )
    info = tmp_path / "alternates" / ".git" / "objects" / "info"
    info.mkdir(exist_ok=True)
    (info / "alternates").write_text(f"{outside(tmp_path) / '.git' / 'objects'}\n")
    return tmp_path / "alternates"


def gitdir_file(tmp_path: Path) -> Path:
    """A directory whose `.git` is a file that names another repository's git directory."""
    path = tmp_path / "pointer"
    path.mkdir()
    (path / ".git").write_text(f"gitdir: {outside(tmp_path) / '.git'}\n")
    return path


# Entries and contents that are hard to read.


def odd_names(tmp_path: Path) -> Path:
    """A tree with every name of `ODD_NAMES`, as a file and as a directory, next to an ordinary `a.py`."""
    repo = new_repository(tmp_path / "names", bare=True)
    blob = repo.odb.write(ObjectType.BLOB, SOURCE)
    inner = write_tree(repo, [(FILE, name, blob) for name in ODD_NAMES])
    entries = [(FILE, b"a.py", blob), (TREE, b"inner", inner)]
    write_commit(repo, write_tree(repo, [*entries, *((TREE, name, inner) for name in ODD_NAMES)]))
    return tmp_path / "names"


def odd_contents(tmp_path: Path, *, large: int = 50 * 1024**2) -> Path:
    """Files with CRLF, BOM, NUL, Latin-1, UTF-16, lone CR, nothing, a syntax error, deep nesting; one of 50 MB."""
    repo = new_repository(tmp_path / "contents", bare=True)
    commit_files(
        repo,
        {
            b"a.py": SOURCE,
            b"crlf.py": SOURCE.replace(b"\n", b"\r\n"),
            b"cr.py": SOURCE.replace(b"\n", b"\r"),
            b"bom.py": b"\xef\xbb\xbf" + SOURCE,
            b"nul.py": SOURCE + b"\0",
            b"latin1.py": b"# -*- coding: latin-1 -*-\n# \xe9t\xe9\n" + SOURCE,
            b"not-utf8.py": b"# \xff\xfe\n" + SOURCE,
            b"utf16.py": SOURCE.decode().encode("utf-16"),
            b"empty.py": b"",
            b"broken.py": b"def (:\n" + SOURCE,
            b"nested.py": b"(" * 100_000,
            b"one-line.py": b"x = [" + b"1," * 500_000 + b"]\n",
            b"large.py": SOURCE + b"#" * large,
        },
    )
    return tmp_path / "contents"


def tree_bomb(tmp_path: Path) -> Path:
    """Ten levels of trees that hold one tree ten times: ten thousand million paths in a few hundred bytes."""
    repo = new_repository(tmp_path / "bomb", bare=True)
    oid, mode = repo.odb.write(ObjectType.BLOB, SOURCE), FILE
    for _ in range(10):
        oid, mode = write_tree(repo, [(mode, b"%d.py" % number, oid) for number in range(10)]), TREE
    write_commit(repo, oid)
    return tmp_path / "bomb"


def deep_tree(tmp_path: Path, *, depth: int = 2000) -> Path:
    """A file at the end of two thousand directories, next to an ordinary `a.py`."""
    repo = new_repository(tmp_path / "deep", bare=True)
    blob = repo.odb.write(ObjectType.BLOB, SOURCE)
    oid = write_tree(repo, [(FILE, b"end.py", blob)])
    for _ in range(depth):
        oid = write_tree(repo, [(TREE, b"d", oid)])
    write_commit(repo, write_tree(repo, [(FILE, b"a.py", blob), (TREE, b"d", oid)]))
    return tmp_path / "deep"


# Files that stop a parser, or make it take seconds or gigabytes: one block of each language without its end, each
# again and again, and what is known to end a process.

_UNENDED: Final = {
    b"py": b"class A:\n def f(",
    b"rs": b"mod a{fn f(){",
    b"go": b"func f(){",
    b"js": b"const a=()=>{",
    b"ts": b"class A B<",
    b"tsx": b"<a b={",
    b"php": b"<?php function f(){",
    b"java": b"class A{",
    b"kt": b"def f =",
    b"scala": b"<?php",
    b"c": b"if(a){",
    b"cpp": b"template<namespace a{",
    b"cs": b"class A{",
    b"swift": b'"\\(',
    b"rb": b"<<A\nmodule A\n",
    b"sh": b"if a; then $(",
    b"lua": b"function f() [[",
    b"ex": b'defmodule A do "#{',
    b"hs": b"let f = do {-",
    b"ml": b"module A = struct (*",
    b"mli": b"module A : sig ",
    b"jl": b'module A "$(',
    b"zig": b"const A = struct {",
    b"sql": b"SELECT (",
}


def hard_to_parse(tmp_path: Path) -> Path:
    """Two files for each language that only their worker may suffer from, between two that are ordinary."""
    files = {b"a.py": SOURCE, b"z.py": SOURCE.replace(b"add", b"sum_of").replace(b"two", b"both")}
    for ending, block in _UNENDED.items():
        files[b"blocks." + ending] = block * (8_000 // len(block))
        files[b"brackets." + ending] = b"{([<" * 1_000
    files[b"generics.java"] = b"/** What is documented is parsed. */ class A {}\n" + b"a<" * 50_000
    files[b"braces.java"] = b"{(" * 100_000
    commit_files(new_repository(tmp_path / "hard", bare=True), files)
    return tmp_path / "hard"


# The same trouble in every language: what it is written in.


class Syntax(NamedTuple):
    """How a language writes what can be written too often, too deep or without an end.

    Attributes:
        define: A documented definition with its number in two places.
        block: What opens a block.
        branch: What goes on with another branch, again and again.
        string: What opens a string, with code in it where there is such a thing.
        comment: What opens a comment, or text up to a word.
        attribute: What may stand above a definition, again and again.
        overload: A documented definition of one name, with its number; empty where there is none.
    """

    define: str
    block: str
    branch: str
    string: str
    comment: str
    attribute: str
    overload: str = ""


SYNTAX: Final = {
    "py": Syntax("def f%d():\n 'Says what it does.'\n return %d\n", "[lambda:(", "a if b else ", '"""', 'f"{', "@a\n"),
    "rs": Syntax("/// Says what it does.\nfn f%d() -> u8 { %d }\n", "fn f(){", "if a {} else ", '"', "/*", "#[a]\n"),
    "go": Syntax("// Says what it does.\nfunc f%d() int { return %d }\n", "func(){", "if a {} else ", "`", "/*",
                 "//\n"),
    "js": Syntax("/** Says what it does. */\nfunction f%d() { return %d }\n", "()=>{", "if (a) {} else ", "`${", "/*",
                 "@a\n"),
    "ts": Syntax("/** Says what it does. */\nfunction f%d() { return %d }\n", "namespace a {", "if (a) {} else ", "`${",
                 "/*", "@a\n", "/** Says what it does. */\nfunction f(a: A%d): void;\n"),
    "tsx": Syntax("/** Says what it does. */\nfunction f%d() { return %d }\n", "<a>{", "a ? b : ", "`${", "/*", "@a\n",
                  "/** Says what it does. */\nfunction f(a: A%d): void;\n"),
    "php": Syntax("/** Says what it does. */\nfunction f%d() { return %d; }\n", "function f(){", "if ($a) {} else ",
                  "<<<A\n{$", "/*", "#[A]\n"),
    "java": Syntax("/** Says what it does. */\nint f%d() { return %d; }\n", "class A{", "if (a) {} else ", '"""', "/*",
                   "@A\n", "/** Says what it does. */\nvoid f(A%d a) {}\n"),
    "kt": Syntax("/** Says what it does. */\nfun f%d(): Int { return %d }\n", "fun f(){", "if (a) {} else ", '"${',
                 "/*", "@A\n", "/** Says what it does. */\nfun f(a: A%d) {}\n"),
    "scala": Syntax("/** Says what it does. */\ndef f%d() = { %d }\n", "def f = {", "if (a) {} else ", 's"${', "/*",
                    "@a\n", "/** Says what it does. */\ndef f(a: A%d) = 1\n"),
    "c": Syntax("/** Says what it does. */\nint f%d(void) { return %d; }\n", "if(a){", "if (a) {} else ", '"', "/*",
                "__attribute__((a))\n"),
    "cpp": Syntax("/** Says what it does. */\nint f%d() { return %d; }\n", "namespace a{", "if (a) {} else ", 'R"x(',
                  "/*", "[[a]]\n", "/** Says what it does. */\nvoid f(A%d a) {}\n"),
    "cs": Syntax("/// <summary>Says what it does.</summary>\nclass C%d { int a = %d; }\n", "class A{",
                 "if (a) {} else ", '$"{', "/*", "[A]\n"),
    "swift": Syntax("/// Says what it does.\nfunc f%d() -> Int { return %d }\n", "class A{", "if a {} else ", '"\\(',
                    "/*", "@a\n", "/// Says what it does.\nfunc f(a: A%d) {}\n"),
    "rb": Syntax("# Says what it does.\ndef f%d\n  %d\nend\n", "module A\n", "a ? b : ", '"#{', "=begin\n",
                 "private\n"),
    "sh": Syntax("# Says what it does.\nf%d() { echo %d; }\n", "if a; then ", "if a; then b; else ", '"$(',
                 "cat <<A\n", "#\n"),
    "lua": Syntax("--- Says what it does.\nfunction f%d() return %d end\n", "function f() ", "if a then else ", "[[",
                  "--[[", "--\n"),
    "ex": Syntax('@doc "Says what it does."\ndef f%d, do: %d\n', "defmodule A do\n", "a || ", '"#{', '"""', "@a 1\n",
                 '@doc "Says what it does."\ndef f(%d), do: 1\n'),
    "hs": Syntax("-- | Says what it does.\nf%d = %d\n\n", "let a = do {", "if a then b else ", '"', "{-",
                 "{-# A #-}\n"),
    "ml": Syntax("(** Says what it does. *)\nlet f%d () = %d\n", "module A = struct ", "if a then b else ", '"', "(*",
                 "[@@a]\n"),
    "mli": Syntax("(** Says what it does. *)\nval f%d : int -> i%d\n", "module A : sig ", "a -> ", '"', "(*",
                  "[@@a]\n"),
    "jl": Syntax('"Says what it does."\nfunction f%d() %d end\n', "module A ", "a ? b : ", '"$(', "#=", "@a ",
                 '"Says what it does."\nf(a::A%d) = 1\n'),
    "zig": Syntax("/// Says what it does.\nfn f%d() u8 { return %d; }\n", "const A = struct {", "if (a) b else ", '"',
                  "\\\\", "//\n"),
    "sql": Syntax("-- Says what it does.\ncreate table t%d (a%d int);\n", "begin ", "case when a then b else ", "$$",
                  "/*", "--\n", "-- Says what it does.\ncreate view f%d as select 1;\n"),
}  # fmt: skip
"""By ending, one for each language."""


_DEEP: Final = 10_000


def pathological(ending: str, size: int) -> dict[str, bytes]:
    """Files of some bytes of which each is trouble for a reader of the language, by what the trouble is."""
    syntax, head = SYNTAX[ending], "<?php\n" if ending == "php" else ""
    one, seeded = syntax.define % (0, 0), random.Random(ending)
    marks = "(){}[]<>;:=+-*/\\\"'`#@$%^&|!?.,abc \n\t0"
    said = "Says what it does."
    texts = {
        "a line": "a=[" + _filled("1,", size),
        "a word": "a" * size,
        "marks": "".join(seeded.choice(marks) for _ in range(size // 4)),
        "open brackets": _filled("([{", _DEEP),
        "nested brackets": "(" * _DEEP + ")" * _DEEP,
        "generics": _filled("a<", size // 4),
        "blocks": _filled(syntax.block, size // 4),
        "branches": _filled(syntax.branch, size // 4),
        "strings": _filled(syntax.string, size // 4),
        "comments": _filled(syntax.comment, size // 4),
        "an open string": one + syntax.string + _filled("abc def\n", size),
        "an open comment": one + syntax.comment + _filled("abc def\n", size),
        "definitions": "".join(syntax.define % (n, n) for n in range(size // len(one))),
        "definitions in a line": "".join(syntax.define % (n, n) for n in range(size // len(one))).replace("\n", " "),
        "documentation": one.replace(said, _filled(f"{said} ", size)),
        "attributes": _filled(syntax.attribute, size // 2) + one,
        "overloads": "".join((syntax.overload or one).replace("%d", str(n)) for n in range(size // 2 // len(one))),
        "operators": "a=" + _filled("a+", size // 2),
        "signs": "a=" + "-" * (size // 4) + "1",
        "blanks": " " * size + one,
        "lines": "\n" * size + one,
        "invisible": one.replace("what", "\u202ewh\u200bat\u2066\ufeff"),
        "crlf": one.replace("\n", "\r\n"),
        "cr": one.replace("\n", "\r"),
    }
    files = {name: (head + text).encode() for name, text in texts.items()}
    plain = head.encode() + one.encode()
    return {
        **files,
        "mark": b"\xef\xbb\xbf" + plain,
        "bytes": b"\0" + seeded.randbytes(size),
        "nul": plain + b"\0",
        "not utf-8": plain + b"\xff",
        "utf-16": plain.decode().encode("utf-16"),
        "nothing": b"",
    }


def _filled(text: str, size: int) -> str:
    return text * (size // len(text) + 1)
