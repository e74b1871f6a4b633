"""The application's addresses, and the two pages that its pages are compared with."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path

from core import clock
from staff.access import requires

# What a line of the queue shows, in one statement.
LINES = """
    SELECT s.id, c.name, s.tier, s.due_at, s.next_at, v.plate, v.model, p.number, u.name, f.plan
    FROM (
        SELECT * FROM followups_callsheet WHERE store_id = %s AND audience = 'caller' AND next_at <= %s ORDER BY due_at, tier, id LIMIT 50
    ) s
    JOIN customers_customer c ON c.id = s.customer_id
    JOIN followups_followup f ON f.sheet_id = s.id AND f.status = 'open'
    LEFT JOIN customers_vehicle v ON v.id = f.vehicle_id
    LEFT JOIN visits_serviceorder o ON o.id = f.order_id
    LEFT JOIN staff_user u ON u.id = o.advisor_id
    LEFT JOIN customers_phone p ON p.customer_id = c.id AND p.position = 0
    ORDER BY s.due_at, s.tier, s.id
"""


@requires("work")
def empty(request):
    return HttpResponse("")


@requires("work")
def thin(request):
    with connection.cursor() as cursor:
        cursor.execute(LINES, [request.store.pk, connection.ops.adapt_datetimefield_value(clock.now())])
        lines = cursor.fetchall()
    return render(request, "bench/thin.html", {"lines": lines})


urlpatterns = [path("bench/empty/", empty), path("bench/thin/", thin), path("", include("dealercrm.urls"))]
