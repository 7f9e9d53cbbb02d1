"""AWS's policy evaluation: who may do what, evaluated for one request or proven for all of them.

`parse` reads a policy, `Situation` says which have a say, `evaluate` decides one request, `prove` answers a claim about
all requests that a `Question` describes, `widened` compares before and after.
"""

from fmops.verify.policy.documents import Clause, Kind, Policy, Principals, Selection, Statement, conditions, parse
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.evaluate import Decision, evaluate
from fmops.verify.policy.prove import Answer, Claim, Counterexample, Proven, Unknown, prove, widened
from fmops.verify.policy.request import Anyone, Caller, Principal, Question, Request, Situation, Target

__all__ = [
    "Answer",
    "Anyone",
    "Caller",
    "Claim",
    "Clause",
    "Counterexample",
    "Decision",
    "Kind",
    "Policy",
    "Principal",
    "Principals",
    "Proven",
    "Question",
    "Request",
    "Selection",
    "Situation",
    "Statement",
    "Target",
    "Unknown",
    "Unproven",
    "conditions",
    "evaluate",
    "parse",
    "prove",
    "widened",
]
