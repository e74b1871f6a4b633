from lounge.models.duty import Duty

__all__ = ["Duty"]
