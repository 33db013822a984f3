"""File names as people and browsers send them.

A name is only ever shown and offered at download; it never becomes a path or a storage key. What could lie about the
type or break out of a header is refused, so that the sender sees it, rather than silently changed. Only two things
are cleaned: composed characters (macOS sends them decomposed) and white space at both ends.
"""

import unicodedata

from documents.content.reasons import ContentRefused, Reason

MAX_FILENAME_CHARS = 255

# Marks, embeddings, overrides and isolates: "ordonnance\u202efdp.exe" is displayed as "ordonnanceexe.pdf".
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS = frozenset("/\\\u2044\u2215\u29f8\uff0f\uff3c")
_BAD_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})

# A file that opens as a program or a page by its name, whatever is in it (a PDF named .hta runs its scripts).
_ACTIVE_EXTENSIONS = frozenset(
    (
        *("app", "bat", "cmd", "com", "cpl", "dll", "exe", "jar", "lnk", "msi", "msp", "pif", "reg", "scr", "url"),
        *("hta", "js", "jse", "ps1", "psm1", "sh", "vb", "vbe", "vbs", "wsf", "wsh"),
        *("htm", "html", "shtml", "svg", "xhtml", "xml"),
        *("docm", "dotm", "pptm", "xlsm", "xltm"),
    )
)


def clean_filename(name: str) -> str:
    """The name to store, 1..255 characters; raises ContentRefused(BAD_FILENAME)."""
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned or cleaned.strip(".") == "":
        raise _refused("the file name is empty")
    if len(cleaned) > MAX_FILENAME_CHARS:
        raise _refused(f"the file name is longer than {MAX_FILENAME_CHARS} characters")
    for character in cleaned:
        if character in _SEPARATORS:
            raise _refused("the file name holds a path separator")
        if character in _BIDI_CONTROLS:
            raise _refused("the file name holds a text direction mark")
        if unicodedata.category(character) in _BAD_CATEGORIES:
            raise _refused("the file name holds a control character")
    # Windows drops trailing dots and spaces: "a.exe. ." opens as "a.exe".
    _, dot, extension = cleaned.rstrip(". ").rpartition(".")
    if dot and extension.strip().lower() in _ACTIVE_EXTENSIONS:
        raise _refused("the file name ends as a program or a page does")
    return cleaned


def _refused(detail: str) -> ContentRefused:
    return ContentRefused(Reason.BAD_FILENAME, detail)
