from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from tests.failing_app import failures


@login_not_required
def fail(request, name):
    failures.fail(getattr(failures, name))


urlpatterns = [path("fail/<str:name>/", fail), path("", include("dealercrm.urls"))]
