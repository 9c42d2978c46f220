"""`matsim cluster-check`: the cluster self-evaluation of a real trust or cluster, from a CSV form."""

from __future__ import annotations

from matsim.cli.options import JsonOption, TemplateOption
from matsim.cli.selfchecks import FormFile, self_check


def cluster_check(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a cluster self-evaluation: stage, where to start.

    The stage a cluster is at, where its leaders and governors differ, and where to start. One row per person:
    seven dimensions from 1 (strong) to 4 (not there). Nothing leaves this machine.
    """
    from matsim.selfcheck.cluster import cluster_check as check

    self_check("cluster-check", file, template, json, check, "cluster.csv")
