"""What forms of preferences offer to choose from, as the reader reads it."""

from __future__ import annotations

from datetime import datetime

import speech
from domain import formats
from domain.zones import offered, utc_offset


def zones(now: datetime) -> list[tuple[str, str]]:
    return [(zone.name, f"{zone.city}, {utc_offset(zone.offset)}") for zone in offered(speech.speaking().language, now)]


def ready(now: datetime) -> dict[str, str]:
    """Formats that need not be typed, each with this instant in it."""
    reader = speech.speaking()
    local = now.astimezone(reader.zone)
    return {text: formats.parse(text).write(local, reader.language.months) for text in formats.READY}
