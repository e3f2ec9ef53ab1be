"""Write the base's reference text: `python -m base.reference src/cotutor/embedded/reference.txt`.

Documents of the corpus's grammar from a random stream that training never used. How likely a
student finds them, against the base, tells what fine-tuning has unlearnt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

from base.corpus import MIX, document

CHARACTERS = 10_000
LONGEST = 600


def text() -> str:
    """Return documents, a blank line between them; those of the chat layout are left out."""
    rng = Random("reference text")
    found: list[str] = []
    while sum(map(len, found)) < CHARACTERS:
        made = "".join(document(rng, MIX)).strip()
        if len(made) <= LONGEST and "<" not in made:
            found.append(made)
    return "\n\n".join(found) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
