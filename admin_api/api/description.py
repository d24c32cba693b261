"""The description of the API (OpenAPI), for those who are signed in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from admin_api.problems import Problem
from admin_api.security import needs
from staff.roles import May

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/openapi.json", dependencies=[needs(May.SIGNED_IN)])
async def openapi(request: Request) -> dict[str, Any]:
    """Every route of the API, what it takes and what it answers, errors included."""
    described: dict[str, Any] = request.app.openapi()
    components = described.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    described["security"] = [{"token": []}]
    return described
