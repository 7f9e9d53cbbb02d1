"""Anyone at all, as the solver sees it: each AWS principal, and whoever has no credentials."""

from collections.abc import Callable, Iterable

import z3

from fmops.verify.policy.documents import Statement
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.logic import Truth, all_of, any_of, negate
from fmops.verify.policy.patterns import Token, Wild, matches, tokens
from fmops.verify.policy.principals import Strength, account_of
from fmops.verify.policy.representatives import Shape
from fmops.verify.policy.request import Anyone, Principal, PrincipalKind, Target
from fmops.verify.policy.solutions import Symbol, holds_in, read
from fmops.verify.policy.space import Key, Space
from fmops.verify.policy.texts import Choice, Free, Named, Text, match, one_of, term, value

_TWELVE: tuple[Token, ...] = (Wild(False, False),) * 12
_SOME, _MANY = Wild(False, True), Wild(True, True)
ROOT = Shape(("arn:aws:iam::", *_TWELVE, ":root"))
ROLE = Shape(("arn:aws:iam::", *_TWELVE, ":role/", _SOME, _MANY))
USER = Shape(("arn:aws:iam::", *_TWELVE, ":user/", _SOME, _MANY))
_MEMBER = Shape(("o-", _SOME, _MANY))
_PATH = Shape(("o-", _SOME, _MANY, "/", _SOME, _MANY))


class Stranger:
    """Any principal but those that are excepted.

    Args:
        anyone: whom the question is about.
        target: what it is about: whoever is of its account is of its organisation.
        space: where its keys live.
        names: the keys that are asked for.
        statements: whose Principal elements count.
    """

    def __init__(
        self, anyone: Anyone, target: Target, space: Space, names: set[str], statements: Iterable[Statement]
    ) -> None:
        self.facts: list[Truth] = []
        self._names = names
        self._anyone, self._target, self._space = anyone, target, space
        self._anonymous: Truth = z3.Bool("anonymous") if anyone.anonymous and anyone.organisation is None else False
        self._known = negate(self._anonymous)
        named = [
            text
            for one in statements
            for kind, text in (one.principals.named if one.principals else ())
            if kind == "AWS"
        ]
        sessions = tuple(dict.fromkeys(text for text in named if ":assumed-role/" in text))
        self._arn, self._account = self._identity(named, sessions)
        self._session = self._sessions(sessions)
        self._organisations: frozenset[str] = frozenset(filter(None, [anyone.organisation]))
        self._member: Truth = True if anyone.organisation is not None else z3.Bool("of an organisation")
        self._organisation = self._membership()
        self._except()
        self._path: Text | None = self._paths() if "aws:principalorgpaths" in names else None
        self._tags: dict[str, tuple[Truth, Symbol]] = {}

    def _identity(self, named: list[str], sessions: tuple[str, ...]) -> tuple[Text, Text]:
        """Its ARN and its account."""
        space = self._space
        accounts = [account for text in named if (account := account_of(text, ""))]
        accounts += [*self._anyone.except_accounts, self._target.account]
        shapes = [*space.compared("aws:principalarn"), ROOT, ROLE, USER]
        shapes += [_of_account((account,)) for account in accounts if account]
        shapes += [_of_account(one.tokens) for one in space.compared("aws:principalaccount")]
        shapes += [Shape((text,)) for text in named if not account_of(text, "")]
        shapes += [Shape(tokens(pattern, "glob", False)) for pattern in self._anyone.except_arns]
        shapes += [shape for session in sessions for shape in _roles_of(session)]
        symbolic = {"aws:principalarn", "aws:principalaccount"} & space.linked or "aws:username" in self._names
        if not symbolic or space.guess:
            found = space.text("arn of anyone", shapes, ((ROOT, ROLE, USER),))
            if not isinstance(found, Free):
                arn = mapped(found, lambda text: with_digits(text, shapes))
                return arn, mapped(arn, lambda text: text.split(":")[4])
        account, name = z3.String("account"), z3.String("name")
        self.facts.append(z3.InRe(account, z3.Loop(z3.Range("0", "9"), 12, 12)))
        kinds = z3.Union(z3.Re("role/"), z3.Re("user/"))
        self.facts.append(z3.InRe(name, z3.Union(z3.Re("root"), z3.Concat(kinds, z3.Plus(_LETTER)))))
        return Free(z3.Concat(value("arn:aws:iam::"), account, value(":"), name)), Free(account)

    def _sessions(self, sessions: tuple[str, ...]) -> Text:
        """Its session's ARN: one that is named, or empty for any other."""
        found, fact = one_of("session of anyone", ("", *sessions))
        self.facts.append(fact)
        for session in sessions:
            of_role = any_of(self._is(shape) for shape in _roles_of(session))
            self.facts.append(any_of([negate(_equal(found, session)), of_role]))
        return found

    def _membership(self) -> Text:
        """Its organisation."""
        if self._anyone.organisation is not None:
            return self._anyone.organisation
        space, name = self._space, "aws:principalorgid"
        known = [self._target.organisation, self._anyone.except_organisation or ""]
        known += [_start(shape) for shape in space.compared("aws:principalorgpaths")]
        self._organisations = frozenset(one for one in known if one)
        shapes = [*space.compared(name), *(Shape((one,)) for one in sorted(self._organisations))]
        return space.text(name, shapes, ((_MEMBER,),))

    def _except(self) -> None:
        """Whom the question leaves out; whoever is of the target's account is of its organisation."""
        anyone, target = self._anyone, self._target
        self.facts += [negate(_equal(self._account, account)) for account in anyone.except_accounts]
        self.facts += [negate(self._is(Shape(tokens(pattern, "glob", False)))) for pattern in anyone.except_arns]
        if anyone.except_organisation is not None:
            self.facts.append(negate(all_of([self._member, _equal(self._organisation, anyone.except_organisation)])))
        if target.account:
            home = all_of([self._member, _equal(self._organisation, target.organisation)])
            here = home if target.organisation else negate(self._member)
            self.facts.append(any_of([negate(_equal(self._account, target.account)), here]))

    def _paths(self) -> Text:
        """Its place in its organisation."""
        name = "aws:principalorgpaths"
        path = self._space.text(name, self._space.compared(name), ((_PATH,),))
        if isinstance(path, Free) or isinstance(self._organisation, Free):
            self.facts.append(z3.PrefixOf(z3.Concat(term(self._organisation), value("/")), term(path)))
            return path
        for option in _options(path):
            start = option.split("/")[0]
            fits = [one for one in _options(self._organisation) if one == start or not self._told_apart(one, start)]
            here = any_of(_equal(self._organisation, one) for one in fits)
            self.facts.append(any_of([negate(_equal(path, option)), here]))
        return path

    def _told_apart(self, one: str, other: str) -> bool:
        """Whether two organisations are different to the question."""
        return one in self._organisations or other in self._organisations

    def _is(self, shape: Shape) -> Truth:
        return match(self._arn, shape.tokens, _unnamed, "anyone", shape.fold)

    def spoken(self, statement: Statement) -> list[tuple[Strength, Truth]]:
        """How strongly a statement speaks about it, and when."""
        if statement.principals is None:
            return [("direct", True)]
        found: list[tuple[Strength, Truth]] = []
        for kind, named in statement.principals.named:
            if kind == "*":
                found.append(("direct", True))
            elif kind == "AWS":
                found.append(self._named(named, statement.place))
        if not statement.principals.negated:
            return found
        # Of a denial that names somebody in part, the least that it may deny: whoever isn't named itself.
        spared = [when for how, when in found if statement.effect == "Allow" or how != "account"]
        return [("direct", negate(any_of(spared)))]

    def _named(self, named: str, place: str) -> tuple[Strength, Truth]:
        account = account_of(named, place)
        if account:
            return "account", all_of([self._known, _equal(self._account, account)])
        if ":federated-user/" in named or "cloudfront" in named:
            raise Unproven(place, f"principal {named!r}: who is behind it can't be told of anyone")
        if ":sts:" in named:
            return "direct", all_of([self._known, _equal(self._session, named)])
        return "role" if ":role/" in named else "direct", all_of([self._known, _equal(self._arn, named)])

    def account(self) -> Text:
        """Its account."""
        return self._account

    def without_account(self) -> Truth:
        """Whether only a resource's policy can allow it anything."""
        return self._anonymous

    def decided(self) -> dict[str, Key]:
        """The keys that follow from it."""
        known, space = self._known, self._space
        member = all_of([known, self._member])
        of_user, of_root = all_of([known, self._is(USER)]), all_of([known, self._is(ROOT)])
        of_role = all_of([known, self._is(ROLE)])
        found = {
            "aws:principalarn": Key(((known, self._arn),)),
            "aws:principalaccount": Key(((known, self._account), (self._anonymous, "anonymous"))),
            "aws:principaltype": Key(
                ((of_role, "AssumedRole"), (of_user, "User"), (of_root, "Account"), (self._anonymous, "Anonymous"))
            ),
            "aws:principalorgid": Key(((member, self._organisation),)),
            "aws:principalisawsservice": Key(((True, "false"),)),
            "aws:principalservicename": Key(()),
            "aws:principalservicenameslist": Key((), many=True),
        }
        if self._path is not None:
            found["aws:principalorgpaths"] = Key(((member, self._path),), many=True)
        if "aws:username" in self._names:
            found["aws:username"] = Key(((of_user, self._user()),))
        for name in sorted(self._names):
            if name.startswith("aws:principaltag/"):
                self._tags[name] = (all_of([known, z3.Bool(f"has {name}")]), space.asked_text(name, name))
                found[name] = Key((self._tags[name],))
        return found

    def _user(self) -> Text:
        """Its name where it is a user."""
        if not isinstance(self._arn, Free):
            raise Unproven("aws:username", "can't be told of anyone")
        user = z3.String("user name")
        ends = z3.SuffixOf(z3.Concat(value("/"), user), self._arn.term)
        self.facts.append(any_of([negate(self._is(USER)), z3.And(ends, z3.Not(z3.Contains(user, value("/"))))]))
        return Free(user)

    def solved(self, model: z3.ModelRef) -> Principal:
        """The principal in a solution."""
        if holds_in(model, self._anonymous):
            return Principal("anonymous", "*")
        arn, member = read(model, self._arn), holds_in(model, self._member)
        organisation = read(model, self._organisation) if member else ""
        path = read(model, self._path) if self._path is not None and member else ""
        kind: PrincipalKind = "root" if arn.endswith(":root") else "user" if ":user/" in arn else "role"
        tags = {
            name.split("/", 1)[1]: read(model, held) for name, (has, held) in self._tags.items() if holds_in(model, has)
        }
        return Principal(
            kind,
            arn,
            arn.split(":")[4],
            read(model, self._session) if kind == "role" else "",
            organisation,
            f"{organisation}/{path.split('/', 1)[1]}" if path else "",
            tags,
        )


_LETTER = z3.Union(z3.Range("a", "z"), z3.Range("A", "Z"), z3.Range("0", "9"), *(z3.Re(one) for one in "+=,.@_-/"))


def _unnamed(_key: str) -> Named:
    return Named()


def _equal(text: Text, wanted: str) -> Truth:
    return match(text, (wanted,) if wanted else (), _unnamed, "anyone")


def _options(text: Text) -> tuple[str, ...]:
    return text.options if isinstance(text, Choice) else (text,) if isinstance(text, str) else ()


def _start(shape: Shape) -> str:
    """The organisation that a pattern of paths begins with."""
    first = shape.tokens[0] if shape.tokens else ""
    return first.split("/")[0] if isinstance(first, str) and "/" in first else ""


def _of_account(account: tuple[Token, ...]) -> Shape:
    """ARNs of accounts that match."""
    inside = tuple(Wild(one.many, False) if isinstance(one, Wild) else one for one in account)
    return Shape(("arn:aws:iam::", *inside, ":", _MANY))


def _roles_of(session: str) -> tuple[Shape, Shape]:
    """ARNs that the role of a session may have: with and without a path."""
    account, role = session.split(":")[4], session.split("/")[1]
    return (
        Shape((f"arn:aws:iam::{account}:role/{role}",)),
        Shape((f"arn:aws:iam::{account}:role/", _MANY, f"/{role}")),
    )


def mapped(text: Text, change: Callable[[str], str]) -> Text:
    """A text that follows from another."""
    if isinstance(text, Choice):
        return Choice(tuple(change(option) for option in text.options), text.index)
    return change(text) if isinstance(text, str) else text


def with_digits(arn: str, shapes: Iterable[Shape]) -> str:
    """An ARN whose account has digits only, where one matches the same patterns."""
    parts, known = arn.split(":"), tuple(shapes)
    for digit in "9876543210":
        account = "".join(letter if letter.isdigit() else digit for letter in parts[4])
        other = ":".join([*parts[:4], account, *parts[5:]])
        if all(_matches(shape, arn) == _matches(shape, other) for shape in known):
            return other
    return arn


def _matches(shape: Shape, text: str) -> bool:
    return matches(shape.tokens, text, lambda _: None, shape.fold)
