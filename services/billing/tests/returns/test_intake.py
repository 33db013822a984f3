"""Return files come by themselves too: into a watched prefix, and from the gateway's list."""

from billing.returns.jobs import return_file_ingestion
from common.testing import eventually

from services.billing.tests.conftest import Billing, Gateway
from services.billing.tests.returns.files import TOTAL, file_of, invoice


async def drop(billing: Billing, name: str, content: bytes) -> None:
    """Put a file where the service watches."""
    resources = billing.running.resources
    await resources.storage.put(resources.returns_bucket, f"{resources.incoming_prefix}{name}", content, "text/plain")


async def left(billing: Billing) -> list[str]:
    """What still waits there."""
    resources = billing.running.resources
    return [key async for key in resources.storage.keys(resources.returns_bucket, resources.incoming_prefix)]


async def test_what_is_put_into_the_watched_prefix_is_taken_in_and_removed_from_there(billing: Billing) -> None:
    claim = await billing.submitted()
    content = file_of(invoice(claim["invoiceNumber"]))
    await drop(billing, "noemie/2026-12-01.txt", content)
    await drop(billing, "again.txt", content)
    await drop(billing, "arl/receipt.bin", b"receipt")
    await drop(billing, "empty.txt", b"")
    await return_file_ingestion(billing.running.resources)
    assert await left(billing) == []
    await billing.until(claim["id"], "PAID")
    found = await billing.return_files()
    assert sorted((each["returnType"], each["origin"]) for each in found) == [
        ("ARL", "WATCHED_PREFIX"),
        ("NOEMIE", "WATCHED_PREFIX"),
    ]
    await drop(billing, "late/copy.txt", content)
    await return_file_ingestion(billing.running.resources)
    assert (await billing.claim(claim["id"]))["paidAmount"] == TOTAL
    assert len(await billing.return_files()) == 2


async def test_the_gateways_files_are_fetched_once_and_in_order(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    first = await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": "400.00"})
    await billing.returned(first)  # an operator was faster
    await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": "251.27"})
    await return_file_ingestion(billing.running.resources)
    found = await billing.until(claim["id"], "PAID")
    assert (found["paidAmount"], len(found["payments"])) == (TOTAL, 2)
    await return_file_ingestion(billing.running.resources)
    assert [each["origin"] for each in await billing.return_files()] == ["GATEWAY", "UPLOAD"]


async def test_a_file_that_did_not_come_whole_is_fetched_again(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.publish_return({"gatewayRef": claim["gatewayRef"], "amount": TOTAL})
    for kind in ("MALFORMED", "EMPTY"):
        await gateway.fault(kind, "download")
        await return_file_ingestion(billing.running.resources)
        assert await billing.return_files() == []
    await return_file_ingestion(billing.running.resources)
    await billing.until(claim["id"], "PAID")
    [file] = await eventually(billing.return_files, until=lambda files: files[0]["status"] == "PROCESSED")
    assert file["origin"] == "GATEWAY"


async def test_a_gateway_that_fails_is_asked_again_from_where_it_stopped(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    for amount in ("100.00", "200.00"):
        await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": amount})
    await gateway.fault("SLOW", "download", seconds=0)
    await gateway.fault("SERVER_ERROR", "download")
    await return_file_ingestion(billing.running.resources)
    assert len(await billing.return_files()) == 1
    await gateway.fault("HTML", "returns")
    await return_file_ingestion(billing.running.resources)
    await return_file_ingestion(billing.running.resources)
    found = await eventually(lambda: billing.claim(claim["id"]), until=lambda each: each["paidAmount"] == "300.00")
    assert len(found["payments"]) == 2
