"""HTTP bodies of the catalogue."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from common.http import Changes, Schema, UtcDateTime
from common.money import Price
from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from cases.catalogue.domain import FamilyCategory, PriorAgreement, ProductSize

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=5000)]
Years = Annotated[int, Field(ge=0, le=30)]
Kilograms = Annotated[int, Field(gt=0, le=1000, description="kg")]


class NewFamily(Schema):
    name: Name
    category: FamilyCategory
    description: Description | None = None
    is_active: bool = True
    prior_agreement: PriorAgreement = PriorAgreement.NONE
    renewal_years: Years = 5
    renewal_years_under_16: Annotated[Years, Field(alias="renewalYearsUnder16")] = 3


class FamilyChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset({"description"})

    name: Name | None = None
    category: FamilyCategory | None = None
    description: Description | None = None
    is_active: bool | None = None
    prior_agreement: PriorAgreement | None = None
    renewal_years: Years | None = None
    renewal_years_under_16: Annotated[Years | None, Field(alias="renewalYearsUnder16")] = None


class FamilyBody(Schema):
    id: UUID
    name: str
    category: FamilyCategory
    description: str | None
    is_active: bool
    prior_agreement: PriorAgreement
    renewal_years: int
    renewal_years_under_16: Annotated[int, Field(alias="renewalYearsUnder16")]
    created_at: UtcDateTime


class Specifications(Schema):
    """Technical data. Further fields are kept as they are."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True)

    type: Literal["indoor", "outdoor", "mixed"] | None = None
    foldable: bool | None = None
    battery_autonomy_km: Annotated[float | None, Field(ge=0, le=1000)] = None
    weight_kg: Annotated[float | None, Field(gt=0, le=1000)] = None
    features: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)] | None = None

    def as_json(self) -> dict[str, Any]:
        """What was given, by the specification's names."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class NewProduct(Schema):
    family_id: UUID
    sku: Annotated[str, Field(min_length=1, max_length=100)]
    name: Name
    size: ProductSize | None = None
    specifications: Specifications = Field(default_factory=Specifications)
    max_user_weight: Kilograms | None = None
    is_active: bool = True


class ProductChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset({"size", "max_user_weight"})

    family_id: UUID | None = None
    name: Name | None = None
    size: ProductSize | None = None
    specifications: Specifications | None = None
    max_user_weight: Kilograms | None = None
    is_active: bool | None = None


class ProductLPPRItemBody(Schema):
    lppr_item_id: UUID
    code: str
    is_primary: bool


class ProductBody(Schema):
    id: UUID
    family_id: UUID
    sku: str
    name: str
    size: ProductSize | None
    specifications: dict[str, Any]
    max_user_weight: int | None
    is_active: bool
    lppr_items: list[ProductLPPRItemBody]
    created_at: UtcDateTime
    updated_at: UtcDateTime


class MappedItem(Schema):
    lppr_item_id: UUID
    is_primary: bool = False


class MappedItems(Schema):
    """The LPPR items of a product: at most one is primary, none is named twice."""

    items: Annotated[list[MappedItem], Field(max_length=50)]

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        if sum(item.is_primary for item in self.items) > 1:
            raise ValueError("at most one LPPR item is primary")
        if len({item.lppr_item_id for item in self.items}) < len(self.items):
            raise ValueError("an LPPR item is named twice")
        return self


class NewLPPRItem(Schema):
    code: Annotated[str, Field(pattern=r"^[0-9]{7}$")]
    label: Annotated[str, Field(min_length=1, max_length=500)]
    category: Annotated[str, Field(min_length=1, max_length=100)]
    max_price: Price | None = None
    maintenance_forfait: Price | None = None
    valid_from: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("validUntil is before validFrom")
        return self


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
