from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
    path("", include("staff.urls")),
    path("", include("desk.urls")),
    path("", include("csi.urls")),
    path("", include("complaints.urls")),
    path("", include("followups.urls")),
    path("", include("lounge.urls")),
    path("", include("reports.urls")),
]

handler500 = "core.views.server_error"
