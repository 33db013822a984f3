"""The platform's S3 buckets."""

import asyncio
from collections.abc import Sequence

KINDS = ("documents", "generated", "returns", "signatures")
_ALREADY = {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}


def bucket_names(env: str) -> list[str]:
    """`axtech-{kind}-{env}` for the four kinds of content."""
    return [f"axtech-{kind}-{env}" for kind in KINDS]


async def create_buckets(
    endpoint: str, access_key: str, secret_key: str, names: Sequence[str], *, region: str = "eu-west-3"
) -> None:
    """Make the buckets that are not there yet. ClientError when the storage refuses."""
    import aioboto3  # noqa: PLC0415 - takes a second or two, which who only starts servers need not pay
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import ClientError  # noqa: PLC0415

    session = aioboto3.Session()
    async with session.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=region,
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    ) as client:

        async def create(name: str) -> None:
            try:
                await client.create_bucket(Bucket=name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _ALREADY:
                    raise

        await asyncio.gather(*(create(name) for name in names))
