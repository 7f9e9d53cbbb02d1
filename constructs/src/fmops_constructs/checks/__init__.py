"""The foundation's own rules, for what the packs of cdk-nag don't see: `FmopsChecks` runs them in synthesis.

A rule is data and one small function, in the module of its area; `rules.RULES` holds all of them.
"""
