"""The real servers, started from wheels: PostgreSQL, NATS, Valkey, SeaweedFS (S3), Traefik; and clamd where it is
installed.

Used by the local stack and by the tests. A configuration object per server describes it and makes a `Server`, which
is plain data; `run` (async) or `start` (plain) launches several at once and waits until each answers its probe.

    postgres = Postgres(directory=tmp / "postgres", port=free_port(), password="secret", durable=False)
    nats = Nats(directory=tmp / "nats", port=free_port(), monitor_port=free_port())
    valkey = Valkey(directory=tmp / "valkey", port=free_port())
    s3 = SeaweedFS(directory=tmp / "s3", port=free_ports(SeaweedFS.PORTS), access_key="key", secret_key="secret")

    async with run([postgres.server(), nats.server(), valkey.server(), s3.server()]):
        ...  # postgres.url("cases", user, password), nats.url(user, password), valkey.url, s3.url

    running = start([postgres.server()])  # the same from plain code, such as a pytest hook; in the main thread
    running.stop()

Every server listens on 127.0.0.1 only, writes its log to `<directory>/<name>.log` unless told otherwise, and dies with
the process that started it (Linux: with the thread that started it, so start from the main thread). What does not
come up raises `ServerError`, which carries the end of the log; a port in use raises `PortTakenError`, naming its owner.

Databases (admin_url is `postgres.url()`):

    await create_database(admin_url, "cases", owner_password=..., runtime_password=...)
        # roles cases_owner (owns the database, runs migrations) and cases_runtime (no DDL); safe to repeat
    await create_database(admin_url, "cases", ..., database="cases_template")  # the same roles, another database
    await clone_database(admin_url, "cases_template", "cases_test_1", name="cases")
    await drop_database(admin_url, "cases_test_1")

Buckets:

    await create_buckets(s3.url, "key", "secret", bucket_names("test"))  # axtech-{documents,...}-test; safe to repeat
"""

from common.servers.buckets import bucket_names, create_buckets
from common.servers.clamd import Clamd
from common.servers.databases import clone_database, create_database, drop_database
from common.servers.nats import Nats, NatsUser
from common.servers.ports import PortTakenError, free_port, free_ports, give_back
from common.servers.postgres import Postgres
from common.servers.probe import probe
from common.servers.process import Process, Server, ServerError, launch
from common.servers.running import Running, run, start
from common.servers.seaweedfs import SeaweedFS
from common.servers.traefik import traefik
from common.servers.valkey import Valkey

__all__ = [
    "Clamd",
    "Nats",
    "NatsUser",
    "PortTakenError",
    "Postgres",
    "Process",
    "Running",
    "SeaweedFS",
    "Server",
    "ServerError",
    "Valkey",
    "bucket_names",
    "clone_database",
    "create_buckets",
    "create_database",
    "drop_database",
    "free_port",
    "free_ports",
    "give_back",
    "launch",
    "probe",
    "run",
    "start",
    "traefik",
]
