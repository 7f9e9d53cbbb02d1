"""Roll-outs: waves, the handoff, and deployment in any order."""
