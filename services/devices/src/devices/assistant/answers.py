"""Whether an answer to a question of the assistant's is that and nothing more."""

import re

from devices.assistant.text import Message

_SET_ASIDE = re.compile(r"\S*\d\S*|\blaissez?[ -]tomber\b", re.IGNORECASE)
"""Times, dates, serial numbers; and a turn of phrase whose words alone say something else."""
_SAYING_NOTHING_ELSE = frozenset(
    """
    oui ouais ok okay d accord yes yep yeah sure please volontiers absolument bien parfait tres non nan no nope pas du
    tout rien merci beaucoup thanks thank you s il vous te plait svp je j veux voudrais prefere the le la l les un une a
    au de des on at en in it is c est ce sera celui celle ci qui finit par numero serie fauteuil chair one number fine
    besoin peine go ahead pour moi me convient works for possible
    lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday next
    prochain prochaine demain apres midi matin soir vers entre et and morning afternoon evening tomorrow h heure heures
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre am pm january february march
    april may june july august september october november december""".split()  # noqa: SIM905
)


def is_bare(text: str) -> bool:
    """Whether a text is made of yes, no, courtesy, days, times, serial numbers and what goes with them."""
    return _SAYING_NOTHING_ELSE.issuperset(Message.of(_SET_ASIDE.sub(" ", text)).words)
