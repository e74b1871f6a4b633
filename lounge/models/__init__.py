from lounge.models.duty import Duty
from lounge.models.waiting import LoungeSettings, Prospect, Question, Request, Waiting

__all__ = ["Duty", "LoungeSettings", "Prospect", "Question", "Request", "Waiting"]
