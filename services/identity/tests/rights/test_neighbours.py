"""Where files are read that others keep."""

import pytest
from identity.rights.neighbours import Addresses

SIGNED = "bucket/key?X-Amz-SignedHeaders=host&X-Amz-Signature=0"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_link_made_for_browsers_is_read_by_the_inner_address_under_the_signed_host(slash: str) -> None:
    storage = Addresses(f"http://127.0.0.1:15450{slash}", f"http://seaweedfs:8333{slash}")
    address, headers = storage.from_inside(f"http://127.0.0.1:15450/{SIGNED}")
    assert (address, headers) == (f"http://seaweedfs:8333/{SIGNED}", {"Host": "127.0.0.1:15450"})


@pytest.mark.parametrize(("public", "inside"), [(None, "https://s3.example.com"), ("https://files.example.com", None)])
def test_where_there_is_one_address_links_are_read_as_they_are(public: str | None, inside: str | None) -> None:
    link = f"https://files.example.com/{SIGNED}"
    assert Addresses(public, inside).from_inside(link) == (link, {})


def test_no_other_link_is_turned_towards_the_storage() -> None:
    link = f"http://127.0.0.1:154501/{SIGNED}"
    assert Addresses("http://127.0.0.1:15450", "http://seaweedfs:8333").from_inside(link) == (link, {})
