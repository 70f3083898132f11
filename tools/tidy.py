"""House rules that no other tool checks. `python -m tools.tidy` prints what breaks them.

Each check is a function from a tree to complaints, one a line, beginning with the path. It runs in
`make check` and as a test. `--lower` tightens the ratchet where something has become shorter; it
never loosens it.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE_LINES = 500
FUNCTION_LINES = 50
ROOM_FILES = 8
ROOT_ENTRIES = 24
ADR_LINES = 80
RATCHET = "tools/tidy_ratchet.json"
ROOMS = "src/outcry/"
CODE = ("src/", "tools/", "tests/", "bench/")
COMPILED = (".pyx", ".pxd", ".pxi")
CROWDED = ("src/outcry/adapters", "src/outcry/engine/core/compiled")
EXACT = ("domain", "engine", "ledger", "codec", "sequencer")
MADE_FROM_DATA = {"eval", "exec", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
UNPACKED_CODE = {"pickle", "marshal", "shelve", "dill"}
DETERMINISTIC = ("domain", "engine", "codec", "sequencer", "marketdata")
WORLD = {"asyncio", "os", "random", "secrets", "socket", "sqlite3", "time", "uuid"}
COMPILED_MAY_IMPORT = (
    "libc",
    "cpython",
    "cython",
    "outcry.codec",
    "outcry.domain",
    "outcry.ledger",
    "zlib",
)
ADR_SECTIONS = ("Status", "Context", "Decision", "Refused", "Consequences")

# Written so that this file does not match itself.
_MARKS = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
_MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t])/")
_HOSTS = re.compile(
    r"py[p]i\.org|pythonhoste[d]\.org|registry\.npmj[s]\.|registry\.yarnpk[g]\.|crate[s]\.io"
    r"|proxy\.golan[g]\.org"
)
_COMPILED_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+c?import\b|c?import\s+([\w., ]+))")
_COMPILED_FUNCTION = re.compile(r"^(\s*)(?:cdef|cpdef|def)\s+(?!class\b|extern\b)[^=#]*?(\w+)\(")
_COMPILED_FLOAT = re.compile(r"\b(?:double|float)\b|\b\d+\.\d")
_ADR_NAME = re.compile(r"docs/adr/(\d{4})-[a-z0-9-]+\.md")


@dataclass(frozen=True)
class Tree:
    """The repository as git sees it: what is tracked, and what could be."""

    root: Path
    files: tuple[str, ...]

    def text(self, path: str) -> str:
        """Return a file's text, or nothing if it is not text."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def lines(self, path: str) -> list[str]:
        """Return a file's lines."""
        return self.text(path).splitlines()

    def code(self, *suffixes: str) -> Iterator[str]:
        """Yield the paths of our code with one of these suffixes."""
        return (path for path in self.files if path.startswith(CODE) and path.endswith(suffixes))

    def rooms(self, *names: str) -> Iterator[tuple[str, ast.Module]]:
        """Yield (path, syntax tree) of the Python modules of these rooms; of all if none named."""
        wanted = tuple(f"{ROOMS}{name}{end}" for name in names for end in ("/", ".py"))
        for path in self.files:
            if path.startswith(wanted or ROOMS) and path.endswith(".py"):
                yield path, ast.parse(self.text(path))


Check = Callable[[Tree], Iterator[str]]


def git_tree(root: Path) -> Tree:
    """Return the tree of a git repository, ignored files left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return Tree(root, tuple(sorted({path for path in listed if (root / path).is_file()})))


# Sizes


def _python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield (qualified name, lines) of each function, decorators left out."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                if not isinstance(child, ast.ClassDef):
                    yield name, (child.end_lineno or child.lineno) - child.lineno + 1
                yield from walk(child, f"{name}.")
            else:
                yield from walk(child, prefix)

    return walk(ast.parse(text), "")


def _compiled_functions(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Yield (name, lines) of each Cython function, by indentation."""
    for start, line in enumerate(lines):
        found = _COMPILED_FUNCTION.match(line)
        if not found:
            continue
        indent, last = len(found[1]), start
        for number in range(start + 1, len(lines)):
            body = lines[number].strip()
            deeper = len(lines[number]) - len(lines[number].lstrip()) > indent
            if body and not deeper and not body.startswith((")", "#")):
                break
            if body and deeper:
                last = number
        yield found[2], last - start + 1


def long_things(tree: Tree) -> dict[str, int]:
    """Return what is over its limit, by path or path::function, with its lines."""
    found = {}
    for path in tree.code(".py", *COMPILED):
        lines = tree.lines(path)
        if len(lines) > MODULE_LINES:
            found[path] = len(lines)
        functions = (
            _python_functions(tree.text(path))
            if path.endswith(".py")
            else _compiled_functions(lines)
        )
        for name, length in functions:
            key = f"{path}::{name}"
            if length > FUNCTION_LINES:
                found[key] = max(length, found.get(key, 0))
    return found


def read_ratchet(tree: Tree) -> dict[str, int]:
    """Return the lengths that were once allowed; nothing if there is no such file."""
    if RATCHET not in tree.files:
        return {}
    loaded: dict[str, int] = json.loads(tree.text(RATCHET))
    return loaded


def check_length(tree: Tree) -> Iterator[str]:
    """Refuse what is long and new, what was long and grew, and a ratchet left slack."""
    allowed, found = read_ratchet(tree), long_things(tree)
    for name, length in sorted(found.items()):
        limit = FUNCTION_LINES if "::" in name else MODULE_LINES
        if length > allowed.get(name, limit):
            yield f"{name}: {length} lines, {allowed.get(name, limit)} allowed"
    for name, length in sorted(allowed.items()):
        if found.get(name, 0) < length:
            yield f"{RATCHET}: {name} is shorter now; run `python -m tools.tidy --lower`"


def lower(tree: Tree) -> None:
    """Write the ratchet with every entry at its present length, and none that is not needed."""
    found = long_things(tree)
    kept = {
        name: min(size, found[name]) for name, size in read_ratchet(tree).items() if name in found
    }
    (tree.root / RATCHET).write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


def check_room_size(tree: Tree) -> Iterator[str]:
    """Refuse a room of too many files, its `__init__` not counted."""
    rooms: dict[str, int] = {}
    for path in tree.files:
        folder, _, name = path.rpartition("/")
        if path.startswith(ROOMS) and name.endswith((".py", *COMPILED)) and name != "__init__.py":
            rooms[folder] = rooms.get(folder, 0) + 1
    for folder, count in sorted(rooms.items()):
        top = folder == ROOMS.rstrip("/")  # the modules there are rooms themselves
        if count > ROOM_FILES and not top and not folder.startswith(CROWDED):
            yield f"{folder}: {count} files, at most {ROOM_FILES} in a room"


def check_root(tree: Tree) -> Iterator[str]:
    """Refuse a crowded root."""
    entries = {path.split("/")[0] for path in tree.files}
    if len(entries) > ROOT_ENTRIES:
        yield f".: {len(entries)} entries at the root, at most {ROOT_ENTRIES}"


# Words


def check_rooms_introduced(tree: Tree) -> Iterator[str]:
    """Each room says what goes in, what comes out, and what never happens there."""
    for path in tree.files:
        if re.fullmatch(rf"{ROOMS}\w+/__init__\.py", path):
            told = ast.get_docstring(ast.parse(tree.text(path))) or ""
            starts = {line.partition(":")[0] for line in told.splitlines() if ":" in line}
            missing = [word for word in ("In", "Out", "Never") if word not in starts]
            if missing:
                yield f"{path}: its docstring has no line {', '.join(f'{w}:' for w in missing)}"


def check_adrs(tree: Tree) -> Iterator[str]:
    """Decisions are numbered without gaps, short, complete and listed in the index."""
    index = tree.text("docs/adr/README.md") if "docs/adr/README.md" in tree.files else ""
    pages = [path for path in tree.files if _ADR_NAME.fullmatch(path)]
    for place, path in enumerate(pages, start=1):
        name, lines = path.rpartition("/")[2], tree.lines(path)
        if int(name[:4]) != place:
            yield f"{path}: should be number {place:04}"
        if f"({name})" not in index:
            yield f"{path}: not in docs/adr/README.md"
        if len(lines) > ADR_LINES:
            yield f"{path}: {len(lines)} lines, at most {ADR_LINES}"
        for section in ADR_SECTIONS:
            if not any(line.lstrip("# ").startswith(section) for line in lines):
                yield f"{path}: no {section}"
    for name in re.findall(r"\((\d{4}-[\w-]+\.md)\)", index):
        if f"docs/adr/{name}" not in pages:
            yield f"docs/adr/README.md: {name} does not exist"


def _lines_with(tree: Tree, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for path in tree.files:
        for number, line in enumerate(tree.lines(path), start=1):
            if pattern.search(line):
                yield f"{path}:{number}: {what}"


def check_marks(tree: Tree) -> Iterator[str]:
    """Nothing is left for later in a file."""
    return _lines_with(tree, _MARKS, "an unfinished mark")


def check_machine_paths(tree: Tree) -> Iterator[str]:
    """No file names a folder of one machine."""
    return _lines_with(tree, _MACHINE, "a path of one machine")


def check_registry_hosts(tree: Tree) -> Iterator[str]:
    """Clients are told elsewhere where packages come from."""
    return _lines_with(tree, _HOSTS, "names a package registry")


# Source


def _imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def _call(node: ast.AST) -> str:
    """Return the dotted name a call calls, or nothing."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def check_compiled_imports(tree: Tree) -> Iterator[str]:
    """Compiled files are invisible to import-linter, so their imports are held here."""
    for path in tree.code(*COMPILED):
        for number, line in enumerate(tree.lines(path), start=1):
            found = _COMPILED_IMPORT.match(line)
            for name in re.split(r"\s*,\s*", (found[1] or found[2])) if found else ():
                module = name.split(" as ")[0].strip()
                if not any(
                    module == ok or module.startswith(f"{ok}.") for ok in COMPILED_MAY_IMPORT
                ):
                    yield f"{path}:{number}: imports {module}"


def check_domain_imports(tree: Tree) -> Iterator[str]:
    """Domain imports the standard library only, and itself."""
    for path, module in tree.rooms("domain"):
        for number, name in _imports(module):
            top = name.split(".")[0]
            if not name.startswith("outcry.domain") and top not in sys.stdlib_module_names:
                yield f"{path}:{number}: imports {name}"


def check_banned_calls(tree: Tree) -> Iterator[str]:
    """No code is made from data, and no shell reads it. Tests and tools are held to it too."""
    for path in (*tree.code(".py"), *(path for path in tree.files if path == "setup.py")):
        module = ast.parse(tree.text(path))
        for number, name in _imports(module):
            if name.split(".")[0] in UNPACKED_CODE:
                yield f"{path}:{number}: {name}"
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            if _call(node) in MADE_FROM_DATA:
                yield f"{path}:{node.lineno}: {_call(node)}()"
            for word in node.keywords:
                if word.arg == "shell" and getattr(word.value, "value", True) is not False:
                    yield f"{path}:{node.lineno}: shell=True"


def _floating(node: ast.AST) -> str:
    """Return what of floating point a node is, or nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
        return f"the float {node.value}"
    if isinstance(node, ast.Name) and node.id == "float":
        return "float"
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        return f"{ast.unparse(node)} divides into a float"
    return ""


def check_floats(tree: Tree) -> Iterator[str]:
    """Where money and order are decided there is no floating point, compiled or not."""
    for path, module in tree.rooms(*EXACT):
        for node in ast.walk(module):
            if what := _floating(node):
                yield f"{path}:{getattr(node, 'lineno', 0)}: {what}"
    for path in tree.code(*COMPILED, ".h"):
        for number, line in enumerate(tree.lines(path), start=1):
            # A C comment stands on a line of its own, or at the end of one.
            written = re.split(r"#(?!define|include)|/\*|//(?=\s)", line)[0]
            if _COMPILED_FLOAT.search(written):
                yield f"{path}:{number}: a floating point type"


def _unordered(node: ast.AST) -> bool:
    made = isinstance(node, ast.Set | ast.SetComp)
    return made or _call(node) in {"set", "frozenset"}


def check_determinism(tree: Tree) -> Iterator[str]:
    """The same input gives the same output: no world, no unordered walk, no salted hash."""
    for path, module in tree.rooms(*DETERMINISTIC):
        for number, name in _imports(module):
            if name.split(".")[0] in WORLD:
                yield f"{path}:{number}: imports {name}"
        for node in ast.walk(module):
            if isinstance(node, ast.For | ast.comprehension) and _unordered(node.iter):
                yield f"{path}:{node.iter.lineno}: walks a set"
            elif isinstance(node, ast.Call) and _call(node) == "hash":
                yield f"{path}:{node.lineno}: hash() differs from run to run"


CHECKS: tuple[Check, ...] = (
    check_length,
    check_room_size,
    check_root,
    check_rooms_introduced,
    check_adrs,
    check_marks,
    check_machine_paths,
    check_registry_hosts,
    check_compiled_imports,
    check_domain_imports,
    check_banned_calls,
    check_floats,
    check_determinism,
)


def complaints(tree: Tree) -> list[str]:
    """Return everything that breaks a rule."""
    return [line for check in CHECKS for line in check(tree)]


def main(arguments: list[str]) -> int:
    """Print the complaints; return 1 if there are any."""
    tree = git_tree(Path(__file__).resolve().parent.parent)
    if arguments == ["--lower"]:
        lower(tree)
        return 0
    found = complaints(tree)
    for line in found:
        print(line)
    print(f"tidy: {len(found)} complaints" if found else "tidy: nothing to say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
