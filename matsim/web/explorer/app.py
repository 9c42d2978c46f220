"""The explorer's application: its routes, and what it is started with."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from matsim.simulation.simulate import Files
from matsim.web.explorer import draft_pages, result_pages, worker
from matsim.web.explorer.desk import Desk
from matsim.web.security import Site
from matsim.web.server import make_app
from matsim.web.sse import Hub

ROUTES = (
    Route("/", draft_pages.home),
    Route("/start", draft_pages.start, methods=["POST"]),
    Route("/settings", draft_pages.settings),
    Route("/settings", draft_pages.change, methods=["POST"]),
    Route("/trusts", draft_pages.trusts),
    Route("/trusts/{uid:int}", draft_pages.decisions),
    Route("/trusts/{uid:int}", draft_pages.decide, methods=["POST"]),
    Route("/shocks", draft_pages.shocks),
    Route("/shocks", draft_pages.change_shocks, methods=["POST"]),
    Route("/compare", result_pages.compare),
    Route("/variants/{number:int}", result_pages.variant),
    Route("/variants/{number:int}/events", result_pages.events),
    Route("/variants/{number:int}/cancel", result_pages.cancel, methods=["POST"]),
    Route("/variants/{number:int}/delete", result_pages.delete, methods=["POST"]),
    Route("/variants/{number:int}/edit", result_pages.edit, methods=["POST"]),
    Route("/variants/{number:int}/save", result_pages.save, methods=["POST"]),
    Route("/variants/{number:int}/scenario.toml", result_pages.scenario),
    Route("/variants/{number:int}/report.html", result_pages.report),
    Route("/variants/{number:int}/tables.zip", result_pages.tables),
    Route("/variants/{number:int}/trusts", result_pages.trusts),
    Route("/variants/{number:int}/trusts/{uid:int}", result_pages.trust),
)


def explorer(site: Site, scenario: str = "area-300", files: Files | None = None, workers: int = 1) -> Starlette:
    """The application. `scenario` is what a browser begins with; `files` the first year's, where given."""
    hub = Hub()
    desk = Desk(hub, files, workers)
    app = make_app(site, ROUTES, "matsim.web.explorer", hub, desk.close)
    app.state.desk, app.state.first = desk, scenario
    for pool in (desk.readers, desk.runs):
        pool.submit(worker.ready)
    return app
