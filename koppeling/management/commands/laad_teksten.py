import re
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from koppeling.services.teksten import load_tekst
from koppeling.models import TekstVersie
from django.utils import timezone

TEKSTEN = Path(__file__).resolve().parents[2] / "teksten"
