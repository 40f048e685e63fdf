"""Group 3: texts of every alphabet, exactly as they were sent."""

from __future__ import annotations

from attrs import evolve

from cicsms.conformance.case import case
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.peer.serialise import FORM
from cicsms.conformance.verdict import Verdict, ok, require, skipped, unimplemented
from cicsms.model.message import Mo
from cicsms.model.wire import HttpRequest

GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of 3GPP TS 23.038, 6.2.1, in code order, less the escape at 0x1B (Unicode's GSM0338.TXT)."""
EXTENSION = "^{}\\[~]|€"
"""The extension table of 3GPP TS 23.038, 6.2.1.1, less the form feed."""
ARABIC = "مرحبا بالعالم "
CHINESE = "你好世界短信测试"
DECOMPOSED = "e\u0301a\u0308o\u0302"
EMOJI = "😀👨\u200d👩\u200d👧\u200d👦🇦🇹👍🏽"
MARK = "QMARKQ"


async def _exact(peer: Peer, text: str) -> None:
    """Deliver a text and hold that it is stored exactly."""
    mo = peer.composer.mo(text)
    await peer.kept_exactly(mo, await peer.deliver(mo))


@case(
    "3.01",
    "gsm7-all",
    clause="3GPP TS 23.038, 6.2.1; Unicode GSM0338.TXT",
    expect="All characters of the default alphabet arrive as exactly the same Unicode characters.",
    needs=("mo",),
)
async def gsm7_all(peer: Peer) -> Verdict:
    """Deliver the whole default alphabet in one message."""
    await _exact(peer, GSM7)
    return ok(f"{len(GSM7)} characters, exact")


@case(
    "3.02",
    "gsm7-ext",
    clause="3GPP TS 23.038, 6.2.1.1",
    expect="The characters of the extension table arrive exactly.",
    needs=("mo",),
)
async def gsm7_ext(peer: Peer) -> Verdict:
    """Deliver the extension table; the form feed only where the profile's format can carry it."""
    await _exact(peer, EXTENSION)
    fed = peer.composer.mo(f"a{EXTENSION}\fb")
    request = peer.composer.write(fed)
    if b"xml" in request.body.lower():
        return ok("exact; XML can't carry a form feed")
    await peer.kept_exactly(fed, await peer.push(request))
    return ok("exact, with the form feed")


@case(
    "3.03",
    "ucs2",
    clause="3GPP TS 23.038, 6.2.3; no normalisation",
    expect="70 characters of Arabic, Chinese and combining marks arrive exactly, not composed.",
    needs=("mo",),
)
async def ucs2(peer: Peer) -> Verdict:
    """Deliver 70 UTF-16 code units of three scripts."""
    text = (ARABIC + CHINESE + DECOMPOSED) * 4
    await _exact(peer, text[:70].strip())
    return ok("exact, not normalised")


@case(
    "3.04",
    "astral",
    clause="UTF-16 surrogate pairs (3GPP TS 23.038, 6.2.3 as implemented by handsets)",
    expect="Emoji, ZWJ families, flags and skin tones arrive intact, and are counted in UTF-16 units when sent.",
    needs=(
        "mo",
        "mt",
    ),
)
async def astral(peer: Peer) -> Verdict:
    """Deliver emoji, then send 35 and 36 of them: 70 and 72 code units."""
    await _exact(peer, f"family {EMOJI} end")
    counts = []
    for number, parts in ((35, 1), (36, 2)):
        submitted = await peer.send(peer.composer.remote(), "😀" * number)
        require(submitted.accepted, "202", f"{submitted.status} {submitted.said}")
        require(submitted.parts == parts, f"{number} emoji are {parts} SMS", f"{submitted.parts} SMS")
        counts.append(f"{number} emoji: {parts} SMS")
    return ok(f"intact; {', '.join(counts)}")


@case(
    "3.08",
    "form-escapes",
    clause="WHATWG URL, application/x-www-form-urlencoded parsing",
    expect="A plus is a blank only in forms, hex case does not matter, and a bad escape is kept as it stands.",
    needs=("mo",),
)
async def form_escapes(peer: Peer) -> Verdict:
    """Write the text by hand: ``+``, ``%2B``, ``%20``, both hex cases and ``%zz``."""
    await _kept(peer, peer.composer.mo("a b+c d ü ü %zz end"), b"a+b%2Bc%20d+%c3%bc+%C3%BC+%zz+end")
    return ok("every escape read as the standard says")


@case(
    "3.09",
    "raw-semicolon",
    clause="WHATWG URL, application/x-www-form-urlencoded parsing: only & separates",
    expect="A raw semicolon in a value is part of the value.",
    needs=("mo",),
)
async def raw_semicolon(peer: Peer) -> Verdict:
    """Write ``a;b`` by hand."""
    await _kept(peer, peer.composer.mo("a;b"), b"a;b")
    return ok("the text is 'a;b'")


async def _kept(peer: Peer, mo: Mo, raw: bytes) -> None:
    """Deliver a handwritten text and hold that it is kept; a signature over the raw bytes forbids such a rewriting."""
    heard = await peer.push(handwritten(peer, mo, raw))
    if heard.status in (401, 403) and peer.composer.signed():
        raise skipped("the proof covers the bytes as they stand; no other form of them is genuine")
    await peer.kept_exactly(mo, heard)


def handwritten(peer: Peer, mo: Mo, raw: bytes) -> HttpRequest:
    """Return the request of ``mo`` with its text in the form or query replaced by ``raw``.

    The text's place is found by writing the same message with a marker. Headers, and with them a signature over the
    decoded values, are those of the genuine text.
    """
    genuine = peer.composer.write(mo, seed=7)
    marked = peer.composer.write(evolve(mo, text=MARK), seed=7)
    if len(_text_places(genuine, marked)) > 1:
        raise unimplemented("the text stands in several parameters")
    if (marked.header(b"content-type") or b"").startswith(FORM) and MARK.encode() in marked.body:
        return evolve(genuine, body=marked.body.replace(MARK.encode(), raw))
    if MARK.encode() in marked.query and not peer.composer.signed():
        return evolve(genuine, target=marked.target.replace(MARK.encode(), raw))
    raise unimplemented("the text is not carried in a form or query")


def _text_places(one: HttpRequest, other: HttpRequest) -> set[bytes]:
    """Return the names of the parameters in which two requests differ."""
    names = set()
    for ours, theirs in ((one.body, other.body), (one.query, other.query)):
        names |= {pair.partition(b"=")[0] for pair in set(ours.split(b"&")) ^ set(theirs.split(b"&"))}
    return names
