"""Targets by quarter: of the store, of a role, of a person. Whoever leads the people sets theirs."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.once import once, to_edit
from reports import actions_targets as actions
from reports import quarters, targets
from reports.figures import ALL
from reports.forms_targets import TargetsForm
from reports.models import Target
from reports.periods import add_months, containing
from reports.templatetags.figures import target_text
from staff import people
from staff.access import requires
from staff.models import Membership, Store, User
from staff.roles import Role


def _quarter(request):
    text = request.GET.get("quarter", "") or request.POST.get("quarter", "")
    if not text:
        return quarters.first_day(request.store.today())
    try:
        return quarters.parse(text)
    except ValueError:
        raise Http404 from None


def _holder(request) -> tuple[str, User | None]:
    """(role, person) that ?for names: nothing for the store."""
    text = request.GET.get("for", "store" if actions.may_set_store(request.access) else "")
    kind, _dash, rest = text.partition("-")
    if not text:
        return sorted(actions.led_by(request.access))[0], None
    if kind == "store" and not rest:
        return "", None
    if kind == "role" and rest in targets.OF_ROLE:
        return rest, None
    if kind == "person" and rest.isascii() and rest.isdecimal() and len(rest) <= 18:
        person = people.everyone(request.store).filter(pk=int(rest)).first()
        if person:
            return "", person
    raise Http404


def key_of(role: str, person_pk: int | None) -> str:
    return f"role-{role}" if role else f"person-{person_pk}" if person_pk else "store"


def _holders(request, here: str, quarter, counted: dict[str, int]) -> list[dict]:
    """Whom this person may set targets for: the store, a role, and its people below it. One query."""
    led = actions.led_by(request.access)
    members = Membership.objects.filter(store=request.store, role__in=led, user__in=people.members(request.store, *led)).select_related(
        "user"
    )
    of_role: dict[str, list[User]] = {}
    for one in members.order_by("user__name_key", "user__pk"):
        of_role.setdefault(one.role, []).append(one.user)

    def entry(key: str, label: str, level: int) -> dict:
        asked = urlencode({"quarter": quarters.code_of(quarter), "for": key})
        return {
            "label": label,
            "url": f"{reverse('reports:targets')}?{asked}",
            "here": key == here,
            "n": counted.get(key, 0),
            "level": level,
        }

    found = [entry("store", _("Whole store"), 0)] if actions.may_set_store(request.access) else []
    for role in targets.OF_ROLE:
        if role in led:
            found.append(entry(f"role-{role}", _("every %(role)s") % {"role": Role(role).label}, 0))
            found += [entry(f"person-{user.pk}", user.name, 1) for user in of_role.get(role, [])]
    return found


@never_cache
@require_http_methods(["GET", "POST"])
@requires("targets.set")
@once
def index(request):
    """?quarter=2026-Q4, ?for=store, role-advisor or person-12."""
    quarter, (role, person) = _quarter(request), _holder(request)
    codes = actions.codes_for(request.access, role=role, person=person)
    if not codes:
        raise PermissionDenied
    store = to_edit(request, Store.objects, pk=request.store.pk)
    rows = list(Target.objects.filter(store=store, quarter=quarter).select_related("person").order_by("figure", "role", "pk"))
    set_now = {one.figure: one.number for one in rows if (one.role, one.person) == (role, person)}
    month = containing(quarter)
    held = {person.pk: list(person.memberships.filter(store=store).values_list("role", flat=True))} if person else {}
    # What counts where nothing is set: for a role as for somebody who holds it.
    who = person.pk if person else (0 if role else None)
    others = {(quarter, one.figure, one.role, one.person_id): one.number for one in rows if (one.role, one.person) != (role, person)}
    above = targets.Targets(others, held or {0: [role]})
    among = targets.CALLING if role == Role.CALLER or (person and Role.CALLER in held[person.pk]) else targets.ADVISING
    valid = {code: target_text(ALL[code], above.of(ALL[code], month, person=who, among=among)) for code in codes}
    form = TargetsForm(request.POST or None, store=store, set_now=set_now, codes=codes, valid=valid)
    is_open = actions.is_open(store, quarter)
    here = key_of(role, person.pk if person else None)
    url = f"{reverse('reports:targets')}?{urlencode({'quarter': quarters.code_of(quarter), 'for': here})}"
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.set_targets(access=request.access, quarter=quarter, values=form.values(), role=role, person=person)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, ngettext("%(n)s target changed.", "%(n)s targets changed.", changed) % {"n": changed})
            return redirect(url)
    counted: dict[str, int] = {}
    for one in rows:
        key = key_of(one.role, one.person_id)
        counted[key] = counted.get(key, 0) + 1
    context = {
        "form": form,
        "url": url,
        "quarter": quarters.code_of(quarter),
        "label": quarters.label_of(quarter),
        "previous": quarters.code_of(add_months(quarter, -3)),
        "next": quarters.code_of(add_months(quarter, 3)) if is_open else "",
        "here": here,
        "who": person.name if person else Role(role).label if role else _("Whole store"),
        "holders": _holders(request, here, quarter, counted),
        "is_open": is_open,
        "rows": [
            {
                "figure": ALL[one.figure],
                "who": one.person.name if one.person else one.get_role_display() if one.role else _("Whole store"),
                "text": target_text(ALL[one.figure], one.number),
            }
            for one in rows
            if one.figure in ALL
        ],
    }
    return render(request, "reports/targets.html", context, status=422 if form.errors else 200)


@require_POST
@requires("targets.set")
@once
def take_over(request):
    """The targets of the quarter before hold on."""
    quarter = _quarter(request)
    try:
        taken = actions.take_over(access=request.access, quarter=quarter)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, ngettext("%(n)s target taken over.", "%(n)s targets taken over.", taken) % {"n": taken})
    return redirect(f"{reverse('reports:targets')}?{urlencode({'quarter': quarters.code_of(quarter)})}")
