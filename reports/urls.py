from django.urls import path

from reports.views import appraisal, breakdown, complaints, department, figures, forms, outside, plans, responses, satisfaction, targets

app_name = "reports"
urlpatterns = [
    path("complaints/statistics/", complaints.statistics, name="complaints"),
    path("complaints/weekly/<slug:department>/", forms.department, name="department"),
    path("complaints/weekly/<slug:department>/export/", forms.department_export, name="department_export"),
    path("complaints/weekly/<slug:department>/carried-out/", department.carried_out, name="measure_done"),
    path("complaints/weekly/<slug:department>/sign/", department.sign, name="sheet_sign"),
    path("csi/", responses.csi, name="csi"),
    path("csi/responses/<int:pk>/", responses.response, name="response"),
    path("csi/monthly/", satisfaction.monthly, name="monthly"),
    path("csi/weekly/", satisfaction.weekly, name="weekly"),
    path("csi/mine/", figures.mine, name="mine"),
    path("csi/mine/rows/<slug:code>/", figures.my_rows, name="my_rows"),
    path("reports/", figures.index, name="index"),
    path("reports/appraisal/", appraisal.index, name="appraisal"),
    path("reports/export/", satisfaction.export, name="export"),
    path("reports/forms/<int:number>/", forms.form, name="form"),
    path("reports/forms/<int:number>/numbers/", forms.numbers, name="form_numbers"),
    path("reports/forms/<int:number>/export/", forms.export, name="form_export"),
    path("reports/breakdown/", breakdown.breakdown, name="breakdown"),
    path("reports/outside/", outside.outside, name="outside"),
    path("reports/plans/", plans.index, name="plans"),
    path("reports/plans/new/", plans.new, name="plan_new"),
    path("reports/plans/<int:pk>/", plans.one, name="plan"),
    path("reports/plans/<int:pk>/edit/", plans.edit, name="plan_edit"),
    path("reports/plans/<int:pk>/review/", plans.review, name="plan_review"),
    path("reports/plans/<int:pk>/end/", plans.end, name="plan_end"),
    path("reports/targets/", targets.index, name="targets"),
    path("reports/targets/take-over/", targets.take_over, name="targets_take_over"),
    path("reports/rows/<slug:code>/", figures.rows, name="rows"),
]
