"""What the engine refuses, by name. Nothing that it doesn't understand is passed over."""


class Unproven(Exception):  # noqa: N818
    """Something in a policy that this engine doesn't handle: the answer is "not proven", never "safe".

    Attributes:
        place: where it stands, e.g. `retail-dev-Data/Bucket Statement[2].Condition`.
        why: what it is, and what to do about it, in a sentence.
    """

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why
