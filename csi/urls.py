from django.urls import path

from csi.views import counter, screens, survey

app_name = "csi"
urlpatterns = [
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
