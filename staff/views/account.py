"""Signing in and out, one's own password, the language, and which store one looks at."""

from datetime import timedelta

from axes.helpers import get_client_ip_address, get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.db.models import Max
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.once import once
from staff import actions
from staff.access import requires
from staff.middleware import LANGUAGES

sign_in = LoginView.as_view(template_name="staff/login.html", redirect_authenticated_user=True)
YEAR = timedelta(days=365)


@login_not_required
@require_POST
def sign_out(request):
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _back(request) -> str:
    """Where the person was, if that is one of our own pages."""
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return url
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
@require_POST
def language(request):
    response = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("language")
    if chosen in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@require_POST
@requires("work")
def switch_store(request):
    """To the home page, because the page that the person was on may belong to the other store's records."""
    chosen = next((store for store in request.stores if str(store.pk) == request.POST.get("store")), None)
    if chosen:
        request.session["store"] = chosen.pk
        messages.success(request, _("You are now looking at %(store)s.") % {"store": chosen.name})
    else:
        messages.error(request, _("That store is not one of yours."))
    return redirect(settings.LOGIN_REDIRECT_URL)


@requires("work")
@once
def password(request):
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.change_own_password(user=request.user, store=request.store, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password has been changed."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "staff/password.html", {"form": form})


def locked_out(request, response, credentials):
    """axes calls this when a pair of name and address has failed too often: says when the pause ends."""
    last = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=get_client_ip_address(request)
    ).aggregate(last=Max("attempt_time"))["last"]
    context = {"locked_until": last + get_cool_off(request) if last else None, "failure_limit": settings.AXES_FAILURE_LIMIT}
    return render(request, "staff/locked_out.html", context, status=429)
