from django.urls import path

from complaints.views import board, new, one, settings

app_name = "complaints"
urlpatterns = [
    path("complaints/", board.index, name="board"),
    path("complaints/new/", new.new, name="new"),
    path("complaints/archive/", board.archive, name="archive"),
    path("complaints/<int:pk>/", one.complaint, name="complaint"),
    path("complaints/<int:pk>/print/", one.tracking_form, name="print"),
    path("complaints/<int:pk>/files/", one.add_file, name="add_file"),
    path("complaints/<int:pk>/files/<int:file>/", one.file, name="file"),
    path("complaints/<int:pk>/<slug:act>/", one.act, name="act"),
    path("settings/complaints/", settings.settings, name="settings"),
]
