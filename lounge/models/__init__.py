from lounge.models.duty import Duty, DutyChange
from lounge.models.sample import Result, Sample, SampleMonth, SampleRank
from lounge.models.verdict import Excuse, PayPercentages, Verdict
from lounge.models.waiting import LoungeSettings, Prospect, Question, Request, Waiting

__all__ = [
    "Duty", "DutyChange", "Excuse", "LoungeSettings", "PayPercentages", "Prospect", "Question", "Request", "Result", "Sample", "SampleMonth", "SampleRank",
    "Verdict", "Waiting",
]  # fmt: skip
