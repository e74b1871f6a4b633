from complaints.models.complaint import SOLVED, Clock, Complaint, ComplaintSettings, Entry, NumberSeries
from complaints.models.feedback import Evidence, Feedback, FeedbackClock, FeedbackEntry

__all__ = [
    "SOLVED",
    "Clock",
    "Complaint",
    "ComplaintSettings",
    "Entry",
    "Evidence",
    "Feedback",
    "FeedbackClock",
    "FeedbackEntry",
    "NumberSeries",
]
