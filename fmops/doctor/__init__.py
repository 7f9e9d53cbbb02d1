"""What would go wrong on AWS: asked before a first deployment, and afterwards. Nothing is changed.

`scene` holds what a diagnosis looks at, `asking` asks AWS, `check` runs the checks, which stand in a module each;
`checks` lists them. What can't be asked is said to be not checked, and why: nothing is fine by default.
"""
