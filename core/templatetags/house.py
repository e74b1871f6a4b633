"""Template tags that every page may use (built in: no {% load %})."""

from django import template

register = template.Library()
