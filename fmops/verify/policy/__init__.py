"""AWS's policy evaluation: who may do what, evaluated for one request or proven for all of them.

`parse` reads a policy, `Situation` says which have a say, `evaluate` decides one request, `prove` answers a claim about
all requests that a `Question` describes.
"""

from fmops.verify.policy.documents import Clause, Kind, Policy, Principals, Selection, Statement, conditions, parse
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.request import Anyone, Caller, Principal, Question, Request, Situation, Target

__all__ = [
    "Anyone",
    "Caller",
    "Clause",
    "Kind",
    "Policy",
    "Principal",
    "Principals",
    "Question",
    "Request",
    "Selection",
    "Situation",
    "Statement",
    "Target",
    "Unproven",
    "conditions",
    "parse",
]
