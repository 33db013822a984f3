"""Files of the export's real structure."""

import pytest
from cases.testing import LppFiles


@pytest.fixture
def lpp() -> LppFiles:
    """Files of the export's structure, made to order."""
    return LppFiles()
