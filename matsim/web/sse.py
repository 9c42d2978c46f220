"""Push to pages by server-sent events: topics with a short memory, and a stream for each page that listens."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from matsim.core.reading import whole

MOST_LISTENERS = 500
MOST_EACH = 4
"""Streams of one browser: a console and a projector, and one or two pages besides."""
MOST_QUEUED = 500
"""Messages that wait for a slow page; one that falls further behind is cut off and comes back by itself."""
ALIVE = 15.0
"""Seconds after which a silent stream says that it is alive."""


@dataclass
class _Topic:
    recent: deque[tuple[int, str]]
    last: int = 0
    listeners: set[asyncio.Queue[tuple[int, str] | None]] = field(default_factory=set)


class Hub:
    """Topics by name. `publish` may be called from any thread once the loop runs; all else belongs to the loop.

    Each topic keeps its last `keep` messages, and a page that comes back is sent those after the last it had. At most
    `most` pages listen at a time; the server sets it by what the machine has room for.
    """

    def __init__(self, keep: int = 100) -> None:
        self.keep, self.most = keep, MOST_LISTENERS
        self._topics: dict[str, _Topic] = {}
        self._seats: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Take the running loop as ours; the application does this when it starts."""
        self._loop = asyncio.get_running_loop()

    def publish(self, topic: str, event: str, data: Any) -> None:
        """Send an event with its data (JSON) to every page that listens to the topic."""
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, topic, event, text)

    def forget(self, topic: str) -> None:
        """End a topic: its memory goes, its streams end. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end, topic)

    def close(self) -> None:
        """End every stream."""
        for topic in list(self._topics):
            self._end(topic)

    def sit(self, who: str) -> None:
        """Take one of a browser's places for streams. HTTPException 503 where none is left: then the page asks."""
        if self._seats[who] >= MOST_EACH or self._seats.total() >= self.most:
            raise HTTPException(503, "Too many pages are open; this one asks from time to time instead.")
        self._seats[who] += 1

    def rise(self, who: str) -> None:
        """Give the place back."""
        self._seats[who] -= 1
        if not self._seats[who]:
            del self._seats[who]

    def _topic(self, name: str) -> _Topic:
        return self._topics.setdefault(name, _Topic(deque(maxlen=self.keep)))

    def _deliver(self, name: str, event: str, text: str) -> None:
        topic = self._topic(name)
        topic.last += 1
        message = (topic.last, f"id: {topic.last}\nevent: {event}\ndata: {text}\n\n")
        topic.recent.append(message)
        for queue in list(topic.listeners):
            # the queue itself has no limit: the None that ends a slow page must always find room in it
            if queue.qsize() < MOST_QUEUED:
                queue.put_nowait(message)
            else:
                topic.listeners.discard(queue)
                queue.put_nowait(None)

    def _end(self, name: str) -> None:
        topic = self._topics.pop(name, None)
        for queue in topic.listeners if topic else ():
            queue.put_nowait(None)

    async def listen(self, name: str, after: int = 0) -> AsyncIterator[str]:
        """Messages of a topic as text of a stream: those kept after a number, then new ones as they come."""
        topic = self._topic(name)
        queue: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        topic.listeners.add(queue)
        try:
            yield "retry: 1000\n\n"
            # after a restart of the server numbers begin again: then a page gets everything that is kept
            for text in [m[1] for m in topic.recent if m[0] > after or after > topic.last]:
                yield text
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), ALIVE)
                except TimeoutError:
                    yield ": alive\n\n"
                    continue
                if message is None:
                    return
                yield message[1]
        finally:
            topic.listeners.discard(queue)


class _Stream(StreamingResponse):
    """A stream that has a place with the hub until it ends, in whatever way."""

    def __init__(self, hub: Hub, who: str, topic: str, after: int) -> None:
        # here and not in the generator: a refusal has to come before the answer's first byte
        hub.sit(who)
        self._hub, self._who = hub, who
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(hub.listen(topic, after), media_type="text/event-stream", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.rise(self._who)


def stream(request: Request, hub: Hub, topic: str) -> StreamingResponse:
    """The answer to a page's EventSource. HTTPException 503 where its browser, or everybody, has too many."""
    after = whole(request.headers.get("last-event-id", "")) or 0
    return _Stream(hub, request.state.browser, topic, after)
