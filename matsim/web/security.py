"""What every request must pass before a page sees it, and what every answer carries.

One ASGI layer, so that no page can forget it: the Host header names this server (against DNS rebinding), a post
comes from one of our own pages (Sec-Fetch-Site, Origin, and a token bound to the browser's cookie), bodies are
small and well formed, and every answer has the same strict headers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matsim.core.reading import whole

MOST_BODY = 256 * 1024
"""Bytes of a form. The largest, with every parameter of a scenario, has about 40,000."""
MOST_FIELDS = 2000
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No inline script and no style element. Plotly sets style attributes on its SVG: they cannot run or load anything."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\.[0-9a-f]{64}")


@dataclass(frozen=True)
class Site:
    """One server: what it is called, the hosts it answers to, and the secret that its cookies are signed with.

    `hosts` are Host headers without a port, in lower case. `numbers` also answers to any IP address: those that a
    laptop has on a hotspot cannot be known, and only names can be rebound. Give the same `secret` after a
    restart, and say that it is stored (`secret_stored`): then browsers stay who they were.
    """

    name: str
    port: int
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})
    numbers: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    secret_stored: bool = False

    @property
    def cookie(self) -> str:
        """Name of the cookie. Cookies are shared by all ports of a host, so the name says whose it is.

        That is the secret where it is kept: another session at the same port does not overwrite it, and another port
        after a restart still finds it. A secret of one run is as good as its port, and leaves fewer cookies behind.
        """
        return f"matsim-{self.name}-{self.sign('cookie name', '')[:8] if self.secret_stored else self.port}"

    def sign(self, purpose: str, text: str) -> str:
        """A signature (hex) that only this server can make."""
        return hmac.new(self.secret, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()

    def new_token(self) -> str:
        """A cookie's value for a browser not seen before."""
        token = secrets.token_urlsafe(32)
        return f"{token}.{self.sign('cookie', token)}"

    def known(self, value: str) -> bool:
        """Whether a cookie's value was made here."""
        token, _, signature = value.partition(".")
        fits = _TOKEN.fullmatch(value) is not None
        return fits and hmac.compare_digest(signature, self.sign("cookie", token))

    def csrf(self, browser: str) -> str:
        """The token that a page of this browser puts into its forms."""
        return self.sign("form", browser)

    def answers(self, host: str) -> bool:
        """Whether a Host header names this server."""
        try:
            parts = urlsplit(f"//{host}")
            # browsers leave the port out of Host where it is that of the scheme
            port = parts.port or 80
        except ValueError:
            return False
        bare = parts.hostname or ""
        name = f"[{bare}]" if ":" in bare else bare
        known = name in self.hosts or (self.numbers and _is_number(bare))
        return port == self.port and known and parts.netloc == host and "@" not in host


class Guard:
    """The ASGI layer. Sets `request.state.browser` (the cookie's value), `.csrf`, and on a post `.form`."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on with the body read."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        browser, fresh = _browser(headers, self.site)
        # to answer such a request with a new cookie would overwrite the one that the browser keeps to itself
        fresh = fresh and not _withheld(headers)
        state = scope.setdefault("state", {})
        state |= {"site": self.site, "browser": browser, "csrf": self.site.csrf(browser), "refused": None}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
                if "cache-control" not in out:
                    out["cache-control"] = "no-store"
                if fresh and state["refused"] is None and not scope["path"].startswith("/static/"):
                    # lax: a strict one is held back when a link in somebody's mail is followed, and answering that
                    # with a new one would throw the device out; posts are guarded by their origin and token
                    cookie = f"{self.site.cookie}={browser}; Path=/; HttpOnly; SameSite=Lax"
                    out.append("set-cookie", cookie)
            await send(message)

        try:
            receive = await self._checked(scope, headers, state, receive)
        except HTTPException as refusal:
            # the page itself is made by the application, so that refusals look like any other page
            state["refused"] = refusal
            scope = {**scope, "method": "GET", "path": "/refused", "raw_path": b"/refused", "query_string": b""}
        await self.app(scope, receive, dressed)

    async def _checked(self, scope: Scope, headers: Headers, state: dict[str, object], receive: Receive) -> Receive:
        if not self.site.answers(headers.get("host", "")):
            raise HTTPException(421, "This server answers only to the address that it printed when it started.")
        if scope["method"] in ("GET", "HEAD"):
            return receive
        if scope["method"] != "POST":
            raise HTTPException(405, "Pages are read and forms are sent; nothing else is understood here.")
        if not _same_origin(headers):
            raise HTTPException(403, "The form came from another site. Open the page here and send it again.")
        body = await _body(headers, receive)
        form = _fields(headers, body)
        state["form"] = form
        token = headers.get("x-csrf-token") or next(iter(form.get("csrf", [])), "")
        if not hmac.compare_digest(token.encode(), str(state["csrf"]).encode()):
            raise HTTPException(403, "The form is from an earlier visit. Load the page again, then send it.")
        state["body"] = body
        return _again(body)


def site_for(name: str, bound: str, port: int, names: Iterable[str] = (), secret: bytes = b"") -> Site:
    """The site of a server bound to an address. `names` are what else it may be called; `secret` a stored one."""
    everywhere = {"0.0.0.0", "::", ""}
    named = {bound, *names} - everywhere
    hosts = {f"[{n}]" if ":" in n else n.lower() for n in named} | {"127.0.0.1", "localhost", "[::1]"}
    return Site(name, port, frozenset(hosts), bound in everywhere, secret or secrets.token_bytes(32), bool(secret))


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _browser(headers: Headers, site: Site) -> tuple[str, bool]:
    """The browser's cookie where this server made it, else a new one; and whether it is new."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(site.cookie)
    except CookieError:
        cookie = None
    if cookie is not None and site.known(cookie.value):
        return cookie.value, False
    return site.new_token(), True


def _withheld(headers: Headers) -> bool:
    """Whether a browser may have a cookie that it does not send: what another site's page asks for beside its own."""
    return headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"


def _same_origin(headers: Headers) -> bool:
    """Whether a post comes from a page of this server, by what the browser says of it."""
    fetched = headers.get("sec-fetch-site")
    if fetched is not None and fetched != "same-origin":
        return False
    # older browsers send neither header with a form; then the token alone decides
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


async def _body(headers: Headers, receive: Receive) -> bytes:
    length_header = headers.get("content-length", "0")
    length = whole(length_header)
    if length is None:
        raise HTTPException(400, "The length of the form makes no sense.")
    if length > MOST_BODY:
        raise HTTPException(413, "The form is too large.")
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "The form broke off.")
        # counted as it comes: a body in chunks has no length that could be checked before
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            raise HTTPException(413, "The form is too large.")
    return bytes(body)


def _fields(headers: Headers, body: bytes) -> dict[str, list[str]]:
    """The fields of a form; none for a body of JSON, whose page reads `request.state.body`."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or not body:
        return {}
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "A form of another kind than these pages send.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(422, "The form is malformed.") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _again(body: bytes) -> Receive:
    """The body once more for whoever reads it next."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return left.pop() if left else {"type": "http.disconnect"}

    return receive
