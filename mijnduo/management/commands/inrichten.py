from typing import Any

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    """Everything that must stand before the portal starts: migrations, cache table, catalogue, texts, planning, pages.

    Safe to repeat: after each new version it brings what was there up to date.
    """

    help = "Zet de database klaar: migraties, cachetabel, catalogus, teksten, planning en openbare pagina's. Mag vaker."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, stdout=self.stdout, stderr=self.stderr)
        for name in ("createcachetable", "laad_catalogus", "laad_teksten", "laad_planning", "laad_paginas"):
            call_command(name, stdout=self.stdout, stderr=self.stderr)
