from lounge.models.duty import Duty, DutyChange
from lounge.models.sample import Result, Sample, SampleMonth, SampleRank
from lounge.models.verdict import Excuse, PayPercentages, Verdict

__all__ = ["Duty", "DutyChange", "Excuse", "PayPercentages", "Result", "Sample", "SampleMonth", "SampleRank", "Verdict"]
