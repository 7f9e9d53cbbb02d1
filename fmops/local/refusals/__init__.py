"""What AWS refuses and ministack lets pass: each check is a plain function over a request's or a template's members.

`tests/refusals` holds them: a mistake of each kind, the error that AWS's documentation names, and the same attempt put
right. What ministack refuses by itself has its rows there too, and no code here.
"""
