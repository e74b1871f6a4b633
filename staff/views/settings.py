"""The store's settings: an overview, the store itself, and its people."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.models import OutboxMessage
from core.once import once, to_edit
from staff import actions, calendars, people
from staff.access import requires
from staff.forms import NewPasswordForm, PersonForm, RenameForm, RoleForm, StoreForm
from staff.models import Absence, Membership, Store


@requires("settings.edit")
@require_safe
def overview(request):
    store = request.store
    today = store.today()
    context = {
        "n_people": people.everyone(store).filter(is_active=True).count(),
        "missing": [year for code, year in calendars.missing_years(today) if code == store.code],
        "n_undelivered": OutboxMessage.objects.undelivered(store).count(),
    }
    return render(request, "staff/settings.html", context)


@requires("settings.edit")
@once
def store(request):
    # A copy of its own: what a refused form wrote on it must not show in the page's head.
    own = to_edit(request, Store.objects, pk=request.store.pk)
    form = StoreForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        actions.update_store(store=own, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("staff:store")
    return render(request, "staff/store.html", {"form": form})


def _people(request):
    mine = Membership.objects.filter(store=request.store).order_by("role")
    return people.everyone(request.store).prefetch_related(Prefetch("memberships", queryset=mine, to_attr="roles_here"))


@requires("settings.edit")
@require_safe
def people_list(request):
    today = request.store.today()
    away = {
        row.user_id: row
        for row in Absence.objects.filter(store=request.store, starts_on__lte=today)
        if not row.ends_on or row.ends_on >= today
    }
    rows = [{"person": person, "absence": away.get(person.pk)} for person in _people(request)]
    return render(request, "staff/people.html", {"rows": rows})


@requires("settings.edit")
@once
def person_add(request):
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if data["username"]:
                made = actions.create_user(store=request.store, by=request.user, **data)
            else:
                made = actions.add_named(name=data["name"], store=request.store, role=data["role"], by=request.user)
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            messages.success(request, _("%(name)s has been added.") % {"name": made.name})
            return redirect("staff:person", made.pk)
    return render(request, "staff/person_add.html", {"form": form})


def _person_page(request, person, *, rename=None, role=None, new_password=None, status=200):
    has = {row.role for row in person.roles_here}
    context = {
        "person": person,
        "manageable": people.may_manage_account(request.user, person),
        "rename_form": rename or RenameForm(person=person),
        "role_form": role or RoleForm(has=has),
        "password_form": new_password or NewPasswordForm(user=person),
        "absences": Absence.objects.filter(store=request.store, user=person)[:10],
    }
    return render(request, "staff/person.html", context, status=status)


@requires("settings.edit")
@require_safe
def person(request, pk):
    return _person_page(request, get_object_or_404(_people(request), pk=pk))


def _act(request, person, form, form_name: str, act, done: str):
    """Form → action → back to the person's page; what is refused is said at the form."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, done)
            return redirect("staff:person", person.pk)
    return _person_page(request, get_object_or_404(_people(request), pk=person.pk), **{form_name: form})


@require_POST
@requires("settings.edit")
@once
def person_rename(request, pk):
    person = to_edit(request, _people(request), pk=pk)

    def rename(data):
        actions.rename_user(user=person, store=request.store, by=request.user, **data)

    return _act(request, person, RenameForm(request.POST, person=person), "rename", rename, _("Saved."))


@require_POST
@requires("settings.edit")
@once
def role_give(request, pk):
    person = get_object_or_404(_people(request), pk=pk)

    def give(data):
        actions.give_role(user=person, store=request.store, role=data["role"], by=request.user)

    return _act(request, person, RoleForm(request.POST, has=set()), "role", give, _("The role has been given."))


@require_POST
@requires("settings.edit")
@once
def role_take(request, pk):
    person = get_object_or_404(_people(request), pk=pk)
    try:
        actions.take_role(user=person, store=request.store, role=request.POST.get("role", ""), by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The role has been taken back."))
    return redirect("staff:person", pk)


@require_POST
@requires("settings.edit")
@once
def person_password(request, pk):
    person = get_object_or_404(_people(request), pk=pk)

    def set_password(data):
        actions.set_password(user=person, store=request.store, by=request.user, **data)

    return _act(
        request, person, NewPasswordForm(request.POST, user=person), "new_password", set_password, _("The new password holds from now on.")
    )


@require_POST
@requires("settings.edit")
@once
def person_active(request, pk):
    person = get_object_or_404(_people(request), pk=pk)
    active = request.POST.get("active") == "1"
    try:
        actions.set_active(user=person, store=request.store, active=active, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request, _("The sign-in is open again.") if active else _("The sign-in is closed; the person is signed out everywhere.")
        )
    return redirect("staff:person", pk)
