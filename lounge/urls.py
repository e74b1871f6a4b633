from django.urls import path

from lounge.views import board, desk, month, pay

app_name = "lounge"
urlpatterns = [
    path("lounge/desk/", desk.desk, name="desk"),
    path("lounge/desk/add/", desk.add, name="add"),
    path("lounge/desk/question/", desk.question, name="question"),
    path("lounge/desk/prospect/", desk.prospect, name="prospect"),
    path("lounge/desk/<str:line>/<str:act>/", desk.act, name="act"),
    path("lounge/notes/", desk.what_was_noted, name="notes"),
    path("lounge/notes/<int:pk>/seen-to/", desk.prospect_seen_to, name="prospect_seen_to"),
    path("lounge/desk/settings/", desk.settings, name="desk_settings"),
    path("lounge/board/", board.board, name="board"),
    path("lounge/board/<str:key>/", board.on_screen, name="on_screen"),
    path("lounge/screen/", board.screens_list, name="screens"),
    path("lounge/screen/<int:pk>/withdraw/", board.withdraw, name="screen_withdraw"),
    path("lounge/", month.index, name="month"),
    path("lounge/samples/<int:pk>/", month.sample, name="sample"),
    path("lounge/samples/<int:pk>/excuse/", month.excuse, name="excuse"),
    path("lounge/duties/<int:pk>/swap/", month.swap, name="swap"),
    path("lounge/mine/", month.mine, name="mine"),
    path("lounge/payroll/", pay.payroll, name="payroll"),
    path("lounge/payroll/export/", pay.export, name="payroll_export"),
    path("lounge/settings/", pay.settings, name="settings"),
]
