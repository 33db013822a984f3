"""The declarative base of this service's tables."""

from common.consents import add_health_consents
from common.db import service_metadata
from common.db.base import TYPES
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = TYPES


add_health_consents(Base.metadata)
