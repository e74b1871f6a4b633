"""The queue, the recoveries, and the letters to those whom nobody reached."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock, outbox
from core.models import OutboxMessage
from core.once import once
from csi import links
from csi.models import Invitation, Response
from customers.identifiers import mask_phone
from customers.models import Customer, Phone, Tier
from followups import calls, leases, queue, scripts
from followups.models import Audience, CallSheet
from followups.planning import Plan
from staff import people
from staff.access import requires
from staff.roles import LEADERS, Role

# get_plan_display looks through the choices for every line
PLAN_NAMES, TIER_NAMES = dict(Plan.choices), dict(Tier.choices)


@requires("queue.view")
@require_safe
def index(request):
    """One line a customer. ?part=counts: only the tabs, asked for again every 30 seconds."""
    now, filters = clock.now(), queue.Filters.read(request.GET)
    sheets = queue.without_own_records(filters.apply(queue.callers_sheets(request.store), request.user), request.user)
    context = {"tabs": _tabs(filters, queue.counts(sheets, request.store, now)), "filters": filters}
    if request.GET.get("part") == "counts":
        return render(request, "followups/_tabs.html", context)
    lines, last = queue.page(sheets.filter(queue.tab_condition(filters.tab, request.store, now)), request.GET.get("after", ""))
    context |= {
        "lines": [line_of(sheet, request, now) for sheet in lines],
        "plans": Plan.choices,
        "tiers": Tier.choices,
        "advisors": people.members(request.store, Role.ADVISOR, Role.SALES),
        "next_url": reverse("followups:queue") + filters.address(after=last) if last else "",
        "first_url": reverse("followups:queue") + filters.address() if request.GET.get("after") else "",
        "counts_url": f"{reverse('followups:queue')}{filters.address(part='counts')}",
        "may_call": request.access.can("queue.call"),
        "now": now,
    }
    return render(request, "followups/queue.html", context)


def _tabs(filters, counts):
    names = {
        "ready": _("To call now"),
        "late": _("Late"),
        "hour": _("Within the hour"),
        "today": _("Later today"),
        "retry": _("Waiting for a retry"),
        "later": _("Not yet open"),
    }
    here = reverse("followups:queue")
    return [
        {
            "tab": tab,
            "name": names[tab],
            "count": counts[tab],
            "url": here + filters.address(due=tab if tab != "ready" else ""),
            "here": tab == filters.tab,
        }
        for tab in queue.TABS
    ]


def line_of(sheet: CallSheet, request, now) -> dict:
    """What a line shows. owed: what has opened, or else all that is open."""
    owed = [row for row in sheet.open_followups if row.opens_at <= now] or sheet.open_followups
    first = owed[0]
    rated = first.order.advisor if first.order_id else first.delivery.consultant if first.delivery_id else None
    agreed_for = calls.agreed_for(sheet.open_followups, now)
    held = sheet.claimed_by_id is not None and sheet.claimed_until > now
    return {
        "sheet": sheet,
        "url": reverse("followups:call", args=[sheet.pk]),
        "owed": [PLAN_NAMES[row.plan] for row in owed],
        "tier": TIER_NAMES[sheet.tier],
        "vehicle": first.vehicle,
        "phone": sheet.number and mask_phone(sheet.number),
        "advisor": rated,
        "agreed_for": agreed_for,
        "retry_at": sheet.next_at if any(row.dials for row in owed) and sheet.next_at > now and sheet.next_at != agreed_for else None,
        "opens_at": sheet.next_at if sheet.next_at > now and sheet.next_at != agreed_for else None,
        "dials": max(row.dials for row in owed),
        "is_mine": held and sheet.claimed_by_id == request.user.pk,
        "held_by": sheet.claimed_by if held and sheet.claimed_by_id != request.user.pk else None,
        "is_own_work": bool(first.questionnaire and rated == request.user),
    }


def next_sheet(request, filters: queue.Filters) -> int | None:
    """Claims the first free customer of the person's queue (of the filters, as far as they leave somebody to call)."""
    now = clock.now()
    sheets = queue.callable_by(queue.callers_sheets(request.store), request.user)
    narrowed = filters.apply(sheets, request.user) if not filters.mine else sheets
    if filters.tab in ("late", "hour", "today"):
        narrowed = narrowed.filter(queue.tab_condition(filters.tab, request.store, now))
    return leases.take_next(narrowed, request.user)


@require_POST
@requires("queue.call")
def next_call(request):
    filters = queue.Filters.read(request.GET)
    pk = next_sheet(request, filters)
    if pk is None:
        messages.info(request, _("Nobody is left to call here right now."))
        return redirect(reverse("followups:queue") + filters.address())
    return redirect(reverse("followups:call", args=[pk]) + filters.address())


@requires("recovery.call")
@require_safe
def recoveries(request):
    """Unhappy customers to call within the hour: an advisor's own; leaders see everybody's."""
    now = clock.now()
    sheets = CallSheet.objects.visible_to(request.access).filter(audience=Audience.ADVISOR).with_open_followups()
    leads = bool(request.access.roles & LEADERS)
    if leads and request.GET.get("mine") == "1":
        sheets = sheets.filter(assignee=request.user)
    lines, last = queue.page(sheets, request.GET.get("after", ""))
    context = {
        "lines": [line_of(sheet, request, now) for sheet in lines],
        "leads": leads,
        "mine": request.GET.get("mine") == "1",
        "next_url": f"?after={last}" if last else "",
        "first_url": reverse("followups:recoveries") if request.GET.get("after") else "",
        "now": now,
    }
    return render(request, "followups/recoveries.html", context)


LETTERS = 100


def survey_message(request, invitation: Invitation, *, is_answered: bool) -> dict[str, str]:
    """text: what is to be sent; without it, why nothing is. Chinese like every word to customers, whoever reads the page."""
    if is_answered:
        return {"text": "", "why": _("answered meanwhile: nothing to send")}
    if invitation.customer.do_not_call:
        return {"text": "", "why": _("asked never to be called: nothing is sent")}
    if invitation.withdrawn_at or invitation.expires_at <= clock.now():
        return {"text": "", "why": _("the link has run out: nothing to send")}
    if invitation.advisor_id == request.user.pk:
        return {"text": "", "why": _("about your own work: a colleague sends it")}
    visit = invitation.order or invitation.delivery
    return {
        "text": scripts.survey_message(invitation, visit.delivered_on if visit else None, links.address(invitation, request)),
        "why": "",
    }


@requires("queue.call")
@require_safe
def letters(request):
    """Text messages and letters owed to customers whom nobody reached; the last ones sent below."""
    all_letters = OutboxMessage.objects.filter(store_code=request.store.code, channel=OutboxMessage.Channel.LETTER)
    owed = list(all_letters.filter(status=OutboxMessage.Status.PENDING).order_by("pk")[:LETTERS])
    sent = list(all_letters.filter(status=OutboxMessage.Status.SENT).select_related("sent_by").order_by("-sent_at")[:20])
    pks = {letter.pk: int(letter.recipient.removeprefix("customer ")) for letter in owed + sent}
    customers = Customer.objects.filter(store=request.store).in_bulk(set(pks.values()))
    phones = {}
    for phone in Phone.objects.filter(customer__in=customers):
        phones.setdefault(phone.customer_id, phone.masked)

    found = Invitation.objects.filter(store=request.store, pk__in=[letter.params.get("invitation", 0) for letter in owed])
    links_of = {row.pk: row for row in found.select_related("customer", "order", "delivery", "store")}
    said = set(
        Response.objects.filter(store=request.store, occasion__in=[row.occasion for row in links_of.values()]).values_list(
            "occasion", flat=True
        )
    )

    def line(letter):
        invitation = links_of.get(letter.params.get("invitation"))
        return {
            "message": invitation and survey_message(request, invitation, is_answered=invitation.occasion in said),
            "letter": letter,
            "customer": customers.get(pks[letter.pk]),
            "phone": phones.get(pks[letter.pk], ""),
            "plans": [PLAN_NAMES.get(plan, plan) for plan in letter.params.get("plans", [])],
        }

    return render(request, "followups/letters.html", {"owed": [line(one) for one in owed], "sent": [line(one) for one in sent]})


@require_POST
@requires("queue.call")
@once
def letter_sent(request, pk: int):
    letter = get_object_or_404(OutboxMessage, pk=pk, store_code=request.store.code, channel=OutboxMessage.Channel.LETTER)
    if outbox.mark_letter_sent(pk=letter.pk, store=request.store, by=request.user):
        messages.success(request, _("Marked as sent."))
    return redirect("followups:letters")
