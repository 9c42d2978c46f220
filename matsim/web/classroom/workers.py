"""Waiting for a worker, several at a time for the same work."""

from __future__ import annotations

import asyncio
from typing import Any

from matsim.web.jobs import Job


async def value_of(job: Job) -> Any:
    """What a job gives, or its error. Who gives up waiting leaves the job to others: only `Job.cancel` ends it."""
    return await asyncio.shield(asyncio.wrap_future(job.future))
