"""Small definitions for the tests of the language: what is not told is the least that a profile needs."""

from __future__ import annotations

from cicsms.model.message import Answer, Mt
from cicsms.model.wire import HttpReply
from cicsms.profile.check import check
from cicsms.profile.node import Node
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read

FORM = '<form><at name="to" field="recipient" need="yes"/><at name="text" field="text"/></form>'
TAKEN = '<accepted status="2xx"/>'


def mt(groups: str = FORM, answer: str = TAKEN, head: str = 'method="POST" gateway="https://api.test" path="/send"') -> str:
    """Return an mt element."""
    return f"<mt {head}>{groups}<answer>{answer}</answer></mt>"


def mo(groups: str, head: str = 'methods="POST" path="/mo"', before: str = "") -> str:
    """Return an mo element."""
    return f'<mo {head}>{before}{groups}<reply to="taken" status="200">OK</reply></mo>'


def receipt(groups: str, head: str = 'methods="POST" path="/dlr" key="broker-id"', states: str = "", before: str = "") -> str:
    """Return a receipt element."""
    listed = states or '<state is="ok" of="delivered"/><state is="no" of="failed"/>'
    reply = '<reply to="taken" status="200">OK</reply>'
    return f'<receipt {head}>{before}{groups}<states default="unknown">{listed}</states>{reply}</receipt>'


def source(*parts: str, options: str = "") -> Node:
    """Return the tree of a definition."""
    profile = f'<profile name="p" title="P"><capabilities/><ids mt="{{uuid}}"/>{"".join(parts)}</profile>'
    text = f'<broker xmlns="urn:cicsms:broker:1" name="acme" title="Acme">{options}{profile}</broker>'
    return read(text.encode(), "acme.xml")


def compiled(*parts: str, options: str = "") -> Profile:
    """Return the profile of a definition."""
    broker = source(*parts, options=options)
    return Profile(broker, broker.all("profile")[0], "")


def found(*parts: str, options: str = "") -> list[str]:
    """Return the rules that a definition breaks."""
    return [finding.rule for finding in check(source(*parts, options=options))]


def answered(rules: str, body: bytes, status: int = 200) -> Answer:
    """Return what rules make of a reply."""
    (answer,) = compiled(mt(answer=rules)).read_answer(HttpReply(status, (), body), Mt("", ("15551230002",), "hi"))
    return answer
