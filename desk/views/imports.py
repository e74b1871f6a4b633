"""Files of other systems: upload, look at what was understood, start, watch, and what became of the rows."""

from io import BytesIO
from tempfile import TemporaryFile

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Min, Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.once import once
from core.tabular import MAX_BYTES, UnreadableFile
from customers import identifiers
from desk import tasks
from desk.imports import preview, results, runs, templates
from desk.imports.kinds import KINDS
from desk.models import ImportRemark, ImportRun
from staff.access import requires

PAGE = 50
RUNS = 20
GROUPED = 200  # from so many warnings on they are counted by what they say
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
What, Status = ImportRemark.What, ImportRun.Status


def kinds() -> list[tuple[str, str]]:
    return [(kind, ImportRun.Kind(kind).label) for kind in KINDS]


class UploadForm(forms.Form):
    kind = forms.ChoiceField(choices=kinds)
    file = forms.FileField(allow_empty_file=True, error_messages={"required": gettext_lazy("Choose a file.")})

    def clean_file(self) -> tuple[str, bytes]:
        """Its name and its content; what is larger than allowed is not read to its end."""
        file = self.cleaned_data["file"]
        name, data = file.name or "?", file.read(MAX_BYTES + 1)
        try:
            runs.read_file(ImportRun(filename=name, data=data))
        except UnreadableFile as problem:
            raise forms.ValidationError(str(problem)) from None
        return name, data


def run_of(request, pk: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(request.access).defer("data").select_related("store", "created_by"), pk=pk)


def pages(found: list, size: int, after: str, **query) -> tuple[list, dict[str, str]]:
    """found: at most size + 1 rows -> those of the page, and the pager's addresses."""
    first = f"?{urlencode(query)}" if after else ""
    more = len(found) > size
    return found[:size], {
        "first_url": first,
        "next_url": f"?{urlencode({**query, 'after': found[size - 1].pk})}" if more else "",
    }


def asked_after(request) -> str:
    after = request.GET.get("after", "")
    return after if after.isascii() and after.isdecimal() and len(after) < 19 else ""


# The list, and the way in


@never_cache
@requires("import")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request):
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else None
    if form and form.is_valid():
        return _added(request, form)
    after = asked_after(request)
    found = ImportRun.objects.visible_to(request.access).defer("data").select_related("created_by").order_by("-pk")
    if after:
        found = found.filter(pk__lt=after)
    shown, urls = pages(list(found[: RUNS + 1]), RUNS, after)
    context = {
        "runs": shown,
        "kinds": kinds(),
        "chosen": form["kind"].value() if form else next(iter(KINDS)),
        "problems": [problem for found in form.errors.values() for problem in found] if form else [],
        "limit": MAX_BYTES // 1024**2,
        **urls,
        "first_url": request.path if after else "",
    }
    return render(request, "desk/imports.html", context)


@once
def _added(request, form: UploadForm):
    """Reading the file, which takes its time, lies outside: no transaction waits for it."""
    name, data = form.cleaned_data["file"]
    added = runs.add(store=request.store, kind=form.cleaned_data["kind"], filename=name, data=data, by=request.user)
    return redirect("desk:import_run", added.pk)


@requires("import")
@require_safe
def template(request, kind: str):
    if kind not in KINDS:
        raise Http404
    file = BytesIO()
    templates.write(kind, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{kind}.xlsx", content_type=XLSX)


# One import


@never_cache
@requires("import")
@require_http_methods(["GET", "HEAD", "POST"])
def run(request, pk: int):
    """The page of whatever state the import is in. POST: look again, with other columns."""
    found = run_of(request, pk)
    if found.status == Status.PREVIEW:
        return _preview(request, found)
    if found.is_over:
        if request.htmx:  # the progress bar asks: now there is another page to show
            answer = render(request, "desk/imports_progress.html", {"run": found})
            answer["HX-Refresh"] = "true"
            return answer
        return _result(request, found)
    return render(request, "desk/imports_progress.html" if request.htmx else "desk/imports_run.html", {"run": found})


def _chosen(request) -> dict[str, str]:
    """plain header -> what its select says; one pair of fields for each column."""
    return dict(zip(request.POST.getlist("header"), request.POST.getlist("means"), strict=False))


def _look(request, run: ImportRun) -> preview.Preview | str:
    try:
        sheets = runs.read_file(run)
    except UnreadableFile as problem:
        return str(problem)
    return preview.look(KINDS[run.kind].reader, sheets, runs.opening(run.store), run.learned, _chosen(request))


def _preview(request, run: ImportRun, seen: preview.Preview | str | None = None):
    seen = _look(request, run) if seen is None else seen
    context = {"run": run, "problem": seen if isinstance(seen, str) else "", "preview": None if isinstance(seen, str) else seen}
    return render(request, "desk/imports_preview.html", {**context, "tried": preview.TRIED})


@requires("import")
@require_POST
def start(request, pk: int):
    found = run_of(request, pk)
    if found.status == Status.PREVIEW:
        seen = _look(request, found)
        if isinstance(seen, str) or not seen.can_start:
            return _preview(request, found, seen)
        found.learned |= seen.places
        with transaction.atomic():
            if runs.start(run=found, columns=seen.corrections, by=request.user):
                transaction.on_commit(lambda: tasks.send(found.store_id))
    return redirect("desk:import_run", pk)


@requires("import")
@require_POST
@once
def discard(request, pk: int):
    if not runs.discard(run=run_of(request, pk), by=request.user):
        return redirect("desk:import_run", pk)
    messages.success(request, _("The file was discarded; nothing of it was imported."))
    return redirect("desk:imports")


@requires("import")
@require_POST
def rejects(request, pk: int):
    """The rejected rows as the file had them, whole: who took them is kept."""
    found = run_of(request, pk)
    if found.status != Status.DONE or not found.rejected:
        return redirect("desk:import_run", pk)
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    results.write_rejects(results.of_run(found), file)
    file.seek(0)
    audit.record("import.rejects_exported", by=request.user, store=found.store, subject=found, rows=found.rejected)
    return FileResponse(file, as_attachment=True, filename=f"rejected-{found.pk}.xlsx", content_type=XLSX)


# What became of it


def _result(request, run: ImportRun):
    counted = run.remarks.order_by().values_list("what", "status").annotate(count=Count("pk"))
    counts = {(what, status): count for what, status, count in counted}
    tabs = [(name, label, counts.get((what, status), 0)) for name, (label, what, status) in TABS.items()]
    asked = request.GET.get("show", "")
    show = asked if asked in TABS else next((name for name, _label, count in tabs if count), "reject")
    context = {"run": run, "tabs": tabs, "show": show, "remarks": [], "groups": [], "alike": None, "first_url": "", "next_url": ""}
    _label, what, status = TABS[show]
    remarks = run.remarks.filter(what=what, status=status).defer("cells").order_by("sheet", "row", "pk")
    alike = request.GET.get("alike", "")
    if alike.isascii() and alike.isdecimal() and len(alike) < 19:
        sample = get_object_or_404(remarks, pk=alike)
        # Compared inside the database: on SQLite the same JSON may be written in two ways.
        same = ImportRemark.objects.filter(pk=sample.pk).values("reasons")
        remarks = remarks.filter(column=sample.column, reasons=same[:1])
        context["alike"] = results.remark_of(sample)
    elif what == What.WARNING and counts.get((what, status), 0) > GROUPED:
        context["groups"] = _groups(remarks)
        return render(request, "desk/imports_result.html", context)
    after, query = asked_after(request), {"show": show, **({"alike": alike} if context["alike"] else {})}
    last = run.remarks.filter(pk=after).only("sheet", "row").first() if after else None
    found = remarks.filter(_behind(last)) if last else remarks
    shown, urls = pages(list(found[: PAGE + 1]), PAGE, after, **query)
    context["remarks"] = [{"row": row, "remark": results.remark_of(row), "value": _value(run, row)} for row in shown]
    return render(request, "desk/imports_result.html", {**context, **urls})


def _behind(last: ImportRemark) -> Q:
    """What stands below this row of the list: by sheet and row."""
    return Q(sheet__gt=last.sheet) | Q(sheet=last.sheet, row__gt=last.row) | Q(sheet=last.sheet, row=last.row, pk__gt=last.pk)


TABS = {
    "reject": (gettext_lazy("Rejected rows"), What.REJECT, ImportRemark.Status.OPEN),
    "conflict": (gettext_lazy("Conflicts"), What.CONFLICT, ImportRemark.Status.OPEN),
    "warning": (gettext_lazy("Warnings"), What.WARNING, ImportRemark.Status.OPEN),
    "left": (pgettext_lazy("rejected rows", "Not needed"), What.REJECT, ImportRemark.Status.LEFT),
}


def _groups(remarks) -> list[dict]:
    """Warnings that say the same of the same column, with how many they are and one of them."""
    counted = remarks.order_by().values("column", "reasons").annotate(count=Count("pk"), pk=Min("pk")).order_by("-count", "pk")
    groups = list(counted.values("pk", "count")[:GROUPED])
    samples = {row.pk: row for row in remarks.filter(pk__in=[group["pk"] for group in groups])}
    return [{"remark": results.remark_of(samples[group["pk"]]), **group} for group in groups]


def _value(run: ImportRun, row: ImportRemark) -> str:
    """The wrong cell of a rejected row as it is, so that one sees what is wrong; else phones and VINs are masked."""
    if row.what == What.REJECT:
        return row.value
    header = next((about for name, about in run.sheets.items() if name[:200] == row.sheet), None)
    if header and row.column in [header["names"][index] for index in header["columns"].get("phone", ())]:
        return identifiers.mask_phone(identifiers.parse_phone(row.value).number) if row.value else ""
    return preview.masked(row.value)
