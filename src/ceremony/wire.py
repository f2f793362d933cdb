"""One question to GitHub at a time: how long it may take, what may be asked twice, what a no means.

`forge.py` says what to ask; here is what networks and hosts do to it. A token goes to one host
only, and that host's own for uploads, and never into a text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from ceremony import addresses

TEXT_LIMIT = 300
"""Characters of GitHub's own words that an error quotes."""

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the second, third and fourth try of what may be asked again."""
_HOPS = 3
_BREATH = 60.0
"""Seconds to wait at first where a secondary limit comes without a time (docs.github.com, "Rate
limits for the REST API", "Exceeding the rate limit"): at least a minute, then exponentially."""
_SLOW = "the answer took too long"
_UNSURE = frozenset({500, 502, 503, 504})

_LIMIT = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_SECONDARY = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)
_TOKEN_LACKS = re.compile(
    r"not accessible by|must have (?:push|admin|write)|write access to repository not granted"
    r"|does not have the correct permissions|saml enforcement",
    re.IGNORECASE,
)
_WORKFLOWS = re.compile(r"without [`'\"]?workflows?[`'\"]? (?:permission|scope)", re.IGNORECASE)
_NO_FORWARD = re.compile(r"(?:not a|non)[ -]fast[ -]?forward", re.IGNORECASE)
_RULE = re.compile(
    r"rule violation|protected (?:branch|ref|tag)|GH0(?:06|13)\b|through a pull request"
    r"|required status check|verified signatures|linear history|was archived|ref is locked by",
    re.IGNORECASE,
)
_IMMUTABLE = re.compile(r"immutable release|cannot upload assets", re.IGNORECASE)
_OVERLOAD = re.compile(r"result of a timeout|timed? ?out|something went wrong", re.IGNORECASE)


class ForgeError(Exception):
    """GitHub did not do what was asked; the text says what, why, and what to do."""


class RefusedByRule(ForgeError):
    """A branch or tag rule of the host forbids it; `rule` names it in GitHub's words."""

    def __init__(self, message: str, *, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


class NotFastForward(ForgeError):
    """A ref is not where it was seen, or would have to go back."""


class MissingPermission(ForgeError):
    """The token may not; `permission` is what it lacks, as in a workflow: `contents: write`."""

    def __init__(self, message: str, *, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


class RateLimited(ForgeError):
    """The host asks to wait longer than this run may; `until` is when it can go on, in UTC."""

    def __init__(self, message: str, *, until: dt.datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class Unreachable(ForgeError):
    """No answer, or none that can be read, after all retries."""


class OutcomeUnknown(Unreachable):
    """A write whose answer was lost: it may have happened, so the truth has to be read."""


class TooHeavy(Unreachable):
    """The host ran out of time over a question: a smaller one may fare better."""


class Taken(ForgeError):
    """Something else bears that name already: a published release its tag, an asset its name."""


class Immutable(ForgeError):
    """A release that was published for good, or the tag of one, is as it is for ever."""


class NotFound(ForgeError):
    """It is not there, or the token may not see it."""


class Call(NamedTuple):
    """One question."""

    verb: str
    path: str
    """Below the address of the API, beginning with a slash; or a full address of its origin."""
    doing: str
    """What it is for, as the end of "GitHub …, when asked to": `read main and latest`."""
    query: Mapping[str, str | int] | None = None
    body: Any = None
    file: str = ""
    """The path of a file that is sent as it lies on the disk, in place of `body`."""
    content_type: str = ""
    repeatable: bool = False
    """Whether asking twice does no more than asking once."""
    heavy: bool = False
    """Whether the caller would rather ask for less than repeat it when the host times out."""
    needs: str = ""
    """The permission that it takes, as workflows spell it."""
    seconds: float | None = None
    """The most that one try may take, where it is not the wire's own limit."""
    limit: int = 0
    """The most bytes of a file that is read as it is, in place of JSON; one more says that it is
    longer. Such a read is led to where the host keeps its files."""
    is_away: bool = False
    """Whether it is asked of another host, to which nothing of ours goes, the token least."""

    @property
    def is_question(self) -> bool:
        """Whether it changes nothing."""
        document = self.body.get("query") if isinstance(self.body, dict) else None
        is_query = isinstance(document, str) and document.lstrip().startswith("query ")
        return self.verb == "GET" or is_query


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names."""
    body: Any
    """The JSON, or the bytes of a file; None where the answer is empty."""

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """GraphQL's errors; none for REST, whose `errors` are part of its message."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        if self.status != 200 or not isinstance(errors, list):
            return []
        return [error for error in errors if isinstance(error, dict)]

    @property
    def message(self) -> str:
        """GitHub's own words about what is wrong, as they came."""
        if self.errors:
            return "; ".join(str(error.get("message", "")) for error in self.errors)
        if not isinstance(self.body, dict):
            return ""
        words = [str(self.body.get("message", ""))]
        details = self.body.get("errors")
        for detail in details if isinstance(details, list) else [details]:
            if isinstance(detail, dict):
                words.append(str(detail.get("message") or detail.get("code") or ""))
            elif detail:
                words.append(str(detail))
        return "; ".join(word for word in words if word)


class Redirected(Exception):
    """The host points elsewhere."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(f"redirect {status}")
        self.location = location


class NotReady(Exception):
    """The host accepted a read and is still at work on it."""


class _NoAnswer(Exception):
    """A try that brought nothing that can be read; the text says why."""


def _silent(_message: str) -> None:
    """Where nobody listens."""


class Transport(Protocol):
    """What sends: PyGithub's requester behind `forge.connect`."""

    def __call__(self, call: Call, url: str) -> tuple[int, Mapping[str, str], str | bytes]:
        """The status, the headers and the text, or the bytes of a file that was asked for.

        Raises OSError and what a library may raise.
        """

    def reset(self) -> None:
        """Give up the connection: what was sent through it may still be under way."""


class Patience(NamedTuple):
    """How long to wait, in seconds."""

    one_try: float = 30.0
    """For one answer, drips included."""
    deadline: float = 120.0
    """For one question with all its tries, the host's rate limits apart."""
    limits: float = 300.0
    """In all, over rate limits."""


class Wire:
    """Sends questions to one origin and brings answers, or says why there is none."""

    def __init__(
        self,
        transport: Transport,
        *,
        origin: str,
        token: str,
        patience: Patience,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.requests = 0
        self.server_date: dt.datetime | None = None
        self._transport = transport
        self.origin = origin
        self._token = token
        self.patience = patience
        self._limits_left = patience.limits
        self.sleep = sleep
        self._clock = clock
        self.tell: Callable[[str], None] = _silent
        """Told of each try that is repeated, one line."""

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).netloc

    def ask(self, call: Call) -> Answer:
        """An answer of any status that says something.

        Raises RateLimited; Unreachable; OutcomeUnknown in its place for what is not repeatable;
        TooHeavy for what is heavy.
        """
        ends = self._clock() + self.patience.deadline
        pauses = iter(_PAUSES)
        turn = 0
        while True:
            answer: Answer | None = None
            try:
                answer = self._once(call)
                why = _unsure(answer)
            except _NoAnswer as problem:
                why = str(problem)
            if answer is not None and self._wait_for_limit(answer, turn):
                turn += 1
                ends = self._clock() + self.patience.deadline
                continue
            if answer is not None and not why:
                return answer
            if not call.repeatable:
                raise OutcomeUnknown(
                    f"GitHub was asked to {call.doing}, and whether it did is unknown: {why}. "
                    "Run it again: what has been done is not done twice"
                ) from None
            if call.heavy and (why == _SLOW or (answer is not None and _is_overload(answer))):
                raise TooHeavy(f"GitHub ran out of time when asked to {call.doing}") from None
            pause = next(pauses, None)
            if pause is not None and answer is not None:
                pause = max(pause, self._retry_after(answer) or 0)
            if pause is None or self._clock() + pause > ends:
                raise Unreachable(
                    f"GitHub ({self._host}) could not be asked to {call.doing}: {why}. Run it "
                    "again later"
                ) from None
            self.tell(f"{self._host}: {why}; trying again in {pause:.0f} s")
            self.sleep(pause)

    def rest(self, call: Call) -> Answer:
        """A REST answer that is a success. Raises ForgeError for every other."""
        answer = self.ask(call)
        if answer.status >= 300:
            raise self.refusal(answer, call)
        return answer

    def refusal(self, answer: Answer, call: Call) -> ForgeError:
        """The error that an answer means (threats: the token in no text; strangers' words cut)."""
        # Our own sentence follows theirs.
        words = self.quote(answer.message).rstrip(". ") or f"status {answer.status}"
        kinds = {str(error.get("type", "")) for error in answer.errors}
        asked = f"when asked to {call.doing}"
        if answer.status == 401:
            return MissingPermission(
                f"GitHub does not accept the token {asked} ({words}): it has expired, was revoked, "
                "or belongs to another host"
            )
        if _WORKFLOWS.search(answer.message):
            return MissingPermission(
                f"GitHub refused {asked}, because workflow files change ({words}). GITHUB_TOKEN "
                "can never be given `workflows`: pass the token of a GitHub App that has "
                "`contents: write` and `workflows: write`",
                permission="workflows: write",
            )
        if _NO_FORWARD.search(answer.message):
            return NotFastForward(f"GitHub refused {asked}: it would not be a move forward")
        if _RULE.search(answer.message):
            return RefusedByRule(
                f"A rule of the repository forbids it, GitHub said {asked}: {words}. Let the "
                "token's app bypass the rule, or change the rule",
                rule=words,
            )
        if (
            answer.status == 403
            or _TOKEN_LACKS.search(answer.message)
            or kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}
        ):
            return self._missing(answer, call, asked, words)
        if _IMMUTABLE.search(answer.message):
            return Immutable(
                f"GitHub refused {asked}: {words}. Neither an immutable release nor its tag can be "
                "changed or used again: publish under another tag"
            )
        if _is_taken(answer):
            return Taken(f"GitHub refused {asked}: {words}. There is one already")
        if answer.status in {404, 410} or "NOT_FOUND" in kinds:
            hint = f", or the token lacks `{call.needs}`" if call.needs else ""
            return NotFound(f"GitHub found nothing {asked} ({words}): it is not there{hint}")
        return ForgeError(f"GitHub refused {asked}: {words}")

    def _missing(self, answer: Answer, call: Call, asked: str, words: str) -> MissingPermission:
        permission = _accepted(answer) or call.needs
        remedy = (
            f"Give the workflow's job `permissions: {permission}`, or pass a token that has it"
            if permission
            else "Pass a token that has it"
        )
        return MissingPermission(
            f"The token may not do that, GitHub said {asked} ({words}). {remedy}",
            permission=permission,
        )

    def quote(self, text: str) -> str:
        """A stranger's words on one line, without control characters, the token, or a long tail."""
        plain = "".join(character if character.isprintable() else " " for character in text)
        words = " ".join(plain.replace(self._token, "***").split())
        return words if len(words) <= TEXT_LIMIT else words[:TEXT_LIMIT] + "…"

    # ------------------------------------------------------------------ one try

    def _once(self, call: Call) -> Answer:
        url = call.path
        for _ in range(_HOPS + 1):
            try:
                status, headers, text = self._within(call, url)
            except Redirected as redirect:
                url, is_away = self._follow(call, url, redirect.location)
                call = call._replace(is_away=is_away)
                continue
            if not call.is_away:
                self._note_date(headers)
            elif status != 200:
                # The address is good for a moment only: the next try is given another.
                raise _NoAnswer(f"where it keeps its files, the answer was status {status}")
            if isinstance(text, bytes):
                return Answer(status, headers, text)
            return Answer(status, headers, _parse(status, headers, text))
        raise ForgeError(f"GitHub redirected in a circle when asked to {call.doing}")

    def _within(self, call: Call, url: str) -> tuple[int, Mapping[str, str], str | bytes]:
        """One answer within the time of a try, however slowly its bytes drip.

        The library's own limit is for each read from the socket, so the try runs in a thread that
        can be left behind; it ends with the process.
        """
        self.requests += 1
        got: list[tuple[int, Mapping[str, str], str | bytes]] = []
        raised: list[Exception] = []

        def attempt() -> None:
            try:
                got.append(self._transport(call, url))
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
                raised.append(error)

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        left = call.seconds or self.patience.one_try
        try:
            while thread.is_alive() and left > 0:
                thread.join(min(left, 1))
                left -= 1
                if thread.is_alive() and (call.file or call.is_question):
                    # Who wants to stop need not wait: half a file is as good as none, and a
                    # question changes nothing.
                    self.sleep(0)
        except KeyboardInterrupt:
            self._transport.reset()
            raise
        if thread.is_alive():
            self._transport.reset()
            raise _NoAnswer(_SLOW)
        if got:
            return got[0]
        error = raised[0]
        if isinstance(error, Redirected):
            raise error
        # Its text may quote headers, the token among them: only its kind is told.
        raise _NoAnswer(_reason(error)) from None

    def _follow(self, call: Call, url: str, location: str) -> tuple[str, bool]:
        """Where to, and whether that is away from the host, where a file may be.

        docs.github.com, "REST API endpoints for release assets", "Get a release asset": it is
        streamed, or the client is led to it.
        """
        base = urlsplit(self.origin)
        here = url if call.is_away else f"{base.scheme}://{base.netloc}{urlsplit(url).path}"
        is_local = addresses.is_loopback(base.hostname or "")
        is_file = False
        try:
            there = urljoin(here, location)
            is_same = origin_of(there) == origin_of(self.origin) and not call.is_away
            is_file = call.limit > 0 and addresses.may_read(there, is_local=is_local)
        except ValueError:
            there, is_same = location, False
        if not is_same and is_file:
            return there, True
        if not is_same and call.limit:
            # The rest of such an address opens the file to whoever has it.
            place = there.partition("?")[0].rpartition("@")[2]
            raise ForgeError(
                f"GitHub points to `{self.quote(place)}` when asked to {call.doing}: no file is "
                "read from there. Check the API's address"
            )
        if not is_same:
            raise ForgeError(
                f"GitHub points to another address when asked to {call.doing}: "
                f"`{self.quote(there)}`. The token is not sent there: check the API's address"
            )
        if call.verb != "GET":
            raise ForgeError(
                f"GitHub points to `{self.quote(there)}` when asked to {call.doing}: the "
                "repository or the API has moved. Use its new name"
            )
        return there, False

    def _note_date(self, headers: Mapping[str, str]) -> None:
        date = _http_date(headers.get("date", ""))
        if date is not None:
            self.server_date = date

    # ------------------------------------------------------------------ limits

    def _wait_for_limit(self, answer: Answer, turn: int) -> bool:
        """Whether the host asked for patience, and got it.

        docs.github.com, "Rate limits for the REST API" and "Rate limits and query limits for the
        GraphQL API": Retry-After first, then the reset time where nothing remains, else a minute
        and more.
        """
        if not _is_limit(answer):
            return False
        seconds = self._retry_after(answer)
        is_spent = answer.headers.get("x-ratelimit-remaining") == "0"
        if seconds is None and is_spent and not _SECONDARY.search(answer.message):
            seconds = self._until_reset(answer)
        if seconds is None:
            seconds = _BREATH * 2.0**turn
        # A host that says “now” each time is not asked once a second.
        seconds = max(seconds, 2.0**turn)
        if seconds > self._limits_left:
            until = self._now(answer) + dt.timedelta(seconds=min(seconds, 86_400.0))
            raise RateLimited(
                f"GitHub asks to wait until {until:%H:%M:%S} UTC, as this token has sent too many "
                "requests. Run it again then; nothing is lost",
                until=until,
            )
        self._limits_left -= seconds
        self.sleep(seconds)
        return True

    def _now(self, answer: Answer) -> dt.datetime:
        """The host's own time, which its reset times are meant in (fault: clock skew)."""
        date = _http_date(answer.headers.get("date", ""))
        return date or dt.datetime.fromtimestamp(self._clock(), dt.UTC)

    def _until_reset(self, answer: Answer) -> float | None:
        reset = answer.headers.get("x-ratelimit-reset", "")
        if not (reset.isascii() and reset.isdigit()) or len(reset) > 12:
            return None
        return int(reset) - self._now(answer).timestamp() + 1

    def _retry_after(self, answer: Answer) -> float | None:
        value = answer.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        date = _http_date(value)
        return None if date is None else (date - self._now(answer)).total_seconds()


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError for a port that is none."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").rstrip("."), port


def _parse(status: int, headers: Mapping[str, str], text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if status in _UNSURE or status in {403, 429}:
            return None  # an HTML page in front of the host: the status says enough
        is_html = "html" in headers.get("content-type", "")
        what = "a web page" if is_html else "broken JSON"
        # What answers so without an API's words is often no API.
        hint = (
            "; check the API's address (`--api-url`, GITHUB_API_URL): on an Enterprise server it "
            "ends in /api/v3"
            if status == 404 or is_html
            else ""
        )
        raise _NoAnswer(f"it sent {what} with status {status}{hint}") from None


def _is_taken(answer: Answer) -> bool:
    """docs.github.com, "Troubleshooting the REST API", "Validation failed": the codes."""
    details = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return isinstance(details, list) and any(
        isinstance(detail, dict) and detail.get("code") == "already_exists" for detail in details
    )


def _unsure(answer: Answer) -> str:
    """Why an answer settles nothing; empty for one that does."""
    if answer.status in _UNSURE:
        return f"it answered with status {answer.status}"
    if _is_overload(answer):
        return "it ran out of time"
    return ""


def _is_overload(answer: Answer) -> bool:
    if answer.status in {502, 504}:
        return True
    has_data = isinstance(answer.body, dict) and answer.body.get("data") is not None
    return bool(
        answer.errors
        and not has_data
        and not any(error.get("type") for error in answer.errors)
        and _OVERLOAD.search(answer.message)
    )


def _is_limit(answer: Answer) -> bool:
    if any(error.get("type") == "RATE_LIMITED" for error in answer.errors):
        return True
    says_so = bool(_LIMIT.search(answer.message))
    if answer.status == 200:
        return bool(answer.errors) and bool(_SECONDARY.search(answer.message))
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    is_spent = answer.headers.get("x-ratelimit-remaining") == "0"
    has_time = "retry-after" in answer.headers
    return says_so or has_time or (is_spent and not _TOKEN_LACKS.search(answer.message))


def _accepted(answer: Answer) -> str:
    """What GitHub says would do: the first alternative of `pull_requests=write; contents=write`.

    docs.github.com, "Troubleshooting the REST API", "Resource not accessible":
    X-Accepted-GitHub-Permissions.
    """
    first = answer.headers.get("x-accepted-github-permissions", "").partition(";")[0]
    pairs = [pair.strip().replace("=", ": ").replace("_", "-") for pair in first.split(",")]
    return ", ".join(pair for pair in pairs if re.fullmatch(r"[a-z-]{1,40}: [a-z]{1,10}", pair))


def _http_date(value: str) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if date.year == dt.MAXYEAR:
        return None  # nothing could be added to it
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)


_REASONS = (
    (re.compile("timeout", re.IGNORECASE), _SLOW),
    (re.compile("ssl", re.IGNORECASE), "no trusted connection could be made (TLS)"),
    (re.compile("proxy", re.IGNORECASE), "the proxy did not let it through"),
    (re.compile("chunked|decoding|incomplete", re.IGNORECASE), "the answer was cut short"),
    (re.compile("NotReady"), "it is still at work on the answer"),
)


def _reason(error: Exception) -> str:
    name = type(error).__name__
    for pattern, words in _REASONS:
        if pattern.search(name):
            return words
    return "the connection failed" if isinstance(error, OSError) else "the answer cannot be read"
