"""Where repositories live: one setting, one interface, whichever host it is."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_serializer, model_validator

from foundation.parts import Part
from foundation.texts import ConnectionArn

Host = Literal["codecommit", "github", "gitlab"]
CONNECTED: tuple[Host, ...] = ("github", "gitlab")


class Connection(Part):
    """A git host outside AWS that CodeConnections reaches."""

    connection_arn: ConnectionArn
    owner: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$",
            max_length=100,
            description="The organisation or group that owns the projects' repositories.",
        ),
    ]
    host_url: Annotated[
        str | None,
        Field(pattern=r"^https://[a-z0-9.-]+$", description="Of a host of your own, e.g. https://git.example.com."),
    ] = None


def _or_codecommit(schema: dict[str, Any]) -> None:
    """The schema of the setting: a word or a mapping with one key."""
    mapping = {name: schema.pop(name) for name in ("additionalProperties", "properties", "type")}
    schema["anyOf"] = [{**mapping, "minProperties": 1, "maxProperties": 1}, {"const": "codecommit"}]


class Git(Part, json_schema_extra=_or_codecommit):
    """`codecommit`, `{github: {…}}` or `{gitlab: {…}}`."""

    github: Connection | None = None
    gitlab: Connection | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_host(cls, value: Any) -> Any:
        if isinstance(value, Git):
            return value
        if value == "codecommit":
            return {}
        if isinstance(value, dict) and len(value) == 1 and None not in value.values():
            return value
        raise ValueError("is none of codecommit, {github: …}, {gitlab: …}")

    @model_serializer
    def _as_written(self) -> Any:
        connection = self.connection
        return self.host if connection is None else {self.host: connection.model_dump()}

    @property
    def host(self) -> Host:
        """Which host it is."""
        return next((host for host in CONNECTED if getattr(self, host)), "codecommit")

    @property
    def connection(self) -> Connection | None:
        """How a host outside AWS is reached; None for CodeCommit."""
        return self.github or self.gitlab


CODECOMMIT = Git.model_validate("codecommit")
