"""Messages that leave the house: by e-mail, and to a store's group robot (docs/adr/0014).

A message is claimed by compare-and-set before it is sent: the try is counted and the next one moved behind the claim, so that two
senders never send the same one. A sender that dies leaves a claim that runs out. What the other side has taken without our learning of
it (the line broke before its answer, the sender died) is sent again: at least once, not exactly once. E-mail and plain JSON carry the
message's number, by which the other side can tell.
"""

import logging
import smtplib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock, topics, webhooks
from core.models import OutboxMessage, Webhook

log = logging.getLogger(__name__)

Channel, Status = OutboxMessage.Channel, OutboxMessage.Status
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)]
TRIES = len(PAUSES) + 1
CLAIM = timedelta(minutes=2)  # longer than any try takes
CANDIDATES = 20
AT_ONCE = 15  # to one robot; it refuses more than 20 a minute, DingTalk's then for ten minutes
TEST = "webhook_test"  # a topic that is tried once, and is nobody's worry afterwards

# What `error` says: one of these words, the type of an exception, 'HTTP 502' or 'errcode 93000'; never an address, never a text.
OFF, GONE, LOST = "off", "gone", "lost"
REASONS = {
    OFF: _("The channel is switched off."),
    GONE: _("The person has left, or has no e-mail address any more."),
    LOST: _("The application ended while it was sending."),
    "TimeoutError": _("The other side did not answer in time."),
    "gaierror": _("The host is not known: is the server connected to the internet?"),
    "ConnectionRefusedError": _("Nobody answers at that address."),
    "SSLCertVerificationError": _("The other side's certificate is not valid."),
    "NotPublic": _("The address leads into the server's own network."),
    "ValidationError": _("Such an address may not be called: whoever runs the server has changed WEBHOOK_HOSTS."),
    "SMTPAuthenticationError": _("The mail server refuses the user name or password."),
    "SMTPRecipientsRefused": _("The mail server refuses this recipient."),
}
FOR_GOOD = {OFF, GONE}
# The matter of one message; anything else would meet the next message to the same server too.
OF_ONE = {OFF, GONE, LOST, smtplib.SMTPRecipientsRefused.__name__, smtplib.SMTPDataError.__name__}

_checks: list[Callable] = []


def register_check(may_have: Callable) -> None:
    """may_have(user, store_code): whether the person may still be told about that store. The floor that knows people registers it."""
    _checks.append(may_have)


def reason(error: str) -> str:
    """`error` in the reader's language."""
    word, _space, number = error.partition(" ")
    if word == "HTTP":
        return gettext("The other side answered with HTTP %(number)s.") % {"number": number}
    if word == "errcode":
        return gettext("The robot refused it (errcode %(number)s).") % {"number": number}
    return str(REASONS.get(error) or gettext("It could not be sent (%(error)s).") % {"error": error})


def due(now):
    return OutboxMessage.objects.filter(status=Status.PENDING, channel__in=[Channel.EMAIL, Channel.WEBHOOK], next_at__lte=now)


def work(most: int = 10_000) -> int:
    """Sends what is due, one after the other, with no more than `most` tries; returns how many were taken by the other side. Not inside a
    transaction: while somebody else's server thinks, nobody waits for us."""
    sent: Counter[str] = Counter()
    for _n in range(most):
        message = _claim()
        if message is None:
            break
        if _deliver(message):
            sent[message.recipient] += 1
            if message.channel == Channel.WEBHOOK and sent[message.recipient] % AT_ONCE == 0:
                _let_wait(message, clock.now())
    return sent.total()


def _claim() -> OutboxMessage | None:
    """The next message, now ours; those that were tried least come first, so that one that never gets through holds nobody up."""
    now = clock.now()
    for message in due(now).select_related("user").order_by("attempts", "next_at", "pk")[:CANDIDATES]:
        mine = due(now).filter(pk=message.pk, attempts=message.attempts)
        if mine.update(attempts=F("attempts") + 1, next_at=now + CLAIM):
            message.attempts += 1
            return message
    return None


def _deliver(message: OutboxMessage) -> bool:
    error = LOST if message.attempts > TRIES else _try(message)
    pending = OutboxMessage.objects.filter(pk=message.pk, status=Status.PENDING)
    if not error:
        return bool(pending.update(status=Status.SENT, sent_at=clock.now(), error=""))
    log.warning("message %s by %s was not sent: %s", message.pk, message.channel, error)
    now, mine = clock.now(), pending.filter(attempts=message.attempts)
    if message.topic == TEST:
        mine.update(status=Status.DEAD, error=error, read_at=now)
    elif error in FOR_GOOD or message.attempts >= TRIES:
        mine.update(status=Status.DEAD, error=error)
    else:
        mine.update(next_at=now + PAUSES[message.attempts - 1], error=error)
    if error not in OF_ONE:
        _let_wait(message, now)
    return False


def _let_wait(message: OutboxMessage, now) -> None:
    """What else is due at the same server waits for a minute, instead of finding out one by one that it takes nothing now."""
    same = {"channel": message.channel} | ({"store_code": message.store_code} if message.channel == Channel.WEBHOOK else {})
    due(now).filter(**same).update(next_at=now + PAUSES[0])


def _try(message: OutboxMessage) -> str:
    """'' when the message was taken, else why not."""
    send = _by_mail if message.channel == Channel.EMAIL else _to_group
    try:
        with translation.override(settings.LANGUAGE_CODE):
            return send(message)
    except Exception as problem:  # whatever a network or a mail server comes up with; its words may hold the address
        return type(problem).__name__


def _link(message: OutboxMessage) -> str:
    return f"{settings.SITE_URL}{message.path}" if settings.SITE_URL and message.path else ""


def _by_mail(message: OutboxMessage) -> str:
    """Rights are checked at delivery."""
    if not settings.EMAIL_IS_ON:
        return OFF
    user = message.user
    if not (user and user.is_active and user.email and all(may_have(user, message.store_code) for may_have in _checks)):
        return GONE
    text = " ".join(topics.text(message.topic, message.params).split())
    foot = gettext("Sent by the customer-care application of store %(store)s. Please do not answer.") % {"store": message.store_code}
    body = "\n\n".join(filter(None, [text, _link(message), foot]))
    mail = EmailMessage(text, body, to=[user.email], headers={"Message-ID": f"<{message.store_code}.{message.pk}@dealercrm>"})
    return "" if mail.send() else "not taken"


def _to_group(message: OutboxMessage) -> str:
    hook = Webhook.objects.filter(store_code=message.store_code).first()
    if hook is None:
        return OFF
    text = topics.group_text(message.topic, message.params)
    return webhooks.send(hook, text=text, link=_link(message), number=message.pk, topic=message.topic)
