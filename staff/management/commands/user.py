import os
import sys
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from core.commands import Command as BaseCommand
from core.commands import sentence
from staff.actions import create_user
from staff.models import Store, User
from staff.roles import Role


class Command(BaseCommand):
    help = "user create NAME --role ROLE --store CODE: a person who can sign in; the password is asked for, or taken from CRM_PASSWORD."

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["create"])
        parser.add_argument("username", metavar="NAME", help="the name to sign in with")
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--name", default="", help="the person's name as others read it; default: the sign-in name")

    def handle(self, *args, username, role, store, name, **options):
        if role not in Role.values:
            raise CommandError(f"unknown role {role}; one of: {', '.join(Role.values)}")
        try:
            at = Store.objects.get(code=store)
        except Store.DoesNotExist:
            known = ", ".join(Store.objects.order_by("code").values_list("code", flat=True)) or "none yet"
            raise CommandError(f"unknown store {store}; known: {known}") from None
        password = self.password()
        try:
            with transaction.atomic():
                validate_password(password, User(username=username, name=name))
                user = create_user(username=username, name=name or username, store=at, role=role, password=password)
        except ValidationError as error:
            raise CommandError(sentence(error)) from None
        self.stdout.write(f"user {user.username} created: {role} in {at.code}")

    def password(self) -> str:
        password = os.environ.get("CRM_PASSWORD", "")
        if not password and sys.stdin.isatty():
            password = getpass("Password: ")
            if password != getpass("Password (again): "):
                raise CommandError("the two passwords differ")
        if not password:
            raise CommandError("no password: set CRM_PASSWORD, or run this in a terminal to be asked for one")
        return password
