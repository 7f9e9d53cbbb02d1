"""What a cloud assembly holds, read from its files: never from the code that wrote it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path


def stacks(assembly: Path) -> dict[str, str]:
    """Digest of each stack's template by the path that `cdk deploy` takes, e.g. `tooling/CatalogAccess`.

    An assembly that isn't written yet has none.
    """
    return dict(_stacks(assembly)) if (assembly / "manifest.json").is_file() else {}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The stacks that are new, or other than before."""
    return sorted(path for path, digest in after.items() if before.get(path) != digest)


def _stacks(folder: Path) -> Iterator[tuple[str, str]]:
    # what an earlier synthesis left in the folder is in no manifest, so the manifests are followed from the root
    artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("artifacts", {})
    for artifact in artifacts.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            template = (folder / properties["templateFile"]).read_bytes()
            yield artifact["displayName"].partition(" ")[0], hashlib.sha256(template).hexdigest()
