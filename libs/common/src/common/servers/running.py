"""Several servers at once."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from common.servers.process import Process, Server, launch


class Running:
    """Started servers, in the order given."""

    def __init__(self, processes: list[Process]) -> None:
        self.processes = processes

    def __getitem__(self, name: str) -> Process:
        return next(process for process in self.processes if process.server.name == name)

    def stop(self) -> None:
        """End all of them; for plain code, outside an event loop."""
        asyncio.run(stop_all(self.processes))


@asynccontextmanager
async def run(servers: Iterable[Server]) -> AsyncIterator[Running]:
    """Start the servers together, wait until all are ready, end them on leaving. ServerError, PortTakenError."""
    processes = await _start(servers)
    try:
        yield Running(processes)
    finally:
        await asyncio.shield(stop_all(processes))


def start(servers: Iterable[Server]) -> Running:
    """`run` for plain code in the main thread, outside an event loop: the caller calls `stop`."""
    return Running(asyncio.run(_start(servers)))


async def stop_all(processes: Iterable[Process]) -> None:
    """End the processes together."""
    await asyncio.gather(*(process.stop() for process in processes))


async def _start(servers: Iterable[Server]) -> list[Process]:
    started: list[Process] = []

    async def bring_up(server: Server) -> Process:
        if server.prepare:
            await asyncio.to_thread(server.prepare)
        process = launch(server)
        started.append(process)
        await process.ready()
        return process

    tasks = [asyncio.ensure_future(bring_up(server)) for server in servers]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.shield(stop_all(started))
        raise
