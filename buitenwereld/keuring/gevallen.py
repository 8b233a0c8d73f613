"""Every case of the keuring, family by family: who signed it, what it says, and how it was sent.

A good answer is a case too: a portal that refuses everything is safe and of no use.
"""

from buitenwereld.keuring.handtekeningen import HANDTEKENINGEN
from buitenwereld.keuring.identiteit import IDENTITEIT
from buitenwereld.keuring.inhoud import INHOUD
from buitenwereld.keuring.verzending import VERZENDING

GEVALLEN = (*INHOUD, *IDENTITEIT, *HANDTEKENINGEN, *VERZENDING)
