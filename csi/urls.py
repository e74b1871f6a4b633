from django.urls import path

from csi.views import counter, questionnaires, screens, survey

app_name = "csi"
BASE = "settings/questionnaires/"
urlpatterns = [
    path(BASE, questionnaires.index, name="questionnaires"),
    path(f"{BASE}<int:pk>/draft/", questionnaires.start, name="draft_start"),
    path(f"{BASE}versions/<int:pk>/", questionnaires.version, name="version"),
    path(f"{BASE}versions/<int:pk>/publish/", questionnaires.publish, name="version_publish"),
    path(f"{BASE}versions/<int:pk>/throw-away/", questionnaires.discard, name="draft_discard"),
    path(f"{BASE}versions/<int:pk>/screens/<slug:screen>/", questionnaires.preview, name="preview"),
    path(f"{BASE}versions/<int:pk>/questions/add/", questionnaires.question_add, name="question_add"),
    path(f"{BASE}versions/<int:pk>/questions/<slug:code>/", questionnaires.question, name="question"),
    path(f"{BASE}versions/<int:pk>/questions/<slug:code>/<slug:act>/", questionnaires.act, name="question_act"),
    path("s/<str:token>/", survey.survey, name="survey"),
    path("s/<str:token>/draft/", survey.draft, name="survey_draft"),
    path("s/<str:token>/thanks/", survey.thanks, name="survey_thanks"),
    path("counter/", counter.index, name="counter"),
    path("counter/state/", counter.state, name="counter_state"),
    path("counter/leave/", counter.leave, name="counter_leave"),
    path("counter/thanks/", counter.thanks, name="counter_thanks"),
    path("counter/pair/<str:token>/", counter.pair, name="counter_pair"),
    path("settings/counter/", screens.index, name="screens"),
    path("settings/counter/<int:pk>/remove/", screens.remove, name="screen_remove"),
]
