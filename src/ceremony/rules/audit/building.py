"""Tells agreement from implementation in a sentence, for the forms listed on the rules' pages.

Blockers and cuts are about agreement (ceremony: Agreement vs. Implementation vs. Release). A
clause that speaks of both is about agreement: nobody is blamed for a sentence that can be read
either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ceremony.expressions import expression

_MOST = 2000
"""Characters of a sentence that are looked at."""

AGREEMENT = expression(
    r"\b(?:scope|criteri(?:a|on)|rfcs?|adrs?|plans?|polic(?:y|ies)|deci(?:sions?|de[ds]?)|"
    r"agree\w*|consensus|approv\w+|proposals?|own(?:ers?|ership|ed)|maintainers?|sponsor\w*|"
    r"licen[cs]\w*|budget|fund\w*|charter|governance|reviewers?|strategy|approach|defin\w+|"
    r"requirements?|sign(?:ed|s)?[- ]?offs?|signator\w+|confirm\w*|commit(?:ted|s|ments?)|"
    r"undecided|undefined|unclear|disput\w+|stakeholders?|upstream|external|vendor|third[- ]party|"
    r"legal|trademark|who|which|whether|question|naming|roles?|contacts?|capacity|volunteers?|"
    r"vot(?:e|es|ed|ing)|quorum|terms|rationale|procedure|format|design|priorit\w+|rota|mandate|"
    r"responsib\w+|assign\w*|standards?|assessment|audit|minutes|notes|blockers?|thresholds?|"
    r"signatures?|milestone documents?|code of conduct)\b|\b(?-i:[A-Z_]{4,}(?:\.[\w.]+)?\.md)\b",
    re.IGNORECASE,
)
"""Words that speak of what people agree on; a clause with one of them is not about work."""

_CLAUSE = expression(
    r"[;:!?](?:\s|$)|\.\s|,\s|\s[-–—]\s|\b(?:and|but|because|since|until|while|so)\b"
)

_BUILT = (
    r"(?:implemented|coded|merged|shipped|deployed|ported|packaged|automated|integrated|"
    r"tested|compiling|developed|refactored|migrated|installed|configured)"
)
"""What is done to code, whatever the sentence says it of."""

_MADE = (
    r"(?:written|finished|completed?|done|fixed|built|building|released|published|created|"
    r"set up|working|passing|green)"
)
"""What is done to code, and as well to contracts, glossaries and announcements."""

_THING = (
    r"(?:code(?:base)?|implementations?|features?|modules?|librar(?:y|ies)|components?|"
    r"apis?|api reference|sdk|cli|gui|ui|(?:im|ex)porters?|parsers?|compilers?|engines?|"
    r"drivers?|plugins?|scripts?|tools?|tooling|prototypes?|backend|frontend|servers?|database|"
    r"tests?|benchmarks?|ci|builds?|pipelines?|(?:test )?suites?|workflows?|jobs?|bugs?|issues?|"
    r"tickets?|tasks?|items?|websites?|milestones?|deliverables?|patch(?:es)?|prs?|"
    r"pull requests?|migrations?|packages?|installers?|binar(?:y|ies)|artifacts?|documentation|"
    r"docs|guides?|manuals?|handbooks?|tutorials?|[\w/-]{1,60}\.(?:md|rst|txt|py|rs|go|js|ts|c|cpp|ya?ml|toml))"
)
"""The code nouns, and the pages that are written with it."""

_SAID = (
    r"(?:\s+(?:of|for|on|in)(?:\s+\w+){1,3}?)?\s+(?:(?:is|are|was|were|has|have|been|be|do|does|"
    r"still|fully|all)\s*)*"
)
"""What stands between a noun and what is said of it."""

_NOT = r"(?:\bnot|n't|\bnever)\s+(?:(?:yet|been|fully|currently|be|all)\s+)*"
_RUN = r"(?:tests?|ci|builds?|pipeline|checks?|suite|workflow|job)"
_WORK = (
    r"(?:implementation|coding|refactor(?:ing)?|bug ?fix(?:es)?|merge|unit tests?|"
    r"(?:integration |e2e |automated )?tests|test coverage|code)"
)
_NOT_THE_CODE = r"(?!\s+(?:of conduct|owners?|signing|reviews?|plan|freeze|strategy))"

_IMPEDIMENT = (
    rf"{_NOT}{_BUILT}\b",
    rf"\b{_THING}{_SAID}{_NOT}{_MADE}\b",
    rf"{_NOT}(?:a\s+)?working\s+{_THING}\b",
    r"\bun(?:implemented|tested|merged)\b",
    rf"\b{_THING}{_SAID}\bun(?:released|finished|written)\b",
    rf"\bun(?:released|finished|written)\s+{_THING}\b",
    (
        r"\b(?:does not|doesn't|do not|don't|cannot|can't|won't|fails? to)\s+(?:yet\s+)?"
        r"(?:work|build|compile|pass|run|start|install|launch|load|link)\b"
    ),
    rf"\b{_RUN}\b[\w\s/()-]{{0,24}}?\b(?:fail(?:s|ed|ing|ures?)?|red|broken|flaky|not running)\b",
    rf"\b(?:failing|broken|flaky|red)\s+(?:\w+\s+){{0,2}}{_RUN}\b",
    (
        r"\b(?:needs?|requires?|awaiting|waiting (?:for|on)|pending|missing|depends on|lacks?|"
        r"no)\s+"
        rf"(?:the\s+|an?\s+|full\s+|its\s+|working\s+)?(?:\w+\s+)?{_WORK}\b{_NOT_THE_CODE}"
    ),
    (
        r"\b(?:to be|must be|has to be|have to be|still being|being)\s+(?:fully\s+)?"
        r"(?:implemented|coded|merged|refactored|debugged|rewritten|ported|built|shipped)\b"
    ),
    (
        r"\b(?:implementation|coding|development|features?|code|refactoring|migration|port)\s+"
        r"(?:is\s+|are\s+|still\s+|only\s+)*(?:pending|incomplete|missing|unfinished|ongoing|"
        r"outstanding|in progress|underway|not started|(?:at )?[0-9]+ ?%)"
    ),
    r"\b[0-9]{1,2} ?%\s+(?:implemented|complete|done|coded|coverage)",
    r"\b(?:code|test|line|branch)[ -]coverage\b[\w\s]{0,20}(?:below|under|low|<|insufficient|%)",
    r"\b(?:low|insufficient)\s+(?:code |test )?coverage\b",
    (
        r"\bbugs?\s+#?[0-9]+|\b(?:open|known|critical|unfixed|blocking)\s+bugs?\b|\bbugs? in\b|"
        r"\bbugs?\s+(?:is|are|still)\b"
    ),
    (
        r"\b(?:memory leaks?|segfaults?|deadlocks?|race conditions?|regressions?|crashes)\b|"
        r"\bcrash (?:on|in|at|when|during)\b"
    ),
    (
        r"\b(?:pr|pull request|patch|branch)\s*(?:#[0-9]+\s*)?(?:(?:is|still)\s+)*"
        r"(?:open|unmerged|awaiting merge|in review)\b"
    ),
)
_DEMAND = (
    rf"\b(?:implement(?:ation|s)?|merge|compiles?|green|{_BUILT})\b",
    rf"\b{_THING}{_SAID}\b{_MADE}\b",
    rf"\b(?:written|finished|complete|released|published|passing|working)\s+{_THING}\b",
    r"\b(?:builds?|installs?|works|runs? on)\b",
    rf"\b{_RUN}\b.{{0,24}}?\bpass(?:es|ed|ing)?\b",
    r"(?-i:\bCOMPLETED?\b)|\bM[0-9.]+\s+(?:is\s+|are\s+)?(?:completed?|finished|done)\b",
    r"\b(?:code|test|line|branch)? ?coverage\b",
    r"\b(?:code|feature)[- ](?:complete|freeze)\b",
    (
        r"\b(?:no|zero|0)\s+(?:(?:open|known|critical|high|major|p[0-9]|severe|remaining|"
        r"critical/high|or)\s+)*(?:bugs?|issues?|vulnerabilit\w+|crashes|regressions?)\b"
    ),
    r"\b(?:bugs?|issues?)\s+(?:are\s+)?(?:closed|fixed|resolved)\b",
    (
        r"\b(?:artifacts?|binaries|packages?|installers?)\s+(?:are\s+|is\s+)?"
        r"(?:available|exist|ready|uploaded|signed)\b"
    ),
    r"\b[0-9]{1,3} ?%\s+(?:of\s+)?(?:the\s+)?(?:code|features?|deliverables?|items?|tests?|done)\b",
    r"\b(?:benchmarks?|performance|latency)\b[\w\s]{0,24}\b(?:met|reached|below|under|run)\b",
    r"\bin production\b",
)
_IMPEDING = expression("|".join(_IMPEDIMENT), re.IGNORECASE)
_DEMANDING = expression("|".join(_DEMAND), re.IGNORECASE)
_WAIVED = expression(
    r"(?:\bnot|n't|\bnever|\bno longer)\s+(?:be\s+)?(?:a\s+)?(?:required?|needed|necessary|"
    r"demanded|condition|gate|depend\w*|wait\w*|block\w*)\b|\bno implementation\b|\bregardless\b|"
    r"\bindependent(?:ly)?\b|\bwithout (?:any )?(?:implementation|code)\b|\boptional\b|"
    r"\bwhether or not\b|\bdecoupled\b|\bnot implementation\b",
    re.IGNORECASE,
)
_WORDS = expression(r"[A-Za-z0-9`.]{2,}")
_LIGHT = frozenset("is are be all been it they has have fully then".split())


def is_about_building(text: str) -> bool:
    """Whether an impediment is about work to be done rather than about agreement.

    The first clause that speaks of either decides.
    """
    for clause in clauses(text):
        if AGREEMENT.search(clause):
            return False
        if _IMPEDING.search(clause):
            return True
    return False


def demands_building(text: str) -> bool:
    """Whether a criterion asks for implementation progress in one of its clauses.

    COMPLETE beside ACCEPTED leaves a way that needs no implementation; beside DEFERRED alone it
    doesn't, for what is promised would then have to be built.
    """
    states = set(re.findall(r"\b(?:ACCEPTED|COMPLETE)\b", text[:_MOST].upper()))
    if _WAIVED.search(text[:_MOST]) or len(states) == 2:
        return False
    return any(
        _DEMANDING.search(clause) and not AGREEMENT.search(clause) for clause in clauses(text)
    )


def clauses(text: str) -> Iterator[str]:
    """The clauses, each with its own subject: a bare verb stays with what it is said of."""
    held = ""
    for clause in _CLAUSE.split(text[:_MOST]):
        words = [word for word in _WORDS.findall(clause) if word.lower() not in _LIGHT]
        if held and len(words) < 2:
            held += f" {clause}"
        else:
            if held:
                yield held
            held = clause
    if held:
        yield held
