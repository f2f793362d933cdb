"""Which section a sentence is about, for the few forms in which that can be decided.

A sentence names a section when it holds a platform that the section's title names, a
distinctive name of the title, or most of the title's words. Words that every blocker uses (owner,
maintainer, scope, confirmed) say nothing about a subject and never count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ceremony.commitments import Commitments
from ceremony.expressions import expression

_PLATFORM = {
    name: expression(rf"(?<![\w@/])(?:{words})(?!\w)")
    for name, words in {
        # "windows" and "mac" are everyday words unless they are written as names.
        "macOS": r"Macs?|Apple|(?i:mac ?os(?: x)?|os ?x|\.?dmg|notari[sz](?:ation|e|ed|ing))",
        "iOS": r"i(?:Pad)?OS|iPhones?|iPads?",
        "Android": r"(?i:android|\.?apk|play store)",
        "Windows": r"Windows|(?i:win(?:32|64)|\.?msix?|\.exe|microsoft store)",
        "Debian": r"(?i:\.?deb|debian|ubuntu)",
        "RPM": r"(?i:\.?rpm|fedora|rhel|centos|opensuse)",
        "Nix": r"(?i:nix|nixos|nix flake)",
        "Flatpak": r"(?i:flatpak|flathub)",
        "AppImage": r"(?i:\.?appimage)",
        "Snap": r"(?i:snapcraft|snap package)",
        "Homebrew": r"(?i:homebrew)",
        "Linux": r"(?i:linux)",
    }.items()
}
_OF_LINUX = {"Debian", "RPM", "Nix", "Flatpak", "AppImage", "Snap"}
_ANY_PLATFORM = expression(
    r"\bplatforms?\b|\bmatrix\b|\ball (?:packages|systems|builds|installers|targets|three)\b",
    re.IGNORECASE,
)

_WORD = expression(r"[A-Za-z][A-Za-z0-9]+")
_NAME = expression(r"[A-Z]{3,}[0-9]*s?|(?:[A-Z]|(?<![a-z]))[a-z]++[A-Z]\w*")
"""An acronym or a word with a capital inside: a name rather than a word of the language."""

_FILE = expression(r"(?<![\w./-])[\w./-]+\.md\b")

_GENERIC = frozenset(
    "a about absent accept acceptance accepted access active add added adopt after against agree "
    "agreed agreement all also an and any apply approach approval approve approved architecture "
    "are as at audience available await awaiting backup be because before being block blocked "
    "blocker blocking both but by call can cannot change choice choose chosen clear commit "
    "commitment committed community complete completed concern confirm confirmed consensus "
    "contact contributor contributors could cover criteria current date decide decided decision "
    "define defined deliverable dependency dependent depends detail determined disagree "
    "disagreement disputed do document documented documents does done draft each enough every "
    "existing external feature finalize finalized find first for format found from fund funding "
    "further general goal governance group has have here hold holds hours how if in initial input "
    "internal into is issue issues it item its lack lacks later lead leader leave left level list "
    "long maintain maintained maintainer maintainers maintenance make many may md meet milestone "
    "minimum missing more must name named need needed needs new next no nobody non none not of "
    "offer offered on one only open option or other our out over owned owner owners ownership "
    "participation partner party people per person plan planned policy pr priority process "
    "project proposal proposed question quorum reach ready release remain remains report request "
    "require required requirement requirements resolve resolved resource resources responsible "
    "review reviewed reviewer reviewers rfc risk roadmap role run runs scope second section set "
    "should sign size so some someone sponsor sponsors sponsorship stable stakeholder "
    "stakeholders standard start status step still strategy support supported system target tbd "
    "team term than that the their them then there these they this through time timeline to two "
    "type unassigned unavailable unclear undecided undefined under unknown until up upstream us "
    "use used user users version volunteer vote wait waiting want was we what when where which "
    "who whom whose will with without work working works yet you".split()
)
"""Words of agreement and of everyday: no subject can be told by them."""

_FORM = frozenset(
    "audit baseline checklist check checks file files guide guides installer matrix operational "
    "overview package packages page pages pipeline program programme reference retrospective rota "
    "suite template templates test testing tests tracking validation".split()
)
"""Words for what a deliverable is, not for what it is about."""

_PLAIN_ACRONYMS = frozenset("tbd rfc sla faq todo adr poc mvp readme".split())


@dataclass(frozen=True)
class Subject:
    """A section as its title and criteria describe it."""

    id: str
    title: str
    more: str = ""
    """Criteria and other words that belong to it without naming it."""

    @cached_property
    def platforms(self) -> frozenset[str]:
        """The platforms in its title."""
        return platforms(self.title)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The significant words of its title, but for platforms."""
        return _words(self.title)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in its title: acronyms and words with a capital inside."""
        found = {name.lower() for name in _NAME.findall(_bare(_FILE.sub("", self.title)))}
        return frozenset(_stem(name) for name in found - _GENERIC - _FORM - _PLAIN_ACRONYMS)


def platforms(text: str) -> frozenset[str]:
    """The platforms that a text names."""
    return frozenset(name for name, words in _PLATFORM.items() if words.search(text))


@dataclass(frozen=True)
class _Home:
    """What a section and the milestone around it speak of."""

    words: frozenset[str]
    """Of the titles."""
    more: frozenset[str]
    """Of the criteria."""
    starts: frozenset[str]
    platforms: frozenset[str]
    titled: bool
    """Whether a title, rather than a criterion, names a platform."""
    every: bool
    """Whether it is about all platforms."""


class Subjects:
    """The sections of one document, found by what their titles say.

    Built once for all blockers: the cost grows with the document, not with its square.
    """

    def __init__(self, latest: Commitments) -> None:
        self.known: dict[str, Subject] = {}
        self._inside: dict[str, list[Subject]] = {}
        self._homes: dict[str, _Home] = {}
        self._by_word: dict[str, list[Subject]] = {}
        self._by_platform: dict[str, dict[str, Subject]] = {}
        for milestone in latest.milestones:
            self._add(Subject(milestone.id, milestone.title))
            for item in milestone.items:
                self._add(Subject(item.id, item.title.plain, item.criteria))
        for detail in latest.details:
            self._add(Subject(detail.id, detail.title))

    def _add(self, subject: Subject) -> None:
        if subject.id in self.known:
            return
        self.known[subject.id] = subject
        for word in {*subject.words, *subject.names}:
            self._by_word.setdefault(word, []).append(subject)
        if "." in subject.id:
            parent = _parent(subject.id)
            self._inside.setdefault(parent, []).append(subject)
            for platform in subject.platforms:
                self._by_platform.setdefault(platform, {}).setdefault(parent, subject)

    def named_elsewhere(self, text: str, pointed: Sequence[str]) -> Subject | None:
        """The section that a text names, if it names another than those it points at.

        Its id is empty where the text is about a platform that no section carries.
        """
        homes = [self._home(reference) for reference in pointed]
        parents = {_parent(reference) for reference in pointed}
        wanted = platforms(text)
        here = frozenset(name for home in homes for name in home.platforms)
        if wanted & here or _akin(wanted, here):
            return None
        said = frozenset(_words(text))
        if wanted and not any(home.every for home in homes):
            titled = any(home.titled for home in homes)
            # Of a section without a platform, a text may well mention one: "macOS screenshots".
            alone = bool(here) or not said
            other = self._of_platform(wanted, parents, titled=titled, alone=alone)
            if other is not None:
                return other
        starts = {word[:_START] for word in said if len(word) >= _START}
        if any(said & (home.words | home.more) or starts & home.starts for home in homes):
            return None
        return self._of_words(said, pointed, parents)

    def _home(self, reference: str) -> _Home:
        if reference not in self._homes:
            subject = self.known[reference]
            own = [subject]
            if "." not in reference:
                own += self._inside.get(reference, [])
            around = self.known.get(_parent(reference))
            titles = [*own, *([around] if around else [])]
            words = frozenset(word for one in titles for word in one.words)
            whole = [f"{one.title} {one.more}" for one in own]
            self._homes[reference] = _Home(
                words=words,
                more=frozenset(word for one in own for word in _words(one.more)),
                starts=frozenset(word[:_START] for word in words if len(word) >= _START),
                platforms=frozenset(name for text in whole for name in platforms(text)),
                titled=any(one.platforms for one in own),
                every=any(_ANY_PLATFORM.search(text) for text in whole),
            )
        return self._homes[reference]

    def _of_platform(
        self, wanted: frozenset[str], parents: Iterable[str], *, titled: bool, alone: bool
    ) -> Subject | None:
        """The item that carries a platform, a sibling before others."""
        if len(wanted) > 1:
            wanted -= {"Linux"}
        held = [self._by_platform[name] for name in sorted(wanted) if name in self._by_platform]
        for carriers in held:
            for parent in parents:
                if parent in carriers:
                    return carriers[parent]
        if held and alone:
            return next(iter(held[0].values()))
        # No section carries the platform, yet the one pointed at is plainly about another.
        return Subject("", min(wanted)) if titled else None

    def _of_words(
        self, said: frozenset[str], pointed: Sequence[str], parents: set[str]
    ) -> Subject | None:
        """A sibling that the words name, else another milestone, else an item wholly named."""
        found: dict[str, Subject] = {}
        for word in sorted(said):
            bearers = self._by_word.get(word, ())
            if len(bearers) <= _COMMON:
                found.update((subject.id, subject) for subject in bearers)
        candidates = [s for s in found.values() if s.id not in pointed and s.id not in parents]
        for subject in candidates:
            if _parent(subject.id) in parents and self._names(said, subject):
                return subject
        for subject in candidates:
            if "." not in subject.id and self._names(said, subject):
                return subject
        for subject in candidates:
            if len(subject.words) >= 2 and set(subject.words) <= said:
                return subject
        return None

    def _names(self, said: frozenset[str], subject: Subject) -> bool:
        """Whether the words name this section, one of them being its alone among its kin."""
        kin = _parent(subject.id) if "." in subject.id else None
        own = {word for word in {*subject.words, *subject.names} if self._is_own(word, kin)}
        if subject.names & said & own:
            return True
        hit = set(subject.words) & said
        if len(hit) >= 2 and hit & own:
            return True
        core = set(subject.words) - _FORM
        # One word alone names a subject only if the text is about little else.
        return len(core) == 1 and core <= said & own and len(said - _FORM) <= 2

    def _is_own(self, word: str, kin: str | None) -> bool:
        bearers = self._by_word[word]
        same = [s for s in bearers if (_parent(s.id) if "." in s.id else None) == kin]
        return len(bearers) <= _COMMON and len(same) == 1


_START = 5
"""Words that start alike are of one family: document, documentation."""

_COMMON = 32
"""A word that more titles bear tells none of them."""


def _parent(reference: str) -> str:
    return reference.split(".", maxsplit=1)[0]


def _akin(wanted: frozenset[str], here: frozenset[str]) -> bool:
    """Whether one side only says Linux and the other a way to package for it."""
    return ("Linux" in wanted and bool(here & _OF_LINUX)) or (
        here == {"Linux"} and bool(wanted & _OF_LINUX)
    )


def _bare(text: str) -> str:
    """The text without platforms: those are compared as what they are, not as words."""
    for words in _PLATFORM.values():
        text = words.sub(" ", text)
    return text


def _words(text: str) -> tuple[str, ...]:
    found = (word.lower() for word in _WORD.findall(_bare(text)))
    return tuple(dict.fromkeys(_stem(word) for word in found if word not in _GENERIC))


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
