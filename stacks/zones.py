"""The data lake's zones: data, read by the lake and by whoever is let into it."""

from typing import NamedTuple

from foundation.parts import DataClass


class Zone(NamedTuple):
    """One part of the lake: a bucket and a database.

    `ingest` writes it; other zones are written by those who make their data, each by a role of its own. Days are None
    where nothing is moved or deleted.
    """

    name: str
    holds: str
    ingest: bool = False
    data_class: DataClass | None = None
    rarely_read_after: int | None = None
    deleted_after: int | None = None
    old_versions_deleted_after: int | None = 365


ZONES = (
    Zone("raw", "Data as it came", ingest=True, data_class="confidential", rarely_read_after=90),
    Zone("curated", "Data sets that are ready to use", ingest=True),
    Zone("feature", "Features by entity and time", ingest=True, old_versions_deleted_after=90),
    Zone("labelled", "Examples with the labels that people gave"),
    Zone("feedback", "What users said of answers", data_class="confidential", deleted_after=730),
    Zone("prompt-catalog", "Prompts, their versions and tests", old_versions_deleted_after=None),
)
