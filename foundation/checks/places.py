"""The names that environments will have, read from a document of which nothing is known yet."""

from typing import Any, NamedTuple

from foundation import addressing
from foundation.checks.reading import mapping, texts, units

APPLICATION = "application-"


class Named(NamedTuple):
    """An environment, as far as the document tells."""

    region: str
    account_type: str
    unit: str | None


def environments(document: Any) -> dict[str, Named]:
    """Each environment that the document has accounts for, by its name, in whatever phase."""
    home = str(mapping(document, "regions").get("home"))
    shared = mapping(document, "accounts")
    found: dict[str, Named] = {
        kind: Named(home, kind, None) for kind in addressing.SHARED if kind.replace("-", "_") in shared
    }
    for unit, content in units(document):
        for kind in addressing.OF_BUSINESS_UNIT:
            owner = "application" if kind.startswith(APPLICATION) else "accounts"
            if kind.removeprefix(APPLICATION) in mapping(content, owner):
                found[f"{unit}-{kind}"] = Named(home, kind, unit)
                for region in texts(mapping(content, "regions").get(kind)):
                    found[f"{unit}-{kind}-{region}"] = Named(region, kind, unit)
    return found
