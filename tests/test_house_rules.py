"""What the code itself must look like."""

import ast
import graphlib
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "mmcore").rglob("*.py"))
SHIPPED = CORE + sorted((ROOT / "plugins").rglob("mmcore_*/*.py"))
LAYERS = [
    {"errors", "noise"},
    {"config", "terminal", "widgets"},
    {"web"},
    {"reporting", "storage"},
    {"plugins"},
    {"scaffold"},
    {"saving"},
    {"fitted"},
    {"batch", "distributions", "factors", "likelihoods", "memory", "precision", "scoring"},
    {"aggregators", "data", "encoding", "modality", "priors"},
    {"codec", "nn"},
    {"building", "fusion", "objectives", "regression", "values"},
    {"posteriors"},
    {"methods"},
    {"model"},
    {"inference", "jsonvalues", "training"},
    {"metrics"},
    {"runs", "testing"},
    {"demo", "estimator", "export", "serving", "sharing"},
    {"tuning"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


@cache
def parsed(path):
    """Return the syntax tree of a file, which several rules read and none changes."""
    return ast.parse(path.read_text())


def imports(path):
    """Yield the rooms of the core that a file imports when it is imported itself."""
    for node in parsed(path).body:
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "mmcore" and len(parts) > 1:
                yield parts[1]


def imports_point_one_way(path):
    room = path.relative_to(ROOT / "mmcore").parts[0].removesuffix(".py")
    if room not in ("__init__", "__main__"):
        for other in imports(path):
            assert LEVEL[other] <= LEVEL[room], f"{room} imports {other}"


def files_are_short_and_safe(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for forbidden in ("pickle", "torch.load(", "eval(", "exec(", "yaml.load(", "hasattr("):
        actual = re.search(rf"(?<![.\w]){re.escape(forbidden)}", text)
        assert actual is None, f"{forbidden} in {path}"


def only_one_module_writes_atomically_and_one_caches_arrays(path):
    owners = {
        "files": ("os.replace(", '"XDG_CACHE_HOME"', '"MMCORE_DATA"'),
        "arrays": ("open_memmap(", "mmap_mode"),
    }
    for name, calls in owners.items():
        if path != ROOT / "mmcore" / "storage" / f"{name}.py":
            for own in calls:
                assert own not in path.read_text(), f"{own} in {path}, expected storage/{name}.py"


def only_one_module_parses_yaml(path):
    if path != ROOT / "mmcore" / "storage" / "documents.py":
        actual = re.search(r"safe_load|SafeLoader|yaml\.(load|parse|compose)", path.read_text())
        assert actual is None, f"{actual} in {path}, expected mmcore.storage.documents"


PRINTING = ROOT / "mmcore" / "terminal" / "printing.py"
PRINTS = {
    PRINTING,
    ROOT / "mmcore" / "cli" / "console.py",  # JSON in ASCII
    ROOT / "mmcore" / "cli" / "main.py",  # an error, without importing rich
    ROOT / "mmcore" / "testing" / "importing.py",  # JSON for another process
}
RICH = {
    PRINTING,
    PRINTING.with_name("progress.py"),
    ROOT / "mmcore" / "training" / "console.py",
}
TITLES = ("set_title", "set_xlabel", "set_ylabel", "suptitle", "text", "annotate")
PRINTERS = ("print", "typer.echo", "typer.secho", "click.echo")
WRITERS = (*TITLES, *(name.split(".")[-1] for name in PRINTERS))


def last_name(function):
    """Return the name of a function in a call, without those of its module or object."""
    return getattr(function, "attr", getattr(function, "id", ""))


def text_of_others_is_printed_and_drawn_literally(path):
    """A name may have markup, escape sequences or formulas in it, see mmcore.terminal.escaping."""
    for node in ast.walk(parsed(path)):
        names = []
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = [getattr(node, "module", None), *(alias.name for alias in node.names)]
        assert path in RICH or not any(str(n).split(".")[0] == "rich" for n in names), path
        if isinstance(node, ast.Call) and last_name(node.func).endswith(WRITERS):
            called = ast.unparse(node.func)  # of a few nodes: it takes longer than the rest
            if path not in PRINTS:
                assert called not in PRINTERS, path
            if called.endswith(TITLES) and called.startswith(("axes.", "figure.")):
                first = node.args[0]
                assert isinstance(first, ast.Constant) or ast.unparse(first).startswith("drawn("), (
                    f"{path}: {ast.unparse(node)}, expected drawn(...)"
                )


RULES = [
    (imports_point_one_way, CORE),
    (files_are_short_and_safe, SHIPPED),
    (only_one_module_writes_atomically_and_one_caches_arrays, SHIPPED),
    (only_one_module_parses_yaml, SHIPPED),
    (text_of_others_is_printed_and_drawn_literally, SHIPPED),
]


@pytest.mark.parametrize(("rule", "paths"), RULES, ids=[rule.__name__ for rule, _ in RULES])
def test_every_file_keeps_the_rule(rule, paths):
    # One test for all files: a test for each takes longer than the rule.
    broken = []
    for path in paths:
        try:
            rule(path)
        except AssertionError as error:
            broken.append(f"{path.relative_to(ROOT)}: {error}")
    assert not broken, "\n".join(broken)


def test_the_core_names_no_modality():
    for path in CORE:
        nodes = list(ast.walk(parsed(path)))
        docs = {
            id(node.body[0].value)
            for node in nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False)
        }
        for node in nodes:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docs
            ):
                assert node.value not in ("mnist", "svhn", "text", "celeba-image", "celeba-text"), (
                    f"{path}: {node.value}"
                )
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                assert not module.startswith("mmcore_"), path


def files_imported(path, files):
    """Return the files of the core that a file imports, for types too, but not inside a function."""
    nodes = list(parsed(path).body)
    nodes += [inner for node in nodes if isinstance(node, ast.If) for inner in node.body]
    names = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {files[name] for name in names if name in files} - {path}


def test_no_file_imports_itself_through_others():
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in CORE}
    assert len(files) > 300
    # Raises CycleError, which names the files of a circle. A table of contents is left out.
    graphlib.TopologicalSorter({f: files_imported(f, files) for f in files.values()}).prepare()


def test_the_loop_fits_on_one_screen():
    assert len((ROOT / "mmcore" / "training" / "loop.py").read_text().splitlines()) <= 80


def test_no_lock_file_and_no_registry_host_is_tracked():
    ignored = (ROOT / ".gitignore").read_text()
    assert "uv.lock" in ignored
    assert "index-url" not in (ROOT / "pyproject.toml").read_text()
