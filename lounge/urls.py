from django.urls import path

from lounge.views import month, pay

app_name = "lounge"
urlpatterns = [
    path("lounge/", month.index, name="month"),
    path("lounge/samples/<int:pk>/", month.sample, name="sample"),
    path("lounge/samples/<int:pk>/excuse/", month.excuse, name="excuse"),
    path("lounge/duties/<int:pk>/swap/", month.swap, name="swap"),
    path("lounge/mine/", month.mine, name="mine"),
    path("lounge/payroll/", pay.payroll, name="payroll"),
    path("lounge/payroll/export/", pay.export, name="payroll_export"),
    path("lounge/settings/", pay.settings, name="settings"),
]
