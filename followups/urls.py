from django.urls import path

from followups.views import call, cards, invitations, questionnaires, queue, settings

app_name = "followups"
urlpatterns = [
    path("queue/", queue.index, name="queue"),
    path("queue/next/", queue.next_call, name="next"),
    path("recoveries/", queue.recoveries, name="recoveries"),
    path("letters/", queue.letters, name="letters"),
    path("letters/<int:pk>/sent/", queue.letter_sent, name="letter_sent"),
    path("calls/<int:pk>/", call.call, name="call"),
    path("calls/<int:pk>/claim/", call.claim, name="claim"),
    path("calls/<int:pk>/release/", call.release, name="release"),
    path("calls/<int:pk>/leave/", call.leave, name="leave"),
    path("calls/<int:pk>/beat/", call.beat, name="beat"),
    path("calls/<int:pk>/draft/", call.draft, name="draft"),
    path("calls/<int:pk>/contact/", call.add_contact, name="add_contact"),
    path("calls/<int:pk>/phones/<int:phone_pk>/reveal/", call.reveal, name="reveal"),
    path("csi/cards/", cards.index, name="cards"),
    path("csi/cards/<slug:record>/<int:pk>/<slug:code>/", cards.card, name="card"),
    path("settings/questionnaires/versions/<int:pk>/as/call/", questionnaires.preview, name="questionnaire"),
    path("csi/counter/", invitations.handed_over, name="at_counter"),
    path("csi/ask/<int:pk>/", invitations.invitation, name="invitation"),
    path("csi/ask/<int:pk>/link/", invitations.make, name="invitation_make"),
    path("csi/ask/<int:pk>/send/", invitations.send, name="invitation_send"),
    path("csi/ask/<int:pk>/withdraw/", invitations.withdraw, name="invitation_withdraw"),
    path("csi/ask/<int:pk>/show/", invitations.show, name="invitation_show"),
    path("settings/plans/", settings.plans, name="plans"),
]
