"""Reading the answer to the question whether there is danger. Only a plain no is one."""

import re

from devices.assistant.text import Message

_NO = """
  non nan no nope
  pas_du_tout absolument_pas bien_sur_que_non aucun_danger aucun pas_de_danger sans_danger rien_de_grave
  il_n_y_a_pas_de_danger il_n_y_a_aucun_danger il_n_y_a_rien_de_dangereux y_a_pas_de_danger ce_n_est_pas_dangereux
  c_est_pas_dangereux rien_de_dangereux pas_dangereux personne_n_est_blesse personne_de_blesse personne
  not_at_all of_course_not no_danger nothing_dangerous not_dangerous there_is_no_danger it_is_not_dangerous
  nobody_is_hurt no_one_is_hurt nobody_hurt nobody none""".split()  # noqa: SIM905
_POLITE = """
  tout_va_bien c_est_bon rassurez_vous ne_vous_inquietez_pas merci beaucoup monsieur madame everything_is_fine
  it_is_fine all_good thanks thank_you""".split()  # noqa: SIM905
_YES = frozenset(["oui", "ouais", "yes", "yep", "yeah", "absolument", "malheureusement", "definitely", "unfortunately"])


def _any(expressions: list[str]) -> str:
    return "|".join(sorted((written.replace("_", " ") for written in expressions), key=len, reverse=True))


_PLAINLY_NO = re.compile(rf"(?:{_any(_NO)})(?: (?:{_any(_NO + _POLITE)}))*")


def denies(message: Message) -> bool:
    """Whether an answer says that there is no danger, and nothing more."""
    return _PLAINLY_NO.fullmatch(" ".join(message.words)) is not None


def affirms(message: Message) -> bool:
    """Whether an answer has a yes in it."""
    return not _YES.isdisjoint(message.words)
