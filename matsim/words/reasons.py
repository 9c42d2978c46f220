"""What people say of the inputs of decisions: why something was decided, in words that a head would use.

`more` is said of an input above what is usual, `less` of one below: clauses that stand behind "what spoke most against
it:". What is usual is the middle of the input's range unless given: 0 of conditions that hold or do not, whose absence
is no reason at all.
"""

from __future__ import annotations

from typing import NamedTuple


class Says(NamedTuple):
    """What is said of an input above and below what is usual (None: the middle of its range)."""

    more: str
    less: str = ""
    usual: float | None = None


SILENT = Says("")


def condition(words: str) -> Says:
    """Of what holds or does not."""
    return Says(words, usual=0.0)


ALONE = condition("it stands alone as an academy")
ASKED = condition("a trust has asked it")
ATTRACTION = Says("a trust near by has a good track record", "no trust near by has a strong track record")
AUTHORITY = Says(
    "its local authority wants schools in trusts", "its local authority does not want schools in trusts", 0.0
)
BORDER = condition("it is in an authority where the trust has no school")
CAPACITY = Says(
    "the trust's central team has room to spare", "the trust's central team is short of what it needs", usual=1.0
)
CHIEF = condition("its CEO has left")
DEFICIT = condition("the school has a deficit that grants do not cover")
FIT_OF_PROMISES = Says("what the trust promises fits its wishes", "what the trust promises does not fit its wishes")
FIT_OF_WAYS = Says("its wishes fit the trust's ways", "its wishes do not fit the trust's ways")
HEAD = Says("it has a strong head", "its head is not strong", usual=0.0)
IDENTITY = Says("it is attached to its own identity", "it is not much attached to its own identity")
INEVITABILITY = Says("most schools near by are academies", "few schools near by are academies")
MERGED_BY_POLICY = Says("policy draws trusts together", "policy leaves trusts as they are", usual=0.0)
NEED = condition("the school needs a sponsor")
OFFER = condition("another trust has offered")
OPENNESS = Says("policy is open to schools converting alone", "policy is not open to schools converting alone")
ORDERED = condition("it must have a sponsor")
PARTNER_NEAR = Says("a partner is close by", "no partner is close by")
PARTNERS = Says("its partners lean towards a trust", "its collaboration does for it what a trust would", usual=0.0)
PHASE = Says("most of the trust's schools are of its phase", "few of the trust's schools are of its phase")
PRIORITY = Says("it is what the region wants this year", "it is not what the region wants this year", usual=0.0)
PUSH = Says("policy draws schools into trusts", "policy holds schools back from trusts", usual=0.0)
RECORD = Says("the trust has a good track record", "the trust's track record is weak")
RESERVES = condition("its reserves are run down")
RETRENCHMENT = Says("its local authority can do little for it any more", "its local authority can still do much for it")
SCHOOL_NEAR = Says("the school is near the trust", "the school is far from the trust")
SECONDARIES = condition("the trust plans for more secondary schools")
SECONDARY = condition("it is a secondary school")
SIZE = Says("the trust comes to the size expected", "the trust is far from the size expected", 0.0)
SMALL = Says("it is too small to last", "it is large enough to last", usual=-1.4)
STRAIN = condition("its budget is under strain")
TEAM = condition("its central team is too small for its work")
TRUST_NEAR = Says("the trust is near", "the trust is far away")
VACANCY = condition("it has no head")
WEAK = condition("it is judged below Good")
