"""What tests and benchmarks of this service share: files of the LPP export's real structure."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

FICHE = (("CODE_TIPS", "C", 7), ("NOM_COURT", "C", 80), ("DATE_FIN", "D", 8), ("ARBO1", "C", 2), ("PLACE", "C", 20))
HISTORY = (
    ("CODE_TIPS", "C", 7),
    ("DEBUTVALID", "D", 8),
    ("FINHISTO", "D", 8),
    ("NAT_PREST", "C", 3),
    ("ENTENTE", "C", 1),
    ("ARRETE", "D", 8),
    ("TARIF", "N", 10),
    ("QTE_MAX", "N", 5),
    ("PUREGLEMEN", "N", 10),
)


class LppFiles:
    """Writes tables and zips; a row is a mapping from column to text."""

    @staticmethod
    def table(columns: Sequence[tuple[str, str, int]], rows: Sequence[dict[str, str]], *, deleted: int = 0) -> bytes:
        """A DBF table; its last `deleted` rows are marked as deleted."""
        length = 1 + sum(size for _, _, size in columns)
        out = [struct.pack("<BBBBIHH20x", 0x03, 126, 11, 24, len(rows), 33 + 32 * len(columns), length)]
        out += [struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), size, 0) for name, kind, size in columns]
        out.append(b"\r")
        for position, row in enumerate(rows):
            out.append(b"*" if position >= len(rows) - deleted else b" ")
            for name, kind, size in columns:
                raw = row.get(name, "").encode("cp850")
                out.append(raw.rjust(size) if kind == "N" else raw.ljust(size))
        return b"".join(out) + b"\x1a"

    def fiches(self, *rows: dict[str, str], **options: Any) -> bytes:
        return self.table(FICHE, rows, **options)

    def history(self, *rows: dict[str, str], **options: Any) -> bytes:
        return self.table(HISTORY, rows, **options)

    @staticmethod
    def zip(**members: bytes) -> bytes:
        """`lpp_fiche_tot=…` becomes the member LPP_FICHE_TOT.DBF."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(f"{name.upper()}.DBF", content)
        return out.getvalue()

    def export(self, codes: int, *, periods: int = 3) -> bytes:
        """A whole export: each code with its label, `periods` validities in a row, the last one open."""
        numbers = [f"{4000000 + number}" for number in range(codes)]
        fiches = [{"CODE_TIPS": code, "NOM_COURT": f"Véhicule pour handicapé n° {code}"} for code in numbers]
        history = [
            {
                "CODE_TIPS": code,
                "DEBUTVALID": f"{2010 + period}0101",
                "FINHISTO": "" if period == periods - 1 else f"{2010 + period}1231",
                "NAT_PREST": "VEH",
                "ENTENTE": "N",
                "TARIF": "631.17",
                "PUREGLEMEN": f"{360 + period}.53",
            }
            for code in numbers
            for period in range(periods)
        ]
        return self.zip(lpp_fiche_tot=self.fiches(*fiches), lpp_histo_tot=self.history(*history))
