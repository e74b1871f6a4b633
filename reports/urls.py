from django.urls import path

from reports.views import complaints, figures, forms, oem, responses, satisfaction, verification

app_name = "reports"
urlpatterns = [
    path("complaints/statistics/", complaints.statistics, name="complaints"),
    path("complaints/weekly/<slug:department>/", forms.department, name="department"),
    path("complaints/weekly/<slug:department>/export/", forms.department_export, name="department_export"),
    path("csi/", responses.csi, name="csi"),
    path("csi/responses/<int:pk>/", responses.response, name="response"),
    path("csi/monthly/", satisfaction.monthly, name="monthly"),
    path("csi/weekly/", satisfaction.weekly, name="weekly"),
    path("csi/oem/", oem.oem, name="oem"),
    path("csi/verifications/", verification.verifications, name="verifications"),
    path("csi/verifications/plan/", verification.plan, name="verification_plan"),
    path("csi/mine/", figures.mine, name="mine"),
    path("csi/mine/rows/<slug:code>/", figures.my_rows, name="my_rows"),
    path("reports/", figures.index, name="index"),
    path("reports/export/", satisfaction.export, name="export"),
    path("reports/forms/<int:number>/", forms.form, name="form"),
    path("reports/forms/<int:number>/numbers/", forms.numbers, name="form_numbers"),
    path("reports/forms/<int:number>/export/", forms.export, name="form_export"),
    path("reports/rows/<slug:code>/", figures.rows, name="rows"),
]
