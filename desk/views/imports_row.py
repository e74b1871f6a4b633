"""A rejected row of an import, opened to be corrected and imported at once."""

import re

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import audit
from desk.imports import corrections, results
from desk.models import ImportRemark, ImportRun
from desk.views.imports import run_of
from staff.access import requires

ROW = re.compile(r"\d{1,18}$", re.ASCII)
CELL = re.compile(r"cell-(\d{1,5})$", re.ASCII)
BECAME = {
    "created": gettext_noop("Row %(row)s is imported: a new record."),
    "updated": gettext_noop("Row %(row)s is imported: a record was changed by it."),
    "unchanged": gettext_noop("Row %(row)s is right: everything in it was there already."),
}


@never_cache
@requires("import")
@require_http_methods(["GET", "HEAD", "POST"])
def row(request, pk: int, row: int):
    run = run_of(request, pk)
    remark = get_object_or_404(run.remarks.filter(what=ImportRemark.What.REJECT), pk=row)
    if remark.status != ImportRemark.Status.OPEN or run.status != ImportRun.Status.DONE:
        return _settled(request, run, remark)
    if request.method != "POST":
        audit.record("import.row_opened", by=request.user, store=run.store, subject=run, row=remark.pk)
        return _page(request, run, remark)
    typed = {int(name[1]): text for key, text in request.POST.items() if (name := CELL.match(key))}
    try:
        became = corrections.correct(run=run, remark=remark, typed=typed, by=request.user)
    except corrections.Settled:
        return _settled(request, run, remark)
    except corrections.Busy:
        remark.refresh_from_db()
        busy = _("Another import of this store is at work. What you typed is kept: save it again in a moment.")
        return _page(request, run, remark, busy)
    if became is None:
        return _page(request, run, remark)
    messages.success(request, _(BECAME[became]) % {"row": remark.row})
    following = _open(run).filter(pk__gt=remark.pk).first() or _open(run).first()
    return redirect("desk:import_row", run.pk, following) if following else redirect("desk:import_run", run.pk)


@requires("import")
@require_POST
def mark(request, pk: int):
    """A row, or without one all that are listed: not needed, or taken back."""
    run, asked, is_needed = run_of(request, pk), request.POST.get("row", ""), request.POST.get("needed") == "1"
    if asked and not ROW.match(asked):
        raise Http404
    marked = corrections.mark(run=run, row=int(asked) if asked else None, is_needed=is_needed, by=request.user)
    if marked and is_needed:
        said = ngettext("%(n)d row is to be corrected again.", "%(n)d rows are to be corrected again.", marked)
        messages.success(request, said % {"n": marked})
    elif marked:
        said = ngettext(
            "%(n)d row is marked as not needed. It can be taken back.",
            "%(n)d rows are marked as not needed. They can be taken back.",
            marked,
        )
        messages.success(request, said % {"n": marked})
    return redirect(f"{reverse('desk:import_run', args=[run.pk])}?show=reject")


def _open(run: ImportRun):
    return run.remarks.filter(what=ImportRemark.What.REJECT, status=ImportRemark.Status.OPEN).order_by("pk").values_list("pk", flat=True)


def _settled(request, run: ImportRun, remark: ImportRemark):
    remark.refresh_from_db()
    if remark.status == ImportRemark.Status.LEFT:
        said = _("Row %(row)s is marked as not needed: take it back to correct it.")
    else:
        said = _("Row %(row)s has been corrected and imported already.")
    messages.info(request, said % {"row": remark.row})
    return redirect("desk:import_run", run.pk)


def _page(request, run: ImportRun, remark: ImportRemark, problem: str = ""):
    said = results.remark_of(remark)
    cells, general = corrections.cells_of(run, remark, said.sentences)
    others = _open(run)
    context = {
        "run": run,
        "remark": remark,
        "cells": cells,
        "general": general,
        "problem": problem,
        "first_wrong": next((cell.index for cell in cells if cell.reasons), cells[0].index if cells else -1),
        "previous": others.filter(pk__lt=remark.pk).last(),
        "next": others.filter(pk__gt=remark.pk).first(),
        "place": others.filter(pk__lte=remark.pk).count(),
    }
    return render(request, "desk/imports_row.html", context)
