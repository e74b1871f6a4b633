"""The demonstration store's sign-in accounts: one a role, one password for all, kept outside the tree (contracts.md)."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from staff.models import Store, User
from staff.roles import SIGN_IN

CODE = "DEMO"
READABLE = "abcdefghijkmnpqrstuvwxyz23456789"  # it is typed by hand: no l, o, 0, 1


def password_file() -> Path:
    return Path(settings.VAR_DIR) / "demo_password"


def kept_password() -> str | None:
    try:
        return password_file().read_text().strip() or None
    except FileNotFoundError:
        return None


def renew_password() -> str:
    """Writes a new password into a file that only its owner can read."""
    password = "".join(secrets.choice(READABLE) for _n in range(12))
    path = password_file()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    return password


def set_password(password: str) -> int:
    """One hash for all ten: hashing is slow on purpose. Only accounts of a demonstration store, never a real person's."""
    accounts = User.objects.filter(username__in=SIGN_IN, memberships__store__code=CODE, memberships__store__is_demo=True)
    return User.objects.filter(pk__in=accounts.values("pk")).update(password=make_password(password))


def account_lines() -> list[str]:
    """'  caller  PASSWORD' for each role; [] without a demonstration store. A password whose file was lost is set anew."""
    if not Store.objects.filter(code=CODE, is_demo=True).exists():
        return []
    password = kept_password()
    if password is None:
        password = renew_password()
        set_password(password)
    return [f"  {role.value}  {password}" for role in SIGN_IN]
