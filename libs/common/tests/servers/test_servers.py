"""The real servers, from their wheels."""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import aioboto3
import asyncpg
import httpx
import nats
import nats.errors
import psutil
import pytest
import valkey.asyncio
from botocore.config import Config
from common.servers import (
    Nats,
    NatsUser,
    Postgres,
    SeaweedFS,
    Valkey,
    bucket_names,
    clone_database,
    create_buckets,
    create_database,
    drop_database,
    free_port,
    free_ports,
    run,
    start,
)
from common.servers.ports import is_free

PASSWORD = "s:e/c@r%et"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    cluster = Postgres(
        directory=tmp_path_factory.mktemp("postgres"), port=free_port(), password=PASSWORD, durable=False
    )
    running = start([cluster.server()])
    try:
        asyncio.run(make_cases(cluster))
        yield cluster
    finally:
        running.stop()
        cluster.erase()


async def make_cases(cluster: Postgres) -> None:
    await create_database(cluster.url(), "cases", owner_password="owner", runtime_password="runtime")
    owner = await connect(cluster, "cases", "cases_owner", "owner")
    await owner.execute("CREATE TABLE wheelchairs (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    await owner.close()


async def connect(cluster: Postgres, database: str, user: str, password: str) -> asyncpg.Connection:
    return await asyncpg.connect(cluster.url(database, user, password))


async def test_postgres_is_version_18_reachable_by_password_only_and_durable_by_default(postgres: Postgres) -> None:
    admin = await asyncpg.connect(postgres.url())
    assert await admin.fetchval("SHOW server_version_num") >= "180000"
    assert await admin.fetchval("SHOW max_connections") == "200"
    assert await admin.fetchval("SHOW listen_addresses") == "127.0.0.1"
    assert await admin.fetchval("SHOW fsync") == "off"
    await admin.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url(password="wrong"))
    lasting = Postgres(directory=postgres.directory, port=postgres.port, password=PASSWORD).server()
    assert not any("fsync" in argument or "synchronous_commit" in argument for argument in lasting.argv)


async def test_the_runtime_role_reads_and_writes_and_changes_no_structure(postgres: Postgres) -> None:
    runtime = await connect(postgres, "cases", "cases_runtime", "runtime")
    await runtime.execute("INSERT INTO wheelchairs (name) VALUES ('a')")
    await runtime.execute("UPDATE wheelchairs SET name = 'b'")
    assert await runtime.fetchval("SELECT name FROM wheelchairs") == "b"
    await runtime.execute("DELETE FROM wheelchairs")
    for forbidden in ("CREATE TABLE mine (id int)", "DROP TABLE wheelchairs", "TRUNCATE wheelchairs"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await runtime.execute(forbidden)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("CREATE TEMP TABLE mine (id int)")
    await runtime.close()


async def test_a_service_cannot_connect_to_another_services_database(postgres: Postgres) -> None:
    await create_database(postgres.url(), "billing", owner_password="owner", runtime_password="runtime")
    for role in ("billing_owner", "billing_runtime"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connect(postgres, "cases", role, role.removeprefix("billing_"))


async def test_creating_a_database_again_changes_passwords_and_keeps_data(postgres: Postgres) -> None:
    await create_database(postgres.url(), "devices", owner_password="old", runtime_password="old")
    owner = await connect(postgres, "devices", "devices_owner", "old")
    await owner.execute("CREATE TABLE kept (id int)")
    await owner.close()
    await create_database(postgres.url(), "devices", owner_password="it's new", runtime_password="new")
    owner = await connect(postgres, "devices", "devices_owner", "it's new")
    assert await owner.fetchval("SELECT count(*) FROM kept") == 0
    await owner.close()


async def test_offered_extensions_are_there_and_usable_by_the_runtime_role(postgres: Postgres) -> None:
    runtime = await connect(postgres, "cases", "cases_runtime", "runtime")
    assert await runtime.fetchval("SELECT similarity('fauteuil', 'fauteuils') > 0.5")
    assert await runtime.fetchval("SELECT unaccent('Hélène')") == "Helene"
    await runtime.close()


async def test_a_clone_has_the_rights_of_its_template(postgres: Postgres) -> None:
    admin_url, passwords = postgres.url(), {"owner_password": "owner", "runtime_password": "runtime"}
    await create_database(admin_url, "cases", database="cases_template", **passwords)
    owner = await connect(postgres, "cases_template", "cases_owner", "owner")
    await owner.execute("CREATE TABLE quotes (id int)")
    await owner.close()
    await clone_database(admin_url, "cases_template", "cases_test", name="cases")
    runtime = await connect(postgres, "cases_test", "cases_runtime", "runtime")
    await runtime.execute("INSERT INTO quotes VALUES (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("CREATE TABLE mine (id int)")
    await drop_database(admin_url, "cases_test")  # although someone is connected
    await drop_database(admin_url, "cases_test")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(postgres, "cases_test", "cases_runtime", "runtime")
    runtime.terminate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is kept from running PostgreSQL itself")
async def test_postgres_started_by_root_in_a_closed_folder_runs_as_nobody_and_keeps_its_data(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    closed.parent.chmod(0o700)
    cluster = Postgres(directory=closed / "postgres", port=free_port(), password=PASSWORD, durable=False)
    for statement in ("CREATE TABLE kept (id int)", "DROP TABLE kept"):
        async with run([cluster.server()]) as running:
            assert psutil.Process(running["postgres"].pid).username() == "nobody"
            admin = await asyncpg.connect(cluster.url())
            await admin.execute(statement)
            await admin.close()
    data = (closed / "postgres/data").resolve()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    cluster.erase()
    assert not data.exists()
    assert not (closed / "postgres/data").is_symlink()


async def test_a_cluster_runs_on_the_copied_files_of_another(tmp_path: Path) -> None:
    first = Postgres(directory=tmp_path / "first", port=free_port(), password=PASSWORD)
    second = Postgres(directory=tmp_path / "second", port=free_port(), password=PASSWORD)
    try:
        async with run([first.server()]):
            admin = await asyncpg.connect(first.url())
            await admin.execute("CREATE TABLE wheelchairs AS SELECT 'FRE' AS name")
            await admin.close()
        shutil.copytree(first.directory / "data", tmp_path / "files")
        second.adopt(tmp_path / "files")
        async with run([second.server()]):
            admin = await asyncpg.connect(second.url())
            assert await admin.fetchval("SELECT name FROM wheelchairs") == "FRE"
            await admin.close()
    finally:
        first.erase()
        second.erase()


async def test_nats_keeps_each_user_to_its_subjects_and_syncs_every_write(tmp_path: Path) -> None:
    users = [
        NatsUser("admin", "$a"),
        NatsUser("cases", "c", publish=["cases.>"], subscribe=["_INBOX.>"]),
        NatsUser("mute", "m", publish=[], subscribe=[]),
    ]
    server = Nats(directory=tmp_path, port=free_port(), monitor_port=free_port(), users=users)
    async with run([server.server()]):
        admin = await nats.connect(server.url("admin", "$a"))
        received = await admin.subscribe(">")
        errors: list[str] = []

        async def note(error: Exception) -> None:
            errors.append(str(error))

        cases = await nats.connect(server.url("cases", "c"), error_cb=note)
        mute = await nats.connect(server.url("mute", "m"), error_cb=note)
        await cases.publish("billing.stolen")
        await mute.publish("cases.stolen")
        await mute.subscribe("cases.>")
        await cases.flush()
        await mute.flush()
        await cases.publish("cases.opened", b"1")
        message = await received.next_msg(timeout=5)
        assert message.subject == "cases.opened"
        assert len(errors) == 3
        assert all("permissions violation" in error for error in errors)
        stream = await admin.jetstream().add_stream(name="S", subjects=["s"], max_bytes=1 << 35)
        assert stream.config.name == "S"
        for client in (admin, cases, mute):
            await client.close()
        async with httpx.AsyncClient() as http:
            state = (await http.get(f"http://127.0.0.1:{server.monitor_port}/jsz")).json()
        assert state["config"]["sync_always"] is True
    assert stat.S_IMODE((tmp_path / "nats.conf").stat().st_mode) == 0o600


async def test_nats_without_users_takes_anyone_and_keeps_its_streams(tmp_path: Path) -> None:
    server = Nats(directory=tmp_path, port=free_port(), monitor_port=free_port())
    for expected in (1, 2):
        async with run([server.server()]):
            client = await nats.connect(server.url())
            await client.jetstream().add_stream(name="S", subjects=["s"])
            assert (await client.jetstream().publish("s")).seq == expected
            await client.close()


async def test_valkey_asks_for_its_password_and_leaves_nothing(tmp_path: Path) -> None:
    server = Valkey(directory=tmp_path, port=free_port(), password="with space")
    async with run([server.server()]):
        client = valkey.asyncio.Valkey(port=server.port, password="with space")
        assert await client.incr("hits") == 1
        await client.aclose()
        stranger = valkey.asyncio.Valkey(port=server.port)
        with pytest.raises(valkey.exceptions.AuthenticationError):
            await stranger.get("hits")
        await stranger.aclose()
    assert is_free(server.port)
    assert "with space" not in json.dumps(server.server().argv)


async def test_s3_refuses_strangers_and_uploads_that_differ_from_what_was_signed(tmp_path: Path) -> None:
    port = free_ports(SeaweedFS.PORTS)
    server = SeaweedFS(directory=tmp_path, port=port, access_key="key", secret_key="secret")
    body, bucket = b"%PDF-1.7 " * 50, bucket_names("test")[0]
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"content-type": "application/pdf", "x-amz-checksum-sha256": checksum}
    async with run([server.server()]):
        for _ in range(2):
            await create_buckets(server.url, "key", "secret", bucket_names("test"))
        session = aioboto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-west-3")
        config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
        async with session.client("s3", endpoint_url=server.url, config=config) as s3, httpx.AsyncClient() as http:
            buckets = [entry["Name"] for entry in (await s3.list_buckets())["Buckets"]]
            assert buckets == sorted(bucket_names("test"))
            signed = {"Bucket": bucket, "Key": "k", "ContentType": "application/pdf", "ChecksumSHA256": checksum}
            url = await s3.generate_presigned_url("put_object", Params={**signed, "ContentLength": len(body)})
            assert (await http.put(url, content=body[::-1], headers=headers)).status_code == 400
            assert (await http.put(url, content=body + b"x", headers=headers)).status_code in {400, 403}
            assert (
                await http.put(url, content=body, headers=headers | {"content-type": "text/html"})
            ).status_code == 403
            assert (await http.put(url, content=body, headers=headers)).status_code == 200
            assert (await http.get(f"{server.url}/{bucket}/k")).status_code == 403
            head = await s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
            assert head["ChecksumSHA256"] == checksum
    assert all(is_free(port) for port in server.server().ports)
    assert not any(path.exists() for path in server.server().litter)
