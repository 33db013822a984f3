"""`python -m axtech.chaos.stack`: the local stack with API and worker of each service apart, as they are deployed."""

import sys
from pathlib import Path

from common.contracts.map import SERVICES
from common.servers import PortTakenError, Server, ServerError, free_port

from axtech.project import home
from axtech.stack.environment import Places, service_environment
from axtech.stack.launcher import Nursery
from axtech.stack.plan import Stack
from axtech.stack.ports import ports
from axtech.stack.running import AlreadyRunningError, keep_running
from axtech.stack.secrets import load_secrets
from axtech.stack.supervisor import Program, Step


def worker(service: str) -> str:
    """What the program of a service's worker is called."""
    return f"{service}-worker"


def dying_relay(folder: Path, service: str) -> Path:
    """The file that has the relay of a service die, once."""
    return folder / f"dying-relay-{service}"


class ApartStack(Stack):
    """Two programs for each service."""

    def _services(self) -> list[Step]:
        found: list[Step] = []
        for service in SERVICES:
            after = (f"migrate {service}", "topology", "valkey", "seaweedfs")
            found += [
                Program(self._program(service, service, "api"), "api", after),
                Program(self._program(service, worker(service), "worker"), "worker", after),
            ]
        return found

    def _program(self, service: str, name: str, role: str) -> Server:
        environment = service_environment(self.places, service)
        environment["AXTECH_DYING_RELAY"] = str(dying_relay(self.places.home, service))
        port, url = self.places.ports[name], self.places.url(name)
        return Server(
            name=name,
            argv=(*self.python, "axtech.chaos.service", service, "--port", str(port), "--role", role),
            log=self.places.home / "logs" / f"{name}.log",
            ports=(port,),
            probe=f"{url}/health/ready",
            url=url,
            env=environment,
            stop_timeout=30,
        )


def main() -> None:
    """Keep it running until a signal."""
    folder = home()
    workers = {worker(service): free_port() for service in SERVICES}
    places = Places(folder, {**ports(), **workers}, load_secrets(folder))
    stack = ApartStack(places, Nursery(folder / "logs/nursery.log"))
    try:
        keep_running(stack, stack.steps())
    except (AlreadyRunningError, PortTakenError, ServerError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
