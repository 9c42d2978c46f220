"""The explorer's application: its routes, and what it is started with."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from matsim.run import Files
from matsim.web.app import make_app
from matsim.web.explorer import drafting, shocks, showing, work
from matsim.web.explorer.desk import Desk
from matsim.web.security import Site
from matsim.web.sse import Hub

ROUTES = (
    Route("/", drafting.home),
    Route("/start", drafting.start, methods=["POST"]),
    Route("/settings", drafting.settings),
    Route("/settings", drafting.change, methods=["POST"]),
    Route("/trusts", drafting.trusts),
    Route("/trusts/{uid:int}", drafting.decisions),
    Route("/trusts/{uid:int}", drafting.decide, methods=["POST"]),
    Route("/shocks", shocks.page),
    Route("/shocks", shocks.change, methods=["POST"]),
    Route("/compare", showing.compare),
    Route("/variants/{number:int}", showing.variant),
    Route("/variants/{number:int}/events", showing.events),
    Route("/variants/{number:int}/cancel", showing.cancel, methods=["POST"]),
    Route("/variants/{number:int}/delete", showing.delete, methods=["POST"]),
    Route("/variants/{number:int}/edit", showing.edit, methods=["POST"]),
    Route("/variants/{number:int}/save", showing.save, methods=["POST"]),
    Route("/variants/{number:int}/scenario.toml", showing.scenario),
    Route("/variants/{number:int}/report.html", showing.report),
    Route("/variants/{number:int}/tables.zip", showing.tables),
    Route("/variants/{number:int}/trusts", showing.trusts),
    Route("/variants/{number:int}/trusts/{uid:int}", showing.trust),
)


def explorer(site: Site, scenario: str = "area-300", files: Files | None = None, workers: int = 1) -> Starlette:
    """The application. `scenario` is what a browser begins with; `files` the first year's, where given."""
    hub = Hub()
    desk = Desk(hub, files, workers)
    app = make_app(site, ROUTES, "matsim.web.explorer", hub, desk.close)
    app.state.desk, app.state.first = desk, scenario
    for pool in (desk.readers, desk.runs):
        pool.submit(work.ready)
    return app
