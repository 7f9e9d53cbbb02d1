"""Who makes a request, as the solver sees it: a principal that is known, one in any session, or anyone."""

from dataclasses import dataclass, field, replace

import z3

from fmops.verify.policy.documents import Statement
from fmops.verify.policy.keys import Value, of_principal
from fmops.verify.policy.logic import Truth, all_of, any_of, negate
from fmops.verify.policy.patterns import tokens
from fmops.verify.policy.principals import Strength, account_of, strength
from fmops.verify.policy.request import Anyone, Principal, Situation, Target
from fmops.verify.policy.solutions import holds_in, read
from fmops.verify.policy.space import Key
from fmops.verify.policy.texts import Free, Named, match, value


@dataclass
class Someone:
    """A known principal; of a role whose session isn't named, in any session.

    Attributes:
        bounded: whether it has a permissions boundary.
        facts: what holds for its session.
    """

    principal: Principal
    bounded: bool
    facts: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._session: z3.SeqRef | None = None
        self._within = ""
        if self.principal.kind == "role" and not self.principal.session:
            name = self.principal.id.rsplit("/", 1)[-1]
            partition = self.principal.id.split(":")[1]
            self._within = f"arn:{partition}:sts::{self.principal.account}:assumed-role/{name}/"

    def spoken(self, statement: Statement) -> list[tuple[Strength, Truth]]:
        """How strongly a statement speaks about it, and when."""
        found: list[tuple[Strength, Truth]] = []
        sure = strength(statement, self.principal, self.bounded)
        if self._within and statement.principals and not statement.principals.negated:
            for kind, named in statement.principals.named:
                if kind == "AWS" and named.startswith(self._within):
                    found.append(("direct", self.session() == value(named)))
        return [*found, (sure, True)] if sure else found

    def session(self) -> z3.SeqRef:
        """The session's ARN, as a variable."""
        if self._session is None:
            self._session = z3.String("session")
            self.facts.append(z3.PrefixOf(value(self._within), self._session))
        return self._session

    def account(self) -> str | Free:
        """Its account; empty for none."""
        return self.principal.account

    def without_account(self) -> Truth:
        """Whether only a resource's policy can allow it anything."""
        return not self.principal.account

    def decided(self, names: set[str]) -> dict[str, Value | Key]:
        """The keys that follow from it."""
        found: dict[str, Value | Key] = dict(of_principal(self.principal))
        for name in names:
            if name.startswith("aws:principaltag/"):
                tags = self.principal.tags
                if self.principal.kind in ("service", "anonymous"):
                    found[name] = None
                elif tags is not None:
                    wanted = name.split("/", 1)[1]
                    found[name] = next((held for tag, held in tags.items() if tag.lower() == wanted), None)
        return found

    def solved(self, model: z3.ModelRef) -> Principal:
        """The principal in a solution."""
        if self._session is None:
            return self.principal
        return replace(self.principal, session=read(model, Free(self._session)))


@dataclass
class Stranger:
    """Any principal but those that are excepted.

    Attributes:
        facts: what holds for its account, ARN, session and organisation.
    """

    anyone: Anyone
    target: Target
    facts: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        anyone = self.anyone
        self._path: z3.SeqRef | None = None
        self._tags: dict[str, tuple[Truth, Free]] = {}
        self._anonymous: Truth = z3.Bool("anonymous") if anyone.anonymous and anyone.organisation is None else False
        self._account, self._arn, self._name = z3.String("account"), z3.String("principal"), z3.String("name")
        self._session, self._organisation = z3.String("session"), z3.String("organisation")
        self._member: Truth = True if anyone.organisation is not None else z3.Bool("of an organisation")
        digits = z3.Loop(z3.Range("0", "9"), 12, 12)
        signed = z3.And(
            z3.InRe(self._account, digits),
            self._arn == z3.Concat(value("arn:aws:iam::"), self._account, value(":"), self._name),
            z3.InRe(self._name, z3.Union(z3.Re("root"), z3.Concat(z3.Union(z3.Re("role/"), z3.Re("user/")), _NAME))),
            z3.PrefixOf(z3.Concat(value("arn:aws:sts::"), self._account, value(":assumed-role/")), self._session),
        )
        self.facts.append(any_of([self._anonymous, signed]))
        self.facts += [self._account != value(one) for one in anyone.except_accounts]
        if self.target.account:
            home = self._organisation == value(self.target.organisation)
            here = all_of([self._member, home]) if self.target.organisation else negate(self._member)
            self.facts.append(any_of([self._account != value(self.target.account), here]))
        for pattern in anyone.except_arns:
            self.facts.append(negate(match(Free(self._arn), tokens(pattern, "glob", False), _unnamed, "the question")))
        if anyone.organisation is not None:
            self.facts.append(self._organisation == value(anyone.organisation))
        if anyone.except_organisation is not None:
            self.facts.append(self._organisation != value(anyone.except_organisation))
        self.facts.append(z3.PrefixOf(value("o-"), self._organisation))

    def _is(self, kind: str) -> Truth:
        return all_of([negate(self._anonymous), z3.PrefixOf(value(kind), self._name)])

    def spoken(self, statement: Statement) -> list[tuple[Strength, Truth]]:
        """How strongly a statement speaks about it, and when."""
        if statement.principals is None:
            return [("direct", True)]
        found: list[tuple[Strength, Truth]] = []
        for kind, named in statement.principals.named:
            if kind == "*":
                found.append(("direct", True))
            elif kind == "AWS":
                found += self._named(named, statement.place)
        if not statement.principals.negated:
            return found
        # Of a denial that names somebody in part, the least that it may deny: whoever isn't named itself.
        spared = [when for how, when in found if statement.effect == "Allow" or how != "account"]
        return [("direct", negate(any_of(spared)))]

    def _named(self, named: str, place: str) -> list[tuple[Strength, Truth]]:
        known = negate(self._anonymous)
        account = account_of(named, place)
        if account:
            return [("account", all_of([known, self._account == value(account)]))]
        if ":sts:" in named:
            return [("direct", all_of([self._is("role/"), self._session == value(named)]))]
        same = all_of([known, self._arn == value(named)])
        return [("role" if ":role/" in named else "direct", same)]

    def account(self) -> str | Free:
        """Its account."""
        return Free(self._account)

    def without_account(self) -> Truth:
        """Whether only a resource's policy can allow it anything."""
        return self._anonymous

    def decided(self, names: set[str]) -> dict[str, Value | Key]:
        """The keys that follow from it."""
        known, member = negate(self._anonymous), all_of([negate(self._anonymous), self._member])
        either = z3.If(known, self._account, value("anonymous"))
        types = z3.If(self._is("user/"), value("User"), z3.If(self._is("root"), value("Account"), value("AssumedRole")))
        types = z3.If(known, types, value("Anonymous"))
        found: dict[str, Value | Key] = {
            "aws:principalarn": Key(((known, Free(self._arn)),)),
            "aws:principalaccount": Key(((True, Free(either)),)),
            "aws:principaltype": Key(((True, Free(types)),)),
            "aws:principalorgid": Key(((member, Free(self._organisation)),)),
            "aws:principalisawsservice": "false",
            "aws:principalservicename": None,
            "aws:principalservicenameslist": None,
        }
        if "aws:username" in names:
            user = z3.String("user name")
            self.facts.append(any_of([negate(self._is("user/")), z3.SuffixOf(z3.Concat(value("/"), user), self._name)]))
            self.facts.append(z3.InRe(user, z3.Plus(_LETTER)))
            found["aws:username"] = Key(((self._is("user/"), Free(user)),))
        if "aws:principalorgpaths" in names:
            path = z3.String("organisation path")
            self.facts.append(z3.PrefixOf(z3.Concat(self._organisation, value("/")), path))
            found["aws:principalorgpaths"] = Key(((member, Free(path)),), many=True)
            self._path = path
        for name in names:
            if name.startswith("aws:principaltag/"):
                tagged = all_of([known, z3.Bool(f"has {name}")])
                self._tags[name] = (tagged, Free(z3.String(name)))
                found[name] = Key((self._tags[name],))
        return found

    def solved(self, model: z3.ModelRef) -> Principal:
        """The principal in a solution."""
        if holds_in(model, self._anonymous):
            return Principal("anonymous", "*")
        account, arn = read(model, Free(self._account)), read(model, Free(self._arn))
        name = read(model, Free(self._name))
        kind = name.split("/")[0]
        path = self._path
        tags = {
            name.split("/", 1)[1]: read(model, held) for name, (has, held) in self._tags.items() if holds_in(model, has)
        }
        return Principal(
            "root" if kind == "root" else "user" if kind == "user" else "role",
            arn,
            account,
            read(model, Free(self._session)) if kind == "role" else "",
            read(model, Free(self._organisation)) if holds_in(model, self._member) else "",
            read(model, Free(path)) if path is not None and holds_in(model, self._member) else "",
            tags,
        )


_LETTER = z3.Union(z3.Range("a", "z"), z3.Range("A", "Z"), z3.Range("0", "9"), *(z3.Re(one) for one in "+=,.@_-"))
_NAME = z3.Plus(z3.Union(_LETTER, z3.Re("/")))


def _unnamed(_key: str) -> Named:
    return Named(False, "")


def who(situation: Situation) -> Someone | Stranger:
    """Who makes a request."""
    caller = situation.caller
    if isinstance(caller.principal, Anyone):
        return Stranger(caller.principal, situation.target)
    return Someone(caller.principal, caller.boundary is not None)
