"""The targets' own figures: computed again from the published files, and from small files where they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ESTABLISHMENTS, LINKS_2018, SHARED
from support.make_gias import LINKS_2018 as FORM
from support.make_gias import link, school, write

from matsim.evidence.targets import read_targets
from matsim.validation.facts import change_of, facts, read_members

LINKS_2019 = SHARED / "grouplinks_edubaseallacademiesandfree20190601.csv"

KNOWN = {
    "trusts-of-two-2018": "of them with two or more before",
    "single-trusts-2018": "single-academy trusts before",
    "secondaries-alone-2018": "secondary academies that stand alone before",
    "primaries-alone-2018": "primary academies that stand alone before",
    "sizes-2018": "sizes before",
    "sizes-2018-from-2010": "sizes before",
    "largest-2018-from-2010": "largest before",
    "in-large-trusts-2018-from-2010": "academies in trusts of ten or more before",
    "within-km-2018": "km to the nearest school of the trust, median, before",
    "within-km-far-2018": "km to the nearest school of the trust, ninth decile, before",
    "sizes-2019": "sizes after",
    "in-large-trusts-2019": "academies in trusts of ten or more after",
    "largest-2019": "largest after",
    "single-trusts-2019": "single-academy trusts after",
    "trusts-of-two-2019": "of them with two or more after",
    "growth-of-1-2": "net growth of trusts of 1 to 2",
    "growth-of-3-5": "net growth of trusts of 3 to 5",
    "growth-of-6-10": "net growth of trusts of 6 to 10",
    "growth-of-11": "net growth of trusts of 11 to 999",
    "net-growth": "net growth",
    "gained-five-2019": "trusts gaining five or more",
    "new-trusts": "MATs born",
    "destinations": "destinations",
    "new-academies-2019": "new academies",
    "joined-km-primary": "joined km, median, primary",
    "joined-km-secondary": "joined km, median, secondary",
    "joined-km-far": "joined km, ninth decile, all",
    "joined-home": "joiners whose authority the trust was in",
    "joined-nearest": "joiners of the nearest academy's trust",
    "joined-large": "joiners of trusts of ten or more",
    "joined-like": "mean share of like phase in the trust joined",
    "moved-2019": "academies moved",
    "moved-alone-2019": "moved that stood alone",
    "moved-km-2019": "moved km",
    "trusts-gone-2019": "MATs gone",
    "single-trusts-gone-2019": "SATs gone",
    "sponsored-share-2019": "new academies that are sponsored",
}


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not LINKS_2019.exists(), reason="the published files are not beside the project")
def test_every_computed_target_can_be_computed_again() -> None:
    found = facts(change_of(LINKS_2018, LINKS_2019, ESTABLISHMENTS, 13 / 12)).set_index("fact").value
    own = {t.id: t for t in read_targets() if t.source == "gias-links-2018-2019"}
    assert set(own) == set(KNOWN)
    for name, fact in KNOWN.items():
        value = np.atleast_1d(found[fact])
        # rounded where written down: to a hundredth of the tolerance or so, never by more than a tenth
        assert np.abs(value - np.array(own[name].value)).max() < own[name].tolerance / 10, name


def test_members_are_mainstream_and_trusts_are_known_by_their_company(tmp_path: Path) -> None:
    rows = [
        {**link(100001, 71), "Companies House Number": "00500"},
        {**link(100002, 72, "Single-academy trust"), "Companies House Number": "00600"},
        {**link(100003, 73), "Companies House Number": ""},
        link(100004, 74, of_type="Academy special converter"),
        link(100005, 75, "School sponsor"),
    ]
    links = write(tmp_path / "links.csv", rows, FORM)
    places = write(tmp_path / "schools.csv", [school(100001, easting=400000), school(100002)])
    members = read_members(links, places).set_index("school")
    assert members.trust.to_dict() == {100001: 500, 100002: 600, 100003: 73}
    assert members.kind.to_dict() == {100001: 1, 100002: 0, 100003: 1}
    assert members.easting[100001] == 400000
    assert np.isnan(members.easting[100003])
