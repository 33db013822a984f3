"""What this service's endpoints ask for beyond the common."""

from typing import Annotated

from fastapi import Depends, Request

from cases.resources import CasesResources


async def _resources(request: Request) -> CasesResources:
    resources: CasesResources = request.app.state.resources
    return resources


OurResources = Annotated[CasesResources, Depends(_resources)]
