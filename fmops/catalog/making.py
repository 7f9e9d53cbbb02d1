"""New template folders: a copy of one that there is, or an import. A folder is there whole and right, or not at all."""

import datetime
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops.catalog.discover import MANIFEST, Template, read
from fmops.catalog.importing import Imported
from fmops.catalog.lint import PASSED_OVER, SHARED
from fmops.catalog.manifest import FREE, Manifest
from fmops.catalog.releasing import RELEASED
from fmops.problem import Problem

FIRST = "1.0.0"
PROJECT_PATTERN = FREE + "[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}$"
ANYTHING = "^[^\\n]{1,1024}$"
PIPELINE_USD = 1


def new(root: Path, name: str, source: Template) -> Path:
    """A copy of a template under another name, at version 1.0.0.

    Raises:
        Problem: the name is taken, reserved, or no name.
    """
    old = source.manifest.name

    def fill(folder: Path) -> None:
        ignored = shutil.ignore_patterns(*PASSED_OVER, RELEASED)
        shutil.copytree(source.folder, folder, dirs_exist_ok=True, ignore=ignored)
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                _renamed(file, {old: name, underscored(old): underscored(name)})
        manifest = folder / MANIFEST
        text = manifest.read_text(encoding="utf-8")
        text = re.sub(r"^version: .*$", f"version: {FIRST}", text, count=1, flags=re.MULTILINE)
        manifest.write_text(re.sub(r"^withdrawn:.*\n(?: .*\n)*", "", text, flags=re.MULTILINE), encoding="utf-8")

    return _made(root, name, fill)


def imported(root: Path, name: str, found: Imported, *, origin: str, description: str, index: Path) -> Path:
    """A folder for what was imported.

    Args:
        origin: what was imported, for the README.
        description: of the original.
        index: the file of every seed that says where packages come from.

    Raises:
        Problem: the name is taken, reserved, or no name; or a parameter of the original can't be asked.
    """
    manifest = _manifest(name, found, description)

    def fill(folder: Path) -> None:
        (folder / "imported.json").write_text(json.dumps(found.template, indent=1) + "\n", encoding="utf-8")
        with (folder / MANIFEST).open("w", encoding="utf-8") as file:
            yaml = YAML()
            yaml.width = 110
            yaml.dump(manifest, file)
        for path, text in FILES.items():
            _write(folder / path, text.format(**_words(name, found, origin)))
        for path in found.buildspecs:
            _write(folder / "seed" / path, BUILDSPEC)
        for path in SHARED:
            _write(folder / "seed" / path, index.read_text(encoding="utf-8"))
            _write(folder / "seed" / Path(path).parent / "__init__.py", "")

    return _made(root, name, fill)


def underscored(name: str) -> str:
    """A folder's name, which is a package's."""
    return name.replace("-", "_")


def _made(root: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """A folder that is filled beside the catalog, checked, and only then put into it."""
    target = root / underscored(name)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise Problem(f"NAME {name}: no name for a template.", "Lower-case words joined by hyphens, as my-template.")
    if target.exists():
        raise Problem(f"NAME {name}: taken, by {target}.", "Use another name.")
    with tempfile.TemporaryDirectory(dir=root, prefix=".making-") as scratch:
        folder = Path(scratch) / target.name
        folder.mkdir()
        fill(folder)
        checked = read(folder / MANIFEST)
        if not isinstance(checked, Manifest):
            raise Problem("\n       ".join(f"{p.field}: {p.message} {p.remedy}" for p in checked), "Use another name.")
        folder.rename(target)
    return target


def _renamed(file: Path, words: Mapping[str, str]) -> None:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # a picture, say
    changed = re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)
    if changed != text:
        file.write_text(changed, encoding="utf-8")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _manifest(name: str, found: Imported, description: str) -> dict[str, Any]:
    asked = {
        "ProjectName": ("Name of the project; its resources are named after it", PROJECT_PATTERN, None),
        "BusinessUnit": ("Business unit whose accounts the project uses", "^[a-z][a-z0-9]{1,11}$", None),
        **{key: _question(key, declared) for key, declared in found.parameters.items()},
    }
    pipelines = sum(r["Type"] == "AWS::CodePipeline::Pipeline" for r in found.template["Resources"].values())
    outputs = {key: _line(output.get("Description") or key) for key, output in found.template["Outputs"].items()}
    return {
        "name": name,
        "title": name.replace("-", " ").capitalize()[:80],
        "version": FIRST,
        "journey": "ml",
        "phase": "reliable",
        "personas": ["data_scientist", "ml_engineer", "product_owner"],
        "what": "imported: a repository and its pipelines",
        "description": _line(description or f"Imported as {name}.")[:1000],
        "parameters": {
            key: {"type": "string", "pattern": pattern, "description": text}
            | ({} if default is None else {"default": default})
            for key, (text, pattern, default) in asked.items()
        },
        "outputs": {"RepositoryUrl": "Where to clone the project's code from", **outputs},
        "cost": {
            "monthly_usd_idle": pipelines * PIPELINE_USD,
            "basis": "Its pipelines while nothing runs; what they deploy is not counted.",
            "source": "https://aws.amazon.com/codepipeline/pricing/",
            "date": datetime.datetime.now(tz=datetime.UTC).date(),
        },
    }


def _question(name: str, declared: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """A parameter of the original as a question of the launch."""
    kind = declared.get("Type", "String")
    if kind not in ("String", "Number"):
        raise Problem(f"Parameter {name} is a {kind}, which a launch can't ask for.", "Make it a String or a Number.")
    default = declared.get("Default")
    pattern = declared.get("AllowedPattern") or ("^-?[0-9]+(\\.[0-9]+)?$" if kind == "Number" else ANYTHING)
    if declared.get("AllowedValues"):
        pattern = f"^({'|'.join(re.escape(str(value)) for value in declared['AllowedValues'])})$"
    pattern = f"^{pattern.removeprefix('^').removesuffix('$')}$"
    if default is not None and not re.search(pattern, str(default)):
        pattern = f"^({pattern.removeprefix('^').removesuffix('$')}|{re.escape(str(default))})$"
    return _line(declared.get("Description") or name), pattern, None if default is None else str(default)


def _line(text: str) -> str:
    return " ".join(str(text).split())[:400]


def _words(name: str, found: Imported, origin: str) -> dict[str, str]:
    return {
        "name": name,
        "package": underscored(name),
        "class_name": name.title().replace("-", ""),
        "title": name.replace("-", " ").capitalize(),
        "origin": origin,
        "notes": "\n".join(f"- {note}." for note in found.notes) or "- nothing.",
        "buildspecs": ", ".join(f"`{path}`" for path in found.buildspecs) or "none",
    }


BUILDSPEC = """\
# What this build runs. The import knows its name only: put the original's commands here.
version: 0.2
phases:
  build:
    commands:
      - python -m pytest
artifacts:
  files:
    - "**/*"
"""
FILES = {
    "__init__.py": "",
    "product.py": '''\
"""The product: the resources of imported.json, in a project of this catalog."""

from pathlib import Path
from typing import ClassVar

from fmops_constructs.imported import ImportedProduct
from fmops_constructs.project import manifest_beside


class {class_name}(ImportedProduct):
    """Imported from {origin}."""

    manifest: ClassVar = manifest_beside(__file__)
    source: ClassVar = Path(__file__).with_name("imported.json")
''',
    "README.md": """\
# {title}
Imported from {origin} by `fmops catalog import`.

```mermaid
flowchart LR
  repository[the project's repository] --> pipelines[imported pipelines] --> builds[imported builds]
```

## What was changed
{notes}

Builds run in the private network with the business unit's roles, the platform's keys and logs. Names begin with the
project's. What builds run is in the seed: {buildspecs}.

## Change it
`imported.json` is a CloudFormation template; `fmops_constructs.imported` fills in its parameters.
""",
    "tests/__init__.py": "",
    "tests/test_product.py": '''\
"""The product makes no identity, and nothing outside the private network."""

import json
from pathlib import Path

TEMPLATE = json.loads(Path(__file__).parents[1].joinpath("imported.json").read_text(encoding="utf-8"))


def test_a_launch_makes_no_identity():
    assert not [one for one in TEMPLATE["Resources"].values() if one["Type"].startswith("AWS::IAM::")]


def test_builds_are_private():
    builds = [one for one in TEMPLATE["Resources"].values() if one["Type"] == "AWS::CodeBuild::Project"]
    assert all(one["Properties"]["VpcConfig"]["VpcId"] == {{"Ref": "VpcId"}} for one in builds)
''',
    "seed/copier.yml": """\
# The questions that a launch answers.
_min_copier_version: "9.0"
_exclude: [copier.yml, __pycache__, "*.pyc", build, .pytest_cache, .ruff_cache]

project:
  type: str
  help: Name of the project
business_unit:
  type: str
  help: Business unit whose accounts the project uses
seed_version:
  type: str
  help: Version of the template
  default: "0.0.0"
""",
    "seed/README.md.jinja": """\
# {{{{ project }}}}
Started from the template {name} {{{{ seed_version }}}}, for {{{{ business_unit }}}}.
""",
    "seed/project.yaml.jinja": """\
# What the launch chose; other resources are named after it.
project: "{{{{ project }}}}"
business_unit: "{{{{ business_unit }}}}"
seed: {{template: {name}, version: "{{{{ seed_version }}}}"}}
""",
    "seed/buildspec.yml": BUILDSPEC,
    "seed/tests/test_repository.py": '''\
"""The project's own tests. The import knows none of the original's."""

from pathlib import Path


def test_the_build_is_here():
    assert Path(__file__).parents[1].joinpath("buildspec.yml").exists()
''',
}
"""The files of an imported template; braces that stay are doubled."""
