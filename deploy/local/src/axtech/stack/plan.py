"""What the stack consists of, and what must be there before what.

postgres -> database <service> -> migrate <service> -> <service> -> gateway
nats -> topology -------------------------------------^
valkey, seaweedfs (makes its buckets) ----------------^
billing_gateway, mailbox, portal wait for nothing
"""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from common.contracts.map import SERVICES
from common.events import topology
from common.servers import (
    Nats,
    NatsUser,
    Postgres,
    SeaweedFS,
    Server,
    ServerError,
    Valkey,
    bucket_names,
    create_database,
    traefik,
)

from axtech.gateway.certificate import ensure_certificate
from axtech.gateway.config import Gateway
from axtech.gateway.routes import Routes, load_routes
from axtech.stack.environment import (
    ENVIRONMENT,
    Places,
    lgpi_folder,
    migration_environment,
    service_environment,
    simulator_environment,
)
from axtech.stack.launcher import FromScratch, Launcher
from axtech.stack.migrations import is_current
from axtech.stack.supervisor import Program, Step, Task

_MIGRATIONS_AT_ONCE = 3
_SCHEDULES = {"claim-status-sync": "@every 3s"}  # the simulator answers within seconds, not hours


@dataclass(frozen=True)
class Stack:
    """The parts of one stack. `python` is how a module of ours is run; tests have stand-ins run."""

    places: Places
    launcher: Launcher = field(default_factory=FromScratch)
    python: tuple[str, ...] = (sys.executable, "-m")

    def steps(self) -> list[Step]:
        """Everything, in no particular order."""
        return [*self._servers(), *self._preparations(), *self._simulators(), *self._services(), *self._edge()]

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        places = self.places
        return Postgres(
            directory=places.home / "postgres",
            port=places.ports["postgres"],
            password=places.secrets.postgres,
            log=self._log("postgres"),
        )

    def erase(self) -> None:
        """Forget what lives outside the home folder."""
        self.postgres.erase()

    def _log(self, name: str) -> Path:
        return self.places.home / "logs" / f"{name}.log"

    def _servers(self) -> list[Step]:
        home, ports, secrets = self.places.home, self.places.ports, self.places.secrets
        users = [NatsUser("operator", secrets.nats_operator)]
        for service in SERVICES:
            allowed = topology.permissions(service)
            password = secrets.nats_services[service]
            users.append(NatsUser(service, password, allowed["publish"], allowed["subscribe"]))
        nats = Nats(
            directory=home / "nats",
            port=ports["nats"],
            monitor_port=ports["nats_monitor"],
            users=users,
            log=self._log("nats"),
        )
        valkey = Valkey(
            directory=home / "valkey", port=ports["valkey"], password=secrets.valkey, log=self._log("valkey")
        )
        seaweedfs = SeaweedFS(
            directory=home / "seaweedfs",
            port=ports["seaweedfs"],
            access_key=secrets.s3_access_key,
            secret_key=secrets.s3_secret_key,
            buckets=bucket_names(ENVIRONMENT),
            log=self._log("seaweedfs"),
        )
        servers = [
            self.postgres.server(),
            nats.server(url=self.places.nats_url("operator")),
            valkey.server(),
            seaweedfs.server(),
        ]
        return [Program(server, "server") for server in servers]

    def _preparations(self) -> list[Step]:
        secrets, turns = self.places.secrets, asyncio.Semaphore(_MIGRATIONS_AT_ONCE)

        def database(service: str) -> Task:
            async def run() -> None:
                await create_database(
                    self.postgres.url(),
                    service,
                    owner_password=secrets.database_owners[service],
                    runtime_password=secrets.database_runtimes[service],
                )

            return Task(f"database {service}", run, after=("postgres",))

        async def apply_topology() -> None:
            await topology.apply(self.places.nats_url("operator"), schedules=_SCHEDULES)

        def migrate(service: str) -> Task:
            async def run() -> None:
                if await is_current(service, self.places.database_url(service, "owner")):
                    return
                async with turns:
                    await self._migrate(service)

            return Task(f"migrate {service}", run, after=(f"database {service}",))

        return [
            *(database(service) for service in SERVICES),
            Task("topology", apply_topology, after=("nats",)),
            *(migrate(service) for service in SERVICES),
        ]

    async def _migrate(self, service: str) -> None:
        server = Server(
            name=f"migrate-{service}",
            argv=(*self.python, service, "migrate"),
            log=self._log(f"migrate-{service}"),
            env=migration_environment(self.places, service),
        )
        process = await self.launcher.launch(server)
        try:
            if await process.exited() != 0:
                raise ServerError(server, "failed")
        finally:
            await process.stop()

    def _simulators(self) -> list[Step]:
        environment = simulator_environment(self.places)
        webhook = f"{self.places.url('gateway')}/api/v1/webhooks/brevo"
        lgpi = str(lgpi_folder(self.places.home))
        programs = {"billing_gateway": ("--lgpi", lgpi), "mailbox": ("--brevo-webhook-url", webhook)}
        return [
            Program(
                self._python(
                    name,
                    f"axtech.simulators.{name}",
                    environment,
                    "--data",
                    str(self.places.home / name),
                    *arguments,
                ),
                "simulator",
            )
            for name, arguments in programs.items()
        ]

    def _services(self) -> list[Step]:
        return [
            Program(
                self._python(service, service, service_environment(self.places, service), "--role", "all"),
                "all",
                after=(f"migrate {service}", "topology", "valkey", "seaweedfs"),
            )
            for service in SERVICES
        ]

    def _edge(self) -> list[Step]:
        places, routes, directory = self.places, _routes(), self.places.home / "gateway"
        certificate, key = directory / "tls.crt", directory / "tls.key"
        gateway = Gateway(
            directory=directory,
            log=self._log("gateway"),
            http=places.ports["gateway"],
            https=places.ports["gateway_https"],
            inner=places.ports["gateway_inner"],
            portal=places.url("portal"),
            upstreams={service: places.url(service) for service in SERVICES},
            certificate=certificate,
            key=key,
        )

        def prepare() -> None:
            ensure_certificate(directory)
            gateway.write(routes)

        server = traefik(
            gateway.static_file,
            name="gateway",
            log=gateway.log,
            ports=(gateway.http, gateway.https, gateway.inner),
            probe=gateway.ping,
            url=places.url("gateway"),
            prepare=prepare,
        )
        portal = self._python("portal", "axtech.portal", {"PYTHONUNBUFFERED": "1"})
        # The services first: the gateway asks anew for those it found down only every other second.
        return [Program(portal, "portal"), Program(server, "gateway", after=("portal", *SERVICES))]

    def _python(self, name: str, module: str, environment: dict[str, str], *arguments: str) -> Server:
        port, url = self.places.ports[name], self.places.url(name)
        return Server(
            name=name,
            argv=(*self.python, module, "--port", str(port), *arguments),
            log=self._log(name),
            ports=(port,),
            probe=f"{url}/health/ready",
            url=url,
            env=environment,
            stop_timeout=30,
        )


def _routes() -> Routes:
    """As listed; measurements, which come from one address, have more let through by AXTECH_GATEWAY_RATE."""
    listed = load_routes()
    rate = os.environ.get("AXTECH_GATEWAY_RATE")
    return listed.letting_through(int(rate)) if rate else listed
