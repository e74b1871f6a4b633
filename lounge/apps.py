from django.apps import AppConfig


class LoungeConfig(AppConfig):
    name = "lounge"

    def ready(self):
        from core import sweep, topics
        from lounge import judging, sampling
        from lounge.topics import TOPICS

        topics.TOPICS.update(TOPICS)

        # Before what is planned opens (followups, at 40). What has come to its end is noted before a month is closed and judged.
        sweep.register("planned", sampling.draw_due, order=37, due=sampling.undrawn)
        sweep.register("planned", sampling.note, order=38, due=lambda now: [sampling.ended()])
        sweep.register("closed", sampling.close_due, order=39, due=lambda now: [sampling.unclosed(now)])
        sweep.register("judged", judging.judge_due, order=55, due=lambda now: [judging.unjudged(now)])
