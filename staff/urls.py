from django.urls import path

from staff.views import absences, account, calendar, messages, settings

app_name = "staff"
urlpatterns = [
    path("login/", account.sign_in, name="login"),
    path("logout/", account.sign_out, name="logout"),
    path("language/", account.language, name="language"),
    path("store/", account.switch_store, name="switch_store"),
    path("password/", account.password, name="password"),
    path("absences/", absences.index, name="absences"),
    path("absences/<int:pk>/", absences.change, name="absence"),
    path("absences/<int:pk>/remove/", absences.remove, name="absence_remove"),
    path("settings/", settings.overview, name="settings"),
    path("settings/store/", settings.store, name="store"),
    path("settings/notifications/", messages.notifications, name="notifications"),
    path("settings/notifications/test/", messages.webhook_test, name="webhook_test"),
    path("settings/notifications/test/state/", messages.webhook_test_state, name="webhook_test_state"),
    path("settings/undelivered/", messages.undelivered, name="undelivered"),
    path("settings/undelivered/resend/", messages.resend, name="undelivered_resend_all"),
    path("settings/undelivered/put-away/", messages.put_away, name="undelivered_put_away_all"),
    path("settings/undelivered/<int:pk>/resend/", messages.resend, name="undelivered_resend"),
    path("settings/undelivered/<int:pk>/put-away/", messages.put_away, name="undelivered_put_away"),
    path("settings/people/", settings.people_list, name="people"),
    path("settings/people/add/", settings.person_add, name="person_add"),
    path("settings/people/<int:pk>/", settings.person, name="person"),
    path("settings/people/<int:pk>/rename/", settings.person_rename, name="person_rename"),
    path("settings/people/<int:pk>/roles/give/", settings.role_give, name="role_give"),
    path("settings/people/<int:pk>/roles/take/", settings.role_take, name="role_take"),
    path("settings/people/<int:pk>/password/", settings.person_password, name="person_password"),
    path("settings/people/<int:pk>/active/", settings.person_active, name="person_active"),
    path("settings/calendar/", calendar.index, name="calendar"),
    path("settings/calendar/days/add/", calendar.day_add, name="calendar_day_add"),
    path("settings/calendar/days/<int:pk>/", calendar.day, name="calendar_day"),
    path("settings/calendar/days/<int:pk>/remove/", calendar.day_remove, name="calendar_day_remove"),
    path("settings/calendar/<int:year>/fill/", calendar.year_fill, name="calendar_year_fill"),
    path("settings/calendar/<int:year>/confirm/", calendar.year_confirm, name="calendar_year_confirm"),
]
