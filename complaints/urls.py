from django.urls import path

from complaints.views import board, feedback, new, one, public, settings

app_name = "complaints"
urlpatterns = [
    path("complaints/", board.index, name="board"),
    path("complaints/new/", new.new, name="new"),
    path("complaints/archive/", board.archive, name="archive"),
    path("complaints/<int:pk>/", one.complaint, name="complaint"),
    path("complaints/<int:pk>/print/", one.tracking_form, name="print"),
    path("complaints/<int:pk>/files/", one.add_file, name="add_file"),
    path("complaints/<int:pk>/files/<int:file>/", one.file, name="file"),
    path("complaints/<int:pk>/entries/<int:entry>/reveal/", one.reveal_number, name="reveal_number"),
    path("complaints/<int:pk>/contact/reveal/", one.reveal_contact, name="reveal_contact"),
    path("complaints/<int:pk>/<slug:act>/", one.act, name="act"),
    path("suggestions/", feedback.index, name="suggestions"),
    path("suggestions/new/", feedback.new, name="suggestion_new"),
    path("suggestions/poster/", feedback.poster, name="poster"),
    path("suggestions/<int:pk>/", feedback.one, name="suggestion"),
    path("suggestions/<int:pk>/files/<int:file>/", feedback.file, name="suggestion_file"),
    path("suggestions/<int:pk>/contact/reveal/", feedback.reveal_contact, name="suggestion_reveal_contact"),
    path("suggestions/<int:pk>/<slug:act>/", feedback.act, name="suggestion_act"),
    path("feedback/<slug:code>/", public.feedback, name="public"),
    path("feedback/<slug:code>/thanks/<str:reference>/", public.thanks, name="thanks"),
    path("settings/complaints/", settings.settings, name="settings"),
]
