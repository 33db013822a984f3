"""What a process of the devices service holds open."""

from contextlib import AsyncExitStack
from typing import Annotated

from common import flags
from common.resources import Resources
from fastapi import Depends, Request

from devices.assistant.repository import load_knowledge
from devices.settings import DevicesSettings


class DevicesResources(Resources):
    """Nothing beyond what every service has, but with the settings' own type."""

    settings: DevicesSettings

    def __init__(self, settings: DevicesSettings) -> None:
        super().__init__("devices", settings)
        flags.configure(settings)

    async def open(self, stack: AsyncExitStack) -> None:
        """As for every service; and the knowledge base is brought up to what the repository says."""
        await super().open(stack)
        async with self.database.transaction() as session:
            await load_knowledge(session)


async def _resources(request: Request) -> DevicesResources:
    resources: DevicesResources = request.app.state.resources
    return resources


async def _settings(request: Request) -> DevicesSettings:
    settings: DevicesSettings = request.app.state.resources.settings
    return settings


ServiceResources = Annotated[DevicesResources, Depends(_resources)]
ServiceSettings = Annotated[DevicesSettings, Depends(_settings)]
