"""QR codes of the house's own addresses."""

import segno
from django.utils.safestring import SafeString, mark_safe


def svg(address: str) -> SafeString:
    """As SVG without style, to be scaled by the page."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=2)
    return mark_safe(drawn)  # noqa: S308  made here, of our own address
