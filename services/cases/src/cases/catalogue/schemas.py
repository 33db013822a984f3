"""HTTP bodies of the catalogue."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from common.http import Schema, UtcDateTime
from common.money import Price
from pydantic import Field

from cases.catalogue.models import FamilyCategory, ProductSize


class NewFamily(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    category: FamilyCategory
    description: Annotated[str | None, Field(max_length=5000)] = None
    is_active: bool = True


class FamilyChanges(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    category: FamilyCategory | None = None
    description: Annotated[str | None, Field(max_length=5000)] = None
    is_active: bool | None = None


class FamilyBody(Schema):
    id: UUID
    name: str
    category: FamilyCategory
    description: str | None
    is_active: bool
    created_at: UtcDateTime


class NewProduct(Schema):
    family_id: UUID
    sku: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    size: ProductSize | None = None
    specifications: dict[str, Any] = Field(default_factory=dict)
    max_user_weight: Annotated[int | None, Field(gt=0, le=1000, description="kg")] = None
    is_active: bool = True


class ProductBody(Schema):
    id: UUID
    family_id: UUID
    sku: str
    name: str
    size: ProductSize | None
    specifications: dict[str, Any]
    max_user_weight: int | None
    is_active: bool
    created_at: UtcDateTime
    updated_at: UtcDateTime


class NewLPPRItem(Schema):
    code: Annotated[str, Field(pattern=r"^\d{7}$")]
    label: Annotated[str, Field(min_length=1, max_length=500)]
    category: Annotated[str, Field(min_length=1, max_length=100)]
    max_price: Price | None = None
    maintenance_forfait: Price | None = None
    valid_from: date
    valid_until: date | None = None


class LPPRItemBody(Schema):
    id: UUID
    code: str
    label: str
    category: str
    max_price: Price | None
    maintenance_forfait: Price | None
    valid_from: date
    valid_until: date | None
    created_at: UtcDateTime
