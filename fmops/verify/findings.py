"""What the verifier says: a finding, or that something could not be proven. Nothing is safe by default."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from fmops.verify.templates import Resource

Verdict = Literal["found", "not proven"]


@dataclass(frozen=True, order=True)
class Finding:
    """One way in which a template breaks a rule, or why it can't be told whether it does.

    Attributes:
        rule: e.g. `Network-Route`.
        file: the template, as it was named.
        stack: the stack's name, or the file's.
        logical_id: the resource.
        message: what is wrong, in a sentence.
        remedy: what to do about it.
        path: the reasoning step by step, e.g. from a subnet to the internet, hop by hop.
        construct: the CDK construct's path where it is known.
        verdict: `found`, or `not proven` where the template doesn't tell.
        requirement: which requirement it breaks, where one is named.
        source: the page that says so.
    """

    rule: str
    file: str
    stack: str
    logical_id: str
    message: str
    remedy: str
    path: tuple[str, ...] = ()
    construct: str = ""
    verdict: Verdict = "found"
    requirement: str = ""
    source: str = ""

    @property
    def where(self) -> str:
        """The resource: its construct's path, or its stack and logical id."""
        return self.construct or "/".join(part for part in (self.stack, self.logical_id) if part)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stay the same while the finding does, wherever the templates lie.

        Made of the rule, the verdict, the resource and the path; not of the file's folder or of how it is said.
        """
        parts = (self.rule, self.verdict, self.stack, self.logical_id, *self.path)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def at(
    resource: Resource,
    *,
    rule: str,
    message: str,
    remedy: str,
    path: tuple[str, ...] = (),
    verdict: Verdict = "found",
    requirement: str = "",
    source: str = "",
) -> Finding:
    """A finding at a resource."""
    template = resource.template
    return Finding(
        rule=rule,
        file=template.file,
        stack=template.stack,
        logical_id=resource.logical_id,
        construct=resource.construct,
        message=message,
        remedy=remedy,
        path=path,
        verdict=verdict,
        requirement=requirement,
        source=source,
    )
