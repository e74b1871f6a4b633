"""What the population consists of, table by table (bench.population). Moments are seconds until they are stored."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from bench.population import ADVISORS, CALLERS, MONTHS
from bench.population_sql import ZONE, Sql, lookup
from core import names
from csi.models import Answer, Dissatisfaction, Question, Response
from customers import identifiers
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.demo import words
from desk.demo.inventing import Inventor
from desk.demo.people import holidays
from desk.demo.season import Season
from followups.models import Attempt, CallSheet, FollowUp, Served
from staff import calendars
from staff.models import HoursKind, Membership, Store
from staff.roles import Role
from visits.models import ServiceOrder

MODELS = [Customer, Phone, Vehicle, Ownership, ServiceOrder, CallSheet, FollowUp, Attempt, Served, Response, Answer, Dissatisfaction]

HERE = 20  # the latest orders: cars in the workshop now
OPEN = 0.05
NAMES, SLOTS = 20_000, 20_000
DAY, HOUR, MINUTE = 86_400, 3_600, 60
# Of a hundred closed follow-ups: interviewed at the first dial, at the second, refused; the rest nobody could be reached.
AT_FIRST, AT_SECOND, REFUSED = 70, 86, 91
QUESTIONS = ["overall", "service", "quality", "price", "timeliness", "environment", "nps"]
MORNING, NOON, AFTERNOON, EVENING = 9 * 60, 12 * 60, 14 * 60, 19 * 60 + 30  # calling hours, in minutes


# What is looked up


def lookups(sql: Sql) -> None:
    """Names with their search keys, models with their VINs' beginnings, days, people, words, questions."""
    rng = Random(1)
    inventor = Inventor(rng)
    genders = [rng.choice(["male", "male", "female"]) for _n in range(NAMES - NAMES // 40)]
    people = [("person", gender, inventor.person(gender)) for gender in genders]
    companies = [("company", "", inventor.company()) for _n in range(NAMES // 40)]
    rows = [
        (n, kind, gender, name, names.hexed(name), names.pinyin(name), names.initials(name))
        for n, (kind, gender, name) in enumerate(people + companies)
    ]
    lookup("b_name", "i bigint PRIMARY KEY, kind text, gender text, name text, hexed text, pinyin text, initials text", rows)
    rows = []
    for n, (model, share, is_new_energy) in enumerate(words.MODELS):
        prefix = f"LS4{'ABCDEFGHJK'[n]}SE2{'BDFHJLNPRS'[n]}"
        rows += [(model, prefix, _weighed(prefix), is_new_energy)] * share
    lookup("b_model", "i bigint PRIMARY KEY, model text, prefix text, weighed bigint, is_new_energy boolean", _numbered(rows))
    lookup("b_slot", f"i bigint PRIMARY KEY, {', '.join(f'{name} bigint' for name in DAYS)}", _numbered(_days(sql)))
    store = Store.objects.get(pk=sql.store)
    for name, role, shares in (("b_advisor", Role.ADVISOR, ADVISORS), ("b_caller", Role.CALLER, CALLERS)):
        users = Membership.objects.filter(store=store, role=role).order_by("user").values_list("user", flat=True)
        # Of a thousand customers of each: unhappy ones; of a hundred others: very satisfied ones.
        likes = [(user, 20 + 17 * (n % 4) + 60 * (n == 3), 75 - 5 * (n % 5)) for n, user in enumerate(users)]
        rows = [like for like, share in zip(likes, shares, strict=True) for _n in range(share)]
        lookup(name, "i bigint PRIMARY KEY, person bigint, unhappy bigint, delighted bigint", _numbered(rows))
    questions = dict(Question.objects.filter(version__questionnaire__code="service-callback").values_list("code", "pk"))
    lookup("b_question", "i bigint PRIMARY KEY, question bigint", _numbered([(questions[code],) for code in QUESTIONS]))
    said = [(link, *words.COMPLAINTS[link][n % len(words.COMPLAINTS[link])]) for n in range(20) for link in QUESTIONS[1:6]]
    lookup("b_complaint", "i bigint PRIMARY KEY, link text, standard text, words text", _numbered(said))
    lookup("b_praise", "i bigint PRIMARY KEY, words text", _numbered([(text,) for text in words.PRAISE]))


def _numbered(rows: list) -> list:
    return [(n, *row) for n, row in enumerate(rows)]


def _weighed(prefix: str) -> int:
    """The first eight characters' part of a VIN's check sum."""
    values, weights = identifiers._VIN_VALUES, identifiers._VIN_WEIGHTS
    return sum((int(c) if c.isdigit() else values[c]) * weight for c, weight in zip(prefix, weights, strict=False))


# Of each slot's day: its midnight; the next two open days and one four days later; for the limits after one and three days, whether
# that day is open, and the last open one up to it.
DAYS = ("midnight", "next1", "next2", "later", "aim_is_open", "aim_day", "due_is_open", "due_day")


def _days(sql: Sql) -> list[tuple]:
    """SLOTS places on the line of the seasons: equal shares of the orders, in the order of time."""
    store = Store.objects.get(pk=sql.store)
    today = store.local_date(datetime.fromtimestamp(sql.now, UTC))
    opening = calendars.hours(store, HoursKind.OPENING)
    season = Season(opening, holidays(store), today - relativedelta(months=MONTHS), today - timedelta(days=1))

    def midnight(day: date) -> int:
        return int(datetime.combine(day, time(), UTC).timestamp()) - ZONE

    def from_on(day: date) -> date:
        return next(one for n in range(40) if opening.ranges(one := day + timedelta(days=n)))

    def up_to(day: date) -> date:
        return next(one for n in range(40) if opening.ranges(one := day - timedelta(days=n)))

    known: dict[date, tuple] = {}
    rows = []
    for n in range(SLOTS):
        day = season.day(n / SLOTS)
        if day not in known:
            next1 = from_on(day + timedelta(days=1))
            days = [day, next1, from_on(next1 + timedelta(days=1)), from_on(day + timedelta(days=4))]
            limits = [
                (int(bool(opening.ranges(limit))), midnight(up_to(limit))) for limit in (day + timedelta(days=1), day + timedelta(days=3))
            ]
            known[day] = (*map(midnight, days), *limits[0], *limits[1])
        rows.append(known[day])
    return rows


# What happens when


def _minute(roll: str) -> str:
    """A throw of 510 as a minute of the calling hours."""
    return f"(CASE WHEN {roll} < 180 THEN {MORNING} + {roll} ELSE {AFTERNOON - 180} + {roll} END)"


def _limit(sql: Sql, is_open: str, day: str) -> str:
    """followups.planning.limit_in_calling_hours for hand-overs between 9 and 18:30; `minute` is that of the hand-over."""
    same = f"CASE WHEN minute BETWEEN {NOON} AND {AFTERNOON - 1} THEN {NOON} ELSE minute END"
    closed = f"CASE WHEN {day} + {EVENING * MINUTE} > opens THEN {day} + {EVENING * MINUTE} ELSE next1 + {(MORNING + 60) * MINUTE} END"
    return f"CASE WHEN {is_open} = 1 THEN {day} + ({same}) * {MINUTE} ELSE {closed} END"


def plan(sql: Sql) -> None:
    """When which car came and was handed over, and what was owed and dialled then: numbers only, in temporary tables."""
    n, roll = sql.customers, sql.roll
    fleet, tenth, half = max(n // 50, 1), max(n // 10, 2), max(n * 45 // 100, 3)
    who, which = roll("n", 3, 1_000_000), roll("n", 4, 1_000_000)
    # Two cars of a hundred bring fifteen orders of a hundred, a tenth a third, nearly half of them three quarters.
    car = f"""CASE WHEN {who} < 150000 THEN 1 + {which} % {fleet} WHEN {who} < 340000 THEN {fleet} + 1 + {which} % {tenth - fleet}
              WHEN {who} < 740000 THEN {tenth} + 1 + {which} % {half - tenth} ELSE {half} + 1 + {which} % {n - half} END"""
    slot = f"(n - 1) * {SLOTS} / {sql.orders}"
    sql.table(
        "b_order",
        f"""SELECT n AS id, {car} AS car, midnight + (540 + {roll("n", 1, 390)}) * {MINUTE} AS received,
            midnight + (540 + {roll("n", 1, 390)} + 30 + {roll("n", 2, 140)}) * {MINUTE} AS delivered,
            a.person AS advisor, a.unhappy AS unhappy, a.delighted AS delighted, {slot} AS slot
            FROM {sql.numbers(sql.orders)} JOIN b_slot ON b_slot.i = {slot} JOIN b_advisor a ON a.i = {roll("n", 5, 100)}""",
        key="id",
    )
    first = sql.orders - HERE - n  # the follow-ups' orders are those behind this one
    opens = f"""SELECT o.id - {first} AS f, o.id AS id, o.car AS car, o.delivered AS delivered, o.delivered + {2 * HOUR} AS opens,
                (o.delivered - d.midnight) / {MINUTE} AS minute, d.midnight AS midnight, {", ".join(f"d.{name} AS {name}" for name in DAYS[1:])}
                FROM b_order o JOIN b_slot d ON d.i = o.slot WHERE o.id > {first} AND o.id <= {first + n}"""
    next_at = f"""CASE WHEN minute + 120 BETWEEN {NOON} AND {AFTERNOON - 1} THEN midnight + {AFTERNOON * MINUTE}
                  WHEN minute + 120 < {EVENING} THEN opens ELSE next1 + {MORNING * MINUTE} END"""
    limits = f"""SELECT p.*, {next_at} AS first_try, {_limit(sql, "due_is_open", "due_day")} AS limit_at,
                 {_limit(sql, "aim_is_open", "aim_day")} AS aim FROM ({opens}) p"""
    is_open = f"f > {n - int(n * OPEN)}"
    agreed = f"{sql.midnight} + ({roll('id', 11, 12)} - 1) * {DAY} + {_minute(roll('id', 12, 510))} * {MINUTE}"
    any_minute, morning = _minute(roll("id", 16, 510)) + f" * {MINUTE}", f"({MORNING} + {roll('id', 15, 180)}) * {MINUTE}"
    course = f"""SELECT q.*, {is_open} AS is_open, ({is_open} AND limit_at < {sql.now - 6 * HOUR}) AS is_agreed, {roll("id", 13, 100)} AS course,
                 {agreed} AS agreed, {roll("id", 14, 100)} < 3 AS is_late, {any_minute} AS any_minute, {morning} AS morning FROM ({limits}) q"""
    is_retry = f"(is_open AND NOT is_agreed AND first_try < {sql.now - HOUR} AND {roll('id', 17, 100)} < 30)"
    sql.table(
        "b_call",
        f"""SELECT f, id, car, delivered, is_open, is_agreed, course,
            CASE WHEN is_agreed THEN agreed ELSE opens END AS opens, CASE WHEN is_agreed THEN NULL ELSE aim END AS aim,
            CASE WHEN is_agreed THEN agreed + {HOUR} ELSE limit_at END AS due,
            CASE WHEN NOT is_open THEN NULL WHEN is_agreed THEN agreed
                 WHEN {is_retry} THEN {sql.midnight + DAY} + any_minute ELSE {sql.least("first_try", "limit_at")} END AS next_at,
            CASE WHEN {is_retry} THEN first_try WHEN is_open THEN NULL WHEN course >= {AT_FIRST} AND course < {AT_SECOND} OR course >= {REFUSED}
                 THEN next1 + morning WHEN is_late THEN later + any_minute ELSE next1 + any_minute END AS first_dial,
            CASE WHEN is_open THEN NULL WHEN course >= {REFUSED} THEN next2 + morning WHEN course >= {AT_FIRST} AND course < {AT_SECOND}
                 THEN next2 + any_minute WHEN is_late THEN later + any_minute ELSE next1 + any_minute END AS closed,
            CASE WHEN {is_retry} THEN 1 WHEN is_open THEN 0 WHEN course >= {REFUSED} THEN 3 WHEN course >= {AT_FIRST} AND course < {AT_SECOND}
                 THEN 2 ELSE 1 END AS dials,
            CASE WHEN {is_retry} THEN 'no_answer' WHEN is_open THEN '' WHEN course >= {REFUSED} THEN 'no_answer'
                 WHEN course >= {AT_SECOND} THEN 'refused' ELSE 'interviewed' END AS outcome,
            CASE WHEN is_open THEN 'open' WHEN course >= {REFUSED} THEN 'unreachable' WHEN course >= {AT_SECOND} THEN 'refused' ELSE 'done' END AS status,
            c.person AS caller
            FROM ({course}) r JOIN b_caller c ON c.i = {roll("id", 18, 100)}""",
        key="f",
    )


# The rows


def workshop(sql: Sql) -> None:
    roll, last = sql.roll, sql.orders - HERE
    is_here = f"o.id > {last}"
    received = f"CASE WHEN {is_here} THEN {sql.now} - (30 + ({sql.orders} - o.id) * 12) * {MINUTE} ELSE o.received END"
    steps = ["reception", "diagnosis", "job_order", "repair", "repair", "inspection", "ready"]
    step = f"CASE WHEN NOT {is_here} THEN 'delivered' {' '.join(f'WHEN o.id % 7 = {n} THEN {name!r}' for n, name in enumerate(steps))} END"
    started = f"o.received + (15 + {roll('o.id', 26, 40)}) * {MINUTE}"
    kinds = [(55, "maintenance"), (78, "repair"), (86, "warranty"), (95, "accident"), (96, "overhaul")]
    die = roll("o.id", 21, 100)
    labour = f"(60 + {roll('o.id', 22, 900)}) * 100"
    parts = f"({roll('o.id', 23, 1300)} * {roll('o.id', 24, 3)} / 2 * CASE WHEN {die} BETWEEN 86 AND 94 THEN 6 ELSE 1 END) * 100"
    kind = f"CASE {' '.join(f'WHEN {die} < {upto} THEN {name!r}' for upto, name in kinds)} ELSE 'recall' END"
    sql.insert(
        ServiceOrder,
        {
            "id": "o.id", "store_id": f"{sql.store}", "number": f"'WX' || {sql.digits('o.id', 8)}", "vehicle_id": "o.car", "customer_id": "o.car",
            "advisor_id": "o.advisor", "kind": kind, "source": f"CASE WHEN {roll('o.id', 25, 100)} < 45 THEN 'appointment' ELSE 'walk_in' END",
            "step": step, "received_at": sql.at(received), "received_on": sql.day(received), "created_at": sql.at(received),
            "signed_at": sql.at(f"{received} + {10 * MINUTE}"),
            "work_started_at": f"CASE WHEN NOT {is_here} THEN {sql.at(started)} END",
            "promised_at": sql.at(f"CASE WHEN {is_here} THEN {sql.now} + (o.id % 9 - 2) * 1200 ELSE o.delivered + ({roll('o.id', 27, 50)} - 12) * {MINUTE} END"),
            "delivered_at": f"CASE WHEN NOT {is_here} THEN {sql.at('o.delivered')} END",
            "delivered_on": f"CASE WHEN NOT {is_here} THEN {sql.day('o.delivered')} END",
            "waits_in_lounge": "o.id % 2 = 0", "mileage": f"o.car % 60000 + o.slot * (10 + o.car % 20) * {MONTHS} / {SLOTS} * 90",
            "labour_fen": labour, "parts_fen": parts, "total_fen": f"{labour} + {parts}", "estimate_fen": f"{labour} + {parts}",
            "next_maintenance_on": sql.day(f"o.delivered + {180 * DAY}"),
            "callback_at": f"CASE WHEN c.is_agreed THEN {sql.at('c.opens')} END",
            "aftercare_at": f"CASE WHEN NOT {is_here} THEN {sql.at('o.delivered + 5')} END",
        },
        "FROM b_order o LEFT JOIN b_call c ON c.id = o.id AND c.is_agreed ORDER BY o.id",
    )  # fmt: skip


def archive(sql: Sql) -> None:
    roll, n = sql.roll, sql.customers
    year = sql.now - 365 * DAY
    amount = f"CASE WHEN o.delivered > {year} THEN s.total_fen ELSE 0 END"
    sql.table(
        "b_seen",
        f"""SELECT o.car AS car, min(o.received) AS first_at, max(o.delivered) AS last_at, max(s.mileage) AS mileage,
            sum(CASE WHEN o.delivered > {year} THEN 1 ELSE 0 END) AS visits, sum({amount}) AS fen
            FROM b_order o JOIN visits_serviceorder s ON s.id = o.id WHERE o.id <= {sql.orders - HERE} GROUP BY o.car""",
        key="car",
    )
    months = {count: f"{int((datetime.fromtimestamp(sql.now, UTC) - relativedelta(months=count)).timestamp())}" for count in (1, 3, 6)}
    # customers.tiers, near enough: the next maintenance is half a year after the last visit.
    tier = f"""CASE WHEN last_at IS NULL THEN 'C' WHEN last_at <= {months[6]} AND last_at + {180 * DAY} <= {sql.now} THEN 'D'
               WHEN last_at >= {months[3]} AND visits >= 4 AND fen >= 1500000 THEN 'A' WHEN first_at >= {months[1]} THEN 'C' ELSE 'B' END"""
    opened = f"coalesce(first_at, {sql.now - 400 * DAY} + n % 5000 * {HOUR})"
    die = roll("n", 31, 1_000_000)
    name = f"({die} * {die} / 1000000) * {NAMES} / 1000000"  # some names are common
    people = f"FROM {sql.numbers(n)} LEFT JOIN b_seen ON b_seen.car = n"
    sql.insert(
        Customer,
        {
            "id": "n", "store_id": f"{sql.store}", "name": "b_name.name", "kind": "b_name.kind", "gender": "b_name.gender", "is_vip": "n % 20 = 0",
            "birthday": sql.day(f"(n % 16000 + 1) * {DAY}"), "region": "'渝北区'", "address": "'龙山大道' || (n % 380 + 1) || '号'", "source": "'walk_in'",
            "occupation": "CASE WHEN n % 3 = 0 THEN '企业职员' ELSE '' END", "tier": tier, "tier_check_on": sql.day(f"{sql.now} + (1 + n % 30) * {DAY}"),
            "opened_at": sql.at(opened), "name_hex": "b_name.hexed", "name_pinyin": "b_name.pinyin", "name_initials": "b_name.initials",
        },
        f"{people} JOIN b_name ON b_name.i = {name} ORDER BY n",
    )  # fmt: skip
    prefix = "CASE n % 5 WHEN 0 THEN '138' WHEN 1 THEN '139' WHEN 2 THEN '150' WHEN 3 THEN '186' ELSE '177' END"
    for begin, every, position in ((0, 1, 0), (n, 6, 1)):  # every customer has one, some have another
        number = f"{prefix} || {sql.digits(f'(n * {48271 + position * 2}) % 100000000', 8)}"
        validity = f"CASE WHEN {roll('n', 32 + position, 100)} < 70 THEN 'valid' WHEN {roll('n', 32 + position, 100)} < 97 THEN 'unknown' ELSE 'invalid' END"
        sql.insert(
            Phone,
            {
                "id": f"{begin} + n / {every}", "customer_id": "n", "store_id": f"{sql.store}", "number": f"'+86' || {number}",
                "tail": f"reverse('86' || {number})", "position": f"{position}", "validity": validity,
                "reason": f"CASE WHEN {roll('n', 32 + position, 100)} < 97 THEN '' ELSE 'out of service' END",
            },
            f"FROM {sql.numbers(n)} WHERE n % {every} = 0 ORDER BY n",
        )  # fmt: skip
    # Fixed letters, the check digit, a year, a works, six digits of the number: unique for six million cars.
    serial = f"(n / 1000000 + 1) || 'A' || {sql.digits('n % 1000000', 6)}"
    places = [("n / 1000000 + 1", 9), ("1", 8)] + [(f"n / {10 ** (5 - place)} % 10", 7 - place) for place in range(6)]
    check = f"(m.weighed + {' + '.join(f'({value}) * {weight}' for value, weight in places)}) % 11"
    vin = f"m.prefix || substr('0123456789X', CAST({check} AS integer) + 1, 1) || {serial}"
    place = "(n * 48271 % 2400000)"
    office = f"substr('ABCDEFGHJKLMNPQRSTUVWXYZ', CAST({place} / 100000 AS integer) + 1, 1)"
    letter = f"substr('ABCDEFGHJK', CAST({place} / 10000 % 10 AS integer) + 1, 1)"
    plate = f"""{office} || CASE WHEN m.is_new_energy THEN 'D' || {sql.digits(f"{place} % 100000", 5)}
                ELSE {letter} || {sql.digits(f"{place} % 10000", 4)} END"""
    sql.insert(
        Vehicle,
        {
            "id": "n", "store_id": f"{sql.store}", "plate": f"'渝' || {plate}", "plate_tail": f"lower(reverse({plate})) || '6e1d'", "vin": vin,
            "vin_tail": f"lower(reverse({vin}))", "model": "m.model", "mileage": "coalesce(mileage, n % 60000)",
            "purchased_on": sql.day(f"{opened} - (30 + n % 900) * {DAY}"), "warranty_until": sql.day(f"{opened} + (1065 - n % 900) * {DAY}"),
            "insurance_until": sql.day(f"{sql.now} + n % 365 * {DAY}"), "maintenance_months": "6", "maintenance_km": "7500",
            "next_maintenance_on": f"CASE WHEN last_at IS NOT NULL THEN {sql.day(f'last_at + {180 * DAY}')} END", "opened_at": sql.at(opened),
        },
        f"{people} JOIN b_model m ON m.i = {roll('n', 34, 100)} % {sum(share for _m, share, _e in words.MODELS)} ORDER BY n",
    )  # fmt: skip
    sql.insert(Ownership, {"id": "n", "vehicle_id": "n", "customer_id": "n", "since": sql.day(opened)}, f"{people} ORDER BY n")


def calls(sql: Sql) -> None:
    """A sheet for each customer of a follow-up, with the customer's own number."""
    openly, dialled_openly = "CASE WHEN is_open THEN {} END", "CASE WHEN is_open AND dials > 0 THEN 1 ELSE 0 END"
    sheets = f"(SELECT car, min({openly.format('next_at')}) AS next_at, min({openly.format('due')}) AS due, max({dialled_openly}) AS retries FROM b_call GROUP BY car) c"
    sql.insert(
        CallSheet,
        {
            "id": "c.car", "store_id": f"{sql.store}", "customer_id": "c.car", "next_at": sql.at("c.next_at"), "due_at": sql.at("c.due"), "tier": "p.tier",
            "is_retry": "c.retries = 1",
        },
        f"FROM {sheets} JOIN customers_customer p ON p.id = c.car ORDER BY c.car",
    )  # fmt: skip
    is_breached = f"due < {sql.now} AND (first_dial IS NULL OR first_dial > due)"
    sql.insert(
        FollowUp,
        {
            "id": "f", "store_id": f"{sql.store}", "plan": "'service'", "occasion": "'order ' || id", "sheet_id": "car", "customer_id": "car",
            "vehicle_id": "car", "order_id": "id", "started_at": sql.at("delivered"), "opens_at": sql.at("opens"), "aim_at": sql.at("aim"),
            "due_at": sql.at("due"), "due_on": sql.day("due"), "is_agreed": "is_agreed", "next_at": sql.at("next_at"), "status": "status",
            "outcome": "outcome", "opened_at": f"CASE WHEN opens < {sql.now} THEN {sql.at('opens + 5')} END",
            "breached_at": f"CASE WHEN {is_breached} THEN {sql.at('due + 5')} END", "first_dialled_at": sql.at("first_dial"), "dials": "dials",
            "closed_at": sql.at("closed"), "closed_by_id": "CASE WHEN closed IS NOT NULL THEN caller END", "created_at": sql.at("delivered"),
        },
        "FROM b_call ORDER BY f",
    )  # fmt: skip
    # Between the first dial in a morning and the last two mornings later one was made in an afternoon.
    at = f"CASE WHEN j.n = 1 THEN first_dial WHEN j.n = dials THEN closed ELSE first_dial + {6 * HOUR} END"
    dial = "((f - 1) * 3 + j.n)"
    dialled = f"FROM b_call JOIN (SELECT n FROM {sql.numbers(3)}) j ON j.n <= dials"
    sql.insert(
        Attempt,
        {
            "id": dial, "store_id": f"{sql.store}", "sheet_id": "car", "customer_id": "car", "phone_id": "car", "number": "p.number",
            "outcome": "CASE WHEN j.n = dials THEN outcome ELSE 'no_answer' END", "by_id": "caller", "at": sql.at(at), "on": sql.day(at),
            "half_day": f"CASE WHEN ({at} + {ZONE}) % {DAY} < {DAY // 2} THEN 'am' ELSE 'pm' END", "token": f"'bench-' || {dial}",
        },
        f"{dialled} JOIN customers_phone p ON p.id = car ORDER BY f, j.n",
    )  # fmt: skip
    sql.insert(Served, {"id": dial, "attempt_id": dial, "followup_id": "f"}, f"{dialled} ORDER BY f, j.n")


def answers(sql: Sql) -> None:
    """Of the interviews; the rest, up to as many as there are customers, from forms of the time before."""
    roll = sql.roll
    version = Question.objects.filter(version__questionnaire__code="service-callback").values_list("version", flat=True)[0]
    done = FollowUp.objects.filter(status="done").count()
    before, rest = sql.orders - HERE - sql.customers, sql.customers - done
    is_call = "c.f IS NOT NULL"
    unhappy = f"{roll('o.id', 41, 1000)} < o.unhappy"
    grade = roll("o.id", 42, 100)
    overall = f"CASE WHEN {unhappy} THEN CASE WHEN {grade} < 55 THEN 3 WHEN {grade} < 90 THEN 2 ELSE 1 END WHEN {grade} < o.delighted THEN 5 ELSE 4 END"
    rows = f"""SELECT row_number() OVER (ORDER BY o.id) AS r, o.*, c.f AS f, c.closed AS closed, c.caller AS caller, {overall} AS overall
               FROM b_order o LEFT JOIN b_call c ON c.id = o.id
               WHERE c.status = 'done' OR (o.id > {before - rest} AND o.id <= {before})"""
    rows = rows.replace("c.f AS f", f"CASE WHEN {is_call} THEN 'call' ELSE 'form' END AS channel, c.f AS f")
    sql.table("b_answer", rows, key="r")
    at = f"coalesce(closed, delivered + {DAY + HOUR})"
    sql.insert(
        Response,
        {
            "id": "r", "store_id": f"{sql.store}", "version_id": f"{version}", "audience": "'service'", "channel": "channel",
            "occasion": "CASE WHEN f IS NOT NULL THEN 'followup ' || f ELSE 'order ' || id END", "customer_id": "car", "vehicle_id": "car", "order_id": "id",
            "advisor_id": "advisor", "surveyor_id": "caller", "answered_at": sql.at(at), "answered_on": sql.day(at), "overall": "overall",
            "is_satisfied": "overall >= 4", "is_very_satisfied": "overall = 5", "is_unhappy": "overall <= 3", "aftercare_at": sql.at(f"{at} + 5"),
            "words": f"CASE WHEN overall > 3 AND {roll('r', 43, 100)} < 15 THEN p.words ELSE '' END",
        },
        f"FROM b_answer JOIN b_praise p ON p.i = {roll('r', 44, len(words.PRAISE))} ORDER BY r",
    )  # fmt: skip
    link = f"{roll('r', 45, 5)}"  # of an unhappy customer
    wheel = roll("(r * 7 + q.i)", 46, 100)
    recommends = f"CASE WHEN overall <= 3 THEN {wheel} % 7 WHEN overall = 5 THEN 10 - {wheel} % 2 * ({wheel} % 3) ELSE 7 + {wheel} % 4 - ({wheel} % 9) / 8 * 3 END"
    score = f"""CASE WHEN q.i = 0 THEN overall WHEN q.i = 6 THEN {recommends} WHEN overall <= 3 AND q.i = 1 + {link} THEN 1
                WHEN {wheel} < 4 THEN 2 ELSE 3 END"""
    sql.insert(
        Answer,
        {"id": "(r - 1) * 7 + q.i + 1", "response_id": "r", "question_id": "q.question", "score": score},
        "FROM b_answer CROSS JOIN b_question q ORDER BY r, q.i",
    )
    is_handled = f"{at} < {sql.now - 2 * DAY}"
    sql.insert(
        Dissatisfaction,
        {
            "id": "r", "store_id": f"{sql.store}", "response_id": "r", "answered_on": sql.day(at), "link": "w.link", "standard": "w.standard", "words": "w.words",
            "is_carried_out": is_handled, "handled_at": f"CASE WHEN {is_handled} THEN {sql.at(f'{at} + {HOUR}')} END",
            "handled_by_id": f"CASE WHEN {is_handled} THEN advisor END",
        },
        f"FROM b_answer JOIN b_complaint w ON w.i = {link} + 5 * {roll('r', 47, 20)} WHERE overall <= 3 ORDER BY r",
    )  # fmt: skip
