"""Schools, trusts, CEOs and commissioners: state, and questions about oneself."""

from matsim.agents.ceo import CEO
from matsim.agents.commissioner import Commissioner
from matsim.agents.school import SCHOOL_COLUMNS, School
from matsim.agents.trust import TRUST_COLUMNS, Trust

__all__ = ["CEO", "SCHOOL_COLUMNS", "TRUST_COLUMNS", "Commissioner", "School", "Trust"]
