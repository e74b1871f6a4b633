"""Shares in lounge templates."""

from django import template

from lounge import words

register = template.Library()
register.filter("share", words.share)
