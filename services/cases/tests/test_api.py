"""The API as a whole: what is documented, and that nothing is open to strangers."""

import re

from common.ids import new_id
from common.testing import RunningService

PATHS = {
    "/cases": {"get", "post"},
    "/cases/search": {"post"},
    "/cases/{case_id}": {"get", "patch"},
    "/cases/{case_id}/transitions": {"post"},
    "/cases/{case_id}/timeline": {"get"},
    "/cases/{case_id}/notes": {"get", "post"},
    "/cases/{case_id}/tasks": {"get", "post"},
    "/tasks/{task_id}": {"patch"},
    "/cases/{case_id}/quotes": {"get", "post"},
    "/quotes/{quote_id}": {"get"},
    "/quotes/{quote_id}/send": {"post"},
    "/quotes/{quote_id}/approve": {"post"},
    "/quotes/{quote_id}/reject": {"post"},
    "/cases/{case_id}/delivery/schedule": {"post"},
    "/cases/{case_id}/delivery/complete": {"post"},
    "/prescriptions": {"get", "post"},
    "/prescriptions/{prescription_id}": {"get"},
    "/prescriptions/{prescription_id}/verify": {"post"},
    "/product-families": {"get", "post"},
    "/product-families/{family_id}": {"get", "patch"},
    "/products": {"get", "post"},
    "/products/{product_id}": {"get", "patch"},
    "/products/{product_id}/lppr-items": {"put"},
    "/lppr-items": {"get", "post"},
    "/lppr-items/{item_id}": {"get"},
    "/lppr-items/import": {"post"},
    "/lppr-items/import/{import_id}": {"get"},
    "/lppr-items/import/{import_id}/refusals": {"get"},
}


async def test_every_endpoint_is_documented_with_its_errors_and_asks_who_calls(cases: RunningService) -> None:
    document = (await cases.http.get("/openapi.json")).json()
    documented = {path.removeprefix("/api/v1"): operations for path, operations in document["paths"].items()}
    assert PATHS.items() <= {path: set(operations) for path, operations in documented.items()}.items()
    for path, operations in documented.items():
        for method, operation in operations.items():
            if path.startswith("/health") or path == "/metrics":
                continue
            assert {"400", "401", "403", "404"} <= operation["responses"].keys(), (method, path)
            where = re.sub(r"\{\w+\}", str(new_id()), path)
            answer = await cases.http.request(method, f"/api/v1{where}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH_REQUIRED"), (method, path)
