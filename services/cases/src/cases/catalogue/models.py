"""Tables of the catalogue (sections ProductFamily, Product, LPPRItem, ProductLPPRMapping)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.catalogue.domain import FamilyCategory, PriorAgreement, ProductSize
from cases.tables import Base


class ProductFamily(Versioned, Base):
    """Beside the specification's fields, what goes by family: prior agreement, and how soon a device is renewed."""

    __tablename__ = "product_families"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    category: Mapped[FamilyCategory] = mapped_column(enum_column(FamilyCategory), index=True)
    description: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True, index=True)
    prior_agreement: Mapped[PriorAgreement] = mapped_column(enum_column(PriorAgreement), default=PriorAgreement.NONE)
    renewal_years: Mapped[int] = mapped_column(default=5)
    renewal_years_under_16: Mapped[int] = mapped_column(default=3)


class Product(Versioned, Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("max_user_weight > 0", name="max_user_weight_positive"),
        Index("ix_products_active", "id", postgresql_where=text("is_active")),
    )

    family_id: Mapped[UUID] = mapped_column(ForeignKey("product_families.id"), index=True)
    sku: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[ProductSize | None] = mapped_column(enum_column(ProductSize), index=True)
    specifications: Mapped[dict[str, Any]]
    max_user_weight: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True, index=True)

    family: Mapped[ProductFamily] = relationship(lazy="raise")
    lppr_items: Mapped[list["ProductLPPRMapping"]] = relationship(
        lazy="raise", viewonly=True, order_by="(ProductLPPRMapping.is_primary.desc(), ProductLPPRMapping.id)"
    )


class LPPRItem(Entity, Base):
    """One validity of a code: a new price is a new row, and the validities of a code never overlap."""

    __tablename__ = "lppr_items"
    __table_args__ = (
        ExcludeConstraint(
            ("code", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="ex_lppr_items_code_validity",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        CheckConstraint("max_price >= 0", name="max_price_not_negative"),
        CheckConstraint("maintenance_forfait >= 0", name="maintenance_forfait_not_negative"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
    )

    code: Mapped[str] = mapped_column(String(7), index=True)
    label: Mapped[str] = mapped_column(String(500))
    category: Mapped[str] = mapped_column(String(100), index=True)
    max_price: Mapped[Decimal | None]
    maintenance_forfait: Mapped[Decimal | None]
    valid_from: Mapped[date] = mapped_column(index=True)
    valid_until: Mapped[date | None]


class ProductLPPRMapping(Base):
    __tablename__ = "product_lppr_mappings"
    __table_args__ = (
        UniqueConstraint("product_id", "lppr_item_id"),
        Index("uq_product_lppr_mappings_primary", "product_id", unique=True, postgresql_where=text("is_primary")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    lppr_item_id: Mapped[UUID] = mapped_column(ForeignKey("lppr_items.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(default=False)

    item: Mapped[LPPRItem] = relationship(lazy="raise")

    @property
    def code(self) -> str:
        return self.item.code
