"""Imported first: CDK's Node takes a third of a second to start, and Python reads the rest of the program meanwhile."""

from importlib import import_module
from threading import Thread

import fmops_constructs  # noqa: F401  (chooses the Node)

Thread(target=import_module, args=("cdk_nag",), name="cdk").start()
