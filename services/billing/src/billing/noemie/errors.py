"""Why a return file is refused."""


class NoemieError(Exception):
    """A return file refused as a whole.

    `position` is the 0-based byte of the file, `entity_index` counts entities from 0 (the header), and `cause` is one
    sentence without any content of the file, so that it may be logged and shown.
    """

    def __init__(self, position: int, entity_index: int, cause: str) -> None:
        super().__init__(f"byte {position}, entity {entity_index}: {cause}")
        self.position = position
        self.entity_index = entity_index
        self.cause = cause
