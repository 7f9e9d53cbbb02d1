"""Constructs of the FMOps foundation: private by construction."""

import os
import sys
from pathlib import Path

# aws_cdk starts a Node process on import. The locked one of the environment, when there is one, is the right one; and
# what that process unpacks belongs into the environment too, not into the home folder.
_NODE = Path(sys.prefix) / "bin" / "node"
if _NODE.exists():
    os.environ.setdefault("JSII_NODE", str(_NODE))
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(sys.prefix) / "cache" / "jsii"))
