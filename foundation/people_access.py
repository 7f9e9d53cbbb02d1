"""How people get to their roles: by an administrator's session, or by IAM Identity Center; and who breaks glass."""

from typing import Annotated, Literal

from pydantic import Field

from foundation.parts import Part
from foundation.texts import AccountId, BusinessUnitName, Email, Region

GroupId = Annotated[
    str,
    Field(
        pattern=r"^([0-9a-f]{10}-)?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        description="A group's id in the identity store, e.g. 906712345a-11111111-2222-3333-4444-555555555555.",
    ),
]
SHARED: Literal["shared"] = "shared"
"""The key of the groups of personas of the whole organisation."""


class IdentityCenter(Part):
    """The organisation's IAM Identity Center: permission sets are made there, one per role of the access matrix."""

    instance: Annotated[
        str,
        Field(pattern=r"^arn:aws:sso:::instance/(sso)?ins-[a-zA-Z0-9.-]{16}$", description="arn:aws:sso:::instance/…"),
    ]
    account: Annotated[
        AccountId | None,
        Field(description="A delegated administrator of Identity Center; the management account by default."),
    ] = None
    region: Annotated[Region | None, Field(description="Where Identity Center is; the home region by default.")] = None
    person_attribute: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
            description="The attribute for access control that holds a person's name as this file lists it.",
        ),
    ] = "person"
    session_hours: Annotated[int, Field(ge=1, le=12, description="How long a sign-in lasts: 1 to 12 hours.")] = 8
    groups: Annotated[
        dict[Literal["shared"] | BusinessUnitName, dict[str, GroupId]],
        Field(description="Business unit, or shared: {persona: group id}. Left out: assignments are made elsewhere."),
    ] = {}  # noqa: RUF012 - a default of pydantic's, which copies it


class BreakGlass(Part):
    """A role for emergencies in each stage's account, for the people of `people.security`, with an alarm."""

    notify: Annotated[tuple[Email, ...], Field(min_length=1, max_length=10, description="Who is told of each use.")]


class PeopleAccess(Part):
    """Nothing here: roles that a session states a person's name to, and no way into preprod and prod."""

    identity_center: IdentityCenter | None = None
    break_glass: BreakGlass | None = None
